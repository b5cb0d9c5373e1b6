//  SPDX-License-Identifier: MIT
//
//  From events to messages and notes, and in which rows these stand

#define _GNU_SOURCE

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace_story_private.h"

static int64_t
s_us (const trace_maker_t *self, const trace_event_t *event)
{
    return event ? event->at_us - self->begin_us : TRACE_UNKNOWN;
}

static size_t
s_place (const trace_event_t *event)
{
    return event ? event->place : SIZE_MAX;
}

//  Add a message that left and came at these events, of which one may be NULL
static trace_message_t *
s_add_message (trace_maker_t *self, trace_try_t *try, trace_kind_t kind,
               const trace_event_t *sent, const trace_event_t *came)
{
    trace_story_t *story = self->story;
    story->messages = realloc (story->messages, (story->message_count + 1) *
                                                    sizeof *story->messages);
    assert (story->messages);
    trace_message_t *message = &story->messages[story->message_count++];
    size_t caller = trace_lane_caller (self, try),
           server = trace_lane_server (self, try);
    bool request = kind == TRACE_REQUEST;
    *message = (trace_message_t){.kind = kind,
                                 .fate = came ? TRACE_CAME : TRACE_OPEN,
                                 .from = request ? caller : server,
                                 .to = request ? server : caller,
                                 .method = try->first->method,
                                 .status = "",
                                 .attempt = try->first->attempt,
                                 .exchange = try->first->try_number,
                                 .pieces = 1,
                                 .sent_us = s_us (self, sent),
                                 .came_us = s_us (self, came),
                                 .took_us = TRACE_UNKNOWN,
                                 .sent_row = s_place (sent ? sent : came),
                                 .came_row = s_place (came ? came : sent)};
    return message;
}

//  What the caller says about the end of a call, whichever attempt it was
static const trace_event_t *
s_ended (const trace_maker_t *self, const trace_try_t *try)
{
    for (size_t i = 0; i < self->events.try_count; i++) {
        const trace_event_t *ended = self->events.tries[i].ended;
        if (ended && trace_events_same_call (ended, try->first))
            return ended;
    }
    return NULL;
}

static bool
s_has_status (const trace_event_t *event, const char *status)
{
    return event && strcmp (event->status, status) == 0;
}

static bool
s_failed (const trace_event_t *event)
{
    return event && *event->status && !s_has_status (event, "OK");
}

static void
s_add_request (trace_maker_t *self, trace_try_t *try)
{
    const trace_event_t *came = try->took ? try->took : try->dropped;
    trace_message_t *message =
        s_add_message (self, try, TRACE_REQUEST, try->sent, came);
    if (try->dropped && s_has_status (try->dropped, "UNKNOWN")) {
        message->fate = TRACE_LOST;  // A fault says so
        message->came_us = TRACE_UNKNOWN;
    }
    if (came)
        return;
    //  The server may have died before it could tell, or never have got it
    if (trace_served (try) || try->heard || try->heard_from)
        message->fate = TRACE_CAME;
    else if (try->gone ? !s_has_status (try->gone, "CANCELLED")
                       : s_failed (s_ended (self, try)))
        message->fate = TRACE_LOST;
}

//  What became of a reply that its caller does not say to have heard. One that
//  never says anything, such as a browser, will have got it.
static trace_fate_t
s_unheard (const trace_maker_t *self, const trace_try_t *try,
           const trace_event_t *sent)
{
    const trace_event_t *ended = s_ended (self, try);
    const trace_event_t *over = try->gone ? try->gone : ended;
    if (!over)
        return try->sent ? TRACE_OPEN : TRACE_CAME;
    if (over->place < s_place (sent) || s_has_status (over, "CANCELLED"))
        return TRACE_LATE;
    return try->gone || s_failed (ended) ? TRACE_LOST : TRACE_LATE;
}

//  True if there was no reply since nobody waited for it
static bool
s_is_vain (const trace_maker_t *self, const trace_try_t *try)
{
    return try->muted && !try->replied && !try->heard &&
           s_unheard (self, try, try->muted) == TRACE_LATE;
}

