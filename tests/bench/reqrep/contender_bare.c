//  SPDX-License-Identifier: MIT
//
//  Bare libzmq, DEALER to ROUTER, as one would write it who knows it well: the
//  messages are received, and sent on, as zmq_msg_t, uncopied; each receive
//  takes what is there and blocks only if nothing is.
//
//  bare-1 sends [payload] there and back, which is the least there is; bare-4
//  the frames of our open form, [header][""][method][payload] there and
//  [header][""][payload] back, with nothing read into them.

#include <czmq.h>

#include "contender.h"
#include "part.h"

#define HEADER_SIZE 52  // As large as our envelope
#define METHOD      "echo"

static void *
s_socket (int type)
{
    //  CZMQ's context, so that inproc finds its peer
    void *socket = zmq_socket (zsys_init (), type);
    part_check (socket != NULL, "zmq_socket");
    int none = 0;
    zmq_setsockopt (socket, ZMQ_SNDHWM, &none, sizeof none);
    zmq_setsockopt (socket, ZMQ_RCVHWM, &none, sizeof none);
    zmq_setsockopt (socket, ZMQ_LINGER, &none, sizeof none);
    return socket;
}

static void *
s_bound (const char *endpoint, int ready)
{
    void *router = s_socket (ZMQ_ROUTER);
    part_check (zmq_bind (router, endpoint) == 0, endpoint);
    part_ready (ready);
    return router;
}

static void *
s_connected (const char *endpoint)
{
    void *dealer = s_socket (ZMQ_DEALER);
    part_check (zmq_connect (dealer, endpoint) == 0, endpoint);
    return dealer;
}

static void
s_recv (void *socket, zmq_msg_t *frame)
{
    part_check (zmq_msg_recv (frame, socket, 0) >= 0, "zmq_msg_recv");
}

static void
s_send (void *socket, zmq_msg_t *frame, int flags)
{
    part_check (zmq_msg_send (frame, socket, flags) >= 0, "zmq_msg_send");
}

static void
s_serve_1 (const char *endpoint, size_t in_flight, int ready)
{
    (void) in_flight;
    void *router = s_bound (endpoint, ready);
    zmq_msg_t id, payload;
    zmq_msg_init (&id);
    zmq_msg_init (&payload);
    while (true) {
        s_recv (router, &id);
        s_recv (router, &payload);
        s_send (router, &id, ZMQ_SNDMORE);
        s_send (router, &payload, 0);
    }
}

static void
s_request_1 (void *dealer, load_t *load)
{
    zmq_msg_t payload;
    zmq_msg_init_size (&payload, load->size);
    load_request (load, zmq_msg_data (&payload));
    s_send (dealer, &payload, 0);
}

static void
s_run_1 (const char *endpoint, load_t *load)
{
    void *dealer = s_connected (endpoint);
    for (size_t i = 0; i < load->in_flight; i++)
        s_request_1 (dealer, load);
    zmq_msg_t payload;
    zmq_msg_init (&payload);
    s_recv (dealer, &payload);
    while (
        load_reply (load, zmq_msg_data (&payload), zmq_msg_size (&payload))) {
        s_request_1 (dealer, load);
        s_recv (dealer, &payload);
    }
    zmq_msg_close (&payload);
    zmq_close (dealer);
}

static void
s_serve_4 (const char *endpoint, size_t in_flight, int ready)
{
    (void) in_flight;
    void *router = s_bound (endpoint, ready);
    zmq_msg_t id, header, empty, method, payload;
    zmq_msg_init (&id);
    zmq_msg_init (&header);
    zmq_msg_init (&empty);
    zmq_msg_init (&method);
    zmq_msg_init (&payload);
    while (true) {
        s_recv (router, &id);
        s_recv (router, &header);
        s_recv (router, &empty);
        s_recv (router, &method);
        s_recv (router, &payload);
        s_send (router, &id, ZMQ_SNDMORE);
        s_send (router, &header, ZMQ_SNDMORE);
        s_send (router, &empty, ZMQ_SNDMORE);
        s_send (router, &payload, 0);
    }
}

static void
s_request_4 (void *dealer, load_t *load)
{
    static const char header[HEADER_SIZE];
    zmq_msg_t payload;
    zmq_msg_init_size (&payload, load->size);
    load_request (load, zmq_msg_data (&payload));
    zmq_send (dealer, header, sizeof header, ZMQ_SNDMORE);
    zmq_send (dealer, "", 0, ZMQ_SNDMORE);
    zmq_send (dealer, METHOD, strlen (METHOD), ZMQ_SNDMORE);
    s_send (dealer, &payload, 0);
}

static void
s_run_4 (const char *endpoint, load_t *load)
{
    void *dealer = s_connected (endpoint);
    for (size_t i = 0; i < load->in_flight; i++)
        s_request_4 (dealer, load);
    zmq_msg_t header, empty, payload;
    zmq_msg_init (&header);
    zmq_msg_init (&empty);
    zmq_msg_init (&payload);
    while (true) {
        s_recv (dealer, &header);
        s_recv (dealer, &empty);
        s_recv (dealer, &payload);
        if (!load_reply (load, zmq_msg_data (&payload),
                         zmq_msg_size (&payload)))
            break;
        s_request_4 (dealer, load);
    }
    zmq_msg_close (&header);
    zmq_msg_close (&empty);
    zmq_msg_close (&payload);
    zmq_close (dealer);
}

const contender_t contender_bare_1 = {
    .name = "bare-1",
    .about = "bare libzmq, DEALER to ROUTER, one frame a message",
    .inproc = true,
    .serve = s_serve_1,
    .run = s_run_1,
};

const contender_t contender_bare_4 = {
    .name = "bare-4",
    .about = "the same, with as many frames as our open form",
    .rival = "bare-1",
    .inproc = true,
    .serve = s_serve_4,
    .run = s_run_4,
};
