//  SPDX-License-Identifier: MIT

#include "trace_story.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace_story_private.h"

trace_story_t *
trace_story_new (const char *trace, json_t *services)
{
    trace_story_t *self = calloc (1, sizeof *self);
    assert (self);
    snprintf (self->trace, sizeof self->trace, "%s", trace);
    self->services = services;
    trace_maker_t maker = {.story = self};
    trace_events_read (&maker.events, trace, services);
    trace_maker_tell (&maker);
    trace_events_clear (&maker.events);
    return self;
}

void
trace_story_destroy (trace_story_t **self_p)
{
    assert (self_p);
    trace_story_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->note_count; i++)
        free (self->notes[i].text);
    free (self->notes);
    free (self->messages);
    free (self->lanes);
    free (self->row_us);
    json_decref (self->services);
    free (self);
    *self_p = NULL;
}

const char *
trace_story_what (const trace_story_t *self)
{
    return self->message_count ? self->messages[0].method : "";
}

const char *
trace_story_status (const trace_story_t *self)
{
    for (size_t i = 0; i < self->message_count; i++) {
        const trace_message_t *first = &self->messages[0];
        const trace_message_t *message = &self->messages[i];
        if (message->kind == TRACE_REPLY && message->to == first->from &&
            message->fate <= TRACE_OPEN &&
            strcmp (message->method, first->method) == 0)
            return message->status;
    }
    return "";
}

size_t
trace_story_retries (const trace_story_t *self)
{
    size_t count = 0;
    for (size_t i = 0; i < self->message_count; i++)
        count += self->messages[i].kind == TRACE_REQUEST &&
                 self->messages[i].attempt > 1;
    return count;
}

size_t
trace_story_lost (const trace_story_t *self)
{
    size_t count = 0;
    for (size_t i = 0; i < self->message_count; i++)
        count += self->messages[i].fate == TRACE_LOST;
    return count;
}

void
trace_story_each (const trace_story_t *self, trace_each_fn *fn, void *arg)
{
    size_t note = 0;
    for (size_t i = 0; i < self->message_count; i++) {
        while (note < self->note_count &&
               self->notes[note].row < self->messages[i].sent_row)
            fn (arg, NULL, &self->notes[note++]);
        fn (arg, &self->messages[i], NULL);
    }
    while (note < self->note_count)
        fn (arg, NULL, &self->notes[note++]);
}

static json_t *
s_time (int64_t us)
{
    return us == TRACE_UNKNOWN ? json_null () : json_integer (us);
}

static json_t *
s_message (const trace_story_t *self, const trace_message_t *message)
{
    static const char *const kinds[] = {[TRACE_REQUEST] = "request",
                                        [TRACE_REPLY] = "reply",
                                        [TRACE_PIECE] = "piece"};
    bool late = message->fate == TRACE_LATE;
    return json_pack (
        "{s:s, s:s, s:s, s:s, s:o, s:o, s:b, s:b, s:s, s:i, s:I}", "from",
        self->lanes[message->from], "to", self->lanes[message->to], "text",
        message->method, "kind", kinds[message->kind], "sent_us",
        s_time (message->sent_us), "came_us", s_time (message->came_us), "lost",
        late || message->fate == TRACE_LOST, "late", late, "status",
        message->status, "attempt", message->attempt, "pieces",
        (json_int_t) message->pieces);
}

json_t *
trace_story_json (const trace_story_t *self)
{
    json_t *lanes = json_array (), *messages = json_array ();
    json_t *notes = json_array ();
    for (size_t i = 0; i < self->lane_count; i++)
        json_array_append_new (lanes, json_string (self->lanes[i]));
    for (size_t i = 0; i < self->message_count; i++)
        json_array_append_new (messages, s_message (self, &self->messages[i]));
    for (size_t i = 0; i < self->note_count; i++) {
        const trace_note_t *note = &self->notes[i];
        json_array_append_new (notes, json_pack ("{s:s, s:s, s:I}", "lane",
                                                 self->lanes[note->lane],
                                                 "text", note->text, "at_us",
                                                 (json_int_t) note->at_us));
    }
    return json_pack ("{s:s, s:s, s:s, s:o, s:o, s:o}", "trace", self->trace,
                      "what", trace_story_what (self), "status",
                      trace_story_status (self), "lanes", lanes, "messages",
                      messages, "notes", notes);
}
