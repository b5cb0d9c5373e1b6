//  SPDX-License-Identifier: MIT
//
//  Three batches take turns. One gathers what the loop's thread does, one is
//  with the writer's thread, and of one the owner is being told:
//
//      loop      append append erase ... | append ... | append erase erase ...
//                      batch A           |   batch B  |     batch C
//      writer            ...                  commit A     commit B ...
//
//  The gathering batch is handed over when the writer is idle, so that what it
//  takes is all there is; and between two functions that the loop calls, so
//  that what belongs together is never divided. Pointers to batches go through
//  an inproc pair of sockets; NULL ends the thread.

#define _POSIX_C_SOURCE 200809L

#include "zp_journal.h"

#include <pthread.h>
#include <signal.h>

#include "zp_journal_backend.h"
#include "zp_timers.h"

//  Operations that go to disk together
typedef struct {
    zp_journal_block_t block;  // These
    zp_journal_block_t found;  // What it asked for
    uint64_t position;         // Of the last operation in it
    bool writes;               // It changes something
    bool reads;                // It asks for something
    zp_status_t status;        // How it went
    uint64_t size_bytes;       // Of the journal after it
} s_batch_t;

struct zp_journal {
    zloop_t *loop;                  // Where it lives
    zp_journal_events_t events;     // Who is told
    zp_journal_backend_t *backend;  // What does the work
    zp_timers_t *timers;            // Has one timer:
    zp_timer_t turn_end;            // To hand over the gathering batch
    zsock_t *pipe;                  // To and from the writer
    zsock_t *writer_pipe;           // Its other end
    pthread_t writer;               // The thread that writes
    s_batch_t batches[3];           // They take turns
    s_batch_t *gathering;           // The one for what is done now
    s_batch_t *spares[2];           // Those that are empty
    int spare_count;                // How many
    bool writing;                   // One is with the writer
    bool flushed;                   // The owner says when it is done
    bool failed;                    // Nothing will be committed any more
    const char *error;              // What went wrong last; "" if nothing
    uint64_t next_number;           // For the next record
    zp_journal_stats_t stats;       // Position, and what was done
};

//  These two fail only if ZeroMQ is shut down, because the program ends without
//  destroying the journal. Then s_receive returns NULL.

static void
s_send (zsock_t *pipe, s_batch_t *batch)
{
    while (zmq_send (zsock_resolve (pipe), &batch, sizeof batch, 0) == -1)
        if (zmq_errno () != EINTR)
            return;
}

static s_batch_t *
s_receive (zsock_t *pipe)
{
    s_batch_t *batch;
    while (zmq_recv (zsock_resolve (pipe), &batch, sizeof batch, 0) == -1)
        if (zmq_errno () != EINTR)
            return NULL;
    return batch;
}

//  The writer's thread

static void
s_write_batch (zp_journal_backend_t *backend, s_batch_t *batch)
{
    batch->status = ZP_OK;
    if (batch->writes)
        batch->status = backend->kind->commit (backend, &batch->block);
    if (batch->reads && batch->status == ZP_OK)
        batch->status =
            backend->kind->fetch (backend, &batch->block, &batch->found);
    batch->size_bytes = backend->size_bytes;
}

static void *
s_writer (void *arg)
{
    zp_journal_t *self = arg;
    zp_journal_backend_t *backend = self->backend;
    zsock_t *pipe = self->writer_pipe;
    s_batch_t *batch;
    zp_status_t tidy = ZP_OK;
    while ((batch = s_receive (pipe)) != NULL) {
        if (tidy == ZP_OK)
            s_write_batch (backend, batch);
        else
            batch->status = tidy;
        zp_status_t status = batch->status;
        bool wrote = batch->writes;
        s_send (pipe, batch);
        if (status == ZP_OK && wrote)
            tidy = backend->kind->tidy (backend);
    }
    return NULL;
}

//  Signals are for the threads that the program has started itself
static void
s_start_writer (zp_journal_t *self)
{
    self->pipe = zsys_create_pipe (&self->writer_pipe);
    assert (self->pipe);
    sigset_t all, before;
    sigfillset (&all);
    pthread_sigmask (SIG_SETMASK, &all, &before);
    int rc = pthread_create (&self->writer, NULL, s_writer, self);
    assert (rc == 0);
    pthread_sigmask (SIG_SETMASK, &before, NULL);
}