//  How long the caller, or else the server, saw it last
static int64_t
s_took (const trace_try_t *try)
{
    const trace_event_t *end = try->replied ? try->replied : try->muted;
    const trace_event_t *from = try->took, *to = end;
    if (try->sent && try->heard) {
        from = try->sent;
        to = try->heard;
    }
    return from && to && from->at_us <= to->at_us ? to->at_us - from->at_us
                                                  : TRACE_UNKNOWN;
}

static void
s_add_pieces (trace_maker_t *self, trace_try_t *try)
{
    trace_message_t *message =
        s_add_message (self, try, TRACE_PIECE, try->piece_from, try->heard_to);
    if (!try->heard_to)
        message->fate = s_unheard (self, try, try->piece_from);
    message->status = "OK";
    message->pieces = try->pieces_sent ? try->pieces_sent : try->pieces_heard;
}

static void
s_add_reply (trace_maker_t *self, trace_try_t *try)
{
    const trace_event_t *sent = try->replied ? try->replied : try->muted;
    trace_message_t *message =
        s_add_message (self, try, TRACE_REPLY, sent, try->heard);
    const trace_event_t *said = try->heard ? try->heard : sent;
    assert (said);
    message->status = *said->status ? said->status : "OK";
    message->took_us = s_took (try);
    if (try->heard && try->heard->late)
        message->fate = TRACE_LATE;
    else if (!try->heard)
        message->fate = s_unheard (self, try, sent);
    if (try->muted && !try->heard)
        message->fate = TRACE_LOST;
}

//  Add a note about an event, in the lane of who says it
static void
s_add_note (trace_maker_t *self, const trace_event_t *event, const char *format,
            ...) __attribute__ ((format (printf, 3, 4)));

static void
s_add_note (trace_maker_t *self, const trace_event_t *event, const char *format,
            ...)
{
    trace_story_t *story = self->story;
    char *text;
    va_list arguments;
    va_start (arguments, format);
    if (vasprintf (&text, format, arguments) < 0)
        abort ();
    va_end (arguments);
    story->notes =
        realloc (story->notes, (story->note_count + 1) * sizeof *story->notes);
    assert (story->notes);
    story->notes[story->note_count++] =
        (trace_note_t){.lane = trace_lane_of (self, event->service),
                       .text = text,
                       .at_us = s_us (self, event),
                       .row = event->place};
}

//  What a status means there, or the last text
typedef struct meaning {
    const char *status;  // NULL: any other
    const char *text;    // In words
} meaning_t;

static const meaning_t s_gone[] = {
    {"DEADLINE_EXCEEDED", "no answer"},
    {"UNAVAILABLE", "the connection broke"},
    {"CANCELLED", "not needed any more"},
    {NULL, "given up"},
};

static const meaning_t s_dropped[] = {
    {"DEADLINE_EXCEEDED", "not run: its time was over"},
    {"CANCELLED", "not run: the caller gave up"},
    {"RESOURCE_EXHAUSTED", "shed: too much to do"},
    {"UNAVAILABLE", "refused: about to end"},
    {NULL, "dropped on purpose: a fault"},
};

static const char *
s_meaning (const meaning_t *meanings, const trace_event_t *event)
{
    while (meanings->status && !s_has_status (event, meanings->status))
        meanings++;
    return meanings->text;
}

//  The end of a call that no reply explains
static void
s_add_end (trace_maker_t *self, const trace_try_t *try)
{
    const trace_event_t *ended = try->ended;
    if (!s_failed (ended))
        return;
    bool sent = false;
    for (size_t i = 0; i < self->events.try_count; i++) {
        const trace_try_t *other = &self->events.tries[i];
        if (!trace_events_same_call (other->first, ended))
            continue;
        if (other->heard && strcmp (other->heard->status, ended->status) == 0)
            return;
        sent = sent || other->sent;
    }
    s_add_note (self, ended, "%s %s: %s", ended->method,
                sent ? "failed" : "was not sent", ended->status);
}

