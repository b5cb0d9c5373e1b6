//  SPDX-License-Identifier: MIT
//
//  A queue's broker for peers in other languages, with its journal at the path
//  given. Prints its endpoint, and ends with its stdin.

#define _POSIX_C_SOURCE 200809L

#include <unistd.h>

#include "zp_queue_broker.h"

static int
s_stdin (zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void) loop;
    (void) arg;
    char bytes[100];
    return read (item->fd, bytes, sizeof bytes) > 0 ? 0 : -1;
}

int
main (int argc, char **argv)
{
    assert (argc > 1);
    zloop_t *loop = zloop_new ();
    zmq_pollitem_t input = {.fd = STDIN_FILENO, .events = ZMQ_POLLIN};
    zloop_poller (loop, &input, s_stdin, NULL);
    zp_queue_broker_options_t options = ZP_QUEUE_BROKER_DEFAULTS;
    char journal[1000];
    snprintf (journal, sizeof journal, "sqlite:%s", argc > 1 ? argv[1] : "");
    options.journal = journal;
    options.queue.delivery_limit = 3;
    zp_status_t status;
    char *error;
    zp_queue_broker_t *broker =
        zp_queue_broker_new (loop, &options, &status, &error);
    if (broker) {
        zp_server_t *server = zp_queue_broker_server (broker);
        status = zp_server_bind (server, "tcp://127.0.0.1:*");
        puts (zp_server_endpoint (server));
        fflush (stdout);
        if (status == ZP_OK)
            status = zp_queue_broker_run (broker);
    }
    else
        fprintf (stderr, "%s\n", error);
    zstr_free (&error);
    zp_queue_broker_destroy (&broker);
    zloop_destroy (&loop);
    return status;
}
