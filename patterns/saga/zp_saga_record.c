//  SPDX-License-Identifier: MIT

#include "zp_saga_record.h"

#include "zp_saga_def_private.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char *const s_events[ZP_SAGA_EVENTS] = {
    [ZP_SAGA_BEGIN] = "begin",          [ZP_SAGA_STEP_DONE] = "done",
    [ZP_SAGA_STEP_REFUSED] = "refused", [ZP_SAGA_STEP_EXHAUSTED] = "exhausted",
    [ZP_SAGA_UNDONE] = "undone",        [ZP_SAGA_UNDO_FAILED] = "undo-failed",
    [ZP_SAGA_DEADLINE] = "deadline",    [ZP_SAGA_SIGNALLED] = "signal",
    [ZP_SAGA_RETRIED] = "retry",        [ZP_SAGA_SKIPPED] = "skip",
    [ZP_SAGA_ABORTED] = "abort",        [ZP_SAGA_CLOSED] = "complete",
};

static const char *const s_states[ZP_SAGA_STATES] = {
    [ZP_SAGA_RUNNING] = "RUNNING",     [ZP_SAGA_COMPENSATING] = "COMPENSATING",
    [ZP_SAGA_COMPLETED] = "COMPLETED", [ZP_SAGA_COMPENSATED] = "COMPENSATED",
    [ZP_SAGA_PARKED] = "PARKED",
};

const char *
zp_saga_state_name (zp_saga_state_t state)
{
    return s_states[state];
}

void
zp_saga_record_text (char *room, size_t size, zp_span_t text)
{
    const char *from = text.data;
    size_t count = text.size < size ? text.size : size - 1;
    for (size_t i = 0; i < count; i++)
        room[i] = from[i];
    room[count] = 0;
    for (; *room; room++)
        if (*room < ' ' || *room > '~')
            *room = '?';
    //  What follows a 0 in the text is cut off with it
}

//  Where a head is written. There is room for all that it can be: each text has
//  its limit, and at most doubles
typedef struct writer {
    char *at;   // Behind what is there
    char *end;  // Of the room
} writer_t;

static void
s_put (writer_t *self, const char *text)
{
    size_t size = strlen (text);
    assert (size < (size_t) (self->end - self->at));
    memcpy (self->at, text, size + 1);
    self->at += size;
}

//  A member with a text; not if that is empty
static void
s_put_text (writer_t *self, const char *name, const char *text)
{
    if (!*text)
        return;
    s_put (self, name);
    for (char both[3]; *text; text++) {
        bool escape = *text == '"' || *text == '\\';
        both[0] = escape ? '\\' : *text;
        both[1] = escape ? *text : 0;
        both[2] = 0;
        s_put (self, both);
    }
    s_put (self, "\"");
}

static void
s_put_steps (writer_t *self, const char *name, const zp_saga_def_t *def,
             zp_saga_steps_t steps)
{
    if (!steps)
        return;
    s_put (self, name);
    for (; steps; steps &= steps - 1) {
        s_put (self, "\"");
        s_put (self, def->steps[zp_saga_steps_first (steps)].id);
        s_put (self, steps & (steps - 1) ? "\"," : "\"]");
    }
}

size_t
zp_saga_record_write (const zp_saga_record_t *self, const zp_saga_def_t *def,
                      zp_saga_state_t before, char head[ZP_SAGA_HEAD_MAX])
{
    writer_t writer = {head, head + ZP_SAGA_HEAD_MAX};
    char number[32];
    s_put_text (&writer, "{\"event\":\"", s_events[self->event]);
    if (self->event == ZP_SAGA_BEGIN) {
        s_put_text (&writer, ",\"saga\":\"", def->name);
        snprintf (number, sizeof number, ",\"version\":%lld",
                  (long long) def->version);
        s_put (&writer, number);
    }
    s_put_text (&writer, ",\"parent\":\"", self->parent);
    if (self->step >= 0)
        s_put_text (&writer, ",\"step\":\"", def->steps[self->step].id);
    s_put_text (&writer, ",\"signal\":\"", self->signal);
    if (self->attempts > 1) {
        snprintf (number, sizeof number, ",\"attempts\":%u", self->attempts);
        s_put (&writer, number);
    }
    s_put_text (&writer, ",\"code\":\"", self->code);
    s_put_text (&writer, ",\"text\":\"", self->text);
    s_put_text (&writer, ",\"who\":\"", self->who);
    s_put_steps (&writer, ",\"start\":[", def, self->start);
    s_put_steps (&writer, ",\"undo\":[", def, self->undo);
    if (self->state != before)
        s_put_text (&writer, ",\"state\":\"", s_states[self->state]);
    s_put (&writer, "}");
    return (size_t) (writer.at - head);
}

