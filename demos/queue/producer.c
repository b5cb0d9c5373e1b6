//  SPDX-License-Identifier: MIT
//
//  Puts a job for each segment of a film on the belt, one after the other. A
//  job that was not confirmed is put again: its message id makes it the same.

#define _GNU_SOURCE

#include "zp_client.h"

#define SEGMENT 65536  // Bytes

#define PAUSE_MS 100  // So that one can watch
#define WAIT_MS  5000

//  Put the job for a segment, and print what became of that
static zp_status_t
s_put (zp_client_t *client, const char *film, ssize_t segment)
{
    char job[PATH_MAX + 64], options[128];
    snprintf (job, sizeof job, "%zd %zd %d %s", segment, segment * SEGMENT,
              SEGMENT, film);
    snprintf (options, sizeof options,
              "{\"id\":\"%.40s-%zd\",\"lease_ms\":5000}", basename (film),
              segment);
    zp_span_t args[] = {
        {"encode", 6}, {job, strlen (job)}, {options, strlen (options)}};
    zmsg_t *id;
    zp_status_t status =
        zp_client_call_parts (client, "queue.put", args, 3, WAIT_MS, &id);
    zmsg_destroy (&id);
    if (status == ZP_OK)
        printf ("producer: job %zd is on disk\n", segment);
    else
        printf ("producer: job %zd: %s\n", segment, zp_client_error (client));
    return status;
}

int
main (int argc, char **argv)
{
    const char *film = argv[1];
    ssize_t size = argc < 2 ? -1 : zsys_file_size (film);
    if (size <= 0) {
        fprintf (stderr, "Usage: %s FILM [ENDPOINT]\n", argv[0]);
        return 2;
    }
    setlinebuf (stdout);
    zp_client_t *client = zp_client_new (NULL, NULL);
    const char *endpoint = argc > 2 ? argv[2] : "tcp://127.0.0.1:5555";
    zp_status_t status = zp_client_connect (client, endpoint);
    if (status != ZP_OK)
        fprintf (stderr, "%s\n", zp_client_error (client));
    ssize_t segment = 0;
    while (status != ZP_INVALID_ARGUMENT && segment * SEGMENT < size &&
           !zsys_interrupted) {
        status = s_put (client, film, segment);
        segment += status == ZP_OK;
        zclock_sleep (PAUSE_MS);
    }
    zp_client_destroy (&client);
    return segment * SEGMENT >= size ? 0 : 1;
}
