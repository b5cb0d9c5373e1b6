//  SPDX-License-Identifier: MIT
//
//  Passes on what a publisher, or another relay, says: with the same numbers,
//  so that its subscribers can turn to another one and go on.

#define _POSIX_C_SOURCE 200809L

#include "zp_relay.h"

int
main (int argc, char **argv)
{
    setlinebuf (stdout);
    zp_relay_options_t options = ZP_RELAY_DEFAULTS;
    options.publisher.heartbeat_ms = 500;
    zp_relay_t *relay = zp_relay_new (NULL, &options);
    zp_status_t status =
        zp_relay_connect (relay, argc > 1 ? argv[1] : "tcp://127.0.0.1:5561",
                          argc > 2 ? argv[2] : "tcp://127.0.0.1:5562");
    if (status == ZP_OK)
        status =
            zp_relay_bind (relay, argc > 3 ? argv[3] : "tcp://127.0.0.1:5563",
                           argc > 4 ? argv[4] : "tcp://127.0.0.1:5564");
    if (status != ZP_OK)
        fprintf (stderr, "%s\n", zp_relay_error (relay));
    else {
        printf ("relay: passes on at %s\n", zp_relay_updates (relay));
        status = zp_relay_run (relay);
    }
    zp_relay_destroy (&relay);
    return status;
}
