//  SPDX-License-Identifier: MIT
//
//  Says which films go well with one: a service that a page can do without.

#include "zp_server.h"

static void
s_like (zp_request_t *request, void *arg)
{
    (void) arg;
    static const char films[] = "[\"metropolis\",\"sunrise\"]";
    zp_request_reply (&request, films, sizeof films - 1);
}

int
main (int argc, char **argv)
{
    if (argc != 2) {
        fprintf (stderr, "Usage: %s ENDPOINT\n", argv[0]);
        return 2;
    }
    zp_server_t *server = zp_server_new (NULL, NULL);
    zp_server_method (server, "advice.like", s_like, NULL);
    zp_status_t status = zp_server_bind (server, argv[1]);
    if (status == ZP_OK)
        status = zp_server_run (server);
    else
        fprintf (stderr, "%s\n", zp_server_error (server));
    zp_server_destroy (&server);
    return status;
}
