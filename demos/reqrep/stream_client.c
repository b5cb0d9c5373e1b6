//  SPDX-License-Identifier: MIT
//
//  Calls a method of a server from a loop, and takes the pieces of its reply
//  as they come. A loop can have thousands of calls under way; here it is one.

#include "zp_client.h"

typedef struct stream {
    zloop_t *loop;       // To be ended with the call
    zp_status_t status;  // How the call ended
} stream_t;

static int
s_end (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer, (void) arg;
    return -1;
}

//  Called for each piece of the reply, then once for the end of it
static void
s_take (void *arg, const zp_reply_t *reply)
{
    stream_t *self = arg;
    if (reply->count) {
        zp_span_t part = reply->parts[0];
        printf ("%.*s\n", (int) part.size, (const char *) part.data);
        fflush (stdout);  // Now, not when there is a page of them
    }
    if (!reply->more) {
        const char *name = zp_status_name (reply->status);
        fprintf (stderr, "(%s at attempt %d, after %d ms) %s\n", name,
                 reply->attempts, (int) reply->elapsed_ms, reply->text);
        self->status = reply->status;
        zloop_timer (self->loop, 0, 1, s_end, NULL);
    }
}

int
main (int argc, char **argv)
{
    if (argc < 3) {
        fprintf (stderr, "Usage: %s METHOD TEXT [ENDPOINT]\n", argv[0]);
        return 2;
    }
    const char *endpoint = argc > 3 ? argv[3] : "tcp://127.0.0.1:5555";
    zp_span_t text = {argv[2], strlen (argv[2])};

    stream_t self = {.loop = zloop_new (), .status = ZP_CANCELLED};
    zp_client_t *client = zp_client_new (self.loop, NULL);
    zp_call_t call = {.method = argv[1],
                      .args = &text,
                      .count = 1,
                      .timeout_ms = 10000,
                      .fn = s_take,
                      .arg = &self};
    if (zp_client_connect (client, endpoint) == ZP_OK &&
        zp_client_start (client, &call, NULL) == ZP_OK)
        zloop_start (self.loop);
    else
        fprintf (stderr, "%s\n", zp_client_error (client));

    zp_client_destroy (&client);
    zloop_destroy (&self.loop);
    return self.status == ZP_OK ? 0 : 1;
}
