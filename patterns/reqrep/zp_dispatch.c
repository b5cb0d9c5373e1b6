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
zp_server_move (zp_request_t *request, struct zp_requests *to)
{
    if (request->list)
        TAILQ_REMOVE (request->list, request, link);
    request->list = to;
    if (to)
        TAILQ_INSERT_TAIL (to, request, link);
}

void
zp_server_index (zp_request_t *request)
{
    zp_ids_t *by_id = request->server->by_id;
    if (request->indexed)
        zp_ids_remove (by_id, &request->node);
    request->node.id = zp_ids_key (&request->envelope, request->attempt);
    request->node.owner = request;
    //  A second request under the same id, which no client of ours makes, can't
    //  be found, and so not be cancelled
    request->indexed =
        request->enveloped && zp_ids_insert (by_id, &request->node);
}

void
zp_server_free (zp_request_t *request)
{
    zp_server_t *self = request->server;
    zp_server_move (request, NULL);
    if (request->indexed)
        zp_ids_remove (self->by_id, &request->node);
    if (self->current == request)
        self->current = NULL;
    self->stats.in_flight--;
    zp_timers_clear (self->timers, &request->delay);
    zp_message_release (&request->origin);
    zp_message_release (&request->message);
    free (request);
    if (self->draining && self->stats.in_flight == 0)
        zp_timers_set (self->timers, &self->drain_timer, 0);
}

//  Let the turn's end come soon, if none is under way
static void
s_want_turn (zp_server_t *self)
{
    if (!self->in_turn && !zp_timer_pending (&self->turn_timer))
        zp_timers_set (self->timers, &self->turn_timer, 0);
}

void
zp_server_tell (const zp_request_t *request, zp_tap_what_t what, zp_kind_t kind,
                zp_status_t status)
{
    static const zp_trace_t none = {.flags = 0};
    zp_envelope_t envelope = request->envelope;
    envelope.kind = (uint8_t) kind;
    envelope.attempt = request->attempt;
    envelope.status = (uint8_t) status;
    zp_tap_event_t event = {
        .what = what, .envelope = &envelope, .method = request->name};
    event.root =
        memcmp (envelope.trace.span_id, none.span_id, sizeof none.span_id) == 0;
    const zp_tap_t *tap = request->server->options.tap;
    tap->fn (tap->arg, &event);
}

bool
zp_server_send (zp_request_t *request, zp_kind_t kind, zp_status_t status,
                int retry_after_ms, const zp_span_t *parts, size_t count)
{
    zp_server_t *self = request->server;
    zp_message_t *origin = request->origin;
    zp_server_tap (request, ZP_TAP_REPLIED, kind, status);
    if (!request->enveloped && status != ZP_OK) {
        const char *name = zp_status_name (status);
        zp_span_t error[] = {{"ERROR", 5},
                             {name, strlen (name)},
                             count ? parts[0] : (zp_span_t){"", 0}};
        return zp_outbox_send (&self->outbox, origin, NULL, error, 3);
    }
    if (!request->enveloped) {
        //  A plain REQ can't receive a reply of no frames
        static const zp_span_t empty = {"", 0};
        return zp_outbox_send (&self->outbox, origin, NULL,
                               count ? parts : &empty, count ? count : 1);
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
    return zp_outbox_send (&self->outbox, origin, &envelope, parts, count);
}

//  Remember the reply for a repetition, if it is one worth remembering
static void
s_keep (zp_request_t *request, bool sent, zp_status_t status,
        int retry_after_ms, const zp_span_t *parts, size_t count,
        int64_t now_ms)
{
    zp_replies_t *replies = request->server->replies;
    zp_kept_t kept = {.status = status,
                      .retry_after_ms = retry_after_ms,
                      .parts = parts,
                      .count = count};
    if (!replies || !request->enveloped || request->streamed)
        return;
    if (zp_status_retryable (status) || zp_request_cancelled (request) ||
        (request->hand_over && !sent))
        zp_replies_forget (replies, &request->envelope);
    else
        zp_replies_end (replies, &request->envelope, now_ms, &kept);
}

bool
zp_server_answer (zp_request_t *request, zp_kind_t kind, zp_status_t status,
                  int retry_after_ms, const zp_span_t *parts, size_t count)
{
    zp_server_t *self = request->server;
    bool sent = false;
    if (request->drop || zp_request_cancelled (request))
        zp_server_tap (request, ZP_TAP_MUTED, kind, status);
    else
        sent = zp_server_send (request, kind, status, retry_after_ms, parts,
                               count);
    if (kind == ZP_PARTIAL) {
        //  Whoever asks again needs all pieces, and not the rest of these
        if (!request->streamed && self->replies && request->enveloped)
            zp_replies_forget (self->replies, &request->envelope);
        request->streamed = true;
        return sent;
    }
    if (request->hand_over)
        sent = request->drop ||
               (sent && !zp_outbox_lost (&self->outbox, request->origin));
    int64_t now_us = zclock_usecs ();
    s_keep (request, sent, status, retry_after_ms, parts, count, now_us / 1000);
    zp_histogram_record (self->latencies,
                         (uint64_t) (now_us - request->taken_us));
    if (status != ZP_OK) {
        self->stats.failures++;
        request->method->failures++;
    }
    self->now_us = now_us;
    zp_server_free (request);
    return sent;
}

void
zp_server_drop (zp_request_t *request, zp_status_t why)
{
    zp_server_tap (request, ZP_TAP_DROPPED, ZP_REQUEST, why);
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
    bool cancelled = zp_request_cancelled (request);
    if (cancelled)
        stats->cancelled++;
    else if (request->expires_ms && now_ms >= request->expires_ms)
        stats->expired++;
    else
        return false;
    zp_server_drop (request, cancelled ? ZP_CANCELLED : ZP_DEADLINE_EXCEEDED);
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
    zp_server_move (request, NULL);
    self->current = request;
    request->method->fn (request, request->method->arg);
    if (!self->current)
        return;

    //  The handler keeps it, to answer later
    self->current = NULL;
    self->now_us = zclock_usecs ();
    zp_server_move (request, &self->running);
    zp_server_index (request);
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
    if (self->turn_fn)
        self->turn_fn (self->turn_arg);
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
    bool worker = request->method->worker;
    if (!worker && self->in_turn && TAILQ_EMPTY (&self->queue) &&
        self->now_us < self->turn_end_us) {
        s_run (request);  // It need not wait for the turn's end
        return;
    }
    zp_server_move (request, worker ? &self->waiting : &self->queue);
    zp_server_index (request);
    s_want_turn (self);
}
