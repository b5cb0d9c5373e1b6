//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "zp_saga_def_private.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const zp_json_key_t s_keys[] = {
    {.name = "saga", .type = JSON_STRING, .needed = true},
    {.name = "version",
     .type = JSON_INTEGER,
     .needed = true,
     .min = 1,
     .max = INT32_MAX},
    {.name = "deadline_ms",
     .type = JSON_INTEGER,
     .min = 0,
     .max = ZP_SAGA_MS_MAX},
    {.name = "defaults", .type = JSON_OBJECT},
    {.name = "steps", .type = JSON_ARRAY, .needed = true},
    {0},
};

bool
zp_saga_id_valid (zp_span_t id, size_t max)
{
    const char *text = id.data;
    for (size_t i = 0; i < id.size; i++) {
        char letter = text[i];
        if (!((letter >= 'a' && letter <= 'z') ||
              (letter >= 'A' && letter <= 'Z') ||
              (letter >= '0' && letter <= '9') || letter == '.' ||
              letter == '_' || letter == '-'))
            return false;
    }
    return id.size > 0 && id.size <= max;
}

//  Call fn for each step, with that in hand
static void
s_each (zp_saga_reader_t *self, json_t *steps,
        void (*fn) (zp_saga_reader_t *self))
{
    for (self->number = 0; self->number < self->def->count; self->number++) {
        self->json = json_array_get (steps, self->number);
        fn (self);
    }
}

static void
s_read_steps (zp_saga_reader_t *self, json_t *steps)
{
    zp_saga_def_t *def = self->def;
    size_t count = json_array_size (steps);
    if (count == 0 || count > ZP_SAGA_STEPS_MAX) {
        zp_json_doc_wrong (self->doc, "/steps", "a saga has 1 to %d steps",
                           ZP_SAGA_STEPS_MAX);
        return;
    }
    def->count = count;
    def->all = UINT64_MAX >> (ZP_SAGA_STEPS_MAX - count);
    def->steps = calloc (count, sizeof *def->steps);
    assert (def->steps);
    s_each (self, steps, zp_saga_step_read_id);
    s_each (self, steps, zp_saga_step_read);
    zp_saga_order_check (self);
    s_each (self, steps, zp_saga_input_check);
}

static void
s_read (zp_saga_reader_t *self, json_t *root)
{
    zp_saga_def_t *def = self->def;
    def->json = json_incref (root);
    if (!zp_json_doc_is (self->doc, root, JSON_OBJECT, "", "a definition"))
        return;
    zp_json_doc_check (self->doc, root, "", s_keys);
    def->name = json_string_value (json_object_get (root, "saga"));
    if (def->name &&
        !zp_saga_id_valid ((zp_span_t){def->name, strlen (def->name)},
                           ZP_SAGA_ID_MAX))
        zp_json_doc_wrong (self->doc, "/saga",
                           "a name has 1 to %d letters, digits, '.', '_', '-'",
                           ZP_SAGA_ID_MAX);
    def->version = json_integer_value (json_object_get (root, "version"));
    def->deadline_ms =
        json_integer_value (json_object_get (root, "deadline_ms"));
    self->defaults = json_object_get (root, "defaults");
    if (self->defaults)
        zp_saga_step_check_defaults (self);
    json_t *steps = json_object_get (root, "steps");
    if (json_is_array (steps))
        s_read_steps (self, steps);
}

static char *
s_too_long (zp_span_t text)
{
    char *mistake;
    if (asprintf (&mistake, "1:1: a definition has at most %d bytes, not %zu\n",
                  ZP_SAGA_DEF_MAX, text.size) < 0)
        abort ();
    return mistake;
}

zp_saga_def_t *
zp_saga_def_new (zp_span_t text, const char *const *services, char **mistakes_p)
{
    zp_saga_def_t *self = NULL;
    char *mistakes;
    if (text.size > ZP_SAGA_DEF_MAX)
        mistakes = s_too_long (text);
    else {
        self = calloc (1, sizeof *self);
        assert (self);
        self->users = 1;
        self->text = malloc (text.size + 1);
        assert (self->text);
        memcpy (self->text, text.size ? text.data : "", text.size);
        self->text[text.size] = 0;
        self->text_size = text.size;
        zp_saga_reader_t reader = {.def = self, .services = services};
        reader.doc = zp_json_doc_new (self->text, self->text_size);
        json_t *root = zp_json_doc_root (reader.doc);
        if (root)
            s_read (&reader, root);
        mistakes = zp_json_doc_lines (reader.doc);
        zp_json_doc_destroy (&reader.doc);
        if (mistakes)
            zp_saga_def_destroy (&self);
    }
    if (mistakes_p)
        *mistakes_p = mistakes;
    else
        free (mistakes);
    return self;
}

zp_saga_def_t *
zp_saga_def_use (zp_saga_def_t *self)
{
    self->users++;
    return self;
}

void
zp_saga_def_destroy (zp_saga_def_t **self_p)
{
    assert (self_p);
    zp_saga_def_t *self = *self_p;
    *self_p = NULL;
    if (!self || --self->users > 0)
        return;
    free (self->steps);
    json_decref (self->json);
    free (self->text);
    free (self);
}

int
zp_saga_def_find (const zp_saga_def_t *self, zp_span_t id)
{
    for (size_t i = 0; i < self->count; i++) {
        const char *name = self->steps[i].id;
        if (name && strlen (name) == id.size &&
            memcmp (name, id.data ? id.data : "", id.size) == 0)
            return (int) i;
    }
    return -1;
}
