//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "zp_endpoint.h"

//  Requests leave together when the turn ends. But when many wait, and they are
//  half of all that are out, they leave at once: so that this end works on some
//  while the other one works on others. Fewer are better kept in one frame
#define MANY 200

zp_endpoint_t *
zp_endpoint_new (const char *name, const zp_breaker_options_t *options,
                 void *client)
{
    zp_endpoint_t *self = zmalloc (sizeof *self);
    *self = (zp_endpoint_t){.name = strdup (name), .client = client};
    if (options)
        self->breaker = zp_breaker_new (options);
    TAILQ_INIT (&self->out);
    return self;
}

void
zp_endpoint_destroy (zp_endpoint_t **self_p)
{
    assert (self_p);
    zp_endpoint_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    assert (TAILQ_EMPTY (&self->out));
    zp_channel_destroy (&self->channel);
    zp_breaker_destroy (&self->breaker);
    free (self->name);
    free (self);
}

//  How good a choice it is: the connected ones first, and the one to avoid last
static int
s_rank (const zp_endpoint_t *self, const zp_endpoint_t *avoid)
{
    return (self != avoid) * 2 + zp_channel_up (self->channel);
}

zp_endpoint_t *
zp_endpoint_choose (zp_endpoint_t **all, size_t count,
                    const zp_endpoint_t *avoid, int64_t now_ms,
                    zp_random_t *random, int64_t *retry_after_ms)
{
    zp_endpoint_t *pick[2] = {NULL, NULL};
    uint32_t equals = 0;  // How many are as good as these
    *retry_after_ms = INT64_MAX;
    for (size_t i = 0; i < count; i++) {
        zp_endpoint_t *self = all[i];
        int64_t wait_ms =
            self->breaker ? zp_breaker_retry_after (self->breaker, now_ms) : 0;
        if (wait_ms < *retry_after_ms)
            *retry_after_ms = wait_ms;
        if (wait_ms > 0)
            continue;
        int better =
            pick[0] ? s_rank (self, avoid) - s_rank (pick[0], avoid) : 1;
        if (better < 0)
            continue;
        if (better > 0) {
            equals = 0;
            pick[1] = NULL;
        }
        //  Keep two of all equals, each with the same chance (Vitter, "Random
        //  Sampling with a Reservoir", 1985)
        uint32_t place =
            equals < 2 ? equals : zp_random_below (random, equals + 1);
        if (place < 2)
            pick[place] = self;
        equals++;
    }
    if (!pick[1])
        return pick[0];
    size_t first = pick[0]->outstanding, second = pick[1]->outstanding;
    return pick[first == second ? zp_random_below (random, 2) : second < first];
}

void
zp_endpoint_send (zp_endpoint_t *self, zp_attempt_t *attempt, int64_t now_ms)
{
    if (self->breaker) {
        bool allowed =
            zp_breaker_allow (self->breaker, now_ms, &attempt->ticket);
        assert (allowed);
        (void) allowed;
    }
    attempt->endpoint = self;
    attempt->out = true;
    attempt->started_ms = now_ms;
    TAILQ_INSERT_TAIL (&self->out, attempt, link);
    self->outstanding++;
    zp_channel_send (self->channel, &attempt->outgoing);
    size_t waiting = zp_channel_waiting (self->channel);
    if (waiting >= MANY && waiting * 2 >= self->outstanding)
        zp_channel_flush (self->channel);
}

void
zp_endpoint_end (zp_attempt_t *attempt, zp_verdict_t verdict, int64_t now_ms,
                 zp_random_t *random)
{
    zp_endpoint_t *self = attempt->endpoint;
    attempt->out = false;
    TAILQ_REMOVE (&self->out, attempt, link);
    self->outstanding--;
    zp_channel_unsend (self->channel, &attempt->outgoing);
    if (!self->breaker)
        return;
    if (verdict == ZP_VERDICT_NONE)
        zp_breaker_forget (self->breaker, attempt->ticket);
    else
        zp_breaker_report (
            self->breaker, now_ms, attempt->ticket, verdict == ZP_VERDICT_GOOD,
            now_ms - attempt->started_ms, zp_random_next (random));
}
