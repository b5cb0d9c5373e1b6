//  SPDX-License-Identifier: MIT
//
//  The talk with the sink: hello each second, and what it has counted.

#include "zp_ventilator_private.h"

#define CALL_MS   100   // Between hellos to a sink that was not heard yet
#define HELLO_MS  1000  // And to one that was
#define SILENT_MS 3000  // Send no tasks to a sink that was silent for so long
#define AWAY_MS   1000  // Ticks do not come so late, unless it was frozen

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

int
zp_ventilator_end (zp_ventilator_t *self, zp_status_t status)
{
    zp_envelope_t envelope = {.kind = ZP_CANCEL, .serial = self->sink};
    s_say (self, &envelope, (zp_span_t){NULL, 0});
    self->batch.ended = true;
    self->batch.status = status;
    zp_window_stats (self->window, &self->last);
    zp_window_destroy (&self->window);
    return s_tell (self);
}

uint8_t
zp_ventilator_attempt (int sendings)
{
    return (uint8_t) (sendings < UINT8_MAX ? sendings : UINT8_MAX);
}

//  Tell the sink of a task that is given up
static void
s_say_lost (zp_ventilator_t *self, const zp_window_task_t *task)
{
    zp_envelope_t envelope = {.kind = ZP_REPLY,
                              .status = ZP_DEADLINE_EXCEEDED,
                              .attempt = zp_ventilator_attempt (task->sendings),
                              .serial = task->number};
    const char *why = "no result in time, at the last attempt";
    if (task->size > ZP_PARCEL_BODY_MAX) {
        envelope.status = ZP_OUT_OF_RANGE;
        why = "the task is too large to be sent";
    }
    s_say (self, &envelope, (zp_span_t){why, strlen (why)});
}

void
zp_ventilator_hello (zp_ventilator_t *self)
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

int
zp_ventilator_on_sink (void *arg, size_t count)
{
    zp_ventilator_t *self = arg;
    self->connected = count > 0;
    if (self->connected && !self->batch.ended)
        zp_ventilator_hello (self);
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
    bool over = self->parcel.envelope.kind == ZP_REPLY;
    if (body.size < 16 ||
        !zp_tally_read (self->tally, bytes + 16, body.size - 16, stats.given) ||
        (over && zp_tally_low (self->tally) != self->batch.total)) {
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
    if (over)
        return zp_ventilator_end (self, ZP_OK);
    int rc = news ? s_tell (self) : 0;
    zp_ventilator_push (self);
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
        return zp_ventilator_end (self, ZP_ABORTED);
    self->heard_ms = zclock_mono ();
    if (envelope->status == ZP_OK)
        return s_on_acknowledged (self);
    if (envelope->kind == ZP_REPLY)
        return zp_ventilator_end (self, (zp_status_t) envelope->status);
    return 0;  // The sink has another batch in hand
}

int
zp_ventilator_on_control (zloop_t *loop, zsock_t *socket, void *arg)
{
    (void) loop;
    zp_ventilator_t *self = arg;
    int rc = 0, came = 1;
    for (int i = 0; i < ZP_VENTILATOR_CONTROL_HWM && came && rc == 0; i++) {
        came = zp_parcel_recv (&self->parcel, socket);
        if (came == 1)
            rc = s_on_parcel (self);
        else if (came == -1)
            self->garbage++;
    }
    return rc;
}

int
zp_ventilator_on_tick (zloop_t *loop, int timer_id, void *arg)
{
    (void) loop;
    (void) timer_id;
    zp_ventilator_t *self = arg;
    int64_t now_ms = zclock_mono ();
    bool away = now_ms - self->ticked_ms > AWAY_MS;
    self->ticked_ms = now_ms;
    if (self->batch.ended)  // Perhaps by the program, in the middle of a run
        return self->running ? -1 : 0;
    if (away) {
        //  Who heard nothing because it was away itself can't blame others
        self->heard_ms = now_ms;
        zp_window_resume (self->window, now_ms);
    }
    int64_t silent_ms = now_ms - self->heard_ms;
    if (silent_ms >= self->options.silence_ms)
        return zp_ventilator_end (self, ZP_UNAVAILABLE);
    if (silent_ms > SILENT_MS)
        self->listening = false;
    if (now_ms - self->hello_ms >= (self->listening ? HELLO_MS : CALL_MS))
        zp_ventilator_hello (self);
    if (self->listening)
        zp_window_tick (self->window, now_ms);
    zp_ventilator_push (self);
    return 0;
}
