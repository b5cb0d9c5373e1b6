//  SPDX-License-Identifier: MIT
//
//                 +-> PULL worker PUSH --+
//      tasks      |                      |      results
//  ventilator PUSH+-> PULL worker PUSH --+-> PULL sink
//          DEALER <------- control ------------> ROUTER
//
//  The frames are drawn in zp_parcel.c. Which tasks are out is the business of
//  zp_window.c, the talk with the sink that of zp_ventilator_control.c.

#include "zp_ventilator_private.h"

#include "zp_random.h"
#include "zp_signals.h"

#define TASKS_HWM 16  // What waits here does so for one worker
#define TICK_MS   20

static int s_on_workers (void *arg, size_t count);
static int s_on_writable (zloop_t *loop, zmq_pollitem_t *item, void *arg);

static void
s_check_options (const zp_ventilator_options_t *options)
{
    assert (options->max_tasks > 0 && options->max_bytes > 0);
    assert (options->retry_ms > 0 && options->silence_ms > 0);
    assert (options->max_attempts > 0 && options->max_attempts <= 100);
    (void) options;
}

zp_ventilator_t *
zp_ventilator_new (zloop_t *loop, const zp_ventilator_options_t *options)
{
    static const zp_ventilator_options_t defaults = ZP_VENTILATOR_DEFAULTS;
    zp_ventilator_t *self = zmalloc (sizeof *self);
    *self = (zp_ventilator_t){.options = options ? *options : defaults,
                              .own_loop = loop == NULL};
    s_check_options (&self->options);
    self->loop = loop ? loop : zloop_new ();
    self->batch.ended = true;
    self->tally = zp_tally_new ();
    self->tasks = zp_parcel_socket (ZMQ_PUSH, TASKS_HWM);
    zsock_set_linger (self->tasks, 0);  // Of use only while this lives
    self->at_tasks = zp_peers_new (self->loop, self->tasks, s_on_workers, self);
    self->control = zp_parcel_socket (ZMQ_DEALER, ZP_VENTILATOR_CONTROL_HWM);
    self->at_control =
        zp_peers_new (self->loop, self->control, zp_ventilator_on_sink, self);
    zloop_reader (self->loop, self->control, zp_ventilator_on_control, self);
    self->tick =
        zloop_timer (self->loop, TICK_MS, 0, zp_ventilator_on_tick, self);
    return self;
}

void
zp_ventilator_destroy (zp_ventilator_t **self_p)
{
    assert (self_p);
    zp_ventilator_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    zp_ventilator_cancel (self);
    if (self->blocked) {
        zmq_pollitem_t item = {zsock_resolve (self->tasks), 0, 0, 0};
        zloop_poller_end (self->loop, &item);
    }
    zloop_timer_end (self->loop, self->tick);
    zloop_reader_end (self->loop, self->control);
    zp_peers_destroy (&self->at_tasks);
    zp_peers_destroy (&self->at_control);
    zp_parcel_close (&self->parcel);
    zp_tally_destroy (&self->tally);
    zsock_destroy (&self->tasks);
    zsock_destroy (&self->control);
    if (self->own_loop)
        zloop_destroy (&self->loop);
    free (self);
}

zp_status_t
zp_ventilator_bind (zp_ventilator_t *self, const char *endpoint)
{
    return zp_bind_socket (&self->at, self->tasks, endpoint);
}

const char *
zp_ventilator_endpoint (zp_ventilator_t *self)
{
    return self->at.endpoint;
}

const char *
zp_ventilator_error (zp_ventilator_t *self)
{
    return self->at.error;
}

zp_status_t
zp_ventilator_connect (zp_ventilator_t *self, const char *control)
{
    if (zmq_connect (zsock_resolve (self->control), control) == -1)
        return ZP_INVALID_ARGUMENT;
    if (strncmp (control, "inproc:", 7) == 0)
        self->connected = true;  // Of which nothing is told
    return ZP_OK;
}

void
zp_ventilator_on_batch (zp_ventilator_t *self, zp_batch_fn *fn, void *arg)
{
    self->batch_fn = fn;
    self->batch_arg = arg;
}

static void
s_free_body (void *body)
{
    zframe_t *frame = body;
    zframe_destroy (&frame);
}