//  The number of a name in a table; -1 if it is not there
static int
s_find (const char *const *names, int count, const json_t *name)
{
    const char *text = json_string_value (name);
    for (int i = 0; text && i < count; i++)
        if (strcmp (names[i], text) == 0)
            return i;
    return -1;
}

static int
s_find_step (const zp_saga_def_t *def, const json_t *id)
{
    if (!def || !json_is_string (id))
        return -1;
    return zp_saga_def_find (
        def, (zp_span_t){json_string_value (id), json_string_length (id)});
}

static bool
s_read_steps (zp_saga_steps_t *steps, const zp_saga_def_t *def,
              const json_t *ids)
{
    size_t i;
    json_t *id;
    json_array_foreach (ids, i, id)
    {
        int step = s_find_step (def, id);
        if (step < 0)
            return false;
        *steps |= zp_saga_step_bit ((size_t) step);
    }
    return json_is_array (ids);
}

static bool
s_read_text (char *room, size_t size, const json_t *value)
{
    if (!json_is_string (value))
        return false;
    zp_saga_record_text (
        room, size,
        (zp_span_t){json_string_value (value), json_string_length (value)});
    return true;
}

//  Read one member; false if it is not as it must be
static bool
s_read_member (zp_saga_record_t *self, const zp_saga_def_t *def,
               const char *name, json_t *value)
{
    if (strcmp (name, "event") == 0) {
        int event = s_find (s_events, ZP_SAGA_EVENTS, value);
        self->event = event < 0 ? ZP_SAGA_EVENTS : (zp_saga_event_t) event;
        return event >= 0;
    }
    if (strcmp (name, "state") == 0) {
        int state = s_find (s_states, ZP_SAGA_STATES, value);
        self->state = state < 0 ? self->state : (zp_saga_state_t) state;
        return state >= 0;
    }
    if (strcmp (name, "step") == 0)
        return (self->step = s_find_step (def, value)) >= 0 || !def;
    if (strcmp (name, "start") == 0)
        return s_read_steps (&self->start, def, value);
    if (strcmp (name, "undo") == 0)
        return s_read_steps (&self->undo, def, value);
    if (strcmp (name, "attempts") == 0) {
        self->attempts = (uint32_t) json_integer_value (value);
        return json_is_integer (value);
    }
    if (strcmp (name, "code") == 0)
        return s_read_text (self->code, sizeof self->code, value);
    if (strcmp (name, "text") == 0)
        return s_read_text (self->text, sizeof self->text, value);
    if (strcmp (name, "who") == 0)
        return s_read_text (self->who, sizeof self->who, value);
    if (strcmp (name, "signal") == 0)
        return s_read_text (self->signal, sizeof self->signal, value);
    if (strcmp (name, "parent") == 0)
        return s_read_text (self->parent, sizeof self->parent, value);
    //  Both are in the definition, too
    return strcmp (name, "saga") == 0 || strcmp (name, "version") == 0;
}

bool
zp_saga_record_read (zp_saga_record_t *self, const zp_saga_def_t *def,
                     zp_saga_state_t before, zp_span_t head,
                     const char **wrong_p)
{
    *self = (zp_saga_record_t){
        .event = ZP_SAGA_EVENTS, .step = -1, .state = before};
    *wrong_p = "its head is no JSON object";
    json_t *json = json_loadb (head.size ? head.data : "", head.size,
                               JSON_REJECT_DUPLICATES, NULL);
    bool good = json_is_object (json);
    const char *name;
    json_t *value;
    json_object_foreach (json, name, value) if (good)
    {
        good = s_read_member (self, def, name, value);
        if (!good)
            *wrong_p = "its head has a member that makes no sense";
    }
    json_decref (json);
    if (!good)
        self->event = ZP_SAGA_EVENTS;
    else if (self->event == ZP_SAGA_EVENTS) {
        *wrong_p = "its head names no event";
        good = false;
    }
    return good;
}
