//  SPDX-License-Identifier: MIT
//
//      workers -- results --> PULL   sink   ROUTER <-- control --> ventilator
//
//  The frames are drawn in zp_parcel.c.

#include "zp_sink.h"

#include "zp_bind.h"
#include "zp_parcel.h"
#include "zp_random.h"
#include "zp_signals.h"
#include "zp_tally.h"

#define RESULTS_HWM 100   // From each worker
#define CONTROL_HWM 16    // The last acknowledgement says all
#define BURST       1000  // Results before they are acknowledged
#define TICK_MS     100
#define PARTING_MS  3000  // For the ventilator to hear of the end
#define AWAY_MS     1000  // Ticks do not come so late, unless it was frozen

struct zp_sink {
    zp_sink_options_t options;  // As given
    zloop_t *loop;              // All happens here
    bool own_loop;              // To be destroyed with it
    zsock_t *results;           // PULL, from workers
    zsock_t *control;           // ROUTER, to the ventilator
    zp_bind_t at_results;       // Where that listens
    zp_bind_t at_control;       // And that
    const char *error;          // Of the one that failed
    zp_parcel_t parcel;         // What has just come
    uint64_t id;                // Random: another one after a restart
    int tick;                   // Timer
    int64_t ticked_ms;          // When it was last due
    zp_batch_t batch;           // The present batch or the last
    zp_tally_t *tally;          // Which of its tasks have ended
    zframe_t *ventilator;       // Routing id of who gave it
    int64_t heard_ms;           // When that was last heard
    bool news;                  // Something was counted that is to be told
    zp_sink_fn *fn;             // Takes results
    void *arg;                  // Given to that
    zp_batch_fn *batch_fn;      // Is told of the batch, or NULL
    void *batch_arg;            // Given to that
    int64_t ended_ms;           // When it ended
    bool parted;                // The ventilator knows that, or is gone
    bool running;               // In zp_sink_run
    uint64_t last_id;           // Batch that had ended before that
    zp_sink_stats_t stats;      // For zp_sink_stats
};

static int s_on_results (zloop_t *loop, zsock_t *socket, void *arg);
static int s_on_control (zloop_t *loop, zsock_t *socket, void *arg);
static int s_on_tick (zloop_t *loop, int timer_id, void *arg);

zp_sink_t *
zp_sink_new (zloop_t *loop, const zp_sink_options_t *options, zp_sink_fn *fn,
             void *arg)
{
    static const zp_sink_options_t defaults = ZP_SINK_DEFAULTS;
    zp_sink_t *self = zmalloc (sizeof *self);
    *self = (zp_sink_t){.options = options ? *options : defaults,
                        .own_loop = loop == NULL,
                        .error = "",
                        .fn = fn,
                        .arg = arg};
    assert (fn && self->options.silence_ms > 0);
    self->loop = loop ? loop : zloop_new ();
    while (self->id == 0)
        self->id = zp_random_entropy ();
    self->tally = zp_tally_new ();
    self->batch.ended = self->parted = true;
    self->results = zp_parcel_socket (ZMQ_PULL, RESULTS_HWM);
    self->control = zp_parcel_socket (ZMQ_ROUTER, CONTROL_HWM);
    //  So that it shows whether a ventilator is connected still
    zsock_set_router_mandatory (self->control, 1);
    zloop_reader (self->loop, self->results, s_on_results, self);
    zloop_reader (self->loop, self->control, s_on_control, self);
    self->tick = zloop_timer (self->loop, TICK_MS, 0, s_on_tick, self);
    return self;
}

//  Send a ventilator something about its batch. False if it is gone
static bool
s_say (zp_sink_t *self, zframe_t *to, const zp_envelope_t *about,
       zp_span_t body)
{
    zp_envelope_t envelope = *about;
    envelope.serial = self->id;
    if (zframe_send (&to, self->control,
                     ZFRAME_REUSE | ZFRAME_MORE | ZFRAME_DONTWAIT) == -1)
        return zmq_errno () != EHOSTUNREACH;
    zp_parcel_send (self->control, &envelope, body);
    return true;
}

//  Acknowledge what was counted. False if the ventilator is gone
static bool
s_acknowledge (zp_sink_t *self)
{
    uint8_t body[16 + ZP_TALLY_BYTES];
    zp_parcel_put (body, self->batch.done);
    zp_parcel_put (body + 8, self->batch.failed);
    size_t size = 16 + zp_tally_write (self->tally, body + 16);
    zp_envelope_t envelope = {.kind = self->batch.ended ? ZP_REPLY : ZP_PARTIAL,
                              .status = (uint8_t) self->batch.status,
                              .client = self->batch.id};
    return s_say (self, self->ventilator, &envelope, (zp_span_t){body, size});
}

//  True if zp_sink_run is to return: the batch has ended, and the ventilator
//  knows it, or will not
static bool
s_over (const zp_sink_t *self)
{
    return self->running && self->batch.ended && self->parted &&
           self->batch.id != self->last_id;
}

