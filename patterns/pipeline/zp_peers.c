//  SPDX-License-Identifier: MIT

#include "zp_peers.h"

#include <inttypes.h>

#include "zp_random.h"

struct zp_peers {
    zloop_t *loop;        // Where it tells
    zsock_t *socket;      // Whose peers are counted
    zsock_t *pair;        // PAIR, has the events
    zmq_pollitem_t item;  // Its descriptor
    size_t count;         // Connected now
    zp_peers_fn *fn;      // Whom to tell
    void *arg;            // With what
};

//  Read all events: [number (2) value (4)] [address]
static int
s_read (zp_peers_t *self)
{
    int rc = 0;
    void *handle = zsock_resolve (self->pair);
    while (rc == 0) {
        uint8_t frame[6];
        uint16_t event;
        char address[1];  // The first byte is enough, the rest is cut off
        if (zmq_recv (handle, frame, sizeof frame, ZMQ_DONTWAIT) == -1)
            break;
        zmq_recv (handle, address, sizeof address, ZMQ_DONTWAIT);
        memcpy (&event, frame, sizeof event);
        if (event != ZMQ_EVENT_DISCONNECTED)
            self->count++;
        else if (self->count > 0)
            self->count--;
        rc = self->fn (self->arg, self->count);
    }
    return rc;
}

static int
s_on_event (zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void) loop;
    (void) item;
    return s_read (arg);
}

zp_peers_t *
zp_peers_new (zloop_t *loop, zsock_t *socket, zp_peers_fn *fn, void *arg)
{
    zp_peers_t *self = zmalloc (sizeof *self);
    *self = (zp_peers_t){.loop = loop, .socket = socket, .fn = fn, .arg = arg};

    //  A name that no socket of this process has, or had just now
    char address[64];
    snprintf (address, sizeof address, "inproc://zp-peers-%016" PRIx64,
              zp_random_entropy ());
    int rc = zmq_socket_monitor (zsock_resolve (socket), address,
                                 ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_CONNECTED |
                                     ZMQ_EVENT_DISCONNECTED);
    assert (rc == 0);
    (void) rc;
    self->pair = zsock_new (ZMQ_PAIR);
    zsock_set_linger (self->pair, 0);
    zsock_connect (self->pair, "%s", address);

    //  The loop looks at the descriptor, which costs less than the socket. It
    //  tells of changes only: all that is there must be read each time, and
    //  once to begin with
    self->item = (zmq_pollitem_t){NULL, zsock_fd (self->pair), ZMQ_POLLIN, 0};
    zloop_poller (loop, &self->item, s_on_event, self);
    s_read (self);
    return self;
}

void
zp_peers_destroy (zp_peers_t **self_p)
{
    assert (self_p);
    zp_peers_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    zloop_poller_end (self->loop, &self->item);
    zmq_socket_monitor (zsock_resolve (self->socket), NULL, 0);
    zsock_destroy (&self->pair);
    free (self);
}
