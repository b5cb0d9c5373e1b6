//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "zp_saga_input.h"

#include "zp_saga_def_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLAIN (JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY)

//  The next word of a path, and go behind it and its dot; false if none is left
static bool
s_word (const char **path, zp_span_t *word)
{
    if (!**path)
        return false;
    const char *end = strchrnul (*path, '.');
    *word = (zp_span_t){*path, (size_t) (end - *path)};
    *path = *end ? end + 1 : end;
    return true;
}

static bool
s_is (zp_span_t word, const char *text)
{
    return word.size == strlen (text) &&
           memcmp (word.data, text, word.size) == 0;
}

//  Where a path begins: -1 the saga's input, else the number of a step; *rest_p
//  is what follows. Otherwise -2, and *wrong_p says what is wrong with it.
static int
s_root (const zp_saga_def_t *def, const char *path, const char **rest_p,
        const char **wrong_p)
{
    zp_span_t root, id, result;
    const char *at = path + 2;
    *wrong_p = "a path begins with $.input or $.steps.ID.result, and $$ "
               "stands for a $";
    if (strncmp (path, "$.", 2) != 0 || !s_word (&at, &root))
        return -2;
    *rest_p = at;
    if (s_is (root, "input"))
        return -1;
    if (!s_is (root, "steps") || !s_word (&at, &id))
        return -2;
    int step = zp_saga_def_find (def, id);
    if (step < 0)
        *wrong_p = "there is no such step";
    else if (!s_word (&at, &result) || !s_is (result, "result"))
        *wrong_p = "a step has nothing but a \"result\"";
    else {
        *rest_p = at;
        return step;
    }
    return -2;
}

static void
s_check_path (zp_saga_reader_t *self, const char *path, const char *pointer)
{
    const char *rest, *wrong;
    int root = s_root (self->def, path, &rest, &wrong);
    const zp_saga_step_t *step = &self->def->steps[self->number];
    if (root == -2)
        zp_json_doc_wrong (self->doc, pointer, "%s: %s", path, wrong);
    else if (root >= 0 && !(step->past & zp_saga_step_bit ((size_t) root)))
        zp_json_doc_wrong (self->doc, pointer,
                           "%s: \"%s\" need not have ended by then", path,
                           self->def->steps[root].id);
    else if (*rest && (strstr (rest, "..") || *rest == '.' ||
                       rest[strlen (rest) - 1] == '.'))
        zp_json_doc_wrong (self->doc, pointer, "%s: a name is missing", path);
}

//  jansson has refused what is nested too deeply
static void
s_check (zp_saga_reader_t *self, const json_t *value, const char *pointer)
{
    const char *text = json_string_value (value);
    if (text && text[0] == '$' && text[1] != '$')
        s_check_path (self, text, pointer);
    const char *name;
    json_t *member;
    json_object_foreach ((json_t *) value, name, member)
    {
        char *at = zp_json_doc_member (pointer, name);
        s_check (self, member, at);
        free (at);
    }
    size_t i;
    json_array_foreach (value, i, member)
    {
        char number[24];
        snprintf (number, sizeof number, "%zu", i);
        char *at = zp_json_doc_member (pointer, number);
        s_check (self, member, at);
        free (at);
    }
}

void
zp_saga_input_check (zp_saga_reader_t *self)
{
    const json_t *input = self->def->steps[self->number].input;
    if (input)
        s_check (self, input, zp_saga_step_at (self, "/input"));
}

//  Go into a value by the words of a path; NULL if it leads nowhere
static json_t *
s_walk (json_t *value, const char *path)
{
    zp_span_t word;
    while (value && s_word (&path, &word)) {
        if (json_is_array (value)) {
            char *end;
            unsigned long number = strtoul (word.data, &end, 10);
            bool whole = end == (const char *) word.data + word.size &&
                         *(const char *) word.data != '-' &&
                         *(const char *) word.data != '+';
            value = whole ? json_array_get (value, number) : NULL;
        }
        else {
            char *key = strndup (word.data, word.size);
            value = json_object_get (value, key);
            free (key);
        }
    }
    return value;
}

//  What is known while an input is made
typedef struct maker {
    const zp_saga_def_t *def;        // The saga's
    const zp_saga_source_t *source;  // Where the texts are
    const char *lost;                // A path that led nowhere; NULL: none did
} maker_t;

static json_t *
s_follow (maker_t *self, const char *path)
{
    const char *rest = "", *wrong;
    int root = s_root (self->def, path, &rest, &wrong);
    const char *text = root == -1
                           ? self->source->input
                           : self->source->result (self->source->arg, root);
    json_t *whole = json_loads (text, JSON_DECODE_ANY, NULL);
    json_t *value = json_incref (s_walk (whole, rest));
    json_decref (whole);
    if (!value)
        self->lost = path;
    return value;
}

//  A value with all paths in it followed; NULL if one leads nowhere
static json_t *
s_make (maker_t *self, json_t *value)
{
    const char *text = json_string_value (value);
    if (text && text[0] == '$')
        return text[1] == '$' ? json_string (text + 1) : s_follow (self, text);
    if (json_is_object (value)) {
        json_t *made = json_object (), *member;
        const char *name;
        json_object_foreach (value, name, member) if (!self->lost)
            json_object_set_new (made, name, s_make (self, member));
        return made;
    }
    if (json_is_array (value)) {
        json_t *made = json_array (), *member;
        size_t i;
        json_array_foreach (value, i, member) if (!self->lost)
            json_array_append_new (made, s_make (self, member));
        return made;
    }
    return json_incref (value);
}

char *
zp_saga_input_make (const zp_saga_def_t *def, const zp_saga_step_t *step,
                    const zp_saga_source_t *source, const char **path_p)
{
    if (!step->input)
        return strdup (source->input);
    maker_t maker = {def, source, NULL};
    json_t *made = s_make (&maker, step->input);
    char *text = maker.lost ? NULL : json_dumps (made, PLAIN);
    json_decref (made);
    *path_p = maker.lost;
    return text;
}

char *
zp_saga_json_plain (zp_span_t text)
{
    json_t *json = json_loadb (text.size ? text.data : "", text.size,
                               JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    char *plain = json ? json_dumps (json, PLAIN) : NULL;
    json_decref (json);
    return plain;
}
