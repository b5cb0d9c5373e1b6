//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "saga_history.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "member.h"
#include "zp_saga_plan.h"

#define NUMBER_MAX (INT64_MAX / 4)

//  An event, for people
typedef struct word {
    const char *text;  // What happened
    saga_tone_t tone;  // What it is about
    saga_end_t end;    // What it means for its step
} word_t;

static const word_t s_words[ZP_SAGA_EVENTS + 1] = {
    [ZP_SAGA_BEGIN] = {"started", SAGA_TONE_PLAIN, SAGA_END_LEFT},
    [ZP_SAGA_STEP_DONE] = {"done", SAGA_TONE_PLAIN, SAGA_END_DONE},
    [ZP_SAGA_STEP_REFUSED] = {"refused", SAGA_TONE_BAD, SAGA_END_REFUSED},
    [ZP_SAGA_STEP_EXHAUSTED] = {"not answered", SAGA_TONE_BAD,
                                SAGA_END_UNANSWERED},
    [ZP_SAGA_UNDONE] = {"undone", SAGA_TONE_PLAIN, SAGA_END_DONE},
    [ZP_SAGA_UNDO_FAILED] = {"not undone", SAGA_TONE_BAD, SAGA_END_UNANSWERED},
    [ZP_SAGA_DEADLINE] = {"deadline", SAGA_TONE_BAD, SAGA_END_LEFT},
    [ZP_SAGA_SIGNALLED] = {"signal", SAGA_TONE_SIGNAL, SAGA_END_DONE},
    [ZP_SAGA_RETRIED] = {"retry", SAGA_TONE_PERSON, SAGA_END_LEFT},
    [ZP_SAGA_SKIPPED] = {"skip", SAGA_TONE_PERSON, SAGA_END_BY_HAND},
    [ZP_SAGA_ABORTED] = {"abort", SAGA_TONE_PERSON, SAGA_END_LEFT},
    [ZP_SAGA_CLOSED] = {"complete", SAGA_TONE_PERSON, SAGA_END_BY_HAND},
    [ZP_SAGA_EVENTS] = {"unreadable", SAGA_TONE_BAD, SAGA_END_LEFT},
};

//  One more element of a list
static void *
s_add (void *list, size_t *count_p, size_t size)
{
    char *room = realloc (list, (*count_p + 1) * size);
    assert (room);
    memset (room + *count_p * size, 0, size);
    (*count_p)++;
    return room;
}

//  A number that can be reckoned with, whatever it is
static int64_t
s_number (const json_t *json, const char *key)
{
    int64_t number = json_integer_value (json_object_get (json, key));
    return number < 0 ? 0 : number > NUMBER_MAX ? NUMBER_MAX : number;
}

//  The definition, by which the records are read; NULL if there is none
static zp_saga_def_t *
s_definition (const json_t *saga)
{
    char *text =
        json_dumps (json_object_get (saga, "definition"), JSON_COMPACT);
    zp_saga_def_t *def =
        text ? zp_saga_def_new ((zp_span_t){text, strlen (text)}, NULL, NULL)
             : NULL;
    free (text);
    return def;
}

//  Read the record that an entry of the history is, without what was added
static bool
s_read (const saga_history_t *self, const json_t *entry, zp_saga_state_t before,
        zp_saga_record_t *record)
{
    static const char *const added[] = {"number", "time_ms", "input", "result",
                                        "value"};
    const char *wrong;
    json_t *head = json_copy ((json_t *) entry);
    for (size_t i = 0; i < sizeof added / sizeof *added; i++)
        json_object_del (head, added[i]);
    char *text = json_dumps (head, JSON_COMPACT);
    bool good =
        text && zp_saga_record_read (record, self->def, before,
                                     (zp_span_t){text, strlen (text)}, &wrong);
    free (text);
    json_decref (head);
    return good;
}

//  What is being done, or undone
static zp_saga_steps_t
s_active (const zp_saga_marks_t *marks)
{
    bool still = marks->state == ZP_SAGA_PARKED || zp_saga_plan_ended (marks);
    return still ? 0 : zp_saga_plan_active (marks);
}

