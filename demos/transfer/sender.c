//  SPDX-License-Identifier: MIT
//
//  Lets the files of a folder be got. It can be killed at any time: whoever was
//  getting one turns to another sender, or waits for this one.

#include "zp_sender.h"

int
main (int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : ".";
    const char *endpoint = argc > 2 ? argv[2] : "tcp://127.0.0.1:5575";

    zloop_t *loop = zloop_new ();
    zp_server_t *server = zp_server_new (loop, NULL);
    zp_sender_options_t options = ZP_SENDER_DEFAULTS;
    options.folder = folder;
    char text[ZP_TRANSFER_TEXT];
    zp_status_t status = ZP_NOT_FOUND;
    zp_sender_t *sender = zp_sender_new (loop, server, &options, text);
    if (!sender)
        fprintf (stderr, "%s\n", text);
    else if ((status = zp_server_bind (server, endpoint)) != ZP_OK)
        fprintf (stderr, "%s\n", zp_server_error (server));
    else {
        printf ("sender: %s at %s\n", folder, endpoint);
        fflush (stdout);
        zp_server_on_draining (server, zp_sender_drain, sender);
        status = zp_server_run (server);
    }
    zp_sender_destroy (&sender);
    zp_server_destroy (&server);
    zloop_destroy (&loop);
    return (int) status;
}
