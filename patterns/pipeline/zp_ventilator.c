//  SPDX-License-Identifier: MIT
//
//                 +-> PULL worker PUSH --+
//      tasks      |                      |      results
//  ventilator PUSH+-> PULL worker PUSH --+-> PULL sink
//          DEALER <------- control ------------> ROUTER
//
//  The frames are drawn in zp_parcel.c; which tasks are out is the business of
//  zp_window.c.

#include "zp_ventilator.h"

#include "zp_bind.h"
#include "zp_parcel.h"
#include "zp_peers.h"
#include "zp_random.h"
#include "zp_signals.h"
#include "zp_tally.h"
#include "zp_window.h"

#define TASKS_HWM   16  // What waits here does so for one worker
#define CONTROL_HWM 100
#define TICK_MS     20
#define CALL_MS     100   // Between hellos to a sink that was not heard yet
#define HELLO_MS    1000  // And to one that was
#define SILENT_MS   3000  // Send no tasks to a sink that was silent for so long
#define AWAY_MS     1000  // Ticks do not come so late, unless it was frozen

struct zp_ventilator {
    zp_ventilator_options_t options;  // As given
    zloop_t *loop;                    // All happens here
    bool own_loop;                    // To be destroyed with it
    zsock_t *tasks;                   // PUSH, to workers
    zsock_t *control;                 // DEALER, to the sink
    zp_bind_t at;                     // Where workers find it
    zp_peers_t *at_tasks;             // Counts them
    size_t workers;                   // So many
    zp_peers_t *at_control;           // Sees if the sink is connected
    bool connected;                   // It is
    zp_parcel_t parcel;               // What has just come
    int tick;                         // Timer
    int64_t ticked_ms;                // When it was last due
    zp_batch_t batch;                 // The present batch or the last
    zp_ventilator_source_fn *source;  // Has its tasks
    void *source_arg;                 // Given to that
    zp_window_t *window;              // Those in hand; NULL: no batch
    zp_window_stats_t last;           // Of the last batch's window
    zp_tally_t *tally;                // What the sink says has ended
    uint64_t sink;                    // Its id; 0: not heard yet
    bool listening;                   // The sink is there and takes this batch
    int64_t heard_ms;                 // When it was last heard
    int64_t hello_ms;                 // When it was last told
    bool blocked;                     // No worker takes more now
    zp_batch_fn *batch_fn;            // Is told of the batch, or NULL
    void *batch_arg;                  // Given to that
    bool running;                     // In zp_ventilator_run
    uint64_t garbage;                 // For zp_ventilator_stats
};

static int s_on_control (zloop_t *loop, zsock_t *socket, void *arg);
static int s_on_tick (zloop_t *loop, int timer_id, void *arg);
static int s_on_workers (void *arg, size_t count);
static int s_on_sink (void *arg, size_t count);
static int s_on_writable (zloop_t *loop, zmq_pollitem_t *item, void *arg);

