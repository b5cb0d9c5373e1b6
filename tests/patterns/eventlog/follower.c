//  SPDX-License-Identifier: MIT

#include "follower.h"

follower_t *
follower_new (fixture_t *fixture)
{
    static uint64_t clients = 0;
    follower_t *self = zmalloc (sizeof *self);
    self->fixture = fixture;
    self->client = ++clients;
    self->peer = peer_new_caller (fixture->loop, fixture->endpoint);
    return self;
}

void
follower_call (follower_t *self, int budget_ms, const char *method, ...)
{
    zp_span_t parts[ZP_ENVELOPE_PARTS_MAX] = {{method, strlen (method)}};
    size_t count = 1;
    va_list list;
    va_start (list, method);
    const char *arg;
    while ((arg = va_arg (list, const char *)) != NULL)
        parts[count++] = (zp_span_t){arg, strlen (arg)};
    va_end (list);
    zp_envelope_t envelope = peer_envelope (++self->serial);
    envelope.client = self->client;
    envelope.time_ms = (uint32_t) budget_ms;
    peer_send_open (self->peer, NULL, &envelope, parts, count);
}

void
follower_destroy (follower_t **self_p)
{
    peer_destroy (&(*self_p)->peer);
    free (*self_p);
    *self_p = NULL;
}

void
follower_cancel (follower_t *self)
{
    zp_envelope_t envelope = peer_envelope (self->serial);
    envelope.kind = ZP_CANCEL;
    envelope.client = self->client;
    peer_send_open (self->peer, NULL, &envelope, NULL, 0);
}

static char *
s_room (void)
{
    static char texts[4][1024];
    static int next = 0;
    return texts[next++ % 4];
}

//  The next letter that is a sign of life, or one with events, or an end
typedef enum what { BEAT, EVENTS, END } what_t;

static const letter_t *
s_next (follower_t *self, what_t what, size_t *at)
{
    while (*at < peer_count (self->peer)) {
        const letter_t *letter = peer_letter (self->peer, (*at)++);
        assert_true (letter->enveloped);
        what_t is = letter->envelope.kind == ZP_REPLY ? END
                    : letter->count == 1              ? BEAT
                                                      : EVENTS;
        if (is == what)
            return letter;
    }
    return NULL;
}

static size_t
s_count (follower_t *self, what_t what)
{
    size_t count = 0;
    size_t at = 0;
    while (s_next (self, what, &at))
        count++;
    return count;
}

size_t
follower_beats (follower_t *self)
{
    return s_count (self, BEAT);
}

size_t
follower_ends (follower_t *self)
{
    return s_count (self, END);
}

size_t
follower_count (follower_t *self)
{
    size_t count = 0;
    size_t at = 0;
    const letter_t *letter;
    while ((letter = s_next (self, EVENTS, &at)) != NULL) {
        assert_true (letter->count > 0 && letter->count % 2 == 0);
        count += letter->count / 2;
    }
    return count;
}

const char *
follower_state (follower_t *self)
{
    const letter_t *last = NULL, *letter;
    size_t at = 0;
    while ((letter = s_next (self, BEAT, &at)) != NULL)
        last = letter;
    assert_non_null (last);
    char *text = s_room ();
    snprintf (text, 1024, "%.*s", (int) last->part[0].size,
              (const char *) last->part[0].data);
    return text;
}

const char *
follower_stream (follower_t *self)
{
    char *text = (char *) follower_state (self);
    text[strcspn (text, " ")] = 0;
    return text;
}

const char *
follower_event (follower_t *self, size_t number)
{
    size_t at = 0;
    const letter_t *letter = s_next (self, EVENTS, &at);
    for (; letter && number >= letter->count / 2;
         letter = s_next (self, EVENTS, &at))
        number -= letter->count / 2;
    assert_non_null (letter);
    zp_eventlog_event_t event = {.body = letter->part[2 * number + 1]};
    assert_true (zp_eventlog_event_read (&event, letter->part[2 * number]));
    char *text = s_room ();
    snprintf (text, 1024, "%d %d%s%.*s=%.*s", (int) event.offset,
              (int) event.delivery, event.id.size ? " " : "",
              (int) event.id.size, (const char *) event.id.data,
              (int) event.body.size, (const char *) event.body.data);
    return text;
}

const char *
follower_end (follower_t *self, size_t number)
{
    size_t at = 0;
    const letter_t *letter;
    do
        letter = s_next (self, END, &at);
    while (letter && number--);
    assert_non_null (letter);
    char *text = s_room ();
    const zp_span_t *part = letter->part;
    snprintf (text, 1024, "%s%s%.*s",
              zp_status_name ((zp_status_t) letter->envelope.status),
              letter->count ? ": " : "", letter->count ? (int) part->size : 0,
              letter->count ? (const char *) part->data : "");
    return text;
}
