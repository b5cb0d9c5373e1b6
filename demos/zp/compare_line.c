//  SPDX-License-Identifier: MIT

#include "compare_line.h"

#include "zp_random.h"

#define TURN 1000  // Messages, before others have their turn

struct compare_line {
    zloop_t *loop;       // Where it lives
    zsock_t *front;      // Who connects
    zsock_t *back;       // Whom it is for
    bool updates;        // What comes from the front are subscriptions
    int percent;         // Is lost
    zp_random_t random;  // Says which
};

static void
s_pass (compare_line_t *self, zsock_t *from, zsock_t *to)
{
    for (int i = 0; i < TURN && zsock_events (from) & ZMQ_POLLIN; i++) {
        zmsg_t *message = zmsg_recv (from);
        bool safe = self->updates && from == self->front;
        if (!safe && zp_random_chance (&self->random, self->percent))
            zmsg_destroy (&message);
        else
            zmsg_send (&message, to);
        zmsg_destroy (&message);
    }
}

static int
s_on_ready (zloop_t *loop, zsock_t *from, void *arg)
{
    (void) loop;
    compare_line_t *self = arg;
    s_pass (self, from, from == self->front ? self->back : self->front);
    return 0;
}

static zsock_t *
s_open (int type, const char *endpoint, bool bind)
{
    zsock_t *socket = zsock_new (type);
    assert (socket);
    zsock_set_linger (socket, 0);
    zsock_set_rcvhwm (socket, 0);
    zsock_set_sndhwm (socket, 0);
    int rc = bind ? zsock_bind (socket, "%s", endpoint)
                  : zsock_connect (socket, "%s", endpoint);
    assert (rc != -1);
    (void) rc;
    return socket;
}

compare_line_t *
compare_line_new (zloop_t *loop, const char *front, const char *back,
                  bool updates, uint64_t seed)
{
    compare_line_t *self = zmalloc (sizeof *self);
    self->loop = loop;
    self->updates = updates;
    zp_random_seed (&self->random, seed);
    self->front = s_open (updates ? ZMQ_XPUB : ZMQ_ROUTER, front, true);
    self->back = s_open (updates ? ZMQ_XSUB : ZMQ_DEALER, back, false);
    zloop_reader (loop, self->front, s_on_ready, self);
    zloop_reader (loop, self->back, s_on_ready, self);
    return self;
}

void
compare_line_destroy (compare_line_t **self_p)
{
    assert (self_p);
    compare_line_t *self = *self_p;
    *self_p = NULL;
    if (!self)
        return;
    zloop_reader_end (self->loop, self->front);
    zloop_reader_end (self->loop, self->back);
    zsock_destroy (&self->front);
    zsock_destroy (&self->back);
    free (self);
}

void
compare_line_lose (compare_line_t *self, int percent)
{
    self->percent = percent;
}