//  Give the gathering batch to the writer, which is idle

static void
s_hand_over (zp_journal_t *self)
{
    s_batch_t *batch = self->gathering;
    batch->position = self->stats.position;
    self->writing = true;
    self->gathering = self->spares[--self->spare_count];
    s_send (self->pipe, batch);
}

static void
s_feed (zp_journal_t *self)
{
    if (!self->writing && self->gathering->block.size && !self->failed)
        s_hand_over (self);
}

static int
s_on_turn_end (zp_timer_t *timer, void *arg)
{
    (void) timer;
    s_feed (arg);
    return 0;
}

static void
s_end_turn (zp_journal_t *self)
{
    if (!self->writing && !self->flushed && !zp_timer_pending (&self->turn_end))
        zp_timers_set (self->timers, &self->turn_end, 0);
}

static void
s_clear (s_batch_t *batch)
{
    zp_journal_block_clear (&batch->block);
    zp_journal_block_clear (&batch->found);
    batch->writes = batch->reads = false;
}

static void
s_fail (zp_journal_t *self, zp_status_t status)
{
    self->failed = true;
    self->error = self->backend->error;
    s_clear (self->gathering);
    if (self->events.failed)
        self->events.failed (self->events.arg, status, self->error);
}

static void
s_tell_found (zp_journal_t *self, const zp_journal_block_t *found)
{
    const zp_journal_op_t *op = NULL;
    while ((op = zp_journal_block_next (found, op)) != NULL) {
        self->stats.fetches++;
        if (!self->events.fetched)
            continue;
        zp_record_t record = {.number = op->number,
                              .time_ms = op->time_ms,
                              .key = zp_journal_op_key (op),
                              .head = zp_journal_op_head (op),
                              .body = zp_journal_op_body (op),
                              .body_size = op->body_size};
        self->events.fetched (self->events.arg, op->number,
                              op->verb == ZP_JOURNAL_FOUND ? &record : NULL);
    }
}

//  The writer has given a batch back

static int
s_on_written (zloop_t *loop, zsock_t *pipe, void *arg)
{
    (void) loop;
    zp_journal_t *self = arg;
    s_batch_t *batch = s_receive (pipe);
    self->writing = false;
    if (batch->status != ZP_OK)
        s_fail (self, batch->status);
    else {
        //  It writes the next one while the owner hears of this one
        s_feed (self);
        self->stats.size_bytes = batch->size_bytes;
        self->stats.committed = batch->position;
        self->stats.commits += batch->writes;
        if (batch->writes && self->events.committed)
            self->events.committed (self->events.arg, batch->position);
        s_tell_found (self, &batch->found);
    }
    s_clear (batch);
    self->spares[self->spare_count++] = batch;
    return 0;
}

static zp_journal_backend_t *
s_open (const char *url, zp_status_t *status_p, char **error_p)
{
    static const zp_journal_kind_t *kinds[] = {&zp_journal_sqlite};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t length = strlen (kinds[i]->scheme);
        zp_journal_backend_t *backend = NULL;
        if (strncmp (url, kinds[i]->scheme, length) == 0) {
            *status_p = kinds[i]->open (&backend, url + length, error_p);
            return backend;
        }
    }
    *status_p = ZP_INVALID_ARGUMENT;
    *error_p = zsys_sprintf ("no kind of journal: %s; a journal is "
                             "sqlite:PATH, such as sqlite:queue.db",
                             url);
    return NULL;
}

zp_journal_t *
zp_journal_new (zloop_t *loop, const char *url,
                const zp_journal_events_t *events, zp_status_t *status_p,
                char **error_p)
{
    zp_status_t status;
    char *error = NULL;
    zp_journal_backend_t *backend = s_open (url, &status, &error);
    if (status_p)
        *status_p = status;
    if (error_p)
        *error_p = error;
    else
        zstr_free (&error);
    if (!backend)
        return NULL;

    zp_journal_t *self = calloc (1, sizeof *self);
    assert (self);
    self->loop = loop;
    if (events)
        self->events = *events;
    self->backend = backend;
    self->error = "";
    self->next_number = backend->next_number;
    self->stats.size_bytes = backend->size_bytes;
    self->gathering = &self->batches[0];
    self->spares[self->spare_count++] = &self->batches[1];
    self->spares[self->spare_count++] = &self->batches[2];
    self->timers = zp_timers_new (loop);
    zp_timer_init (&self->turn_end, s_on_turn_end, self);
    s_start_writer (self);
    int rc = zloop_reader (loop, self->pipe, s_on_written, self);
    assert (rc == 0);
    return self;
}

