//  SPDX-License-Identifier: MIT
//
//  A call is made of attempts. At most two are out at the same time: one, and
//  its hedge. What can happen to a call, and what follows:
//
//  a good reply, or a failure for good     it ends with that
//  a failure that may pass, a broken line  it waits, and tries again
//  silence for hedge_ms                    a second attempt, elsewhere
//  silence for an attempt's share of time  it tries again; if the request never
//                                          left, where there is a connection
//  its deadline                            it ends
//
//  Each call has one timer, set to the earliest of what it waits for.

#include "zp_pending.h"

#include <limits.h>

#define NEVER      INT64_MAX
#define RECHECK_MS 50  // How often to look for a connection elsewhere

struct zp_pending {
    zp_client_t *client;      // Whose call it is
    zp_client_fn *fn;         // Told how it ends
    void *arg;                // And with what
    zp_timer_t timer;         // The deadline, or one of these times:
    int64_t silence_ms;       // Too long without a word from an attempt
    int64_t hedge_ms;         // Time for a second attempt
    int64_t retry_ms;         // Time for the next attempt; NEVER: one is out
    int64_t started_ms;       // The call's beginning
    int window_ms;            // How long an attempt may be silent
    int attempts;             // How often it was sent
    bool once;                // Never to be sent again if that could repeat it
    bool left;                // An attempt has left: it may have been done
    bool streaming;           // Pieces came: too late for another attempt
    zp_content_t content;     // What is asked, until when
    zp_attempt_t attempt[2];  // One, and its hedge
};

//  How an attempt failed
typedef struct {
    zp_status_t status;  // What the call ends with, if it ends
    const char *text;    // The same for a person
    int retry_after_ms;  // Not sooner; 0: not said
    bool unknown;        // It may have been done
} s_failure_t;

//  Let the timer fire at the earliest of all that the call waits for
static void
s_schedule (zp_pending_t *self)
{
    int64_t when_ms = self->content.deadline_ms;
    if (when_ms > self->silence_ms)
        when_ms = self->silence_ms;
    if (when_ms > self->hedge_ms)
        when_ms = self->hedge_ms;
    if (when_ms > self->retry_ms)
        when_ms = self->retry_ms;
    zp_timers_set (self->client->timers, &self->timer, when_ms);
}

//  True if one of the attempts that are out has left for its endpoint
static bool
s_left (const zp_pending_t *self)
{
    for (int i = 0; i < 2; i++)
        if (self->attempt[i].out && !self->attempt[i].outgoing.waiting)
            return true;
    return false;
}

//  Where the call was sent last, for a person
static const char *
s_endpoint_name (const zp_pending_t *self)
{
    const zp_endpoint_t *endpoint = self->attempt[0].endpoint;
    return endpoint ? endpoint->name : self->client->endpoints[0]->name;
}

static void
s_end_attempt (zp_attempt_t *attempt, zp_verdict_t verdict, int64_t now_ms)
{
    zp_pending_t *self = attempt->call;
    if (!attempt->outgoing.waiting)
        self->left = true;
    zp_endpoint_end (attempt, verdict, now_ms, &self->client->random);
}

//  Give up the attempts that are out, except for one to keep (NULL: none)
static void
s_give_up (zp_pending_t *self, const zp_attempt_t *keep, zp_verdict_t verdict,
           int64_t now_ms)
{
    for (int i = 0; i < 2; i++) {
        zp_attempt_t *attempt = &self->attempt[i];
        if (attempt->out && attempt != keep) {
            if (!attempt->outgoing.waiting)
                zp_channel_cancel (attempt->endpoint->channel,
                                   &self->content.envelope,
                                   attempt->outgoing.attempt);
            s_end_attempt (attempt, verdict, now_ms);
        }
    }
}

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

static void
s_fail (zp_pending_t *self, const s_failure_t *failure, zp_verdict_t verdict,
        int64_t now_ms)
{
    s_give_up (self, NULL, verdict, now_ms);
    zp_reply_t reply = {.status = failure->status,
                        .text = failure->text,
                        .retry_after_ms = failure->retry_after_ms};
    s_finish (self, &reply, now_ms);
}

//  No attempt is out any more. Wait and try again, or end the call
static void
s_retry (zp_pending_t *self, const s_failure_t *failure, int64_t now_ms)
{
    zp_client_t *client = self->client;
    int wait_ms = zp_backoff_ms (&client->options.backoff, self->attempts,
                                 zp_random_next (&client->random));
    if (wait_ms < failure->retry_after_ms)
        wait_ms = failure->retry_after_ms;
    if (self->streaming || (self->once && failure->unknown) ||
        self->attempts >= client->options.max_attempts ||
        now_ms + wait_ms >= self->content.deadline_ms ||
        !zp_retry_budget_withdraw (&client->budget)) {
        s_fail (self, failure, ZP_VERDICT_NONE, now_ms);
        return;
    }
    client->stats.retries++;
    self->retry_ms = now_ms + wait_ms;
    self->hedge_ms = self->silence_ms = NEVER;
    s_schedule (self);
}

