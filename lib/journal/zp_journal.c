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
//  that what belongs together is never divided.
//
//  To wake the writer, and then the loop, takes about as long as to sync. So
//  while little is to be done and the disk is quick, the loop's thread commits
//  instead: what comes meanwhile would have to wait for that commit anyway. It
//  has the backend while no batch is with the writer, which also does all that
//  can take long: fetch and tidy.

#define _POSIX_C_SOURCE 200809L

#include "zp_journal.h"

#include "zp_journal_writer.h"
#include "zp_timers.h"

//  The loop's thread commits no batch that is larger, nor one after another
//  that took longer
#define QUICK_BYTES 32768
#define QUICK_US    1000

struct zp_journal {
    zloop_t *loop;                  // Where it lives
    zp_journal_events_t events;     // Who is told
    zp_journal_backend_t *backend;  // What does the work
    zp_timers_t *timers;            // Has one timer:
    zp_timer_t turn_end;            // To hand over the gathering batch
    zp_journal_writer_t *writer;    // The thread that writes
    zp_journal_batch_t batches[3];  // They take turns
    zp_journal_batch_t *gathering;  // The one for what is done now
    zp_journal_batch_t *spares[2];  // Those that are empty
    int spare_count;                // How many
    bool writing;                   // One is with the writer
    bool telling;                   // The owner is being told of one
    int64_t took_us;                // How long the last one took
    bool flushed;                   // The owner says when it is done
    bool failed;                    // Nothing will be committed any more
    const char *error;              // What went wrong last; "" if nothing
    uint64_t next_number;           // For the next record
    zp_journal_stats_t stats;       // Position, and what was done
};

//  End the gathering batch: from now on another one gathers
static zp_journal_batch_t *
s_end_gathering (zp_journal_t *self)
{
    zp_journal_batch_t *batch = self->gathering;
    batch->position = self->stats.position;
    self->gathering = self->spares[--self->spare_count];
    return batch;
}

//  Give the gathering batch to the writer, which is idle
static void
s_hand_over (zp_journal_t *self)
{
    self->writing = true;
    zp_journal_writer_give (self->writer, s_end_gathering (self));
}

static void
s_fail (zp_journal_t *self, zp_status_t status)
{
    self->failed = true;
    self->error = self->backend->error;
    zp_journal_batch_clear (self->gathering);
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

//  A batch has been written: tell the owner
static void
s_tell (zp_journal_t *self, zp_journal_batch_t *batch)
{
    self->telling = true;
    self->stats.size_bytes = batch->size_bytes;
    self->stats.committed = batch->position;
    self->stats.commits += batch->writes;
    if (batch->writes && self->events.committed)
        self->events.committed (self->events.arg, batch->position);
    s_tell_found (self, &batch->found);
    self->telling = false;
}

static void
s_end_batch (zp_journal_t *self, zp_journal_batch_t *batch)
{
    self->took_us = batch->took_us;
    if (batch->status != ZP_OK)
        s_fail (self, batch->status);
    else {
        //  The next one is written while the owner hears of this one
        if (batch->due || self->gathering->block.size)
            s_hand_over (self);
        s_tell (self, batch);
    }
    zp_journal_batch_clear (batch);
    self->spares[self->spare_count++] = batch;
}

//  The writer has given a batch back
static int
s_on_written (zloop_t *loop, zsock_t *socket, void *arg)
{
    (void) loop;
    (void) socket;
    zp_journal_t *self = arg;
    self->writing = false;
    s_end_batch (self, zp_journal_writer_take (self->writer));
    return 0;
}

//  True if the gathering batch need not be handed over
static bool
s_is_quick (const zp_journal_t *self)
{
    return !self->telling && !self->gathering->reads &&
           self->gathering->block.size <= QUICK_BYTES &&
           self->took_us <= QUICK_US;
}

//  Let what has gathered be written, if nothing is being written
static void
s_feed (zp_journal_t *self)
{
    if (self->writing || !self->gathering->block.size || self->failed)
        return;
    if (s_is_quick (self)) {
        zp_journal_batch_t *batch = s_end_gathering (self);
        zp_journal_batch_write (batch, self->backend);
        s_end_batch (self, batch);
    }
    else
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
    self->writer = zp_journal_writer_new (backend);
    int rc = zloop_reader (loop, zp_journal_writer_socket (self->writer),
                           s_on_written, self);
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
    zloop_reader_end (self->loop, zp_journal_writer_socket (self->writer));
    zp_timers_destroy (&self->timers);
    if (self->writing && zp_journal_writer_take (self->writer)->status != ZP_OK)
        self->failed = true;
    zp_journal_writer_destroy (&self->writer);
    if (!self->failed)
        zp_journal_batch_write (self->gathering, self->backend);
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
