//  SPDX-License-Identifier: MIT
//
//  Puts a job for each segment of a film on the belt, one after the other. A
//  job that was not confirmed is put again: its message id makes it the same.

#define _GNU_SOURCE

#include "zp_client.h"

#define SEGMENT 65536  // Bytes

typedef struct producer {
    zloop_t *loop;        // Ends when all is done
    zp_client_t *client;  // To the broker
    const char *film;     // Path of the file
    ssize_t size;         // Of it
    ssize_t segment;      // Number of the one that is being put
    bool failed;          // It never will be
} producer_t;

static int s_put (zloop_t *loop, int timer, void *arg);

static void
s_on_reply (void *arg, const zp_reply_t *reply)
{
    producer_t *self = arg;
    if (reply->status == ZP_OK)
        printf ("producer: job %zd is on disk%s\n", self->segment++,
                reply->attempts > 1 ? ", after some attempts" : "");
    else
        printf ("producer: job %zd: %s\n", self->segment, reply->text);
    self->failed = reply->status == ZP_INVALID_ARGUMENT;
    zloop_timer (self->loop, 100, 1, s_put, self);  // So that one can watch
}

static int
s_put (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer;
    producer_t *self = arg;
    if (self->failed || self->segment * SEGMENT >= self->size)
        return -1;
    char job[PATH_MAX + 64], options[128];
    snprintf (job, sizeof job, "%zd %zd %d %s", self->segment,
              self->segment * SEGMENT, SEGMENT, self->film);
    snprintf (options, sizeof options,
              "{\"id\":\"%.40s-%zd\",\"lease_ms\":5000}", basename (self->film),
              self->segment);
    zp_span_t args[] = {
        {"encode", 6}, {job, strlen (job)}, {options, strlen (options)}};
    zp_call_t call = {.method = "queue.put",
                      .args = args,
                      .count = 3,
                      .timeout_ms = 5000,
                      .fn = s_on_reply,
                      .arg = self};
    return zp_client_start (self->client, &call, NULL) == ZP_OK ? 0 : -1;
}

int
main (int argc, char **argv)
{
    producer_t self = {.film = argv[1]};
    if (argc < 2 || (self.size = zsys_file_size (self.film)) <= 0) {
        fprintf (stderr, "Usage: %s FILM [ENDPOINT]\n", argv[0]);
        return 2;
    }
    setlinebuf (stdout);
    self.loop = zloop_new ();
    self.client = zp_client_new (self.loop, NULL);
    const char *endpoint = argc > 2 ? argv[2] : "tcp://127.0.0.1:5555";
    if (zp_client_connect (self.client, endpoint) == ZP_OK &&
        s_put (self.loop, 0, &self) == 0)
        zloop_start (self.loop);
    else
        fprintf (stderr, "%s\n", zp_client_error (self.client));
    zp_client_destroy (&self.client);
    zloop_destroy (&self.loop);
    return self.segment * SEGMENT >= self.size ? 0 : 1;
}