static void
s_open (saga_history_t *self, int step, bool undo, int64_t at_ms)
{
    self->bars = s_add (self->bars, &self->bar_count, sizeof *self->bars);
    self->bars[self->bar_count - 1] = (saga_bar_t){
        .step = step, .undo = undo, .from_ms = at_ms, .to_ms = at_ms};
}

//  The last bar of that step has ended
static void
s_close (saga_history_t *self, int step, int64_t at_ms,
         const zp_saga_record_t *record)
{
    size_t i = self->bar_count;
    while (i > 0 && self->bars[i - 1].step != step)
        i--;
    if (i == 0)
        return;
    saga_bar_t *bar = &self->bars[i - 1];
    bool named = record->step == step || record->event == ZP_SAGA_SIGNALLED;
    bar->to_ms = at_ms;
    bar->end = named ? s_words[record->event].end : SAGA_END_LEFT;
    //  A service refuses with a code of its own
    if (named && record->event == ZP_SAGA_UNDO_FAILED &&
        zp_status_parse (record->code) == ZP_UNKNOWN)
        bar->end = SAGA_END_REFUSED;
    if (record->step == step)
        bar->attempts = record->attempts ? record->attempts : 1;
}

//  Bars begin and end with a record
static void
s_draw (saga_history_t *self, const zp_saga_marks_t *before,
        const zp_saga_marks_t *after, const zp_saga_record_t *record,
        int64_t at_ms)
{
    zp_saga_steps_t were = s_active (before), are = s_active (after);
    bool turned = before->backward != after->backward;
    for (int step = 0; step < (int) self->def->count; step++) {
        bool was = were >> step & 1, is = are >> step & 1;
        //  Its signal had come; or, though nothing was sent any more, its
        //  answer came, or somebody did it
        bool at_once = !was && !is &&
                       (record->step == step || (record->start >> step & 1));
        if (at_once)
            s_open (self, step, before->backward, at_ms);
        if (at_once || (was && (!is || turned)))
            s_close (self, step, at_ms, record);
        if (at_once && record->step != step)
            self->bars[self->bar_count - 1].end = SAGA_END_DONE;
        if (is && (!was || turned))
            s_open (self, step, after->backward, at_ms);
    }
}

static void
s_park (saga_history_t *self, zp_saga_state_t before, zp_saga_state_t after,
        int64_t at_ms)
{
    if (before != ZP_SAGA_PARKED && after == ZP_SAGA_PARKED) {
        self->parks =
            s_add (self->parks, &self->park_count, sizeof *self->parks);
        self->parks[self->park_count - 1].from_ms = at_ms;
    }
    if (before == ZP_SAGA_PARKED && self->park_count)
        self->parks[self->park_count - 1].to_ms = at_ms;
}

//  Who and why, or what the service said
static char *
s_detail (const zp_saga_record_t *record)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream (&text, &size);
    assert (to);
    if (record->attempts > 1)
        fprintf (to, "%u attempts", record->attempts);
    const char *const parts[] = {record->signal, record->code, record->text};
    if (*record->who)
        fprintf (to, "by %s", record->who);
    for (int i = 0; i < 3; i++)
        if (*parts[i])
            fprintf (to, "%s%s", ftell (to) ? ": " : "", parts[i]);
    fclose (to);
    return text;
}

static void
s_list (FILE *to, const zp_saga_def_t *def, zp_saga_steps_t steps,
        const char *verb, const char *verbs)
{
    bool several = steps & (steps - 1);
    if (!steps)
        return;
    fputs (ftell (to) ? "; " : "", to);
    for (size_t i = 0, shown = 0; i < def->count; i++)
        if (steps >> i & 1)
            fprintf (to, "%s%s", shown++ ? ", " : "", def->steps[i].id);
    fprintf (to, " %s", several ? verbs : verb);
}

static char *
s_follows (const saga_history_t *self, const zp_saga_record_t *record,
           zp_saga_state_t before)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream (&text, &size);
    assert (to);
    s_list (to, self->def, record->start, "begins", "begin");
    s_list (to, self->def, record->undo, "is to be undone", "are to be undone");
    if (record->state != before)
        fprintf (to, "%s%s", ftell (to) ? "; " : "",
                 zp_saga_state_name (record->state));
    fclose (to);
    return text;
}

