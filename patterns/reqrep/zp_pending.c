//  SPDX-License-Identifier: MIT

#include "zp_pending.h"

#include <limits.h>

#include "zp_client_tap.h"

static void
s_tell (zp_client_t *client, zp_client_fn *fn, void *arg,
        const zp_reply_t *reply)
{
    bool nested = client->in_callback;
    client->in_callback = true;
    fn (arg, reply);
    client->in_callback = nested;
}

//  End the call. It is gone before the callback, which may start others: they
//  find its slot and its memory free, and still warm
static void
s_finish (zp_pending_t *self, zp_reply_t *reply, int64_t now_ms)
{
    zp_client_t *client = self->client;
    zp_client_fn *fn = self->fn;
    void *arg = self->arg;
    reply->attempts = self->attempts;
    reply->elapsed_ms = now_ms - self->started_ms;

    uint32_t slot =
        self->content.envelope.serial & ((1u << ZP_PENDING_SLOT_BITS) - 1);
    client->slots[slot] = NULL;
    client->free_slots[client->free_count++] = slot;
    client->stats.in_flight--;
    if (reply->status == ZP_OK)
        client->stats.succeeded++;
    else
        client->stats.failed++;
    zp_timers_clear (client->timers, &self->timer);
    zp_content_clear (&self->content);
    free (self);
    s_tell (client, fn, arg, reply);
}

void
zp_pending_end (zp_pending_t *self, const zp_failure_t *failure,
                zp_verdict_t verdict, int64_t now_ms)
{
    zp_attempts_give_up (self, NULL, verdict, now_ms);
    if (self->client->options.tap)
        zp_client_tap_ended (self, failure->status, zp_attempts_where (self));
    zp_reply_t reply = {.status = failure->status,
                        .text = failure->text,
                        .retry_after_ms = failure->retry_after_ms};
    s_finish (self, &reply, now_ms);
}

static void
s_deadline (zp_pending_t *self, int64_t now_ms)
{
    char text[256];
    zp_failure_t failure = {.status = ZP_DEADLINE_EXCEEDED, .text = text};
    if (self->left || zp_attempts_left (self))
        snprintf (text, sizeof text, "no reply from %s in time",
                  zp_attempts_where (self));
    else {
        failure.status = ZP_UNAVAILABLE;
        snprintf (text, sizeof text,
                  "no connection to %s; is the service running?",
                  zp_attempts_where (self));
    }
    zp_pending_end (self, &failure, ZP_VERDICT_BAD, now_ms);
}

static int
s_on_timer (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_pending_t *self = arg;
    zp_client_t *client = self->client;
    int64_t now_ms = zclock_mono ();
    if (now_ms >= self->content.deadline_ms)
        s_deadline (self, now_ms);
    else if (now_ms >= self->silence_ms)
        zp_attempts_silent (self, now_ms);
    else if (now_ms >= self->retry_ms)
        zp_attempts_try (self, now_ms);
    else if (now_ms >= self->hedge_ms)
        zp_attempts_hedge (self, now_ms);
    else
        zp_attempts_schedule (self);
    return client->done ? -1 : 0;
}

//  The trace of this call: a new span of that trace, or of a new one
static void
s_set_trace (zp_pending_t *self, const zp_trace_t *trace, zp_random_t *random)
{
    static const zp_trace_t none = {.flags = 0};
    zp_trace_t *own = &self->content.envelope.trace;
    *own = trace ? *trace : none;
    memcpy (self->parent, own->span_id, sizeof self->parent);
    if (memcmp (own->trace_id, none.trace_id, sizeof none.trace_id) == 0) {
        uint64_t id[2] = {zp_random_next (random), zp_random_next (random)};
        memcpy (own->trace_id, id, sizeof id);
    }
    uint64_t span = zp_random_next (random);
    memcpy (own->span_id, &span, sizeof span);
}

zp_pending_t *
zp_pending_new (zp_client_t *client, const zp_call_t *call)
{
    zp_span_t method = {call->method, strlen (call->method)};
    size_t room = zp_content_room (method.size, call->args, call->count);
    zp_pending_t *self = malloc (sizeof *self + room);
    assert (self);
    int64_t now_ms = zclock_mono ();
    uint32_t slot = client->free_slots[--client->free_count];
    client->slots[slot] = self;
    client->stats.in_flight++;
    client->stats.started++;

    //  Field by field: this is the hot path, and the whole is large
    self->client = client;
    self->fn = call->fn;
    self->arg = call->arg;
    self->started_ms = now_ms;
    self->attempts = 0;
    self->once = call->once;
    self->left = self->streaming = self->torn = false;
    for (int i = 0; i < 2; i++) {
        self->attempt[i].call = self;
        self->attempt[i].endpoint = NULL;
        self->attempt[i].out = false;
        self->attempt[i].outgoing.waiting = false;
        self->attempt[i].outgoing.content = &self->content;
    }
    zp_timer_init (&self->timer, s_on_timer, self);
    zp_content_copy (&self->content, self + 1, method, call->args, call->count);
    self->content.deadline_ms = now_ms + call->timeout_ms;
    zp_envelope_t *envelope = &self->content.envelope;
    envelope->kind = ZP_REQUEST;
    envelope->status = envelope->marks = 0;
    envelope->client = client->options.id;
    envelope->serial = client->stats.started << ZP_PENDING_SLOT_BITS | slot;
    s_set_trace (self, call->trace, &client->random);
    zp_retry_budget_deposit (&client->budget);

    int64_t wait_ms;
    zp_endpoint_t *endpoint = zp_attempts_choose (self, now_ms, &wait_ms);
    if (endpoint)
        zp_attempts_begin (self, endpoint, now_ms);
    else {
        //  It will be refused, but not before the caller knows of the call
        self->retry_ms = now_ms;
        self->hedge_ms = self->silence_ms = ZP_NEVER;
        zp_attempts_schedule (self);
    }
    return self;
}

