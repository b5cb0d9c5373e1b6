//  SPDX-License-Identifier: MIT

#include "zp_saga_core_private.h"

#include "zp_saga_input.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

zp_saga_core_t *
zp_saga_core_new (const zp_saga_options_t *options, const zp_journal_log_t *log,
                  uint64_t seed)
{
    zp_saga_core_t *self = calloc (1, sizeof *self);
    assert (self);
    self->options = *options;
    self->log = *log;
    zp_random_seed (&self->random, seed);
    TAILQ_INIT (&self->all);
    TAILQ_INIT (&self->writing);
    TAILQ_INIT (&self->ready);
    return self;
}

void
zp_saga_core_destroy (zp_saga_core_t **self_p)
{
    assert (self_p);
    zp_saga_core_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    zp_saga_t *saga;
    while ((saga = TAILQ_FIRST (&self->all)))
        zp_saga_life_destroy (self, &saga);
    for (size_t i = 0; i < self->def_count; i++)
        zp_saga_def_destroy (&self->defs[i]);
    for (size_t i = 0; i < self->read_count; i++)
        zp_saga_def_destroy (&self->read[i]);
    free (self->defs);
    free (self->read);
    free (self->input);
    zp_saga_table_clear (&self->table);
    zp_saga_heap_clear (&self->heap);
    free (self);
}

zp_status_t
zp_saga_core_fail (zp_saga_core_t *self, zp_status_t status, const char *format,
                   ...)
{
    va_list args;
    va_start (args, format);
    vsnprintf (self->error, sizeof self->error, format, args);
    va_end (args);
    self->status = status;
    return status;
}

zp_status_t
zp_saga_core_status (const zp_saga_core_t *self)
{
    return self->status;
}

const char *
zp_saga_core_error (const zp_saga_core_t *self)
{
    return self->error;
}

int64_t
zp_saga_core_clock (zp_saga_core_t *self, int64_t now_ms)
{
    if (self->now_ms < now_ms)
        self->now_ms = now_ms;
    return self->now_ms;
}

static bool
s_is (const char *text, zp_span_t span)
{
    return strlen (text) == span.size &&
           memcmp (text, span.size ? span.data : "", span.size) == 0;
}

static zp_saga_def_t **
s_definition (const zp_saga_core_t *self, zp_span_t name)
{
    for (size_t i = 0; i < self->def_count; i++)
        if (s_is (self->defs[i]->name, name))
            return &self->defs[i];
    return NULL;
}

void
zp_saga_core_define (zp_saga_core_t *self, zp_saga_def_t **def_p)
{
    zp_span_t name = {(*def_p)->name, strlen ((*def_p)->name)};
    zp_saga_def_t **place = s_definition (self, name);
    if (place)
        zp_saga_def_destroy (place);
    else {
        self->defs =
            realloc (self->defs, (self->def_count + 1) * sizeof *self->defs);
        assert (self->defs);
        place = &self->defs[self->def_count++];
    }
    *place = *def_p;
    *def_p = NULL;
}

const zp_saga_def_t *
zp_saga_core_definition (const zp_saga_core_t *self, zp_span_t name)
{
    zp_saga_def_t **place = s_definition (self, name);
    return place ? *place : NULL;
}

zp_saga_def_t *const *
zp_saga_core_definitions (const zp_saga_core_t *self, size_t *count_p)
{
    *count_p = self->def_count;
    return self->defs;
}

//  A saga with that id is there: is it the same?
static zp_status_t
s_start_again (zp_saga_core_t *self, const zp_saga_t *saga, zp_span_t parent,
               zp_span_t name, const char *input)
{
    if (saga->def && s_is (saga->def->name, name) &&
        s_is (saga->parent ? saga->parent : "", parent) &&
        strcmp (saga->input, input) == 0)
        return ZP_OK;
    return zp_saga_core_fail (self, ZP_ALREADY_EXISTS,
                              "there is a saga %s already, of another name or "
                              "with another input",
                              saga->id);
}

//  Begin a saga; the input is taken
static void
s_begin (zp_saga_core_t *self, zp_span_t parent, zp_saga_def_t *def,
         zp_span_t id, char *input)
{
    zp_saga_def_use (def);
    zp_saga_t *saga = zp_saga_life_new (self, id, &def, self->now_ms);
    saga->input = input;
    def = saga->def;
    zp_saga_record_t record = {.event = ZP_SAGA_BEGIN, .step = -1};
    zp_saga_record_text (record.parent, sizeof record.parent, parent);
    size_t size = strlen (input) + 1 + def->text_size;
    char *body = malloc (size + 1);
    assert (body);
    sprintf (body, "%s\n", input);
    memcpy (body + size - def->text_size, def->text, def->text_size);
    record.body = (zp_span_t){body, size};
    zp_saga_life_happen (self, saga, &record);
    free (body);
}

