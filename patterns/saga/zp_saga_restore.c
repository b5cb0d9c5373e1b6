//  SPDX-License-Identifier: MIT

#include "zp_saga_core_private.h"

#include "zp_saga_input.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

//  Keep a definition for those sagas that have the same
static void
s_keep (zp_saga_core_t *self, zp_saga_def_t *def)
{
    self->read =
        realloc (self->read, (self->read_count + 1) * sizeof *self->read);
    assert (self->read);
    self->read[self->read_count++] = zp_saga_def_use (def);
}

static zp_saga_def_t *
s_among (zp_saga_def_t *const *defs, size_t count, zp_span_t text)
{
    for (size_t i = 0; i < count; i++)
        if (defs[i]->text_size == text.size &&
            memcmp (defs[i]->text, text.data, text.size) == 0)
            return zp_saga_def_use (defs[i]);
    return NULL;
}

//  The definition with that text, which thousands of sagas share. NULL if it is
//  none
static zp_saga_def_t *
s_definition (zp_saga_core_t *self, zp_span_t text)
{
    zp_saga_def_t *def = s_among (self->read, self->read_count, text);
    if (!def)
        def = s_among (self->defs, self->def_count, text);
    if (!def && (def = zp_saga_def_new (text, NULL, NULL)))
        s_keep (self, def);
    return def;
}

//  The first record of a saga. NULL: all is well
static const char *
s_begin (zp_saga_core_t *self, zp_saga_t **saga_p, zp_span_t id, zp_span_t body,
         int64_t time_ms)
{
    const char *line = body.size ? memchr (body.data, '\n', body.size) : NULL;
    zp_saga_def_t *def = NULL;
    char *input = NULL;
    if (line) {
        size_t size = (size_t) (line - (const char *) body.data);
        input = zp_saga_json_plain ((zp_span_t){body.data, size});
        def = s_definition (self, (zp_span_t){line + 1, body.size - size - 1});
    }
    bool good = input && def;
    if (!good)
        zp_saga_def_destroy (&def);
    *saga_p = zp_saga_life_new (self, id, &def, time_ms);
    (*saga_p)->input = input;
    return good ? NULL : "its first record has no input and definition";
}

//  Why a record that could be read can't follow those before it
static const char *
s_check (const zp_saga_t *saga, const zp_saga_record_t *record)
{
    bool first = saga->record_count == 0;
    if (first != (record->event == ZP_SAGA_BEGIN))
        return first ? "its first record is lost" : "it begins twice";
    bool of_step = record->event == ZP_SAGA_SKIPPED ||
                   (record->event >= ZP_SAGA_STEP_DONE &&
                    record->event <= ZP_SAGA_UNDO_FAILED);
    if (of_step != (record->step >= 0) ||
        !zp_saga_plan_possible (saga->def, &saga->marks, record) ||
        (record->start & (saga->marks.started)) ||
        (record->undo & ~saga->def->undoable))
        return "a record does not follow from those before it";
    if (record->event == ZP_SAGA_STEP_DONE ||
        record->event == ZP_SAGA_SIGNALLED) {
        char *plain = zp_saga_json_plain (record->body);
        free (plain);
        return plain ? NULL : "a result is no JSON";
    }
    return NULL;
}

zp_status_t
zp_saga_core_restore (zp_saga_core_t *self, uint64_t number, int64_t time_ms,
                      zp_span_t key, zp_span_t head, zp_span_t body)
{
    if (number <= self->last || !zp_saga_id_valid (key, ZP_SAGA_ID_MAX))
        return zp_saga_core_fail (
            self, ZP_DATA_LOSS, "record %llu of the sagas: %s",
            (unsigned long long) number,
            number <= self->last ? "its number was there before"
                                 : "its key is not the id of a saga");
    const char *wrong = NULL;
    zp_saga_t *saga = zp_saga_table_find (&self->table, key);
    if (!saga)
        wrong = s_begin (self, &saga, key, body, time_ms);
    zp_saga_record_t record;
    const char *unread = NULL;
    if (!zp_saga_record_read (&record, saga->def, saga->marks.state, head,
                              &unread) &&
        !wrong)
        wrong = unread;
    record.body = body;
    if (!wrong && !saga->broken)
        wrong = s_check (saga, &record);
    if (wrong && !saga->broken) {
        char text[200];
        snprintf (text, sizeof text, "record %llu can't be read: %s",
                  (unsigned long long) number, wrong);
        zp_saga_life_break (self, saga, text);
    }
    zp_saga_life_apply (self, saga, &record, number, time_ms);
    return ZP_OK;
}

void
zp_saga_core_restored (zp_saga_core_t *self, int64_t now_ms)
{
    zp_saga_core_clock (self, now_ms);
    self->written = self->last;
    zp_saga_t *saga;
    TAILQ_FOREACH (saga, &self->all, all)
    {
        saga->tell = false;
        zp_saga_life_schedule (self, saga);
    }
    for (size_t i = 0; i < self->read_count; i++)
        zp_saga_def_destroy (&self->read[i]);
    free (self->read);
    self->read = NULL;
    self->read_count = 0;
}
