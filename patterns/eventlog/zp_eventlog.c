//  SPDX-License-Identifier: MIT
//
//  The server's beginning and end, and how a turn goes: requests change the
//  core, which writes to the journal; when the disk has it, replies go out and
//  events can be read; at the end of each turn readers get what there is, and
//  the records of groups whose members have acked are amended, once each.

#define _POSIX_C_SOURCE 200809L

#include "zp_eventlog_private.h"

int64_t
zp_eventlog_now (const zp_eventlog_t *self)
{
    return self->clock_ms + zclock_mono ();
}

void
zp_eventlog_pump (zp_eventlog_t *self)
{
    if (!zp_timer_pending (&self->pump_timer))
        zp_timers_set (self->timers, &self->pump_timer, 0);
}

//  See that the core is told the time when it wants to know it
static void
s_set_tick (zp_eventlog_t *self)
{
    int64_t when_ms = zp_eventlog_core_next_tick (self->core);
    //  One that fires too early harms less than setting it all the time
    if (when_ms >= self->tick_ms)
        return;
    self->tick_ms = when_ms;
    zp_timers_set (self->timers, &self->tick_timer, when_ms - self->clock_ms);
}

//  A turn ends: let readers have what there is, and the disk what was done
static void
s_end_turn (void *arg)
{
    zp_eventlog_t *self = arg;
    zp_eventlog_streams_pump (self);
    zp_eventlog_core_settle (self->core);
    zp_eventlog_wait_settle (self);
    s_set_tick (self);
    zp_journal_flush (self->journal);
}

static int
s_on_pump (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_eventlog_t *self = arg;
    s_end_turn (self);
    zp_server_flush (self->server);
    return self->status == ZP_OK ? 0 : -1;
}

static int
s_on_tick (zp_timer_t *timer, void *arg)
{
    zp_eventlog_t *self = arg;
    self->tick_ms = INT64_MAX;
    if (zp_eventlog_core_tick (self->core, zp_eventlog_now (self)))
        zp_eventlog_streams_wake_all (self);
    return s_on_pump (timer, self);
}

static void
s_on_committed (void *arg, uint64_t position)
{
    zp_eventlog_t *self = arg;
    self->committed = position;
    zp_eventlog_wait_over (self);
    zp_eventlog_streams_committed (self);
    s_end_turn (self);
    zp_eventlog_recent_shrink (&self->recent, position);
    zp_server_flush (self->server);
}

static void
s_on_fetched (void *arg, uint64_t number, const zp_record_t *record)
{
    (void) number;
    zp_eventlog_t *self = arg;
    zp_eventlog_fetch_t fetch;
    zp_fifo_take (&self->fetching, &fetch);
    if (fetch.stream)
        zp_eventlog_streams_fetched (&fetch, record);
}

//  Nothing can be confirmed any more
static void
s_on_failed (void *arg, zp_status_t status, const char *text)
{
    zp_eventlog_t *self = arg;
    self->status = status;
    snprintf (self->error, sizeof self->error, "%s", text);
    zp_eventlog_wait_failed (self);
    zp_eventlog_streams_end (self);
    //  The pump ends the loop
    zp_eventlog_pump (self);
}

static int
s_restore (void *arg, const zp_record_t *record)
{
    zp_eventlog_t *self = arg;
    self->status = zp_eventlog_core_restore (
        self->core, record->number, record->key, record->head,
        record->body_size, zp_eventlog_now (self));
    return self->status == ZP_OK ? 0 : -1;
}

//  Open the journal, and find what is in it. Sets status and error.
static void
s_open (zp_eventlog_t *self, const zp_eventlog_options_t *options)
{
    zp_journal_events_t events = {.committed = s_on_committed,
                                  .fetched = s_on_fetched,
                                  .failed = s_on_failed,
                                  .arg = self};
    char *error = NULL;
    self->journal = zp_journal_new (self->loop, options->journal, &events,
                                    &self->status, &error);
    if (!self->journal) {
        snprintf (self->error, sizeof self->error, "%s", error);
        zstr_free (&error);
        return;
    }
    zp_journal_log_t store = zp_journal_log (self->journal);
    self->core = zp_eventlog_core_new (&options->limits, &store);
    zp_status_t status =
        zp_journal_replay (self->journal, 0, false, s_restore, self);
    if (self->status == ZP_OK && status == ZP_OK)
        self->status = zp_eventlog_core_restored (self->core);
    if (self->status != ZP_OK)
        snprintf (self->error, sizeof self->error, "%s: %s", options->journal,
                  zp_eventlog_core_error (self->core));
    else if (status != ZP_OK) {
        self->status = status;
        snprintf (self->error, sizeof self->error, "%s",
                  zp_journal_error (self->journal));
    }
}

