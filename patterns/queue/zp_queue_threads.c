//  SPDX-License-Identifier: MIT
//
//  Each thread is a zactor. A job goes to an idle one as a pointer over its
//  pipe, and comes back the same way when it has ended.

#define _POSIX_C_SOURCE 200809L

#include <signal.h>

#include "zp_queue_job.h"

typedef struct thread {
    zactor_t *actor;      // The thread, and the pipe to it
    zp_queue_job_t *job;  // What it runs; NULL: it is idle
} thread_t;

struct zp_queue_threads {
    zloop_t *loop;                 // Where jobs come from
    zp_queue_job_fn *fn;           // Does one
    void *arg;                     // Given to that
    zp_queue_ended_fn *ended;      // Told of those that have ended
    struct zp_queue_jobs waiting;  // For a thread
    int count;                     // Of threads
    thread_t thread[];             // These
};

//  In the thread: the next job, or NULL when there will be none
static zp_queue_job_t *
s_receive (zsock_t *pipe)
{
    zp_queue_job_t *job = NULL;
    for (;;) {
        zframe_t *frame = zframe_recv (pipe);
        //  NULL is an interruption, which concerns the main thread
        bool done = frame != NULL;
        //  Other than a pointer it is "$TERM"
        if (done && zframe_size (frame) == sizeof job)
            memcpy (&job, zframe_data (frame), sizeof job);
        zframe_destroy (&frame);
        if (done || zmq_errno () == ETERM)
            return job;
    }
}

static void
s_thread (zsock_t *pipe, void *arg)
{
    sigset_t all;
    sigfillset (&all);
    pthread_sigmask (SIG_BLOCK, &all, NULL);
    zp_queue_threads_t *self = arg;
    zsock_signal (pipe, 0);
    zp_queue_job_t *job;
    while ((job = s_receive (pipe)) != NULL) {
        self->fn (job, self->arg);
        zframe_t *frame = zframe_new (&job, sizeof job);
        zframe_send (&frame, pipe, 0);
    }
}

static void
s_feed (zp_queue_threads_t *self, thread_t *thread)
{
    zp_queue_job_t *job = TAILQ_FIRST (&self->waiting);
    if (!job)
        return;
    TAILQ_REMOVE (&self->waiting, job, waiting);
    thread->job = job;
    zframe_t *frame = zframe_new (&job, sizeof job);
    zframe_send (&frame, thread->actor, 0);
}

//  Take back the job that a thread has ended
static void
s_take_back (zp_queue_threads_t *self, thread_t *thread)
{
    zframe_t *frame;
    do
        frame = zframe_recv (thread->actor);
    while (!frame && zmq_errno () == EINTR);
    zframe_destroy (&frame);
    zp_queue_job_t *job = thread->job;
    thread->job = NULL;
    self->ended (job);
}

static int
s_on_ended (zloop_t *loop, zsock_t *pipe, void *arg)
{
    (void) loop;
    zp_queue_threads_t *self = arg;
    for (int i = 0; i < self->count; i++) {
        thread_t *thread = &self->thread[i];
        if (zactor_sock (thread->actor) == pipe) {
            s_take_back (self, thread);
            s_feed (self, thread);
        }
    }
    return 0;
}

zp_queue_threads_t *
zp_queue_threads_new (zloop_t *loop, int count, zp_queue_job_fn *fn, void *arg,
                      zp_queue_ended_fn *ended)
{
    zp_queue_threads_t *self =
        zmalloc (sizeof *self + (size_t) count * sizeof (thread_t));
    self->loop = loop;
    self->fn = fn;
    self->arg = arg;
    self->ended = ended;
    self->count = count;
    TAILQ_INIT (&self->waiting);
    for (int i = 0; i < count; i++) {
        zactor_t *actor = zactor_new (s_thread, self);
        assert (actor);
        self->thread[i].actor = actor;
        zloop_reader (loop, zactor_sock (actor), s_on_ended, self);
    }
    return self;
}

void
zp_queue_threads_destroy (zp_queue_threads_t **self_p)
{
    zp_queue_threads_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    for (int i = 0; i < self->count; i++) {
        thread_t *thread = &self->thread[i];
        zloop_reader_end (self->loop, zactor_sock (thread->actor));
        if (thread->job)
            s_take_back (self, thread);
        zactor_destroy (&thread->actor);
    }
    free (self);
}

void
zp_queue_threads_run (zp_queue_threads_t *self, zp_queue_job_t *job)
{
    TAILQ_INSERT_TAIL (&self->waiting, job, waiting);
    for (int i = 0; i < self->count; i++)
        if (!self->thread[i].job) {
            s_feed (self, &self->thread[i]);
            return;
        }
}

size_t
zp_queue_threads_stop (zp_queue_threads_t *self, struct zp_queue_jobs *waiting)
{
    TAILQ_CONCAT (waiting, &self->waiting, waiting);
    size_t running = 0;
    for (int i = 0; i < self->count; i++)
        running += self->thread[i].job != NULL;
    return running;
}
