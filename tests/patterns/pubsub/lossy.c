//  SPDX-License-Identifier: MIT

#include "lossy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "peer.h"
#include "zp_update.h"

struct lossy {
    zloop_t *loop;      // Where it lives
    zsock_t *above;     // XSUB, to the publisher
    zsock_t *below;     // XPUB, to the subscribers
    char endpoint[64];  // Of that
    bool lose;          // Updates
    size_t lost;        // Frames
};

static bool
s_is_heartbeat (zmq_msg_t *msg)
{
    const uint8_t *data = zmq_msg_data (msg);
    return zmq_msg_size (msg) && data[0] == ZP_UPDATE_MARK;
}

static int
s_pass (zloop_t *loop, zsock_t *from, void *arg)
{
    (void) loop;
    lossy_t *self = arg;
    zsock_t *to = from == self->above ? self->below : self->above;
    zmq_msg_t msg;
    zmq_msg_init (&msg);
    while (zmq_msg_recv (&msg, zsock_resolve (from), ZMQ_DONTWAIT) != -1) {
        bool lose = self->lose && from == self->above && !s_is_heartbeat (&msg);
        self->lost += lose;
        if (!lose)
            zmq_msg_send (&msg, zsock_resolve (to), 0);
    }
    zmq_msg_close (&msg);
    return 0;
}

lossy_t *
lossy_new (zloop_t *loop, const char *endpoint)
{
    lossy_t *self = zmalloc (sizeof *self);
    self->loop = loop;
    strcpy (self->endpoint, peer_new_endpoint ());
    self->above = zsock_new (ZMQ_XSUB);
    self->below = zsock_new (ZMQ_XPUB);
    zsock_set_unbounded (self->above);
    zsock_set_unbounded (self->below);
    zsock_set_xpub_verbose (self->below, 1);
    assert_int_equal (zsock_connect (self->above, "%s", endpoint), 0);
    assert_int_equal (zsock_bind (self->below, "%s", self->endpoint), 0);
    zloop_reader (loop, self->above, s_pass, self);
    zloop_reader (loop, self->below, s_pass, self);
    return self;
}

void
lossy_destroy (lossy_t **self_p)
{
    lossy_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    zloop_reader_end (self->loop, self->above);
    zloop_reader_end (self->loop, self->below);
    zsock_destroy (&self->above);
    zsock_destroy (&self->below);
    free (self);
}

const char *
lossy_endpoint (const lossy_t *self)
{
    return self->endpoint;
}

void
lossy_lose (lossy_t *self, bool lose)
{
    self->lose = lose;
}

size_t
lossy_lost (const lossy_t *self)
{
    return self->lost;
}