zp_ventilator_t *
zp_ventilator_new (zloop_t *loop, const zp_ventilator_options_t *options)
{
    static const zp_ventilator_options_t defaults = ZP_VENTILATOR_DEFAULTS;
    zp_ventilator_t *self = zmalloc (sizeof *self);
    *self = (zp_ventilator_t){.options = options ? *options : defaults,
                              .own_loop = loop == NULL};
    assert (self->options.max_tasks > 0 && self->options.silence_ms > 0);
    self->loop = loop ? loop : zloop_new ();
    self->batch.ended = true;
    self->tally = zp_tally_new ();
    self->tasks = zp_parcel_socket (ZMQ_PUSH, TASKS_HWM);
    zsock_set_linger (self->tasks, 0);  // Of use only while this lives
    self->at_tasks = zp_peers_new (self->loop, self->tasks, s_on_workers, self);
    self->control = zp_parcel_socket (ZMQ_DEALER, CONTROL_HWM);
    self->at_control =
        zp_peers_new (self->loop, self->control, s_on_sink, self);
    zloop_reader (self->loop, self->control, s_on_control, self);
    self->tick = zloop_timer (self->loop, TICK_MS, 0, s_on_tick, self);
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

static int
s_tell (zp_ventilator_t *self)
{
    int rc =
        self->batch_fn ? self->batch_fn (self->batch_arg, &self->batch) : 0;
    return self->running && self->batch.ended ? -1 : rc;
}

//  Send the sink something about this batch. If it can't be sent now, it is
//  soon said again. Nothing is kept until a sink comes: it would not be true
//  any more. (ZMQ_IMMEDIATE does that as well, but forgets the last words of a
//  sink that goes.)
static void
s_say (zp_ventilator_t *self, const zp_envelope_t *about, zp_span_t body)
{
    if (!self->connected)
        return;
    zp_envelope_t envelope = *about;
    envelope.client = self->batch.id;
    zp_parcel_send (self->control, &envelope, body);
}

//  The batch is over, so or so, and the sink need not wait for this
static int
s_end (zp_ventilator_t *self, zp_status_t status)
{
    zp_envelope_t envelope = {.kind = ZP_CANCEL, .serial = self->sink};
    s_say (self, &envelope, (zp_span_t){NULL, 0});
    self->batch.ended = true;
    self->batch.status = status;
    zp_window_stats (self->window, &self->last);
    zp_window_destroy (&self->window);
    return s_tell (self);
}

//  A number of sendings, as an envelope has it
static uint8_t
s_attempt (int sendings)
{
    return (uint8_t) (sendings < UINT8_MAX ? sendings : UINT8_MAX);
}

//  Tell the sink of a task that is given up
static void
s_say_lost (zp_ventilator_t *self, const zp_window_task_t *task)
{
    zp_envelope_t envelope = {.kind = ZP_REPLY,
                              .status = ZP_DEADLINE_EXCEEDED,
                              .attempt = s_attempt (task->sendings),
                              .serial = task->number};
    const char *why = "no result in time, at the last attempt";
    if (task->size > ZP_PARCEL_BODY_MAX) {
        envelope.status = ZP_OUT_OF_RANGE;
        why = "the task is too large to be sent";
    }
    s_say (self, &envelope, (zp_span_t){why, strlen (why)});
}

//  Tell the sink that this is there, and all that it should know
static void
s_hello (zp_ventilator_t *self)
{
    self->hello_ms = zclock_mono ();
    zp_envelope_t envelope = {.kind = ZP_REQUEST, .serial = self->sink};
    uint8_t total[8];
    zp_parcel_put (total, self->batch.total);
    s_say (self, &envelope, (zp_span_t){total, sizeof total});
    zp_window_task_t *task = zp_window_first_lost (self->window);
    for (; task && self->listening; task = zp_window_next_lost (task))
        s_say_lost (self, task);
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
    s_hello (self);
}

void
zp_ventilator_cancel (zp_ventilator_t *self)
{
    if (!self->batch.ended)
        s_end (self, ZP_CANCELLED);
}

//  Take one more task from the source. False: there is none, or not now
static bool
s_take (zp_ventilator_t *self)
{
    if (self->batch.total != ZP_BATCH_UNKNOWN || !zp_window_room (self->window))
        return false;
    zp_window_stats_t stats;
    zp_window_stats (self->window, &stats);
    zframe_t *body = self->source (self->source_arg, stats.given);
    if (self->batch.ended) {  // The source has cancelled it
        zframe_destroy (&body);
        return false;
    }
    if (!body) {
        self->batch.total = stats.given;
        zp_window_close (self->window);
        s_hello (self);
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
static void
s_push (zp_ventilator_t *self)
{
    while (!self->batch.ended && self->listening && !self->blocked) {
        zp_window_task_t *task = zp_window_next (self->window);
        if (!task) {
            if (s_take (self) || zp_window_copy (self->window, zclock_mono ()))
                continue;
            return;
        }
        zp_envelope_t envelope = {.kind = ZP_REQUEST,
                                  .attempt = s_attempt (task->sendings + 1),
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
    s_push (self);
    return 0;
}

static int
s_on_sink (void *arg, size_t count)
{
    zp_ventilator_t *self = arg;
    self->connected = count > 0;
    if (self->connected && !self->batch.ended)
        s_hello (self);
    return 0;
}

static int
s_on_workers (void *arg, size_t count)
{
    zp_ventilator_t *self = arg;
    self->workers = count;
    if (self->window) {
        zp_window_workers (self->window, count);
        s_push (self);
    }
    return 0;
}

//  The sink is there and takes this batch
static void
s_listening (zp_ventilator_t *self)
{
    if (!self->listening)
        zp_window_resume (self->window, zclock_mono ());
    self->sink = self->parcel.envelope.serial;
    self->listening = true;
}

//  The sink has acknowledged: [done (8) failed (8) tally]
static int
s_on_acknowledged (zp_ventilator_t *self)
{
    zp_span_t body = zp_parcel_body (&self->parcel);
    const uint8_t *bytes = body.data;
    zp_window_stats_t stats;
    zp_window_stats (self->window, &stats);
    if (body.size < 16 ||
        !zp_tally_read (self->tally, bytes + 16, body.size - 16, stats.given)) {
        self->garbage++;
        return 0;
    }
    s_listening (self);
    uint64_t done = zp_parcel_get (bytes);
    uint64_t failed = zp_parcel_get (bytes + 8);
    bool news = done != self->batch.done || failed != self->batch.failed;
    self->batch.done = done;
    self->batch.failed = failed;
    zp_window_acknowledge (self->window, self->tally, zclock_mono ());
    if (self->parcel.envelope.kind == ZP_REPLY)
        return s_end (self, ZP_OK);
    int rc = news ? s_tell (self) : 0;
    s_push (self);
    return rc;
}

//  Take what the sink says: how this batch goes on, or how it has ended there
static int
s_on_parcel (zp_ventilator_t *self)
{
    const zp_envelope_t *envelope = &self->parcel.envelope;
    if ((envelope->kind != ZP_PARTIAL && envelope->kind != ZP_REPLY) ||
        envelope->serial == 0) {
        self->garbage++;
        return 0;
    }
    if (self->batch.ended || envelope->client != self->batch.id)
        return 0;  // Of an earlier batch
    if (self->sink && envelope->serial != self->sink)
        return s_end (self, ZP_ABORTED);
    self->heard_ms = zclock_mono ();
    if (envelope->status == ZP_OK)
        return s_on_acknowledged (self);
    if (envelope->kind == ZP_REPLY)
        return s_end (self, (zp_status_t) envelope->status);
    return 0;  // The sink has another batch in hand
}

static int
s_on_control (zloop_t *loop, zsock_t *socket, void *arg)
{
    (void) loop;
    zp_ventilator_t *self = arg;
    int rc = 0, came = 1;
    for (int i = 0; i < CONTROL_HWM && came && rc == 0; i++) {
        came = zp_parcel_recv (&self->parcel, socket);
        if (came == 1)
            rc = s_on_parcel (self);
        else if (came == -1)
            self->garbage++;
    }
    return rc;
}

static int
s_on_tick (zloop_t *loop, int timer_id, void *arg)
{
    (void) loop;
    (void) timer_id;
    zp_ventilator_t *self = arg;
    int64_t now_ms = zclock_mono ();
    bool away = now_ms - self->ticked_ms > AWAY_MS;
    self->ticked_ms = now_ms;
    if (self->batch.ended)
        return 0;
    if (away) {
        //  Who heard nothing because it was away itself can't blame others
        self->heard_ms = now_ms;
        zp_window_resume (self->window, now_ms);
    }
    int64_t silent_ms = now_ms - self->heard_ms;
    if (silent_ms >= self->options.silence_ms)
        return s_end (self, ZP_UNAVAILABLE);
    if (silent_ms > SILENT_MS)
        self->listening = false;
    if (now_ms - self->hello_ms >= (self->listening ? HELLO_MS : CALL_MS))
        s_hello (self);
    if (self->listening)
        zp_window_tick (self->window, now_ms);
    s_push (self);
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