//  Tell the ventilator, and whoever wants to know
static int
s_tell (zp_sink_t *self)
{
    self->news = false;
    s_acknowledge (self);
    int rc =
        self->batch_fn ? self->batch_fn (self->batch_arg, &self->batch) : 0;
    return s_over (self) ? -1 : rc;
}

//  The batch is over, so or so
static int
s_end (zp_sink_t *self, zp_status_t status)
{
    self->batch.ended = true;
    self->batch.status = status;
    self->ended_ms = zclock_mono ();
    return s_tell (self);
}

//  Tell what was counted; if that was all, the batch has ended
static int
s_look (zp_sink_t *self)
{
    if (self->batch.ended)
        return 0;
    if (zp_tally_low (self->tally) >= self->batch.total)
        return s_end (self, ZP_OK);
    return self->news ? s_tell (self) : 0;
}

void
zp_sink_destroy (zp_sink_t **self_p)
{
    assert (self_p);
    zp_sink_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    if (!self->batch.ended)
        s_end (self, ZP_ABORTED);
    zloop_timer_end (self->loop, self->tick);
    zloop_reader_end (self->loop, self->results);
    zloop_reader_end (self->loop, self->control);
    zp_parcel_close (&self->parcel);
    zframe_destroy (&self->ventilator);
    zp_tally_destroy (&self->tally);
    zsock_destroy (&self->results);
    zsock_destroy (&self->control);
    if (self->own_loop)
        zloop_destroy (&self->loop);
    free (self);
}

zp_status_t
zp_sink_bind (zp_sink_t *self, const char *results, const char *control)
{
    zp_status_t status =
        zp_bind_socket (&self->at_results, self->results, results);
    self->error = self->at_results.error;
    if (status == ZP_OK) {
        status = zp_bind_socket (&self->at_control, self->control, control);
        self->error = self->at_control.error;
        if (status != ZP_OK) {
            zsock_unbind (self->results, "%s", self->at_results.endpoint);
            self->at_results.endpoint[0] = 0;
        }
    }
    return status;
}

const char *
zp_sink_results (zp_sink_t *self)
{
    return self->at_results.endpoint;
}

const char *
zp_sink_control (zp_sink_t *self)
{
    return self->at_control.endpoint;
}

const char *
zp_sink_error (zp_sink_t *self)
{
    return self->error;
}

void
zp_sink_on_batch (zp_sink_t *self, zp_batch_fn *fn, void *arg)
{
    self->batch_fn = fn;
    self->batch_arg = arg;
}

//  A task has ended, as far as the parcel says. Returns 0, or -1 if nobody
//  takes the result
static int
s_count (zp_sink_t *self)
{
    const zp_envelope_t *envelope = &self->parcel.envelope;
    zp_status_t status = (zp_status_t) envelope->status;
    if (self->batch.ended || envelope->client != self->batch.id) {
        self->stats.strays++;
        return 0;
    }
    if (!zp_tally_reaches (self->tally, envelope->serial) ||
        envelope->serial >= self->batch.total) {
        self->stats.garbage++;
        return 0;
    }
    self->news = true;  // Of a repeated one, too: it may not be known
    if (zp_tally_has (self->tally, envelope->serial)) {
        self->stats.repeated++;
        return 0;
    }
    zp_result_t result = {.number = envelope->serial,
                          .status = status,
                          .attempt = envelope->attempt,
                          .body = zp_parcel_body (&self->parcel)};
    if (self->fn (self->arg, &result) == -1)
        return -1;
    zp_tally_add (self->tally, envelope->serial);
    self->stats.counted++;
    if (status == ZP_OK)
        self->batch.done++;
    else
        self->batch.failed++;
    return 0;
}

//  Take a result of a worker
static int
s_on_result (zp_sink_t *self)
{
    const zp_envelope_t *envelope = &self->parcel.envelope;
    bool plain = envelope->kind == ZP_REQUEST && envelope->status == ZP_OK;
    if (!plain && envelope->kind != ZP_REPLY) {
        self->stats.garbage++;
        return 0;
    }
    if (zp_status_retryable ((zp_status_t) envelope->status)) {
        self->stats.returned++;
        return 0;
    }
    return s_count (self);
}

static int
s_on_results (zloop_t *loop, zsock_t *socket, void *arg)
{
    (void) loop;
    zp_sink_t *self = arg;
    int rc = 0;
    for (int i = 0; i < BURST && rc == 0; i++) {
        int came = zp_parcel_recv (&self->parcel, socket);
        if (came == 0)
            break;
        if (came == -1)
            self->stats.garbage++;
        else
            rc = s_on_result (self);
    }
    return rc == 0 ? s_look (self) : s_end (self, ZP_ABORTED);
}

