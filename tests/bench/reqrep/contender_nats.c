//  SPDX-License-Identifier: MIT
//
//  NATS request/reply: client and server are both clients of nats-server, which
//  the serving process starts. The client has one subscription for all its
//  replies, as the library's own natsConnection_Request has.

#define _GNU_SOURCE

#include "contender.h"
#include "nats_link.h"
#include "part.h"

#ifndef HAVE_NATS

const contender_t contender_nats = {.name = "nats",
                                    .missing = nats_link_missing};

#else

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define SUBJECT "echo"
#define FEW     100  // In flight

//  Start nats-server at an endpoint tcp://ADDRESS:PORT. It dies with us.
static void
s_start_server (const char *endpoint)
{
    pid_t parent = getpid ();
    pid_t pid = fork ();
    part_check (pid >= 0, "fork");
    if (pid > 0)
        return;
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    if (getppid () != parent)
        _exit (1);
    part_check (freopen ("/dev/null", "w", stderr) != NULL, "/dev/null");
    execl (NATS_SERVER, NATS_SERVER, "--addr", "127.0.0.1", "--port",
           strrchr (endpoint, ':') + 1, NULL);
    _exit (127);
}

static void
s_echo (natsConnection *connection, natsSubscription *subscription,
        natsMsg *request, void *arg)
{
    (void) subscription;
    (void) arg;
    nats_link_check (natsConnection_Publish (connection,
                                             natsMsg_GetReply (request),
                                             natsMsg_GetData (request),
                                             natsMsg_GetDataLength (request)),
                     "reply");
    natsMsg_Destroy (request);
}

static void
s_serve (const char *endpoint, size_t in_flight, int ready)
{
    s_start_server (endpoint);
    natsConnection *connection = nats_link_new (endpoint, in_flight <= FEW);
    natsSubscription *subscription;
    nats_link_check (natsConnection_Subscribe (&subscription, connection,
                                               SUBJECT, s_echo, NULL),
                     "subscribe");
    nats_link_check (natsConnection_Flush (connection), "flush");
    part_ready (ready);
    while (true)
        pause ();
}

typedef struct lanes {
    pthread_mutex_t mutex;  // Replies come in a thread of the library
    pthread_cond_t ended;   // The load is over
    load_t *load;           // What to send
    char *payload;          // Of the next request
    natsInbox *inbox;       // Where replies go
    bool over;              // The load is
} lanes_t;

static void
s_request (lanes_t *self, natsConnection *connection)
{
    load_request (self->load, self->payload);
    nats_link_check (natsConnection_PublishRequest (connection, SUBJECT,
                                                    self->inbox, self->payload,
                                                    (int) self->load->size),
                     "request");
}

static void
s_replied (natsConnection *connection, natsSubscription *subscription,
           natsMsg *reply, void *arg)
{
    (void) subscription;
    lanes_t *self = arg;
    pthread_mutex_lock (&self->mutex);
    if (!self->over && load_reply (self->load, natsMsg_GetData (reply),
                                   (size_t) natsMsg_GetDataLength (reply)))
        s_request (self, connection);
    else {
        self->over = true;
        pthread_cond_signal (&self->ended);
    }
    pthread_mutex_unlock (&self->mutex);
    natsMsg_Destroy (reply);
}

static void
s_run (const char *endpoint, load_t *load)
{
    //  Static, as requests are under way until the process ends.
    static lanes_t lanes = {.mutex = PTHREAD_MUTEX_INITIALIZER,
                            .ended = PTHREAD_COND_INITIALIZER};
    lanes.load = load;
    lanes.payload = malloc (load->size);
    natsConnection *connection =
        nats_link_new (endpoint, load->in_flight <= FEW);
    natsSubscription *subscription;
    nats_link_check (natsInbox_Create (&lanes.inbox), "inbox");
    nats_link_check (natsConnection_Subscribe (&subscription, connection,
                                               lanes.inbox, s_replied, &lanes),
                     "subscribe");
    pthread_mutex_lock (&lanes.mutex);
    for (size_t i = 0; i < load->in_flight; i++)
        s_request (&lanes, connection);
    while (!lanes.over)
        pthread_cond_wait (&lanes.ended, &lanes.mutex);
    pthread_mutex_unlock (&lanes.mutex);
}

const contender_t contender_nats = {
    .name = "nats",
    .about = "NATS request/reply through nats-server",
    .rival = "bare-1",
    .tcp_only = true,
    .missing = nats_link_missing,
    .serve = s_serve,
    .run = s_run,
};

#endif
