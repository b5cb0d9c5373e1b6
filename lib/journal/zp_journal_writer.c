//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "zp_journal_writer.h"

#include <pthread.h>
#include <signal.h>

struct zp_journal_writer {
    zp_journal_backend_t *backend;  // What does the work
    zsock_t *pipe;                  // To the thread; NULL ends it
    zsock_t *thread_pipe;           // Its end
    pthread_t thread;               // That writes
};

void
zp_journal_batch_write (zp_journal_batch_t *self, zp_journal_backend_t *backend)
{
    self->status = backend->due ? backend->kind->tidy (backend) : ZP_OK;
    int64_t start_us = zclock_usecs ();
    if (self->writes && self->status == ZP_OK)
        self->status = backend->kind->commit (backend, &self->block);
    if (self->reads && self->status == ZP_OK)
        self->status =
            backend->kind->fetch (backend, &self->block, &self->found);
    self->size_bytes = backend->size_bytes;
    self->due = backend->due;
    self->took_us = zclock_usecs () - start_us;
}

void
zp_journal_batch_clear (zp_journal_batch_t *self)
{
    zp_journal_block_clear (&self->block);
    zp_journal_block_clear (&self->found);
    self->writes = self->reads = false;
}

//  These two fail only if ZeroMQ is shut down, because the program ends without
//  destroying the journal. Then s_receive returns NULL.

static void
s_send (zsock_t *pipe, zp_journal_batch_t *batch)
{
    while (zmq_send (zsock_resolve (pipe), &batch, sizeof batch, 0) == -1)
        if (zmq_errno () != EINTR)
            return;
}

static zp_journal_batch_t *
s_receive (zsock_t *pipe)
{
    zp_journal_batch_t *batch;
    while (zmq_recv (zsock_resolve (pipe), &batch, sizeof batch, 0) == -1)
        if (zmq_errno () != EINTR)
            return NULL;
    return batch;
}

static void *
s_write (void *arg)
{
    zp_journal_writer_t *self = arg;
    zp_journal_batch_t *batch;
    while ((batch = s_receive (self->thread_pipe)) != NULL) {
        zp_journal_batch_write (batch, self->backend);
        s_send (self->thread_pipe, batch);
    }
    return NULL;
}

zp_journal_writer_t *
zp_journal_writer_new (zp_journal_backend_t *backend)
{
    zp_journal_writer_t *self = zmalloc (sizeof *self);
    self->backend = backend;
    self->pipe = zsys_create_pipe (&self->thread_pipe);
    assert (self->pipe);
    //  Signals are for the threads that the program has started itself
    sigset_t all, before;
    sigfillset (&all);
    pthread_sigmask (SIG_SETMASK, &all, &before);
    int rc = pthread_create (&self->thread, NULL, s_write, self);
    assert (rc == 0);
    pthread_sigmask (SIG_SETMASK, &before, NULL);
    return self;
}

void
zp_journal_writer_destroy (zp_journal_writer_t **self_p)
{
    zp_journal_writer_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    s_send (self->pipe, NULL);
    pthread_join (self->thread, NULL);
    zsock_destroy (&self->thread_pipe);
    zsock_destroy (&self->pipe);
    free (self);
}

void
zp_journal_writer_give (zp_journal_writer_t *self, zp_journal_batch_t *batch)
{
    s_send (self->pipe, batch);
}

zp_journal_batch_t *
zp_journal_writer_take (zp_journal_writer_t *self)
{
    return s_receive (self->pipe);
}

zsock_t *
zp_journal_writer_socket (zp_journal_writer_t *self)
{
    return self->pipe;
}