void
zp_ventilator_start (zp_ventilator_t *self, zp_ventilator_source_fn *source,
                     void *arg)
{
    assert (self->batch.ended && source);
    self->batch = (zp_batch_t){.total = ZP_BATCH_UNKNOWN};
    while (self->batch.id == 0)
        self->batch.id = zp_random_entropy ();
    self->source = source;
    self->source_arg = arg;
    zp_window_options_t options = {.max_tasks =
                                       (size_t) self->options.max_tasks,
                                   .max_bytes = self->options.max_bytes,
                                   .retry_ms = self->options.retry_ms,
                                   .max_attempts = self->options.max_attempts};
    self->window = zp_window_new (&options, s_free_body);
    zp_window_workers (self->window, self->workers);
    zp_tally_reset (self->tally);
    self->sink = 0;
    self->listening = false;
    self->heard_ms = self->ticked_ms = zclock_mono ();
    zp_ventilator_hello (self);
}

void
zp_ventilator_cancel (zp_ventilator_t *self)
{
    if (!self->batch.ended)
        zp_ventilator_end (self, ZP_CANCELLED);
}

//  Take one more task from the source. False: there is none, or not now
static bool
s_take (zp_ventilator_t *self)
{
    if (self->batch.total != ZP_BATCH_UNKNOWN || !zp_window_room (self->window))
        return false;
    zp_window_stats_t stats;
    zp_window_stats (self->window, &stats);
    uint64_t id = self->batch.id;
    zframe_t *body = self->source (self->source_arg, stats.given);
    if (self->batch.ended || self->batch.id != id) {  // It has cancelled it
        zframe_destroy (&body);
        return false;
    }
    if (!body) {
        self->batch.total = stats.given;
        zp_window_close (self->window);
        zp_ventilator_hello (self);
        return false;
    }
    size_t size = zframe_size (body);
    zp_window_give (self->window, body, size);
    if (size > ZP_PARCEL_BODY_MAX)
        zp_window_give_up (self->window);
    return true;
}

//  Come back when a worker takes more
static void
s_block (zp_ventilator_t *self)
{
    zmq_pollitem_t item = {zsock_resolve (self->tasks), 0, ZMQ_POLLOUT, 0};
    zloop_poller (self->loop, &item, s_on_writable, self);
    self->blocked = true;
}

//  Send all that may be sent, and that workers take
void
zp_ventilator_push (zp_ventilator_t *self)
{
    while (!self->batch.ended && self->listening && !self->blocked) {
        zp_window_task_t *task = zp_window_next (self->window);
        if (!task) {
            if (s_take (self))
                continue;
            if (self->batch.ended ||
                !zp_window_copy (self->window, zclock_mono ()))
                return;
            continue;
        }
        zp_envelope_t envelope = {
            .kind = ZP_REQUEST,
            .attempt = zp_ventilator_attempt (task->sendings + 1),
            .client = self->batch.id,
            .serial = task->number};
        if (zp_parcel_share (self->tasks, &envelope, task->body) == 0)
            zp_window_sent (self->window, zclock_mono ());
        else
            s_block (self);
    }
}

static int
s_on_writable (zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    zp_ventilator_t *self = arg;
    zloop_poller_end (loop, item);
    self->blocked = false;
    zp_ventilator_push (self);
    return 0;
}

static int
s_on_workers (void *arg, size_t count)
{
    zp_ventilator_t *self = arg;
    self->workers = count;
    if (self->window) {
        zp_window_workers (self->window, count);
        zp_ventilator_push (self);
    }
    return 0;
}

static int
s_on_signal (void *arg)
{
    zp_ventilator_cancel (arg);
    return -1;
}

zp_status_t
zp_ventilator_run (zp_ventilator_t *self, zp_ventilator_source_fn *source,
                   void *arg)
{
    zp_ventilator_start (self, source, arg);
    self->running = true;
    zp_signals_run (self->loop, s_on_signal, self);
    self->running = false;
    return self->batch.ended ? self->batch.status : ZP_CANCELLED;
}

const zp_batch_t *
zp_ventilator_batch (zp_ventilator_t *self)
{
    return &self->batch;
}

void
zp_ventilator_stats (zp_ventilator_t *self, zp_ventilator_stats_t *stats)
{
    zp_window_stats_t window = self->last;
    if (self->window)
        zp_window_stats (self->window, &window);
    *stats = (zp_ventilator_stats_t){.workers = self->workers,
                                     .given = window.given,
                                     .sent = window.sent,
                                     .again = window.again,
                                     .in_hand = self->window ? window.kept : 0,
                                     .bytes = self->window ? window.bytes : 0,
                                     .limit = window.limit,
                                     .garbage = self->garbage};
}
