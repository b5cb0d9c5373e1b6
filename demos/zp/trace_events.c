//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "member.h"
#include "trace_events.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

//  As zp.events calls them
static const char *const s_whats[TRACE_WHATS] = {
    [TRACE_SENT] = "sent",       [TRACE_GONE] = "lost",
    [TRACE_HEARD] = "heard",     [TRACE_ENDED] = "ended",
    [TRACE_BREAKER] = "breaker", [TRACE_TOOK] = "took",
    [TRACE_DROPPED] = "dropped", [TRACE_REPLIED] = "replied",
    [TRACE_MUTED] = "muted",
};

//  Half of an id: in hex, or as a number
static uint64_t
s_id (const json_t *event, const char *key)
{
    const json_t *id = json_object_get (event, key);
    return json_is_string (id) ? strtoull (json_string_value (id), NULL, 16)
                               : (uint64_t) json_integer_value (id);
}

//  False if it is none of that trace
static bool
s_read_event (trace_event_t *self, const json_t *event, const char *trace)
{
    const char *word = member_text (event, "what");
    trace_what_t what = TRACE_SENT;
    while (what < TRACE_WHATS && strcmp (s_whats[what], word) != 0)
        what++;
    if (what == TRACE_WHATS ||
        strcasecmp (member_text (event, "trace"), trace) != 0)
        return false;
    json_int_t attempt =
        json_integer_value (json_object_get (event, "attempt"));
    self->what = what;
    self->client = s_id (event, "client");
    self->serial = s_id (event, "serial");
    self->span = member_text (event, "span");
    self->method = member_text (event, "method");
    self->endpoint = member_text (event, "endpoint");
    self->status = member_text (event, "status");
    self->state = member_text (event, "breaker");
    self->late = json_is_true (json_object_get (event, "late"));
    self->attempt = attempt > 0 && attempt < 256 ? (int) attempt : 1;
    self->more = json_is_true (json_object_get (event, "more"));
    json_int_t at_us = json_integer_value (json_object_get (event, "at_us"));
    //  Differences must not overflow
    self->at_us = at_us > 0 ? at_us : 0;
    return true;
}

bool
trace_events_same_call (const trace_event_t *one, const trace_event_t *other)
{
    //  A gateway counts its own: there is no client that made up a number
    bool http = one->client == 0 && one->service != other->service;
    return !http && one->client == other->client &&
           one->serial == other->serial &&
           strcasecmp (one->span, other->span) == 0;
}

//  The attempt that an event is about
static trace_try_t *
s_try (trace_events_t *self, trace_event_t *event)
{
    //  What is read now is mostly about one of the last
    for (size_t i = self->try_count; i > 0; i--) {
        trace_event_t *first = self->tries[i - 1].first;
        assert (first);
        if (first->attempt == event->attempt &&
            trace_events_same_call (first, event))
            return &self->tries[i - 1];
    }
    trace_try_t *try = &self->tries[self->try_count++];
    *try = (trace_try_t){.first = event, .caller = SIZE_MAX};
    return try;
}

//  Of what can only happen once the first is taken
static void
s_keep (trace_event_t **place, trace_event_t *event)
{
    if (!*place)
        *place = event;
}

static void
s_keep_piece (trace_event_t **from, trace_event_t **to, size_t *count,
              trace_event_t *event)
{
    s_keep (from, event);
    *to = event;
    ++*count;
}

static void
s_sort (trace_events_t *self, trace_event_t *event)
{
    if (event->what == TRACE_BREAKER)
        return;
    trace_try_t *try = s_try (self, event);
    event->try_number = (size_t) (try - self->tries);
    if (event->more && event->what == TRACE_REPLIED)
        s_keep_piece (&try->piece_from, &try->piece_to, &try->pieces_sent,
                      event);
    else if (event->more && event->what == TRACE_HEARD)
        s_keep_piece (&try->heard_from, &try->heard_to, &try->pieces_heard,
                      event);
    else
        s_keep (event->what == TRACE_SENT      ? &try->sent
                : event->what == TRACE_GONE    ? &try->gone
                : event->what == TRACE_HEARD   ? &try->heard
                : event->what == TRACE_ENDED   ? &try->ended
                : event->what == TRACE_TOOK    ? &try->took
                : event->what == TRACE_DROPPED ? &try->dropped
                : event->what == TRACE_REPLIED ? &try->replied
                                               : &try->muted,
                event);
}

static void
s_link (trace_event_t *cause, trace_event_t *effect)
{
    if (cause && effect)
        effect->cause = cause;
}

//  Who has to be before whom, and who is in the story at all
static void
s_link_try (trace_try_t *try)
{
    s_link (try->sent, try->took ? try->took : try->dropped);
    s_link (try->piece_from, try->heard_from);
    if (try->heard_to != try->heard_from)
        s_link (try->piece_to, try->heard_to);
    s_link (try->replied, try->heard);
    trace_event_t *all[] = {try->sent,     try->gone,       try->heard,
                            try->ended,    try->took,       try->dropped,
                            try->replied,  try->muted,      try->piece_from,
                            try->piece_to, try->heard_from, try->heard_to};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i])
            all[i]->used = true;
}

//  The next event of each service stands at its front. Of these the earliest
//  whose cause is over is next; if there is none, which can't be, any earliest.
static trace_event_t *
s_next (trace_events_t *self, const size_t *fronts, size_t services)
{
    trace_event_t *best = NULL;
    bool best_free = false;
    for (size_t i = 0; i < services; i++) {
        trace_event_t *event = &self->all[fronts[i]];
        if (fronts[i] == self->count || event->service != i)
            continue;
        bool is_free = !event->cause || event->cause->place < self->used;
        if (!best || is_free > best_free ||
            (is_free == best_free && event->at_us < best->at_us)) {
            best = event;
            best_free = is_free;
        }
    }
    return best;
}

//  Find the order: that of each service, and no effect before its cause
static void
s_order (trace_events_t *self, size_t services)
{
    size_t *fronts = calloc (services + 1, sizeof *fronts);
    self->order = calloc (self->count + 1, sizeof *self->order);
    assert (fronts && self->order);
    size_t at = 0;
    for (size_t i = 0; i < services; i++) {
        fronts[i] = at;
        while (at < self->count && self->all[at].service == i)
            at++;
    }
    trace_event_t *next;
    while ((next = s_next (self, fronts, services))) {
        fronts[next->service]++;
        if (!next->used)
            continue;
        next->place = self->used;
        self->order[self->used++] = next;
    }
    free (fronts);
}

void
trace_events_read (trace_events_t *self, const char *trace, json_t *services)
{
    size_t room = 0, number, place;
    json_t *service, *event;
    json_array_foreach (services, number, service) room +=
        json_array_size (json_object_get (service, "events"));
    *self = (trace_events_t){0};
    self->all = calloc (room + 1, sizeof *self->all);
    self->tries = calloc (room + 1, sizeof *self->tries);
    assert (self->all && self->tries);
    json_array_foreach (services, number, service)
        json_array_foreach (json_object_get (service, "events"), place, event)
    {
        trace_event_t *at = &self->all[self->count];
        if (s_read_event (at, event, trace)) {
            at->service = number;
            at->place = SIZE_MAX;
            at->used = at->what == TRACE_BREAKER;
            s_sort (self, at);
            self->count++;
        }
    }
    for (size_t i = 0; i < self->try_count; i++)
        s_link_try (&self->tries[i]);
    s_order (self, json_array_size (services));
}

void
trace_events_clear (trace_events_t *self)
{
    free (self->all);
    free (self->tries);
    free (self->order);
    *self = (trace_events_t){0};
}