static void
s_on_draining (void *arg)
{
    zp_eventlog_streams_end (arg);
}

//  The journal has been read: take requests
static void
s_serve (zp_eventlog_t *self, const zp_server_options_t *options)
{
    self->server = zp_server_new (self->loop, options);
    zp_server_on_draining (self->server, s_on_draining, self);
    zp_server_on_turn (self->server, s_end_turn, self);
    zp_eventlog_methods_add (self);
    zp_eventlog_groups_add (self);
    zp_eventlog_opens_add (self);
    self->tick_ms = INT64_MAX;
    //  No stream is mistaken for one of before a restart
    self->last_stream = (zp_journal_epoch (self->journal) & 0x3fffffff) << 32;
    zp_eventlog_pump (self);
}

zp_eventlog_t *
zp_eventlog_new (zloop_t *loop, const zp_eventlog_options_t *options,
                 zp_status_t *status_p, char **error_p)
{
    assert (options && options->journal);
    zp_eventlog_t *self = zmalloc (sizeof *self);
    self->own_loop = loop == NULL;
    self->loop = loop ? loop : zloop_new ();
    self->clock_ms = zclock_time () - zclock_mono ();
    self->feed = options->feed;
    self->feed_arg = options->feed_arg;
    self->waiting.item_size = sizeof (zp_eventlog_waiting_t);
    self->fetching.item_size = sizeof (zp_eventlog_fetch_t);
    zp_eventlog_recent_init (&self->recent, options->limits.memory_bytes);
    self->timers = zp_timers_new (self->loop);
    zp_timer_init (&self->pump_timer, s_on_pump, self);
    zp_timer_init (&self->tick_timer, s_on_tick, self);
    TAILQ_INIT (&self->ready);
    TAILQ_INIT (&self->opening);
    SLIST_INIT (&self->stirred);
    s_open (self, options);
    if (status_p)
        *status_p = self->status;
    if (error_p)
        *error_p = self->status == ZP_OK ? NULL : strdup (self->error);
    if (self->status == ZP_OK)
        s_serve (self, &options->server);
    else
        zp_eventlog_destroy (&self);
    return self;
}

void
zp_eventlog_destroy (zp_eventlog_t **self_p)
{
    assert (self_p);
    zp_eventlog_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    zp_eventlog_streams_end (self);
    if (!self->error[0])
        snprintf (self->error, sizeof self->error, "the event log has ended");
    zp_eventlog_wait_failed (self);
    zp_server_destroy (&self->server);
    zp_fifo_clear (&self->waiting);
    zp_fifo_clear (&self->fetching);
    zp_eventlog_recent_clear (&self->recent);
    zp_eventlog_log_t *log;
    for (size_t i = 0;
         self->core && (log = zp_eventlog_core_log (self->core, i)); i++) {
        zp_eventlog_line_t *line = *zp_eventlog_log_arg (log);
        if (line)
            zp_eventlog_tail_clear (&line->tail);
        free (line);
    }
    zp_eventlog_core_destroy (&self->core);
    zp_journal_destroy (&self->journal);
    zp_timers_destroy (&self->timers);
    if (self->own_loop)
        zloop_destroy (&self->loop);
    free (self);
}

zp_server_t *
zp_eventlog_server (zp_eventlog_t *self)
{
    return self->server;
}

zp_journal_t *
zp_eventlog_journal (zp_eventlog_t *self)
{
    return self->journal;
}

zp_status_t
zp_eventlog_run (zp_eventlog_t *self)
{
    zp_status_t status = zp_server_run (self->server);
    return self->status == ZP_OK ? status : self->status;
}

const char *
zp_eventlog_error (zp_eventlog_t *self)
{
    return self->error;
}