//  An attempt failed. As long as the other one is out there is hope
static void
s_attempt_failed (zp_attempt_t *attempt, const s_failure_t *failure,
                  int64_t now_ms)
{
    zp_pending_t *self = attempt->call;
    s_end_attempt (attempt, ZP_VERDICT_BAD, now_ms);
    if (!self->attempt[0].out && !self->attempt[1].out)
        s_retry (self, failure, now_ms);
}

//  The endpoint for the next attempt; NULL if all are left alone, for *wait_ms
static zp_endpoint_t *
s_choose (zp_pending_t *self, int64_t now_ms, int64_t *wait_ms)
{
    zp_client_t *client = self->client;
    return zp_endpoint_choose (client->endpoints, client->endpoints_count,
                               self->attempt[0].endpoint, now_ms,
                               &client->random, wait_ms);
}

static void
s_send (zp_attempt_t *attempt, zp_endpoint_t *endpoint, bool open,
        int64_t now_ms)
{
    zp_pending_t *self = attempt->call;
    self->attempts++;
    attempt->outgoing.attempt = (uint8_t) self->attempts;
    attempt->outgoing.open = open;
    zp_endpoint_send (endpoint, attempt, now_ms);
}

//  All breakers are open
static void
s_refuse (zp_pending_t *self, int64_t wait_ms, int64_t now_ms)
{
    zp_client_t *client = self->client;
    char text[256];
    snprintf (text, sizeof text,
              "%s%s failed too often and is left alone; "
              "it will be tried again in %d ms",
              client->endpoints[0]->name,
              client->endpoints_count > 1 ? ", like all the others," : "",
              (int) wait_ms);
    s_failure_t failure = {ZP_UNAVAILABLE, text, (int) wait_ms, false};
    s_fail (self, &failure, ZP_VERDICT_NONE, now_ms);
}

//  Make an attempt there, and decide how long to wait for it
static void
s_attempt (zp_pending_t *self, zp_endpoint_t *endpoint, int64_t now_ms)
{
    const zp_client_options_t *options = &self->client->options;
    int attempts_left = options->max_attempts - self->attempts;
    self->window_ms = (int) (self->content.deadline_ms - now_ms);
    if (!self->once && options->attempt_timeout_ms)
        self->window_ms = options->attempt_timeout_ms;
    else if (!self->once)
        self->window_ms /= attempts_left;

    self->retry_ms = self->hedge_ms = NEVER;
    self->silence_ms = now_ms + self->window_ms;
    if (options->hedge_ms && !self->once && attempts_left > 1 &&
        self->client->endpoints_count > 1)
        self->hedge_ms = now_ms + options->hedge_ms;
    s_schedule (self);
    s_send (&self->attempt[0], endpoint, self->attempts > 0, now_ms);
}

static void
s_try (zp_pending_t *self, int64_t now_ms)
{
    int64_t wait_ms;
    zp_endpoint_t *endpoint = s_choose (self, now_ms, &wait_ms);
    if (endpoint)
        s_attempt (self, endpoint, now_ms);
    else
        s_refuse (self, wait_ms, now_ms);
}

//  The first attempt is slow: send another one elsewhere, if the budget allows
static void
s_hedge (zp_pending_t *self, int64_t now_ms)
{
    int64_t wait_ms;
    self->hedge_ms = NEVER;
    zp_endpoint_t *endpoint = s_choose (self, now_ms, &wait_ms);
    if (endpoint && endpoint != self->attempt[0].endpoint &&
        zp_retry_budget_withdraw (&self->client->budget)) {
        self->client->stats.hedges++;
        s_send (&self->attempt[1], endpoint, false, now_ms);
    }
    s_schedule (self);
}

//  The request could not leave: there is no connection. Go where there is one,
//  or wait on
static void
s_move (zp_pending_t *self, int64_t now_ms)
{
    zp_attempt_t *attempt = &self->attempt[0];
    int64_t wait_ms;
    zp_endpoint_t *endpoint = s_choose (self, now_ms, &wait_ms);
    if (endpoint && endpoint != attempt->endpoint &&
        zp_channel_up (endpoint->channel)) {
        self->attempts--;  // It was none
        s_end_attempt (attempt, ZP_VERDICT_BAD, now_ms);
        s_attempt (self, endpoint, now_ms);
    }
    else {
        self->silence_ms = now_ms + RECHECK_MS;
        s_schedule (self);
    }
}

