//  SPDX-License-Identifier: MIT
//
//  Calls a method of a server and waits for the reply. The server may start
//  later than the client, and may come and go meanwhile.

#include "zp_client.h"

int
main (int argc, char **argv)
{
    if (argc < 3) {
        fprintf (stderr, "Usage: %s METHOD TEXT [ENDPOINT]\n", argv[0]);
        return 2;
    }
    const char *method = argv[1];
    const char *text = argv[2];
    const char *endpoint = argc > 3 ? argv[3] : "tcp://127.0.0.1:5555";

    zp_client_t *client = zp_client_new (NULL, NULL);
    zp_status_t status = zp_client_connect (client, endpoint);
    zchunk_t *reply = NULL;
    if (status == ZP_OK)
        status =
            zp_client_call (client, method, text, strlen (text), 10000, &reply);

    zp_client_stats_t stats;
    zp_client_stats (client, &stats);
    if (stats.retries)
        fprintf (stderr, "(sent %d times)\n", 1 + (int) stats.retries);
    if (status == ZP_OK)
        printf ("%.*s\n", (int) zchunk_size (reply),
                (char *) zchunk_data (reply));
    else
        fprintf (stderr, "%s: %s\n", zp_status_name (status),
                 zp_client_error (client));

    zchunk_destroy (&reply);
    zp_client_destroy (&client);
    return status == ZP_OK ? 0 : 1;
}
