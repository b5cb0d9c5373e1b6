//  SPDX-License-Identifier: MIT
//
//  The coordinator's beginning and end, and how a turn goes: requests and
//  answers change the core, which writes to the journal; when the disk has it,
//  the core says what is to be sent, and replies go out.

#define _POSIX_C_SOURCE 200809L

#include "zp_saga_coordinator_private.h"

#include "zp_random.h"

//  These records are on disk when that position is
typedef struct mark {
    uint64_t position;  // Of the journal
    uint64_t number;    // Of the last record
} mark_t;

typedef struct waiting {
    uint64_t position;      // To be reached by the disk
    zp_request_t *request;  // Who waits
    char *text;             // What he is told then
} waiting_t;

int64_t
zp_saga_coordinator_now (const zp_saga_coordinator_t *self)
{
    return self->clock_ms + zclock_mono ();
}

void
zp_saga_coordinator_pump (zp_saga_coordinator_t *self)
{
    if (!zp_timer_pending (&self->pump_timer))
        zp_timers_set (self->timers, &self->pump_timer, 0);
}

void
zp_saga_coordinator_reply (zp_saga_coordinator_t *self,
                           zp_request_t **request_p, char *text)
{
    waiting_t waiting = {zp_journal_position (self->journal), *request_p, text};
    if (self->status != ZP_OK)
        zp_request_fail (request_p, ZP_UNKNOWN,
                         "whether it is kept is not known: %s", self->error);
    else if (waiting.position <= self->committed)
        zp_request_reply (request_p, text, strlen (text));
    if (*request_p)
        zp_fifo_add (&self->waiting, &waiting);
    else
        free (text);
    *request_p = NULL;
}

//  The disk has reached a position
static void
s_reply_waiting (zp_saga_coordinator_t *self)
{
    const waiting_t *first;
    while ((first = zp_fifo_at (&self->waiting, 0)) &&
           first->position <= self->committed) {
        waiting_t waiting;
        zp_fifo_take (&self->waiting, &waiting);
        zp_request_reply (&waiting.request, waiting.text,
                          strlen (waiting.text));
        free (waiting.text);
    }
}

//  It never will
static void
s_fail_waiting (zp_saga_coordinator_t *self)
{
    while (self->waiting.count) {
        waiting_t waiting;
        zp_fifo_take (&self->waiting, &waiting);
        zp_request_fail (&waiting.request, ZP_UNKNOWN,
                         "whether it is kept is not known: %s", self->error);
        free (waiting.text);
    }
}

//  See that the core is told the time when it wants to know it
static void
s_set_tick (zp_saga_coordinator_t *self)
{
    int64_t when_ms = zp_saga_core_next_tick (self->core);
    //  One that fires too early harms less than setting it all the time
    if (when_ms >= self->tick_ms)
        return;
    self->tick_ms = when_ms;
    zp_timers_set (self->timers, &self->tick_timer, when_ms - self->clock_ms);
}

static void
s_do (zp_saga_coordinator_t *self, const zp_saga_command_t *command)
{
    if (command->verb == ZP_SAGA_ENDED)
        zp_saga_watch_ended (self, command->saga);
    else if (command->step->saga)
        zp_saga_nested_send (self, command);
    else
        zp_saga_services_send (self, command);
}

void
zp_saga_coordinator_end_turn (void *arg)
{
    zp_saga_coordinator_t *self = arg;
    int64_t now_ms = zp_saga_coordinator_now (self);
    zp_saga_command_t command;
    while (self->status == ZP_OK &&
           zp_saga_core_next (self->core, now_ms, &command))
        s_do (self, &command);
    mark_t mark = {zp_journal_position (self->journal),
                   zp_saga_core_last (self->core)};
    if (mark.position != self->marked)
        zp_fifo_add (&self->marks, &mark);
    self->marked = mark.position;
    s_set_tick (self);
    zp_journal_flush (self->journal);
}

static int
s_on_pump (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_saga_coordinator_t *self = arg;
    zp_saga_coordinator_end_turn (self);
    zp_server_flush (self->server);
    return self->status == ZP_OK ? 0 : -1;
}

static int
s_on_tick (zp_timer_t *timer, void *arg)
{
    zp_saga_coordinator_t *self = arg;
    self->tick_ms = INT64_MAX;
    zp_saga_core_tick (self->core, zp_saga_coordinator_now (self));
    return s_on_pump (timer, self);
}

static void
s_on_committed (void *arg, uint64_t position)
{
    zp_saga_coordinator_t *self = arg;
    self->committed = position;
    const mark_t *first;
    while ((first = zp_fifo_at (&self->marks, 0)) &&
           first->position <= position) {
        mark_t mark;
        zp_fifo_take (&self->marks, &mark);
        zp_saga_core_written (self->core, mark.number);
    }
    s_reply_waiting (self);
    zp_saga_coordinator_end_turn (self);
    zp_server_flush (self->server);
}

static void
s_on_fetched (void *arg, uint64_t number, const zp_record_t *record)
{
    (void) number;
    zp_saga_show_fetched (arg, record);
}

