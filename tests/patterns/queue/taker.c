//  SPDX-License-Identifier: MIT

#include "taker.h"

static void
s_call (taker_t *self, int budget_ms, const zp_span_t *parts, size_t count)
{
    zp_envelope_t envelope = peer_envelope (++self->serial);
    envelope.client = self->client;
    envelope.time_ms = (uint32_t) budget_ms;
    peer_send_open (self->peer, NULL, &envelope, parts, count);
}

void
taker_call (taker_t *self, int budget_ms, const char *method, ...)
{
    zp_span_t parts[ZP_ENVELOPE_PARTS_MAX] = {{method, strlen (method)}};
    size_t count = 1;
    va_list list;
    va_start (list, method);
    const char *arg;
    while ((arg = va_arg (list, const char *)) != NULL)
        parts[count++] = (zp_span_t){arg, strlen (arg)};
    va_end (list);
    s_call (self, budget_ms, parts, count);
}

void
taker_reserve (taker_t *self, const char *queue, const char *options,
               int budget_ms)
{
    taker_call (self, budget_ms, "queue.reserve", queue, options, NULL);
}

taker_t *
taker_new (fixture_t *fixture, const char *queue, const char *options,
           int budget_ms)
{
    static uint64_t clients = 0;
    taker_t *self = zmalloc (sizeof *self);
    self->fixture = fixture;
    self->client = ++clients;
    self->peer = peer_new_caller (fixture->loop, fixture->endpoint);
    taker_reserve (self, queue, options, budget_ms);
    return self;
}

void
taker_destroy (taker_t **self_p)
{
    peer_destroy (&(*self_p)->peer);
    free (*self_p);
    *self_p = NULL;
}

void
taker_cancel (taker_t *self)
{
    zp_envelope_t envelope = peer_envelope (self->serial);
    envelope.kind = ZP_CANCEL;
    envelope.client = self->client;
    peer_send_open (self->peer, NULL, &envelope, NULL, 0);
}

//  The letter with that number of those of one kind; NULL: there are not so
//  many, and *count is how many there are
static const letter_t *
s_letter (taker_t *self, zp_kind_t kind, size_t parts, size_t number,
          size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < peer_count (self->peer); i++) {
        const letter_t *letter = peer_letter (self->peer, i);
        assert_true (letter->enveloped);
        if (letter->envelope.kind != kind ||
            (kind == ZP_PARTIAL && letter->count != parts))
            continue;
        if ((*count)++ == number)
            return letter;
    }
    return NULL;
}

size_t
taker_count (taker_t *self)
{
    size_t count;
    s_letter (self, ZP_PARTIAL, 2, SIZE_MAX, &count);
    return count;
}

size_t
taker_beats (taker_t *self)
{
    size_t count;
    s_letter (self, ZP_PARTIAL, 0, SIZE_MAX, &count);
    return count;
}

size_t
taker_ends (taker_t *self)
{
    size_t count;
    s_letter (self, ZP_REPLY, 0, SIZE_MAX, &count);
    return count;
}

const letter_t *
taker_message (taker_t *self, size_t number)
{
    size_t count;
    const letter_t *letter = s_letter (self, ZP_PARTIAL, 2, number, &count);
    assert_non_null (letter);
    return letter;
}

const letter_t *
taker_end (taker_t *self, size_t number)
{
    size_t count;
    const letter_t *letter = s_letter (self, ZP_REPLY, 0, number, &count);
    assert_non_null (letter);
    return letter;
}

const char *
taker_text (const letter_t *letter, size_t part)
{
    static char texts[4][1024];
    static int next = 0;
    char *text = texts[next++ % 4];
    snprintf (text, sizeof *texts, "%.*s", (int) letter->part[part].size,
              (const char *) letter->part[part].data);
    return text;
}
