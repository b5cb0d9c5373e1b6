//  SPDX-License-Identifier: MIT
//
//  A broker of durable queues. What it confirms is on disk, so it can be killed
//  at any time: started again, it goes on with the same file.

#include "zp_queue_broker.h"

int
main (int argc, char **argv)
{
    const char *file = argc > 1 ? argv[1] : "queue.db";
    const char *endpoint = argc > 2 ? argv[2] : "tcp://127.0.0.1:5555";

    char *journal = zsys_sprintf ("sqlite:%s", file);
    zp_queue_broker_options_t options = ZP_QUEUE_BROKER_DEFAULTS;
    options.journal = journal;
    zp_status_t status;
    char *error;
    zp_queue_broker_t *broker =
        zp_queue_broker_new (NULL, &options, &status, &error);
    free (journal);
    if (!broker) {
        fprintf (stderr, "%s\n", error);
        free (error);
        return status;
    }
    zp_server_t *server = zp_queue_broker_server (broker);
    status = zp_server_bind (server, endpoint);
    if (status != ZP_OK)
        fprintf (stderr, "%s\n", zp_server_error (server));
    else if ((status = zp_queue_broker_run (broker)) != ZP_OK)
        fprintf (stderr, "%s\n", zp_queue_broker_error (broker));
    zp_queue_broker_destroy (&broker);
    return status;
}
