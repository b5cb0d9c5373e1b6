//  SPDX-License-Identifier: MIT
//
//  The broker's beginning and end, and how a turn goes: requests change the
//  core, which writes to the journal; when the disk has it, replies go out and
//  messages become ready; at the end of each turn the pump hands out what is
//  ready to those who have credit.

#include "zp_queue_broker_private.h"

#define PUMP_MAX 1000  // Messages handed out in one turn

int64_t
zp_queue_broker_now (const zp_queue_broker_t *self)
{
    return self->clock_ms + zclock_mono ();
}

void
zp_queue_broker_pump (zp_queue_broker_t *self)
{
    if (!zp_timer_pending (&self->pump_timer))
        zp_timers_set (self->timers, &self->pump_timer, 0);
}

//  See that the core is told the time when it wants to know it
static void
s_set_tick (zp_queue_broker_t *self)
{
    int64_t when_ms = zp_queue_core_next_tick (self->core);
    //  One that fires too early harms less than setting it all the time
    if (when_ms >= self->tick_ms)
        return;
    self->tick_ms = when_ms;
    zp_timers_set (self->timers, &self->tick_timer, when_ms - self->clock_ms);
}

//  Let the disk have what was done. If only workers wait for it, that has a
//  turn of the loop's time: a worker and the producer often speak at once, and
//  what both said then goes to disk together.
static void
s_flush (zp_queue_broker_t *self)
{
    self->flush_late = self->waiting.count && !self->puts && !self->flush_late;
    if (self->flush_late)
        zp_queue_broker_pump (self);
    else
        zp_journal_flush (self->journal);
}

//  A turn ends: hand out what can be, and let the disk have what was done
static void
s_end_turn (void *arg)
{
    zp_queue_broker_t *self = arg;
    int64_t now_ms = zp_queue_broker_now (self);
    zp_queue_delivery_t delivery;
    int count = 0;
    while (count < PUMP_MAX &&
           zp_queue_core_next (self->core, now_ms, &delivery)) {
        zp_queue_streams_deliver (self, &delivery);
        count++;
    }
    if (count == PUMP_MAX)
        zp_queue_broker_pump (self);
    s_set_tick (self);
    s_flush (self);
}

static int
s_on_pump (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_queue_broker_t *self = arg;
    s_end_turn (self);
    zp_server_flush (self->server);
    return self->status == ZP_OK ? 0 : -1;
}

static int
s_on_tick (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_queue_broker_t *self = arg;
    self->tick_ms = INT64_MAX;
    zp_queue_core_tick (self->core, zp_queue_broker_now (self));
    return s_on_pump (timer, self);
}

static void
s_on_committed (void *arg, uint64_t position)
{
    zp_queue_broker_t *self = arg;
    self->committed = position;
    zp_queue_wait_over (self);
    s_end_turn (self);
    zp_server_flush (self->server);
}

static void
s_on_fetched (void *arg, uint64_t number, const zp_record_t *record)
{
    zp_queue_broker_t *self = arg;
    zp_queue_fetch_t fetch;
    zp_fifo_take (&self->fetching, &fetch);
    assert (fetch.receipt.id == number);
    if (fetch.peek)
        zp_queue_peeks_fetched (fetch.peek, record);
    else
        zp_queue_streams_fetched (&fetch, record);
}

//  Nothing can be confirmed any more
static void
s_on_failed (void *arg, zp_status_t status, const char *text)
{
    zp_queue_broker_t *self = arg;
    self->status = status;
    snprintf (self->error, sizeof self->error, "%s", text);
    zp_queue_wait_failed (self);
    //  The pump ends the loop
    zp_queue_broker_pump (self);
}

static int
s_restore (void *arg, const zp_record_t *record)
{
    zp_queue_broker_t *self = arg;
    self->status = zp_queue_core_restore (
        self->core, record->number, record->time_ms, record->key, record->head,
        record->body_size, zp_queue_broker_now (self));
    return self->status == ZP_OK ? 0 : -1;
}

//  Open the journal, and take back what is in it. Sets status and error.
static void
s_open (zp_queue_broker_t *self, const zp_queue_broker_options_t *options)
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
    zp_journal_log_t log = zp_journal_log (self->journal);
    self->core = zp_queue_core_new (&options->queue, &log,
                                    zp_journal_epoch (self->journal));
    zp_status_t status =
        zp_journal_replay (self->journal, 0, false, s_restore, self);
    if (self->status != ZP_OK)
        snprintf (self->error, sizeof self->error, "%s: %s", options->journal,
                  zp_queue_core_error (self->core));
    else if (status != ZP_OK) {
        self->status = status;
        snprintf (self->error, sizeof self->error, "%s",
                  zp_journal_error (self->journal));
    }
}

static void
s_on_draining (void *arg)
{
    zp_queue_streams_end (arg);
}

zp_queue_broker_t *
zp_queue_broker_new (zloop_t *loop, const zp_queue_broker_options_t *options,
                     zp_status_t *status_p, char **error_p)
{
    assert (options && options->journal);
    zp_queue_broker_t *self = zmalloc (sizeof *self);
    self->own_loop = loop == NULL;
    self->loop = loop ? loop : zloop_new ();
    self->clock_ms = zclock_time () - zclock_mono ();
    self->waiting.item_size = sizeof (zp_queue_waiting_t);
    self->fetching.item_size = sizeof (zp_queue_fetch_t);
    self->timers = zp_timers_new (self->loop);
    zp_timer_init (&self->pump_timer, s_on_pump, self);
    zp_timer_init (&self->tick_timer, s_on_tick, self);
    LIST_INIT (&self->streams);
    s_open (self, options);
    if (status_p)
        *status_p = self->status;
    if (error_p)
        *error_p = self->status == ZP_OK ? NULL : strdup (self->error);
    if (self->status != ZP_OK) {
        zp_queue_broker_destroy (&self);
        return NULL;
    }
    self->server = zp_server_new (self->loop, &options->server);
    zp_server_on_draining (self->server, s_on_draining, self);
    zp_server_on_turn (self->server, s_end_turn, self);
    zp_queue_methods_add (self);
    zp_queue_verbs_add (self);
    self->tick_ms = INT64_MAX;
    zp_queue_broker_pump (self);
    return self;
}

void
zp_queue_broker_destroy (zp_queue_broker_t **self_p)
{
    assert (self_p);
    zp_queue_broker_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    zp_queue_streams_end (self);
    while (self->fetching.count) {
        zp_queue_fetch_t fetch;
        zp_fifo_take (&self->fetching, &fetch);
        if (fetch.peek)
            zp_queue_peeks_fetched (fetch.peek, NULL);
    }
    if (!self->error[0])
        snprintf (self->error, sizeof self->error, "the broker has ended");
    zp_queue_wait_failed (self);
    zp_server_destroy (&self->server);
    zp_fifo_clear (&self->waiting);
    zp_fifo_clear (&self->fetching);
    zp_queue_core_destroy (&self->core);
    zp_journal_destroy (&self->journal);
    zp_timers_destroy (&self->timers);
    if (self->own_loop)
        zloop_destroy (&self->loop);
    free (self);
}

zp_server_t *
zp_queue_broker_server (zp_queue_broker_t *self)
{
    return self->server;
}

zp_journal_t *
zp_queue_broker_journal (zp_queue_broker_t *self)
{
    return self->journal;
}

zp_status_t
zp_queue_broker_run (zp_queue_broker_t *self)
{
    zp_status_t status = zp_server_run (self->server);
    return self->status == ZP_OK ? status : self->status;
}

const char *
zp_queue_broker_error (zp_queue_broker_t *self)
{
    return self->error;
}
