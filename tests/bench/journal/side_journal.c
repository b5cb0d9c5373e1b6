//  SPDX-License-Identifier: MIT
//
//  Our journal. A batch gathers while the one before it is written.

#include "side.h"

#include "part.h"
#include "zp_journal.h"

typedef struct {
    side_run_t *run;        // What to do
    zp_journal_t *journal;  // To write to
    uint64_t rows;          // Appended
    uint64_t erased;        // Number of the last record erased
    bool over;              // It is done
} s_writer_t;

static void
s_write_batch (s_writer_t *self)
{
    zp_span_t key = {"encode", 6}, head = {"", 0};
    zp_span_t body = {self->run->body, self->run->size};
    for (uint64_t i = 0; i < self->run->batch; i++)
        self->rows = zp_journal_append (self->journal, key, head, body);
    while (self->rows - self->erased > SIDE_BACKLOG)
        zp_journal_erase (self->journal, ++self->erased);
}

static void
s_on_committed (void *arg, uint64_t position)
{
    (void) position;
    s_writer_t *self = arg;
    self->over = self->over || side_over (self->run, self->rows);
    if (!self->over) {
        s_write_batch (self);
        zp_journal_flush (self->journal);
    }
}

static void
s_on_failed (void *arg, zp_status_t status, const char *text)
{
    (void) arg;
    part_check (status == ZP_OK, text);
}

static int
s_on_turn (zloop_t *loop, int timer_id, void *arg)
{
    (void) loop;
    (void) timer_id;
    s_writer_t *self = arg;
    return self->over ? -1 : 0;
}

static void
s_write (side_run_t *run)
{
    s_writer_t self = {.run = run};
    zp_journal_events_t events = {
        .committed = s_on_committed, .failed = s_on_failed, .arg = &self};
    char *url = zsys_sprintf ("sqlite:%s", run->path);
    char *error = NULL;
    zsys_handler_set (NULL);  // A signal ends this program, not just the loop
    zloop_t *loop = zloop_new ();
    self.journal = zp_journal_new (loop, url, &events, NULL, &error);
    part_check (self.journal != NULL, error);
    s_write_batch (&self);
    zp_journal_flush (self.journal);
    s_write_batch (&self);
    zloop_timer (loop, 10, 0, s_on_turn, &self);
    zloop_start (loop);
    zp_journal_destroy (&self.journal);
    zloop_destroy (&loop);
    free (url);
}

const side_t side_journal = {"journal", s_write};
