//  SPDX-License-Identifier: MIT
//
//  The pipe of a thread carries pointers: to it, requests; from it, answers,
//  the last of which means that the thread is idle again.

#define _POSIX_C_SOURCE 200809L

#include "zp_workers.h"

#include <signal.h>

#include "zp_server_private.h"

//  An answer on its way from a thread to the server
typedef struct {
    zp_request_t *request;  // What is answered
    zp_kind_t kind;         // ZP_REPLY, ZP_PARTIAL
    zp_status_t status;     // Of the reply
    int retry_after_ms;     // Not sooner; 0: not said
    size_t count;           // Parts
    zp_span_t parts[];      // These; their bytes follow
} s_answer_t;

struct zp_workers {
    zp_server_t *server;  // Whose threads
    int count;            // How many
    zactor_t **actors;    // These
    zactor_t **idle;      // A stack of those with nothing to do
    int idle_count;       // How many
};

static void
s_run (zsock_t *pipe, void *arg)
{
    (void) arg;
    //  What a signal means is for the server's thread
    sigset_t all;
    sigfillset (&all);
    pthread_sigmask (SIG_BLOCK, &all, NULL);
    zsock_signal (pipe, 0);
    while (true) {
        zp_request_t *request;
        int size = zmq_recv (zsock_resolve (pipe), &request, sizeof request, 0);
        if (size == -1 && zmq_errno () == EINTR)
            continue;
        if (size != sizeof request)
            return;  // $TERM
        bool ended = false;
        request->pipe = pipe;
        request->ended = &ended;
        request->method->fn (request, request->method->arg);
        assert (ended);  // A worker's handler ends the request itself
    }
}

void
zp_workers_answer (zp_request_t *request, zp_kind_t kind, zp_status_t status,
                   int retry_after_ms, const zp_span_t *parts, size_t count)
{
    size_t size = sizeof (s_answer_t) + count * sizeof (zp_span_t);
    for (size_t i = 0; i < count; i++)
        size += parts[i].size;
    s_answer_t *answer = malloc (size);
    assert (answer);
    *answer = (s_answer_t){request, kind, status, retry_after_ms, count};
    char *bytes = (char *) &answer->parts[count];
    for (size_t i = 0; i < count; i++) {
        if (parts[i].size)
            memcpy (bytes, parts[i].data, parts[i].size);
        answer->parts[i] = (zp_span_t){bytes, parts[i].size};
        bytes += parts[i].size;
    }
    zsock_t *pipe = request->pipe;
    if (kind == ZP_REPLY)
        *request->ended = true;

    //  Blocks while the server is behind, which is what slows a stream down
    while (zmq_send (zsock_resolve (pipe), &answer, sizeof answer, 0) == -1)
        assert (zmq_errno () == EINTR);
}

//  Take one answer from a thread; false if there is none now, unless flags say
//  to wait for it
static bool
s_take_answer (zp_workers_t *self, zactor_t *actor, int flags)
{
    s_answer_t *answer;
    if (zmq_recv (zsock_resolve (actor), &answer, sizeof answer, flags) == -1)
        return false;
    if (answer->kind == ZP_REPLY)
        self->idle[self->idle_count++] = actor;
    zp_server_answer (answer->request, answer->kind, answer->status,
                      answer->retry_after_ms, answer->parts, answer->count);
    free (answer);
    return true;
}

static int
s_on_answer (zloop_t *loop, zsock_t *pipe, void *arg)
{
    (void) loop;
    zp_workers_t *self = arg;
    int number = 0;
    while (zactor_sock (self->actors[number]) != pipe)
        number++;
    zp_server_begin_turn (self->server);
    while (s_take_answer (self, self->actors[number], ZMQ_DONTWAIT))
        zp_workers_feed (self);
    return zp_server_end_turn (self->server);
}

static bool
s_is_busy (const zp_workers_t *self, const zactor_t *actor)
{
    for (int i = 0; i < self->idle_count; i++)
        if (self->idle[i] == actor)
            return false;
    return true;
}

zp_workers_t *
zp_workers_new (zp_server_t *server, int count)
{
    zp_workers_t *self = zmalloc (sizeof *self);
    *self = (zp_workers_t){.server = server, .count = count};
    self->actors = zmalloc ((size_t) count * sizeof *self->actors);
    self->idle = zmalloc ((size_t) count * sizeof *self->idle);
    for (int i = 0; i < count; i++) {
        self->actors[i] = zactor_new (s_run, NULL);
        assert (self->actors[i]);
        self->idle[self->idle_count++] = self->actors[i];
        zsock_t *pipe = zactor_sock (self->actors[i]);
        zloop_reader (server->loop, pipe, s_on_answer, self);
    }
    return self;
}

void
zp_workers_destroy (zp_workers_t **self_p)
{
    assert (self_p);
    zp_workers_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    for (int i = 0; i < self->count; i++) {
        zactor_t *actor = self->actors[i];
        zloop_reader_end (self->server->loop, zactor_sock (actor));
        //  A thread that blocks on its pipe could not be ended
        while (s_is_busy (self, actor))
            s_take_answer (self, actor, 0);
        zactor_destroy (&self->actors[i]);
    }
    free (self->actors);
    free (self->idle);
    free (self);
}

void
zp_workers_feed (zp_workers_t *self)
{
    zp_request_t *request;
    while (self->idle_count &&
           (request = zp_server_next_waiting (self->server)) != NULL) {
        zactor_t *actor = self->idle[--self->idle_count];
        while (zmq_send (zsock_resolve (actor), &request, sizeof request, 0) ==
               -1)
            assert (zmq_errno () == EINTR);
    }
}