static const json_t *
s_body (const json_t *entry)
{
    static const char *const keys[] = {"input", "result", "value"};
    const json_t *body = NULL;
    for (int i = 0; i < 3 && !body; i++)
        body = json_object_get (entry, keys[i]);
    return body;
}

//  An entry of the history, and what it changes
static void
s_happen (saga_history_t *self, const json_t *json, int64_t at_ms,
          zp_saga_marks_t *marks)
{
    zp_saga_record_t record;
    zp_saga_marks_t before = *marks;
    bool good = self->def && s_read (self, json, before.state, &record) &&
                zp_saga_plan_possible (self->def, marks, &record);
    zp_saga_event_t event = good ? record.event : ZP_SAGA_EVENTS;
    self->entries =
        s_add (self->entries, &self->entry_count, sizeof *self->entries);
    saga_entry_t *entry = &self->entries[self->entry_count - 1];
    *entry = (saga_entry_t){
        .at_ms = at_ms,
        .event = s_words[event].text,
        .step = member_text (json, "step"),
        .detail = strdup (good ? "" : member_text (json, "event")),
        .follows = strdup (""),
        .body = s_body (json),
        .tone = s_words[event].tone};
    if (!good)
        return;
    free (entry->detail);
    free (entry->follows);
    entry->detail = s_detail (&record);
    entry->follows = s_follows (self, &record, before.state);
    entry->parks =
        before.state != ZP_SAGA_PARKED && record.state == ZP_SAGA_PARKED;
    zp_saga_plan_apply (self->def, marks, &record);
    s_draw (self, &before, marks, &record, at_ms);
    s_park (self, before.state, marks->state, at_ms);
}

//  What goes on still has taken until now
static void
s_stay_open (saga_history_t *self)
{
    json_t *steps = json_object_get (self->saga, "steps");
    for (size_t i = 0; i < self->bar_count; i++) {
        saga_bar_t *bar = &self->bars[i];
        if (bar->end != SAGA_END_OPEN)
            continue;
        bar->to_ms = self->end_ms;
        bar->attempts =
            s_number (json_array_get (steps, (size_t) bar->step), "attempts");
    }
    if (self->park_count && strcmp (self->state, "PARKED") == 0)
        self->parks[self->park_count - 1].to_ms = self->end_ms;
}

saga_history_t *
saga_history_new (json_t *saga, int64_t now_ms)
{
    saga_history_t *self = calloc (1, sizeof *self);
    assert (self);
    self->saga = json_incref (saga);
    self->id = member_text (saga, "id");
    self->name = member_text (saga, "saga");
    self->state = member_text (saga, "state");
    self->reason = member_text (saga, "reason");
    self->version = s_number (saga, "version");
    self->begun_ms = s_number (saga, "begun_ms");
    self->def = s_definition (saga);
    self->ended = strcmp (self->state, "COMPLETED") == 0 ||
                  strcmp (self->state, "COMPENSATED") == 0;
    zp_saga_marks_t marks = {0};
    int64_t at_ms = 0;
    size_t number;
    json_t *entry;
    json_array_foreach (json_object_get (saga, "history"), number, entry)
    {
        //  A clock may have been set back; the order is right
        int64_t since_ms = s_number (entry, "time_ms") - self->begun_ms;
        at_ms = since_ms > at_ms ? since_ms : at_ms;
        s_happen (self, entry, at_ms, &marks);
    }
    int64_t now_at_ms = now_ms - self->begun_ms;
    self->end_ms = !self->ended && now_at_ms > at_ms ? now_at_ms : at_ms;
    s_stay_open (self);
    return self;
}

void
saga_history_destroy (saga_history_t **self_p)
{
    saga_history_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    for (size_t i = 0; i < self->entry_count; i++) {
        free (self->entries[i].detail);
        free (self->entries[i].follows);
    }
    free (self->entries);
    free (self->bars);
    free (self->parks);
    zp_saga_def_destroy (&self->def);
    json_decref (self->saga);
    free (self);
}
