//  SPDX-License-Identifier: MIT
//
//  Watches films, and appends what it watched to the log "history". An event
//  that was not confirmed is appended again: its id makes it the same.

#define _POSIX_C_SOURCE 200809L

#include "zp_client.h"

#define PAUSE_MS 100  // So that one can watch
#define WAIT_MS  5000

static const char *s_films[] = {"nosferatu", "metropolis", "sherlock-jr",
                                "the-general", "haxan"};

//  Append an event, and print what became of it
static zp_status_t
s_append (zp_client_t *client, const char *viewer, int number)
{
    char event[200], options[100];
    snprintf (event, sizeof event, "%.40s %s %d", viewer, s_films[randof (5)],
              1 + randof (90));
    snprintf (options, sizeof options, "{\"id\":\"%.40s-%d-%d\"}", viewer,
              (int) getpid (), number);
    zp_span_t args[] = {
        {"history", 7}, {event, strlen (event)}, {options, strlen (options)}};
    zmsg_t *reply;
    zp_status_t status =
        zp_client_call_parts (client, "log.append", args, 3, WAIT_MS, &reply);
    char *offset = reply ? zmsg_popstr (reply) : NULL;
    if (offset)
        printf ("viewer: %s is on disk: %s\n", offset, event);
    else
        printf ("viewer: %s\n", zp_client_error (client));
    zstr_free (&offset);
    zmsg_destroy (&reply);
    return status;
}

int
main (int argc, char **argv)
{
    if (argc < 3) {
        fprintf (stderr, "Usage: %s NAME COUNT [ENDPOINT]\n", argv[0]);
        return 2;
    }
    setlinebuf (stdout);
    zp_client_t *client = zp_client_new (NULL, NULL);
    const char *endpoint = argc > 3 ? argv[3] : "tcp://127.0.0.1:5565";
    zp_status_t status = zp_client_connect (client, endpoint);
    if (status != ZP_OK)
        fprintf (stderr, "%s\n", zp_client_error (client));
    int number = 0, count = atoi (argv[2]);
    while (status != ZP_INVALID_ARGUMENT && number < count &&
           !zsys_interrupted) {
        status = s_append (client, argv[1], number);
        number += status == ZP_OK;
        zclock_sleep (PAUSE_MS);
    }
    zp_client_destroy (&client);
    return number >= count ? 0 : 1;
}
