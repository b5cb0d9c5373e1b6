//  SPDX-License-Identifier: MIT
//
//  nng's req/rep. A context holds one request, so there is one for each in
//  flight, moved on by the callback of its nng_aio in one of nng's threads.

#define _POSIX_C_SOURCE 200809L

#include "contender.h"
#include "part.h"

#ifndef HAVE_NNG

static const char *
s_missing (void)
{
    return "not built, for want of libnng-dev";
}

const contender_t contender_nng = {.name = "nng", .missing = s_missing};

#else

#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <unistd.h>

#define SERVER_LANES 64  // Requests that the server works at at a time

typedef struct lanes lanes_t;

typedef struct lane {
    nng_ctx ctx;     // Holds one request
    nng_aio *aio;    // What is being done with it
    bool receiving;  // That, rather than sending
    lanes_t *lanes;  // All of them; NULL in a server
} lane_t;

struct lanes {
    pthread_mutex_t mutex;  // Callbacks run in several threads
    pthread_cond_t ended;   // The load is over
    lane_t *lane;           // One for each request in flight
    load_t *load;           // What to send
    bool over;              // The load is
};

static void
s_check (int error, const char *what)
{
    if (error == 0)
        return;
    fprintf (stderr, "E: nng: %s: %s\n", what, nng_strerror (error));
    exit (1);
}

static void
s_receive (lane_t *self)
{
    self->receiving = true;
    nng_ctx_recv (self->ctx, self->aio);
}

static void
s_send (lane_t *self, nng_msg *msg)
{
    self->receiving = false;
    nng_aio_set_msg (self->aio, msg);
    nng_ctx_send (self->ctx, self->aio);
}

static void
s_lane_init (lane_t *self, nng_socket socket, void (*callback) (void *),
             lanes_t *lanes)
{
    self->lanes = lanes;
    s_check (nng_ctx_open (&self->ctx, socket), "context");
    s_check (nng_aio_alloc (&self->aio, callback, self), "aio");
}

//  The server: receive, send back, and so on

static void
s_serve_next (void *arg)
{
    lane_t *self = arg;
    s_check (nng_aio_result (self->aio), "server");
    if (self->receiving)
        s_send (self, nng_aio_get_msg (self->aio));
    else
        s_receive (self);
}

static void
s_serve (const char *endpoint, size_t in_flight, int ready)
{
    (void) in_flight;
    static lane_t lanes[SERVER_LANES];
    nng_socket socket;
    s_check (nng_rep0_open (&socket), "socket");
    for (int i = 0; i < SERVER_LANES; i++) {
        s_lane_init (&lanes[i], socket, s_serve_next, NULL);
        s_receive (&lanes[i]);
    }
    s_check (nng_listen (socket, endpoint, NULL, 0), endpoint);
    part_ready (ready);
    while (true)
        pause ();
}

//  The client: send, receive, and so on. The caller holds the mutex.

static void
s_request (lane_t *self)
{
    load_t *load = self->lanes->load;
    nng_msg *msg;
    s_check (nng_msg_alloc (&msg, load->size), "message");
    load_request (load, nng_msg_body (msg));
    s_send (self, msg);
}

static void
s_reply (lane_t *self)
{
    lanes_t *lanes = self->lanes;
    nng_msg *msg = nng_aio_get_msg (self->aio);
    pthread_mutex_lock (&lanes->mutex);
    if (!lanes->over &&
        load_reply (lanes->load, nng_msg_body (msg), nng_msg_len (msg)))
        s_request (self);
    else {
        lanes->over = true;
        pthread_cond_signal (&lanes->ended);
    }
    pthread_mutex_unlock (&lanes->mutex);
    nng_msg_free (msg);
}

static void
s_run_next (void *arg)
{
    lane_t *self = arg;
    s_check (nng_aio_result (self->aio), "client");
    if (self->receiving)
        s_reply (self);
    else
        s_receive (self);
}

static void
s_run (const char *endpoint, load_t *load)
{
    //  Static, as requests are under way until the process ends.
    static lanes_t lanes = {.mutex = PTHREAD_MUTEX_INITIALIZER,
                            .ended = PTHREAD_COND_INITIALIZER};
    lanes.load = load;
    lanes.lane = calloc (load->in_flight, sizeof *lanes.lane);
    nng_socket socket;
    s_check (nng_req0_open (&socket), "socket");
    s_check (nng_dial (socket, endpoint, NULL, 0), endpoint);
    pthread_mutex_lock (&lanes.mutex);
    for (size_t i = 0; i < load->in_flight; i++) {
        s_lane_init (&lanes.lane[i], socket, s_run_next, &lanes);
        s_request (&lanes.lane[i]);
    }
    while (!lanes.over)
        pthread_cond_wait (&lanes.ended, &lanes.mutex);
    pthread_mutex_unlock (&lanes.mutex);
}

const contender_t contender_nng = {
    .name = "nng",
    .about = "nng req/rep, a context for each request in flight",
    .rival = "bare-1",
    .serve = s_serve,
    .run = s_run,
};

#endif