static int
s_begin (zp_sink_t *self, zframe_t *from, uint64_t id)
{
    zframe_destroy (&self->ventilator);
    self->ventilator = zframe_dup (from);
    zp_tally_reset (self->tally);
    self->batch = (zp_batch_t){.id = id, .total = ZP_BATCH_UNKNOWN};
    self->parted = false;
    self->heard_ms = zclock_mono ();
    return s_tell (self);
}

//  The ventilator is gone, or through with its batch. If that had not ended it
//  has now
static int
s_part (zp_sink_t *self, zp_status_t status)
{
    self->parted = true;
    if (!self->batch.ended)
        return s_end (self, status);
    return s_over (self) ? -1 : 0;
}

//  Another ventilator asks for its batch to be taken
static int
s_on_other (zp_sink_t *self, zframe_t *from, const zp_envelope_t *hello)
{
    zp_envelope_t answer = {.client = hello->client};
    if (hello->serial != 0) {  // It began with another, or this one forgot
        answer.kind = ZP_REPLY;
        answer.status = ZP_ABORTED;
    }
    else if (self->batch.ended && self->parted)
        return s_begin (self, from, hello->client);
    else if (!s_acknowledge (self))
        return s_part (self, ZP_UNAVAILABLE);  // The other will ask again
    else {
        answer.kind = ZP_PARTIAL;
        answer.status = ZP_RESOURCE_EXHAUSTED;
    }
    s_say (self, from, &answer, (zp_span_t){NULL, 0});
    return 0;
}

//  The ventilator of this batch is there, and knows how many tasks it has, or
//  not yet
static int
s_on_own (zp_sink_t *self, zframe_t *from, uint64_t total)
{
    zframe_destroy (&self->ventilator);  // It may have connected again
    self->ventilator = zframe_dup (from);
    self->heard_ms = zclock_mono ();
    if (self->batch.total == ZP_BATCH_UNKNOWN)
        self->batch.total = total;
    s_acknowledge (self);
    return s_look (self);
}

static int
s_on_hello (zp_sink_t *self)
{
    zp_envelope_t hello = self->parcel.envelope;
    zp_span_t body = zp_parcel_body (&self->parcel);
    if (body.size != 8 || hello.client == 0) {
        self->stats.garbage++;
        return 0;
    }
    zframe_t *from = zframe_new (zmq_msg_data (&self->parcel.from),
                                 zmq_msg_size (&self->parcel.from));
    int rc = 0;
    bool mine = hello.serial == 0 || hello.serial == self->id;
    if (!mine || hello.client != self->batch.id)
        rc = s_on_other (self, from, &hello);
    if (mine && rc == 0 && hello.client == self->batch.id)
        rc = s_on_own (self, from, zp_parcel_get (body.data));
    zframe_destroy (&from);
    return rc;
}

static int
s_on_control (zloop_t *loop, zsock_t *socket, void *arg)
{
    (void) loop;
    zp_sink_t *self = arg;
    int came = zp_parcel_recv (&self->parcel, socket);
    const zp_envelope_t *envelope = &self->parcel.envelope;
    if (came == 1 && envelope->kind == ZP_REQUEST)
        return s_on_hello (self);
    if (came == 1 && envelope->kind == ZP_REPLY && envelope->status != ZP_OK)
        return s_count (self) == 0 ? s_look (self) : s_end (self, ZP_ABORTED);
    if (came == 1 && envelope->kind == ZP_CANCEL)
        return envelope->client == self->batch.id ? s_part (self, ZP_CANCELLED)
                                                  : 0;
    self->stats.garbage += came != 0;
    return 0;
}

static int
s_on_tick (zloop_t *loop, int timer_id, void *arg)
{
    (void) loop;
    (void) timer_id;
    zp_sink_t *self = arg;
    int64_t now_ms = zclock_mono ();
    //  Whoever was away itself has heard nothing, and that says nothing
    if (now_ms - self->ticked_ms > AWAY_MS)
        self->heard_ms = now_ms;
    self->ticked_ms = now_ms;
    bool silent = self->batch.ended
                      ? now_ms - self->ended_ms >= PARTING_MS
                      : now_ms - self->heard_ms >= self->options.silence_ms;
    return silent && !self->parted ? s_part (self, ZP_UNAVAILABLE) : 0;
}

static int
s_on_signal (void *arg)
{
    (void) arg;
    return -1;
}

zp_status_t
zp_sink_run (zp_sink_t *self)
{
    self->last_id = self->batch.ended ? self->batch.id : 0;
    self->running = true;
    zp_signals_run (self->loop, s_on_signal, self);
    self->running = false;
    bool ended = self->batch.ended && self->batch.id != self->last_id;
    return ended ? self->batch.status : ZP_CANCELLED;
}

const zp_batch_t *
zp_sink_batch (zp_sink_t *self)
{
    return &self->batch;
}

void
zp_sink_stats (zp_sink_t *self, zp_sink_stats_t *stats)
{
    *stats = self->stats;
}