//  Everything that an event, the next in the order, is the first to tell of
static void
s_tell (trace_maker_t *self, const trace_event_t *event, trace_try_t *try)
{
    const trace_event_t *reply = try->replied ? try->replied
                                 : try->muted ? try->muted
                                              : try->heard;
    const trace_event_t *piece =
        try->piece_from ? try->piece_from : try->heard_from;
    const trace_event_t *request = try->sent   ? try->sent
                                   : try->took ? try->took
                                               : try->dropped;
    if (event == request)
        s_add_request (self, try);
    if (event == piece)
        s_add_pieces (self, try);
    if (event == reply && !s_is_vain (self, try))
        s_add_reply (self, try);
    if (event == try->gone)
        s_add_note (self, event, "attempt %d: %s", event->attempt,
                    s_meaning (s_gone, event));
    if (event == try->dropped)
        s_add_note (self, event, "%s", s_meaning (s_dropped, event));
    if (event == try->muted)
        s_add_note (self, event, "%s",
                    s_is_vain (self, try)
                        ? "no reply: nobody waits any more"
                        : "reply dropped on purpose: a fault");
    if (event == try->ended)
        s_add_end (self, try);
}

//  A message that comes with nothing between stays on the row where it was sent
static void
s_merge (const trace_message_t *message, bool *shown, const bool *noted)
{
    size_t next = message->sent_row + 1;
    if (next > message->came_row || noted[message->sent_row])
        return;
    while (next < message->came_row && !shown[next] && !noted[next])
        next++;
    if (next == message->came_row)
        shown[next] = false;
}

//  Give a row to each place with a message, and one below to one with a note
static void
s_number_rows (trace_maker_t *self, const bool *shown, const bool *noted,
               size_t *rows)
{
    trace_story_t *story = self->story;
    size_t count = self->events.used;
    story->row_us = calloc (2 * count + 1, sizeof *story->row_us);
    assert (story->row_us);
    for (size_t i = 0; i < count; i++) {
        int64_t at_us = s_us (self, self->events.order[i]);
        if (shown[i])
            story->row_us[story->rows++] = at_us;
        rows[i] = story->rows ? story->rows - 1 : 0;
        if (noted[i])
            story->row_us[story->rows++] = at_us;
        rows[count + i] = story->rows ? story->rows - 1 : 0;
    }
}

//  Up to here a row was a place in the order of all events. Those where nothing
//  is to be seen fall away.
static void
s_make_rows (trace_maker_t *self)
{
    trace_story_t *story = self->story;
    size_t count = self->events.used;
    bool *shown = calloc (2 * count + 1, sizeof *shown);
    size_t *rows = calloc (2 * count + 1, sizeof *rows);
    assert (shown && rows);
    bool *noted = shown + count;
    for (size_t i = 0; i < story->note_count; i++)
        noted[story->notes[i].row] = true;
    for (size_t i = 0; i < story->message_count; i++) {
        shown[story->messages[i].sent_row] = true;
        shown[story->messages[i].came_row] = true;
    }
    for (size_t i = 0; i < story->message_count; i++)
        s_merge (&story->messages[i], shown, noted);
    s_number_rows (self, shown, noted, rows);
    for (size_t i = 0; i < story->note_count; i++)
        story->notes[i].row = rows[count + story->notes[i].row];
    for (size_t i = 0; i < story->message_count; i++) {
        story->messages[i].sent_row = rows[story->messages[i].sent_row];
        story->messages[i].came_row = rows[story->messages[i].came_row];
    }
    free (shown);
    free (rows);
}

void
trace_maker_tell (trace_maker_t *self)
{
    trace_events_t *events = &self->events;
    for (size_t i = 0; i < events->used; i++)
        if (i == 0 || events->order[i]->at_us < self->begin_us)
            self->begin_us = events->order[i]->at_us;
    for (size_t i = 0; i < events->used; i++) {
        const trace_event_t *event = events->order[i];
        if (s_us (self, event) > self->story->end_us)
            self->story->end_us = s_us (self, event);
        if (event->what == TRACE_BREAKER)
            s_add_note (self, event, "breaker of %s: %s",
                        trace_lane_name (self, event->endpoint), event->state);
        else
            s_tell (self, event, &events->tries[event->try_number]);
    }
    s_make_rows (self);
}
