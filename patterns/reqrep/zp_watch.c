//  SPDX-License-Identifier: MIT

#include "zp_watch.h"

#include <inttypes.h>

#include "zp_frames.h"
#include "zp_random.h"

struct zp_watch {
    zloop_t *loop;        // Where it tells
    zsock_t *socket;      // What is watched
    zsock_t *pair;        // PAIR, has the events
    zmq_pollitem_t item;  // Its descriptor
    zp_frames_t frames;   // An event
    zp_watch_fn *fn;      // Whom to tell
    void *arg;            // With what
};

//  Read all events: [number (2) value (4)] [address]
static int
s_read (zp_watch_t *self)
{
    int rc = 0;
    void *handle = zsock_resolve (self->pair);
    while (rc == 0 &&
           zp_frames_recv (&self->frames, handle, ZMQ_DONTWAIT) == 1) {
        uint16_t event;
        memcpy (&event, self->frames.span[0].data, sizeof event);
        zp_frames_close (&self->frames);
        rc = self->fn (self->arg, event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
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

zp_watch_t *
zp_watch_new (zloop_t *loop, zsock_t *socket, zp_watch_fn *fn, void *arg)
{
    zp_watch_t *self = zmalloc (sizeof *self);
    *self = (zp_watch_t){.loop = loop, .socket = socket, .fn = fn, .arg = arg};

    //  A name that no socket of this process has, or had just now
    char address[64];
    snprintf (address, sizeof address, "inproc://zp-watch-%016" PRIx64,
              zp_random_entropy ());
    int rc = zmq_socket_monitor (zsock_resolve (socket), address,
                                 ZMQ_EVENT_HANDSHAKE_SUCCEEDED |
                                     ZMQ_EVENT_DISCONNECTED);
    assert (rc == 0);
    (void) rc;
    self->pair = zsock_new (ZMQ_PAIR);
    zsock_set_linger (self->pair, 0);
    zsock_connect (self->pair, "%s", address);

    //  There is rarely anything to tell, so the loop looks at the descriptor,
    //  which costs much less than the socket. It tells of changes only: all
    //  that is there must be read each time, and once to begin with
    self->item = (zmq_pollitem_t){NULL, zsock_fd (self->pair), ZMQ_POLLIN, 0};
    zloop_poller (loop, &self->item, s_on_event, self);
    s_read (self);
    return self;
}

void
zp_watch_destroy (zp_watch_t **self_p)
{
    assert (self_p);
    zp_watch_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    zloop_poller_end (self->loop, &self->item);
    zmq_socket_monitor (zsock_resolve (self->socket), NULL, 0);
    zsock_destroy (&self->pair);
    zp_frames_free (&self->frames);
    free (self);
}
