//  SPDX-License-Identifier: MIT
//
//      workers -- results --> PULL   sink   ROUTER <-- control --> ventilator
//
//  The frames are drawn in zp_parcel.c; zp_sink_control.c has the talk with the
//  ventilator.

#include "zp_sink_private.h"

#include "zp_random.h"
#include "zp_signals.h"

#define RESULTS_HWM 100   // From each worker
#define CONTROL_HWM 16    // The last acknowledgement says all
#define BURST       1000  // Results before they are acknowledged
#define TICK_MS     100
#define PARTING_MS  3000  // For the ventilator to hear of the end
#define AWAY_MS     1000  // Ticks do not come so late, unless it was frozen

static int s_on_results (zloop_t *loop, zsock_t *socket, void *arg);
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
    zloop_reader (self->loop, self->control, zp_sink_on_control, self);
    self->tick = zloop_timer (self->loop, TICK_MS, 0, s_on_tick, self);
    return self;
}

bool
zp_sink_over (const zp_sink_t *self)
{
    return self->running && self->batch.ended && self->parted &&
           self->batch.id != self->last_id;
}

int
zp_sink_tell (zp_sink_t *self)
{
    self->news = false;
    zp_sink_acknowledge (self);
    int rc =
        self->batch_fn ? self->batch_fn (self->batch_arg, &self->batch) : 0;
    return zp_sink_over (self) ? -1 : rc;
}

int
zp_sink_end (zp_sink_t *self, zp_status_t status)
{
    self->batch.ended = true;
    self->batch.status = status;
    self->ended_ms = zclock_mono ();
    return zp_sink_tell (self);
}

int
zp_sink_look (zp_sink_t *self)
{
    if (self->batch.ended)
        return 0;
    if (zp_tally_low (self->tally) >= self->batch.total)
        return zp_sink_end (self, ZP_OK);
    return self->news ? zp_sink_tell (self) : 0;
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
        zp_sink_end (self, ZP_ABORTED);
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

int
zp_sink_count (zp_sink_t *self)
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
    return zp_sink_count (self);
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
    return rc == 0 ? zp_sink_look (self) : zp_sink_end (self, ZP_ABORTED);
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
    return silent && !self->parted ? zp_sink_part (self, ZP_UNAVAILABLE) : 0;
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
