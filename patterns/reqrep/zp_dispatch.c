//  SPDX-License-Identifier: MIT
//
//  Which requests run, and when; and what becomes of their answers.
//
//  A turn of the loop: receive what has come, up to a bound; run what was
//  taken, for about a millisecond; send the replies. So a server whose handlers
//  are slow still sees what comes, and knows when it is too much.

#include "zp_server_private.h"

#define TURN_US 1000  // Run at most before replies are sent

void
zp_server_move (zp_request_t *self, struct zp_requests *to)
{
    if (self->list)
        TAILQ_REMOVE (self->list, self, link);
    self->list = to;
    if (to)
        TAILQ_INSERT_TAIL (to, self, link);
}

void
zp_server_free (zp_request_t *self)
{
    zp_server_t *server = self->server;
    zp_server_move (self, NULL);
    server->stats.in_flight--;
    zp_timers_clear (server->timers, &self->delay);
    zp_message_release (&self->origin);
    zp_message_release (&self->message);
    free (self);
    if (server->draining && server->stats.in_flight == 0)
        zp_timers_set (server->timers, &server->drain_timer, 0);
}

//  Let the turn's end come soon, if none is under way
static void
s_want_turn (zp_server_t *self)
{
    if (!self->in_turn && !zp_timer_pending (&self->turn_timer))
        zp_timers_set (self->timers, &self->turn_timer, 0);
}

//  Send an answer along the way that the request came
bool
zp_server_send (zp_request_t *request, zp_kind_t kind, zp_status_t status,
                int retry_after_ms, const zp_span_t *parts, size_t count)
{
    zp_server_t *self = request->server;
    zp_message_t *origin = request->origin;
    if (!request->enveloped && status != ZP_OK) {
        const char *name = zp_status_name (status);
        zp_span_t error[] = {{"ERROR", 5},
                             {name, strlen (name)},
                             count ? parts[0] : (zp_span_t){"", 0}};
        return zp_outbox_send (&self->outbox, origin, NULL, error, 3);
    }
    zp_envelope_t envelope = request->envelope;
    envelope.kind = (uint8_t) kind;
    envelope.status = (uint8_t) status;
    envelope.attempt = request->attempt;
    envelope.time_ms = (uint32_t) retry_after_ms;
    envelope.marks = ZP_MARK_SERVER;
    if (origin->path == 1)
        envelope.marks |= ZP_MARK_COMPACT;
    s_want_turn (self);
    return zp_outbox_send (&self->outbox, origin,
                           request->enveloped ? &envelope : NULL, parts, count);
}

//  Remember the reply for a repetition, if it is one worth remembering
static void
s_keep (zp_request_t *request, zp_status_t status, int retry_after_ms,
        const zp_span_t *parts, size_t count, int64_t now_ms)
{
    zp_replies_t *replies = request->server->replies;
    zp_kept_t kept = {.status = status,
                      .retry_after_ms = retry_after_ms,
                      .parts = parts,
                      .count = count};
    if (!replies || !request->enveloped)
        return;
    if (request->streamed || zp_status_retryable (status) ||
        zp_request_cancelled (request))
        zp_replies_forget (replies, &request->envelope);
    else
        zp_replies_end (replies, &request->envelope, now_ms, &kept);
}

bool
zp_server_answer (zp_request_t *request, zp_kind_t kind, zp_status_t status,
                  int retry_after_ms, const zp_span_t *parts, size_t count)
{
    zp_server_t *self = request->server;
    bool sent =
        !zp_request_cancelled (request) && !request->drop &&
        zp_server_send (request, kind, status, retry_after_ms, parts, count);
    if (kind == ZP_PARTIAL) {
        request->streamed = true;
        return sent;
    }
    int64_t now_us = zclock_usecs ();
    s_keep (request, status, retry_after_ms, parts, count, now_us / 1000);
    zp_histogram_record (self->latencies,
                         (uint64_t) (now_us - request->taken_us));
    if (status != ZP_OK) {
        self->stats.failures++;
        request->method->failures++;
    }
    self->now_us = now_us;
    self->timed = true;
    zp_server_free (request);
    return sent;
}

void
zp_server_drop (zp_request_t *request)
{
    zp_replies_t *replies = request->server->replies;
    if (replies && request->enveloped)
        zp_replies_forget (replies, &request->envelope);
    zp_server_free (request);
}

//  True if nobody waits for it any more; it is gone then
static bool
s_is_dead (zp_request_t *request, int64_t now_ms)
{
    zp_server_stats_t *stats = &request->server->stats;
    if (zp_request_cancelled (request))
        stats->cancelled++;
    else if (request->expires_ms && now_ms >= request->expires_ms)
        stats->expired++;
    else
        return false;
    zp_server_drop (request);
    return true;
}

zp_request_t *
zp_server_next_waiting (zp_server_t *self)
{
    int64_t now_ms = zclock_mono ();
    zp_request_t *request;
    while ((request = TAILQ_FIRST (&self->waiting)) != NULL)
        if (!s_is_dead (request, now_ms)) {
            zp_server_move (request, &self->running);
            break;
        }
    return request;
}

static void
s_run (zp_request_t *request)
{
    zp_server_t *self = request->server;
    zp_server_move (request, &self->running);
    self->timed = false;
    request->method->fn (request, request->method->arg);
    if (!self->timed)
        self->now_us = zclock_usecs ();
}

void
zp_server_begin_turn (zp_server_t *self)
{
    zp_timers_clear (self->timers, &self->turn_timer);
    self->in_turn = true;
    self->now_us = zclock_usecs ();
    self->turn_end_us = self->now_us + TURN_US;
}

int
zp_server_end_turn (zp_server_t *self)
{
    zp_request_t *request;
    while (self->now_us < self->turn_end_us &&
           (request = TAILQ_FIRST (&self->queue)) != NULL)
        if (!s_is_dead (request, self->now_us / 1000))
            s_run (request);
    if (self->workers)
        zp_workers_feed (self->workers);
    zp_outbox_flush (&self->outbox);
    self->in_turn = false;
    if (!TAILQ_EMPTY (&self->queue))
        zp_timers_set (self->timers, &self->turn_timer, 0);
    return self->end;
}

int
zp_server_turn (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_server_begin_turn (arg);
    return zp_server_end_turn (arg);
}

void
zp_server_enqueue (zp_request_t *request)
{
    zp_server_t *self = request->server;
    //  What can run at once need not wait for the turn's end
    if (request->method->worker)
        zp_server_move (request, &self->waiting);
    else if (self->in_turn && TAILQ_EMPTY (&self->queue) &&
             self->now_us < self->turn_end_us) {
        s_run (request);
        return;
    }
    else
        zp_server_move (request, &self->queue);
    s_want_turn (self);
}
