//  SPDX-License-Identifier: MIT
//
//  Gets that may send something take turns, a chunk each. A chunk leaves at
//  once, so that one is on its way while the next is read; and after some of
//  them the loop has its turn, for what others ask.
//
//  That a receiver is gone, ZeroMQ says when it does not take a piece; so each
//  get sends something now and then.

#include "zp_sender_private.h"

#define PUMP_CHUNKS 8     // Sent before others have a turn
#define BEAT_MS     1000  // Between two signs of life

void
zp_sender_wake (zp_sender_get_t *get)
{
    zp_sender_t *self = get->sender;
    if (get->ready)
        return;
    get->ready = true;
    TAILQ_INSERT_TAIL (&self->ready, get, turn);
    if (!zp_timer_pending (&self->pump_timer))
        zp_timers_set (self->timers, &self->pump_timer, 0);
}

static void
s_sleep (zp_sender_get_t *get)
{
    if (get->ready)
        TAILQ_REMOVE (&get->sender->ready, get, turn);
    get->ready = false;
}

void
zp_sender_forget (zp_sender_get_t *get)
{
    zp_sender_t *self = get->sender;
    s_sleep (get);
    self->gets[get->id % (uint64_t) self->options.max_gets] = NULL;
    self->stats.now--;
    self->options.source.close (get->object);
    zp_digest_destroy (&get->digest);
    free (get);
}

//  The receiver is gone, or wants no more
static void
s_lose (zp_sender_get_t *get)
{
    get->sender->stats.gone++;
    zp_request_fail (&get->request, ZP_CANCELLED, "as you like");
    zp_sender_forget (get);
}

static void
s_abort (zp_sender_get_t *get)
{
    get->sender->stats.aborted++;
    zp_request_fail (&get->request, ZP_ABORTED,
                     "it changed while it was sent, or can't be read");
    zp_sender_forget (get);
}

//  Send a piece, and let the receiver go if it does not take it
static bool
s_send (zp_sender_get_t *get, const zp_span_t *parts, size_t count)
{
    get->silent = false;
    if (zp_request_partial_parts (get->request, parts, count) == ZP_OK)
        return true;
    s_lose (get);
    return false;
}

static void
s_send_chunk (zp_sender_get_t *get, size_t size)
{
    zp_sender_t *self = get->sender;
    zp_chunk_t chunk = {.offset = get->flow.at,
                        .window = get->flow.window,
                        .data = {self->buffer, size}};
    if (!self->options.source.read (get->object, chunk.offset, self->buffer,
                                    size)) {
        s_abort (get);
        return;
    }
    char head[ZP_CHUNK_HEAD];
    zp_span_t parts[] = {{head, zp_chunk_write (&chunk, head)}, chunk.data};
    if (get->digest)
        zp_digest_pass (get->digest, chunk.offset, chunk.data);
    if (!s_send (get, parts, 2))
        return;
    zp_server_flush (self->server);
    self->stats.bytes += size;
    zp_flow_sent (&get->flow, size);
}

//  All was sent: end the get, after its hash is known
static void
s_finish (zp_sender_get_t *get)
{
    zp_sender_t *self = get->sender;
    uint64_t at = get->digest ? zp_digest_at (get->digest) : get->size;
    if (at < get->size) {
        uint64_t left = get->size - at;
        size_t size = self->options.chunk_bytes;
        if (size > left)
            size = (size_t) left;
        if (self->options.source.read (get->object, at, self->buffer, size))
            zp_digest_pass (get->digest, at, (zp_span_t){self->buffer, size});
        else
            s_abort (get);
        return;
    }
    char hash[ZP_TRANSFER_HASH + 1] = "";
    if (get->digest)
        zp_digest_end (get->digest, hash);
    self->stats.done++;
    zp_request_reply (&get->request, hash, strlen (hash));
    zp_sender_forget (get);
}

//  Let a get go on, by one chunk; it goes behind the others then, or waits for
//  its receiver
static void
s_go_on (zp_sender_get_t *get)
{
    zp_sender_t *self = get->sender;
    if (zp_request_cancelled (get->request)) {
        s_lose (get);
        return;
    }
    uint64_t share = zp_flow_share (self->options.max_bytes, self->stats.now);
    size_t size = zp_flow_next (&get->flow, share);
    bool sent = get->flow.at == get->flow.end;
    s_sleep (get);
    if (!size && !sent)
        return;
    zp_sender_wake (get);
    if (size)
        s_send_chunk (get, size);
    else
        s_finish (get);
}

int
zp_sender_pump (zp_timer_t *timer, void *arg)
{
    zp_sender_t *self = arg;
    zp_sender_get_t *get;
    for (int i = 0; i < PUMP_CHUNKS; i++)
        if ((get = TAILQ_FIRST (&self->ready)) != NULL)
            s_go_on (get);
    if (!TAILQ_EMPTY (&self->ready))
        zp_timers_set (self->timers, timer, 0);
    return 0;
}

int
zp_sender_beat (zp_timer_t *timer, void *arg)
{
    static const zp_span_t nothing = {"", 0};
    zp_sender_t *self = arg;
    for (int i = 0; i < self->options.max_gets; i++) {
        zp_sender_get_t *get = self->gets[i];
        if (!get)
            continue;
        bool silent = get->silent;
        get->silent = true;
        if (zp_request_cancelled (get->request) ||
            zp_request_budget (get->request) == 0)
            s_lose (get);
        else if (silent && s_send (get, &nothing, 1))
            get->silent = true;
    }
    if (self->stats.now)
        zp_timers_set (self->timers, timer, zclock_mono () + BEAT_MS);
    return 0;
}
