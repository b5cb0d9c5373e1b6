//  SPDX-License-Identifier: MIT

#include "server_thread.h"

typedef struct {
    const char *endpoint;                // Where it listens
    const zp_server_options_t *options;  // NULL: defaults
    server_thread_fn *fn;                // Adds methods
    void *arg;                           // Given to that
} s_order_t;

static int
s_on_term (zloop_t *loop, zsock_t *pipe, void *arg)
{
    (void) loop;
    (void) pipe;
    (void) arg;
    return -1;
}

static void
s_run (zsock_t *pipe, void *arg)
{
    const s_order_t *order = arg;
    zloop_t *loop = zloop_new ();
    zp_server_t *server = zp_server_new (loop, order->options);
    order->fn (server, order->arg);
    zp_status_t status = zp_server_bind (server, order->endpoint);
    assert (status == ZP_OK);
    (void) status;
    zloop_reader (loop, pipe, s_on_term, NULL);
    zsock_signal (pipe, 0);  // The order is gone from here on
    zp_server_run (server);
    zp_server_destroy (&server);
    zloop_destroy (&loop);
}

zactor_t *
server_thread_new (const char *endpoint, const zp_server_options_t *options,
                   server_thread_fn *fn, void *arg)
{
    s_order_t order = {endpoint, options, fn, arg};
    return zactor_new (s_run, &order);
}
