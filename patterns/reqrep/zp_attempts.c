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

#include "zp_client_tap.h"

#define RECHECK_MS 50  // How often to look for a connection elsewhere

void
zp_attempts_schedule (zp_pending_t *self)
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

bool
zp_attempts_left (const zp_pending_t *self)
{
    for (int i = 0; i < 2; i++)
        if (self->attempt[i].out && !self->attempt[i].outgoing.waiting)
            return true;
    return false;
}

const char *
zp_attempts_where (const zp_pending_t *self)
{
    const zp_endpoint_t *endpoint = self->attempt[0].endpoint;
    return endpoint ? endpoint->name : self->client->endpoints[0]->name;
}

void
zp_attempts_end (zp_attempt_t *attempt, zp_verdict_t verdict, int64_t now_ms)
{
    zp_pending_t *self = attempt->call;
    if (!attempt->outgoing.waiting)
        self->left = true;
    zp_endpoint_end (attempt, verdict, now_ms, &self->client->random);
    if (self->client->options.tap)
        zp_client_tap_over (attempt, verdict, now_ms);
}

void
zp_attempts_give_up (zp_pending_t *self, const zp_attempt_t *keep,
                     zp_verdict_t verdict, int64_t now_ms)
{
    for (int i = 0; i < 2; i++) {
        zp_attempt_t *attempt = &self->attempt[i];
        if (attempt->out && attempt != keep) {
            if (!attempt->outgoing.waiting)
                zp_channel_cancel (attempt->endpoint->channel,
                                   &self->content.envelope,
                                   attempt->outgoing.attempt);
            zp_attempts_end (attempt, verdict, now_ms);
        }
    }
}

//  No attempt is out any more. Wait and try again, or end the call
static void
s_retry (zp_pending_t *self, const zp_failure_t *failure, int64_t now_ms)
{
    zp_client_t *client = self->client;
    int wait_ms = zp_backoff_ms (&client->options.backoff, self->attempts,
                                 zp_random_next (&client->random));
    if (wait_ms < failure->retry_after_ms)
        wait_ms = failure->retry_after_ms;
    bool in_time = now_ms + wait_ms < self->content.deadline_ms;
    self->retry_ms = self->hedge_ms = self->silence_ms = ZP_NEVER;
    if (self->streaming || (self->once && failure->unknown) ||
        self->attempts >= client->options.max_attempts ||
        (!in_time && failure->status != ZP_DEADLINE_EXCEEDED) ||
        (in_time && !zp_retry_budget_withdraw (&client->budget))) {
        zp_pending_end (self, failure, ZP_VERDICT_NONE, now_ms);
        return;
    }
    //  With no time for another attempt, a late reply to the last one is all
    //  that there is to hope for
    if (in_time) {
        client->stats.retries++;
        self->retry_ms = now_ms + wait_ms;
    }
    zp_attempts_schedule (self);
}

void
zp_attempts_failed (zp_attempt_t *attempt, const zp_failure_t *failure,
                    int64_t now_ms)
{
    zp_pending_t *self = attempt->call;
    zp_attempts_end (attempt, failure->verdict, now_ms);
    if (!self->attempt[0].out && !self->attempt[1].out)
        s_retry (self, failure, now_ms);
}

zp_endpoint_t *
zp_attempts_choose (zp_pending_t *self, int64_t now_ms, int64_t *wait_ms)
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
    if (self->client->options.tap)
        zp_client_tap_breaker (endpoint, attempt, now_ms);
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
    zp_failure_t failure = {.status = ZP_UNAVAILABLE,
                            .text = text,
                            .retry_after_ms = (int) wait_ms};
    zp_pending_end (self, &failure, ZP_VERDICT_NONE, now_ms);
}

void
zp_attempts_begin (zp_pending_t *self, zp_endpoint_t *endpoint, int64_t now_ms)
{
    const zp_client_options_t *options = &self->client->options;
    int attempts_left = options->max_attempts - self->attempts;
    self->window_ms = (int) (self->content.deadline_ms - now_ms);
    if (!self->once && options->attempt_timeout_ms)
        self->window_ms = options->attempt_timeout_ms;
    else if (!self->once)
        self->window_ms /= attempts_left;

    self->retry_ms = self->hedge_ms = ZP_NEVER;
    self->silence_ms = now_ms + self->window_ms;
    if (options->hedge_ms && !self->once && attempts_left > 1 &&
        self->client->endpoints_count > 1)
        self->hedge_ms = now_ms + options->hedge_ms;
    zp_attempts_schedule (self);
    s_send (&self->attempt[0], endpoint, self->attempts > 0, now_ms);
}

void
zp_attempts_try (zp_pending_t *self, int64_t now_ms)
{
    int64_t wait_ms;
    zp_endpoint_t *endpoint = zp_attempts_choose (self, now_ms, &wait_ms);
    if (endpoint)
        zp_attempts_begin (self, endpoint, now_ms);
    else
        s_refuse (self, wait_ms, now_ms);
}

void
zp_attempts_hedge (zp_pending_t *self, int64_t now_ms)
{
    int64_t wait_ms;
    self->hedge_ms = ZP_NEVER;
    zp_endpoint_t *endpoint = zp_attempts_choose (self, now_ms, &wait_ms);
    if (endpoint && endpoint != self->attempt[0].endpoint &&
        zp_retry_budget_withdraw (&self->client->budget)) {
        self->client->stats.hedges++;
        s_send (&self->attempt[1], endpoint, false, now_ms);
    }
    zp_attempts_schedule (self);
}

//  The request could not leave: there is no connection. Go where there is one,
//  or wait on
static void
s_move (zp_pending_t *self, int64_t now_ms)
{
    int64_t wait_ms;
    zp_endpoint_t *endpoint = zp_attempts_choose (self, now_ms, &wait_ms);
    bool better = endpoint && zp_channel_up (endpoint->channel);
    for (int i = 0; i < 2; i++)
        if (self->attempt[i].out && self->attempt[i].endpoint == endpoint)
            better = false;
    if (!better) {
        self->silence_ms = now_ms + RECHECK_MS;
        zp_attempts_schedule (self);
        return;
    }
    for (int i = 0; i < 2; i++)
        if (self->attempt[i].out) {
            self->attempts--;  // It was none
            zp_attempts_end (&self->attempt[i], ZP_VERDICT_BAD, now_ms);
        }
    zp_attempts_begin (self, endpoint, now_ms);
}

void
zp_attempts_silent (zp_pending_t *self, int64_t now_ms)
{
    if (!zp_attempts_left (self)) {
        s_move (self, now_ms);
        return;
    }
    char text[256];
    snprintf (text, sizeof text, "no reply from %s within %d ms",
              zp_attempts_where (self), self->window_ms);
    zp_failure_t failure = {
        .status = ZP_DEADLINE_EXCEEDED, .text = text, .unknown = true};
    for (int i = 0; i < 2; i++)
        if (self->attempt[i].out)
            zp_attempts_end (&self->attempt[i], ZP_VERDICT_BAD, now_ms);
    s_retry (self, &failure, now_ms);
}