zp_status_t
zp_saga_core_start_step (zp_saga_core_t *self, zp_span_t parent, zp_span_t name,
                         zp_span_t id, zp_span_t input, int64_t now_ms)
{
    zp_saga_core_clock (self, now_ms);
    if (!zp_saga_id_valid (id, ZP_SAGA_ID_MAX))
        return zp_saga_core_fail (self, ZP_INVALID_ARGUMENT,
                                  "an id has 1 to %d letters, digits, '.', "
                                  "'_', '-'",
                                  ZP_SAGA_ID_MAX);
    char *plain = input.size <= self->options.max_input_bytes
                      ? zp_saga_json_plain (input)
                      : NULL;
    if (!plain)
        return zp_saga_core_fail (self, ZP_INVALID_ARGUMENT,
                                  "an input is JSON of at most %zu bytes",
                                  self->options.max_input_bytes);
    zp_saga_t *saga = zp_saga_table_find (&self->table, id);
    zp_saga_def_t **def = s_definition (self, name);
    zp_status_t status = ZP_OK;
    if (saga)
        status = s_start_again (self, saga, parent, name, plain);
    else if (!def)
        status = zp_saga_core_fail (self, ZP_NOT_FOUND,
                                    "there is no definition of that name");
    else if (self->table.count >= self->options.max_sagas)
        status = zp_saga_core_fail (self, ZP_RESOURCE_EXHAUSTED,
                                    "there are %zu sagas, and may not be more "
                                    "(max_sagas): start it again later",
                                    self->table.count);
    else {
        s_begin (self, parent, *def, id, plain);
        return ZP_OK;
    }
    free (plain);
    return status;
}

zp_status_t
zp_saga_core_start (zp_saga_core_t *self, zp_span_t name, zp_span_t id,
                    zp_span_t input, int64_t now_ms)
{
    return zp_saga_core_start_step (self, ZP_SAGA_NOTHING, name, id, input,
                                    now_ms);
}

uint64_t
zp_saga_core_last (const zp_saga_core_t *self)
{
    return self->last;
}

void
zp_saga_core_written (zp_saga_core_t *self, uint64_t number)
{
    if (self->written < number)
        self->written = number;
    zp_saga_t *saga;
    while ((saga = TAILQ_FIRST (&self->writing)) &&
           saga->records[saga->record_count - 1] <= self->written)
        zp_saga_life_schedule (self, saga);
}

//  It is a step of a saga that may still ask for it
static bool
s_is_needed (const zp_saga_core_t *self, const zp_saga_t *saga)
{
    if (!saga->parent)
        return false;
    zp_span_t id = {saga->parent, strcspn (saga->parent, "/")};
    const zp_saga_t *parent = zp_saga_table_find (&self->table, id);
    return parent && !zp_saga_plan_ended (&parent->marks);
}

//  It has been there for long enough. What is done in one go is never divided
//  by a crash, so no half of it is ever found.
static void
s_erase (zp_saga_core_t *self, zp_saga_t *saga)
{
    for (uint32_t i = 0; i < saga->record_count; i++)
        self->log.erase (self->log.arg, saga->records[i]);
    zp_saga_life_destroy (self, &saga);
}

void
zp_saga_core_tick (zp_saga_core_t *self, int64_t now_ms)
{
    zp_saga_core_clock (self, now_ms);
    zp_saga_t *saga;
    while ((saga = zp_saga_heap_first (&self->heap)) &&
           saga->due_ms <= self->now_ms)
        if (!zp_saga_plan_ended (&saga->marks))
            zp_saga_send_due (self, saga);
        else if (s_is_needed (self, saga))  // Look again later
            zp_saga_heap_set (&self->heap, saga,
                              self->now_ms + self->options.retention_ms);
        else
            s_erase (self, saga);
}

int64_t
zp_saga_core_next_tick (const zp_saga_core_t *self)
{
    const zp_saga_t *saga = zp_saga_heap_first (&self->heap);
    return saga ? saga->due_ms : INT64_MAX;
}