//  Nothing can be confirmed any more
static void
s_on_failed (void *arg, zp_status_t status, const char *text)
{
    zp_saga_coordinator_t *self = arg;
    self->status = status;
    snprintf (self->error, sizeof self->error, "%s", text);
    s_fail_waiting (self);
    zp_saga_show_failed (self);
    zp_saga_watch_leave (self);
    //  The pump ends the loop
    zp_saga_coordinator_pump (self);
}

static int
s_restore (void *arg, const zp_record_t *record)
{
    zp_saga_coordinator_t *self = arg;
    self->status =
        zp_saga_core_restore (self->core, record->number, record->time_ms,
                              record->key, record->head, record->body);
    return self->status == ZP_OK ? 0 : -1;
}

//  Open the journal, and take back what is in it. Sets status and error.
static void
s_open (zp_saga_coordinator_t *self,
        const zp_saga_coordinator_options_t *options)
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
    self->core = zp_saga_core_new (&options->sagas, &log, zp_random_entropy ());
    zp_status_t status =
        zp_journal_replay (self->journal, 0, true, s_restore, self);
    if (self->status != ZP_OK)
        snprintf (self->error, sizeof self->error, "%s: %s", options->journal,
                  zp_saga_core_error (self->core));
    else if (status != ZP_OK) {
        self->status = status;
        snprintf (self->error, sizeof self->error, "%s",
                  zp_journal_error (self->journal));
    }
    else
        zp_saga_core_restored (self->core, zp_saga_coordinator_now (self));
}

static void
s_on_draining (void *arg)
{
    zp_saga_watch_leave (arg);
}

//  The journal has been read: take requests
static void
s_serve (zp_saga_coordinator_t *self, const zp_server_options_t *options)
{
    self->server = zp_server_new (self->loop, options);
    zp_server_on_draining (self->server, s_on_draining, self);
    zp_server_on_turn (self->server, zp_saga_coordinator_end_turn, self);
    zp_saga_methods_add (self);
    self->tick_ms = INT64_MAX;
    zp_saga_coordinator_pump (self);
}

zp_saga_coordinator_t *
zp_saga_coordinator_new (zloop_t *loop,
                         const zp_saga_coordinator_options_t *options,
                         zp_status_t *status_p, char **error_p)
{
    assert (options && options->journal && options->window > 0);
    assert (options->sagas.retention_ms > 0);
    zp_saga_coordinator_t *self = zmalloc (sizeof *self);
    self->own_loop = loop == NULL;
    self->loop = loop ? loop : zloop_new ();
    self->clock_ms = zclock_time () - zclock_mono ();
    self->window = options->window;
    self->tap = options->server.tap;
    self->marks.item_size = sizeof (mark_t);
    self->waiting.item_size = sizeof (waiting_t);
    self->fetching.item_size = sizeof (zp_saga_show_t *);
    self->timers = zp_timers_new (self->loop);
    zp_timer_init (&self->pump_timer, s_on_pump, self);
    zp_timer_init (&self->tick_timer, s_on_tick, self);
    SLIST_INIT (&self->services);
    LIST_INIT (&self->watches);
    s_open (self, options);
    if (status_p)
        *status_p = self->status;
    if (error_p)
        *error_p = self->status == ZP_OK ? NULL : strdup (self->error);
    if (self->status == ZP_OK)
        s_serve (self, &options->server);
    else
        zp_saga_coordinator_destroy (&self);
    return self;
}

void
zp_saga_coordinator_destroy (zp_saga_coordinator_t **self_p)
{
    assert (self_p);
    zp_saga_coordinator_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    if (!self->error[0])
        snprintf (self->error, sizeof self->error, "the coordinator has ended");
    zp_saga_watch_leave (self);
    zp_saga_watch_destroy (self);
    zp_saga_show_failed (self);
    s_fail_waiting (self);
    zp_saga_services_destroy (self);
    zp_server_destroy (&self->server);
    zp_fifo_clear (&self->marks);
    zp_fifo_clear (&self->waiting);
    zp_fifo_clear (&self->fetching);
    zp_saga_core_destroy (&self->core);
    zp_journal_destroy (&self->journal);
    zp_timers_destroy (&self->timers);
    if (self->own_loop)
        zloop_destroy (&self->loop);
    free (self);
}

zp_status_t
zp_saga_coordinator_define (zp_saga_coordinator_t *self, zp_span_t text,
                            char **mistakes_p)
{
    const char **names = zp_saga_services_names (self);
    zp_saga_def_t *def = zp_saga_def_new (text, names, mistakes_p);
    free (names);
    if (!def)
        return ZP_INVALID_ARGUMENT;
    zp_saga_core_define (self->core, &def);
    return ZP_OK;
}

zp_server_t *
zp_saga_coordinator_server (zp_saga_coordinator_t *self)
{
    return self->server;
}

zp_journal_t *
zp_saga_coordinator_journal (zp_saga_coordinator_t *self)
{
    return self->journal;
}

zp_status_t
zp_saga_coordinator_run (zp_saga_coordinator_t *self)
{
    zp_status_t status = zp_server_run (self->server);
    return self->status == ZP_OK ? status : self->status;
}

const char *
zp_saga_coordinator_error (zp_saga_coordinator_t *self)
{
    return self->error;
}