uint64_t
zp_pending_serial (const zp_pending_t *self)
{
    return self->content.envelope.serial;
}

void
zp_pending_fail (zp_pending_t *self, zp_status_t status, const char *text)
{
    zp_failure_t failure = {.status = status, .text = text};
    zp_pending_end (self, &failure, ZP_VERDICT_NONE, zclock_mono ());
}

//  What a reply says about the server, rather than about the request
static zp_verdict_t
s_verdict (zp_status_t status)
{
    switch (status) {
    case ZP_UNKNOWN:
    case ZP_DEADLINE_EXCEEDED:
    case ZP_RESOURCE_EXHAUSTED:
    case ZP_INTERNAL:
    case ZP_UNAVAILABLE:
    case ZP_DATA_LOSS:
        return ZP_VERDICT_BAD;
    default:
        return ZP_VERDICT_GOOD;
    }
}

//  A piece of the reply to an attempt. The callback can end the call
static void
s_piece (zp_pending_t *self, const zp_attempt_t *attempt, zp_reply_t *piece,
         int64_t now_ms)
{
    int silence_ms = self->client->options.attempt_timeout_ms;
    zp_attempts_give_up (self, attempt, ZP_VERDICT_NONE, now_ms);
    self->streaming = true;
    self->hedge_ms = ZP_NEVER;
    self->silence_ms = silence_ms ? now_ms + silence_ms : ZP_NEVER;
    piece->more = true;
    piece->attempts = self->attempts;
    piece->elapsed_ms = now_ms - self->started_ms;
    s_tell (self->client, self->fn, self->arg, piece);
}

//  The reply is a failure: try again if that may help
static void
s_bad_reply (zp_pending_t *self, zp_attempt_t *attempt,
             const zp_envelope_t *envelope, const zp_span_t *parts,
             size_t count, int64_t now_ms)
{
    char text[512] = "";
    if (count)
        snprintf (text, sizeof text, "%.*s", (int) parts[0].size,
                  (const char *) parts[0].data);
    zp_failure_t failure = {.status = (zp_status_t) envelope->status,
                            .text = text,
                            .verdict = s_verdict (envelope->status)};
    failure.retry_after_ms =
        envelope->time_ms < INT_MAX ? (int) envelope->time_ms : INT_MAX;

    if (!zp_status_retryable (failure.status)) {
        if (attempt)
            zp_attempts_end (attempt, failure.verdict, now_ms);
        zp_pending_end (self, &failure, ZP_VERDICT_NONE, now_ms);
    }
    else if (attempt)
        zp_attempts_failed (attempt, &failure, now_ms);
    else
        self->client->stats.strays++;
}

void
zp_pending_reply (zp_pending_t *self, const zp_endpoint_t *from,
                  const zp_envelope_t *envelope, const zp_span_t *parts,
                  size_t count, int64_t now_ms)
{
    //  NULL: a late reply to an earlier attempt. Its result is as good as any,
    //  if no pieces of it are missing, but a failure that may pass is of no use
    zp_attempt_t *attempt = NULL;
    for (int i = 0; i < 2; i++)
        if (self->attempt[i].out && !self->attempt[i].outgoing.waiting &&
            self->attempt[i].outgoing.attempt == envelope->attempt)
            attempt = &self->attempt[i];
    const zp_tap_t *tap = self->client->options.tap;
    if (tap)
        zp_client_tap_heard (from, self, attempt, envelope);

    bool partial = envelope->kind == ZP_PARTIAL;
    zp_reply_t reply = {.parts = parts, .count = count, .text = ""};
    if (!attempt && (partial || self->streaming || self->torn)) {
        self->torn = self->torn || partial;
        self->client->stats.strays++;
    }
    else if (partial)
        s_piece (self, attempt, &reply, now_ms);
    else if (envelope->kind == ZP_REPLY && envelope->status != ZP_OK)
        s_bad_reply (self, attempt, envelope, parts, count, now_ms);
    else {
        if (attempt)
            zp_attempts_end (attempt, ZP_VERDICT_GOOD, now_ms);
        zp_attempts_give_up (self, NULL, ZP_VERDICT_NONE, now_ms);
        if (tap)
            zp_client_tap_ended (self, ZP_OK, from->name);
        s_finish (self, &reply, now_ms);
    }
}

void
zp_pending_lost (zp_attempt_t *attempt)
{
    char text[256];
    snprintf (text, sizeof text, "connection to %s broke",
              attempt->endpoint->name);
    const zp_pending_t *self = attempt->call;
    if (self->client->options.tap)
        zp_client_tap_lost (attempt, ZP_UNAVAILABLE);
    //  Not a verdict: all calls that were out break with the line, and the next
    //  one may be good
    zp_failure_t failure = {.status = ZP_UNKNOWN,
                            .text = text,
                            .unknown = true,
                            .verdict = ZP_VERDICT_NONE};
    zp_attempts_failed (attempt, &failure, zclock_mono ());
}