//  Nothing was heard of what is out
static void
s_silence (zp_pending_t *self, int64_t now_ms)
{
    if (!s_left (self)) {
        s_move (self, now_ms);
        return;
    }
    char text[256];
    snprintf (text, sizeof text, "no reply from %s within %d ms",
              s_endpoint_name (self), self->window_ms);
    s_failure_t failure = {ZP_DEADLINE_EXCEEDED, text, 0, true};
    for (int i = 0; i < 2; i++)
        if (self->attempt[i].out)
            s_end_attempt (&self->attempt[i], ZP_VERDICT_BAD, now_ms);
    s_retry (self, &failure, now_ms);
}

static void
s_deadline (zp_pending_t *self, int64_t now_ms)
{
    char text[256];
    s_failure_t failure = {ZP_DEADLINE_EXCEEDED, text, 0, true};
    if (self->left || s_left (self))
        snprintf (text, sizeof text, "no reply from %s in time",
                  s_endpoint_name (self));
    else {
        failure.status = ZP_UNAVAILABLE;
        snprintf (text, sizeof text,
                  "no connection to %s; is the service running?",
                  s_endpoint_name (self));
    }
    s_fail (self, &failure, ZP_VERDICT_BAD, now_ms);
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
        s_silence (self, now_ms);
    else if (now_ms >= self->retry_ms)
        s_try (self, now_ms);
    else if (now_ms >= self->hedge_ms)
        s_hedge (self, now_ms);
    else
        s_schedule (self);
    return client->done ? -1 : 0;
}

//  The trace of this call: a new span of that trace, or of a new one
static void
s_set_trace (zp_trace_t *self, const zp_trace_t *trace, zp_random_t *random)
{
    if (trace)
        *self = *trace;
    else {
        uint64_t id[2] = {zp_random_next (random), zp_random_next (random)};
        memcpy (self->trace_id, id, sizeof id);
        self->flags = 0;
    }
    uint64_t span = zp_random_next (random);
    memcpy (self->span_id, &span, sizeof span);
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
    self->left = self->streaming = false;
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
    s_set_trace (&envelope->trace, call->trace, &client->random);
    zp_retry_budget_deposit (&client->budget);

    int64_t wait_ms;
    zp_endpoint_t *endpoint = s_choose (self, now_ms, &wait_ms);
    if (endpoint)
        s_attempt (self, endpoint, now_ms);
    else {
        //  It will be refused, but not before the caller knows of the call
        self->retry_ms = now_ms;
        self->hedge_ms = self->silence_ms = NEVER;
        s_schedule (self);
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
    s_failure_t failure = {status, text, 0, false};
    s_fail (self, &failure, ZP_VERDICT_NONE, zclock_mono ());
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
    s_give_up (self, attempt, ZP_VERDICT_NONE, now_ms);
    self->streaming = true;
    self->hedge_ms = NEVER;
    self->silence_ms = silence_ms ? now_ms + silence_ms : NEVER;
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
    s_failure_t failure = {(zp_status_t) envelope->status, text, 0, false};
    failure.retry_after_ms =
        envelope->time_ms < INT_MAX ? (int) envelope->time_ms : INT_MAX;

    if (!zp_status_retryable (failure.status)) {
        if (attempt)
            s_end_attempt (attempt, s_verdict (failure.status), now_ms);
        s_fail (self, &failure, ZP_VERDICT_NONE, now_ms);
    }
    else if (attempt)
        s_attempt_failed (attempt, &failure, now_ms);
    else
        self->client->stats.strays++;
}

void
zp_pending_reply (zp_pending_t *self, const zp_envelope_t *envelope,
                  const zp_span_t *parts, size_t count, int64_t now_ms)
{
    //  NULL: a late reply to an earlier attempt. Its result is as good as any,
    //  but a piece of it, or a failure that may pass, is of no use
    zp_attempt_t *attempt = NULL;
    for (int i = 0; i < 2; i++)
        if (self->attempt[i].out && !self->attempt[i].outgoing.waiting &&
            self->attempt[i].outgoing.attempt == envelope->attempt)
            attempt = &self->attempt[i];

    bool partial = envelope->kind == ZP_PARTIAL;
    zp_reply_t reply = {.parts = parts, .count = count, .text = ""};
    if (!attempt && (partial || self->streaming))
        self->client->stats.strays++;
    else if (partial)
        s_piece (self, attempt, &reply, now_ms);
    else if (envelope->kind == ZP_REPLY && envelope->status != ZP_OK)
        s_bad_reply (self, attempt, envelope, parts, count, now_ms);
    else {
        if (attempt)
            s_end_attempt (attempt, ZP_VERDICT_GOOD, now_ms);
        s_give_up (self, NULL, ZP_VERDICT_NONE, now_ms);
        s_finish (self, &reply, now_ms);
    }
}

void
zp_pending_lost (zp_attempt_t *attempt)
{
    char text[256];
    snprintf (text, sizeof text, "connection to %s broke",
              attempt->endpoint->name);
    s_failure_t failure = {ZP_UNKNOWN, text, 0, true};
    s_attempt_failed (attempt, &failure, zclock_mono ());
}