void
zp_journal_destroy (zp_journal_t **self_p)
{
    zp_journal_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    zloop_reader_end (self->loop, self->pipe);
    zp_timers_destroy (&self->timers);
    if (self->writing && s_receive (self->pipe)->status != ZP_OK)
        self->failed = true;
    if (!self->failed && self->gathering->block.size) {
        s_hand_over (self);
        s_receive (self->pipe);
    }
    s_send (self->pipe, NULL);
    pthread_join (self->writer, NULL);
    zsock_destroy (&self->writer_pipe);
    zsock_destroy (&self->pipe);
    self->backend->kind->close (&self->backend);
    for (int i = 0; i < 3; i++) {
        zp_journal_block_free (&self->batches[i].block);
        zp_journal_block_free (&self->batches[i].found);
    }
    free (self);
}

uint64_t
zp_journal_epoch (zp_journal_t *self)
{
    return self->backend->epoch;
}

zp_status_t
zp_journal_replay (zp_journal_t *self, uint64_t from, bool bodies,
                   zp_record_fn *fn, void *arg)
{
    //  Later the backend is the writer's
    assert (self->stats.position == 0 && !self->gathering->block.size);
    assert (!self->writing);
    zp_journal_backend_t *backend = self->backend;
    zp_status_t status = backend->kind->replay (backend, from, bodies, fn, arg);
    if (backend->error)
        self->error = backend->error;
    return status;
}

static void
s_add (zp_journal_t *self, const zp_journal_op_t *op, zp_span_t key,
       zp_span_t head, zp_span_t body)
{
    bool writes = op->verb != ZP_JOURNAL_FETCH;
    self->stats.position += writes;
    if (self->failed)
        return;
    self->gathering->writes |= writes;
    self->gathering->reads |= !writes;
    zp_journal_block_add (&self->gathering->block, op, key, head, body);
    s_end_turn (self);
}

#define NOTHING ((zp_span_t){NULL, 0})

uint64_t
zp_journal_append (zp_journal_t *self, zp_span_t key, zp_span_t head,
                   zp_span_t body)
{
    assert (key.size <= ZP_JOURNAL_KEY_MAX);
    assert (head.size <= ZP_JOURNAL_HEAD_MAX);
    assert (body.size <= ZP_JOURNAL_BODY_MAX);
    uint64_t number = self->next_number++;
    s_add (self,
           &(zp_journal_op_t){.verb = ZP_JOURNAL_APPEND,
                              .number = number,
                              .time_ms = zclock_time ()},
           key, head, body);
    return number;
}

void
zp_journal_amend (zp_journal_t *self, uint64_t number, zp_span_t key,
                  zp_span_t head)
{
    assert (key.size <= ZP_JOURNAL_KEY_MAX);
    assert (head.size <= ZP_JOURNAL_HEAD_MAX);
    s_add (self, &(zp_journal_op_t){.verb = ZP_JOURNAL_AMEND, .number = number},
           key, head, NOTHING);
}

void
zp_journal_erase (zp_journal_t *self, uint64_t number)
{
    s_add (self, &(zp_journal_op_t){.verb = ZP_JOURNAL_ERASE, .number = number},
           NOTHING, NOTHING, NOTHING);
}

uint64_t
zp_journal_position (zp_journal_t *self)
{
    return self->stats.position;
}

void
zp_journal_fetch (zp_journal_t *self, uint64_t number)
{
    s_add (self, &(zp_journal_op_t){.verb = ZP_JOURNAL_FETCH, .number = number},
           NOTHING, NOTHING, NOTHING);
}

void
zp_journal_flush (zp_journal_t *self)
{
    self->flushed = true;
    s_feed (self);
}

const char *
zp_journal_error (zp_journal_t *self)
{
    return self->error;
}

void
zp_journal_stats (zp_journal_t *self, zp_journal_stats_t *stats)
{
    *stats = self->stats;
}
