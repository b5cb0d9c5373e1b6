//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "zp_json_doc.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zp_similar.h"

struct zp_json_doc {
    char *text;                   // As it was given
    size_t size;                  // Its bytes
    json_t *root;                 // The same, parsed; NULL if it is no JSON
    zp_json_mistake_t *mistakes;  // What is wrong
    size_t count;                 // How much of it
};

static void
s_add (zp_json_doc_t *self, zp_json_where_t where, char *text)
{
    size_t at = self->count++;
    self->mistakes =
        realloc (self->mistakes, self->count * sizeof *self->mistakes);
    assert (self->mistakes);
    //  Keep them in the order of the text, and equals in the order added
    for (; at > 0; at--) {
        zp_json_where_t before = self->mistakes[at - 1].where;
        if (before.line < where.line ||
            (before.line == where.line && before.column <= where.column))
            break;
        self->mistakes[at] = self->mistakes[at - 1];
    }
    self->mistakes[at] = (zp_json_mistake_t){where, text};
}

//  Where a syntax error is. jansson tells the end of the token that it did not
//  like, and in its text "near" what that was; people look for its beginning.
static zp_json_where_t
s_where (const zp_json_doc_t *self, const json_error_t *error)
{
    size_t at = error->position > 0 ? (size_t) error->position : 0;
    if (at > self->size)
        at = self->size;
    const char *near = strstr (error->text, " near '");
    if (near) {
        const char *token = near + strlen (" near '");
        size_t size = strlen (token) - 1;  // Without the closing quote
        if (size <= at && memcmp (self->text + at - size, token, size) == 0)
            at -= size;
    }
    return zp_json_where_byte (self->text, at);
}

zp_json_doc_t *
zp_json_doc_new (const char *text, size_t size)
{
    zp_json_doc_t *self = calloc (1, sizeof *self);
    assert (self);
    self->text = malloc (size + 1);
    assert (self->text);
    if (size)
        memcpy (self->text, text, size);
    self->text[size] = 0;
    self->size = size;
    json_error_t error;
    self->root = json_loadb (self->text, size, JSON_REJECT_DUPLICATES, &error);
    if (!self->root) {
        char *wrong;
        if (asprintf (&wrong, "no JSON: %s", error.text) < 0)
            abort ();
        s_add (self, s_where (self, &error), wrong);
    }
    return self;
}

void
zp_json_doc_destroy (zp_json_doc_t **self_p)
{
    assert (self_p);
    zp_json_doc_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++)
        free (self->mistakes[i].text);
    free (self->mistakes);
    json_decref (self->root);
    free (self->text);
    free (self);
    *self_p = NULL;
}

json_t *
zp_json_doc_root (zp_json_doc_t *self)
{
    return self->root;
}

void
zp_json_doc_wrong (zp_json_doc_t *self, const char *pointer, const char *format,
                   ...)
{
    zp_json_where_t where;
    zp_json_where_value (self->text, self->size, pointer, &where);
    va_list args;
    va_start (args, format);
    char *text;
    if (vasprintf (&text, format, args) < 0)
        abort ();
    va_end (args);
    s_add (self, where, text);
}

//  What a value is called; as a type that is wanted it may mean more
static const char *
s_type_name (json_type type, bool wanted)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "an object",   [JSON_ARRAY] = "an array",
        [JSON_STRING] = "a string",    [JSON_INTEGER] = "a whole number",
        [JSON_REAL] = "a real number", [JSON_TRUE] = "true",
        [JSON_FALSE] = "false",        [JSON_NULL] = "null",
    };
    if (wanted && type == JSON_TRUE)
        return "true or false";
    if (wanted && type == JSON_REAL)
        return "a number";
    return names[type];
}

static bool
s_is (const json_t *value, json_type type)
{
    return type == JSON_NULL || json_typeof (value) == type ||
           (type == JSON_REAL && json_is_integer (value)) ||
           (type == JSON_TRUE && json_is_false (value));
}

bool
zp_json_doc_is (zp_json_doc_t *self, const json_t *value, json_type type,
                const char *pointer, const char *name)
{
    if (s_is (value, type))
        return true;
    zp_json_doc_wrong (self, pointer, "%s must be %s, not %s", name,
                       s_type_name (type, true),
                       s_type_name (json_typeof (value), false));
    return false;
}

static void
s_unknown_key (zp_json_doc_t *self, const char *pointer, const char *name,
               const zp_json_key_t *keys)
{
    zp_similar_t similar = {.word = name};
    for (; keys->name; keys++)
        zp_similar_try (&similar, keys->name);
    char *text;
    int size =
        similar.best
            ? asprintf (&text, "unknown key \"%s\"; did you mean \"%s\"?", name,
                        similar.best)
            : asprintf (&text, "unknown key \"%s\"", name);
    if (size < 0)
        abort ();
    zp_json_where_t where;
    zp_json_where_key (self->text, self->size, pointer, &where);
    s_add (self, where, text);
}

static void
s_check_value (zp_json_doc_t *self, const json_t *value, const char *pointer,
               const zp_json_key_t *key)
{
    char name[64];
    snprintf (name, sizeof name, "\"%s\"", key->name);
    if (!zp_json_doc_is (self, value, key->type, pointer, name) ||
        !json_is_number (value) || (key->min == 0 && key->max == 0))
        return;
    double number = json_number_value (value);
    if (number < key->min || number > key->max)
        zp_json_doc_wrong (self, pointer, "%s must be from %.0f to %.0f", name,
                           key->min, key->max);
}

char *
zp_json_doc_member (const char *pointer, const char *name)
{
    char *member = malloc (strlen (pointer) + 2 * strlen (name) + 2);
    assert (member);
    char *at = member + sprintf (member, "%s/", pointer);
    for (; *name; name++) {
        if (*name == '~' || *name == '/') {
            *at++ = '~';
            *at++ = *name == '~' ? '0' : '1';
        }
        else
            *at++ = *name;
    }
    *at = 0;
    return member;
}

bool
zp_json_doc_check (zp_json_doc_t *self, json_t *object, const char *pointer,
                   const zp_json_key_t *keys)
{
    size_t before = self->count;
    const char *name;
    json_t *value;
    json_object_foreach (object, name, value)
    {
        char *member = zp_json_doc_member (pointer, name);
        const zp_json_key_t *key = keys;
        while (key->name && strcmp (key->name, name) != 0)
            key++;
        if (key->name)
            s_check_value (self, value, member, key);
        else
            s_unknown_key (self, member, name, keys);
        free (member);
    }
    for (const zp_json_key_t *key = keys; key->name; key++)
        if (key->needed && !json_object_get (object, key->name))
            zp_json_doc_wrong (self, pointer, "\"%s\" is missing", key->name);
    return self->count == before;
}

size_t
zp_json_doc_mistakes (const zp_json_doc_t *self)
{
    return self->count;
}

const zp_json_mistake_t *
zp_json_doc_mistake (const zp_json_doc_t *self, size_t number)
{
    assert (number < self->count);
    return &self->mistakes[number];
}

char *
zp_json_doc_lines (const zp_json_doc_t *self)
{
    char *text = NULL;
    size_t size;
    if (self->count == 0)
        return NULL;
    FILE *file = open_memstream (&text, &size);
    assert (file);
    for (size_t i = 0; i < self->count; i++)
        fprintf (file, "%d:%d: %s\n", self->mistakes[i].where.line,
                 self->mistakes[i].where.column, self->mistakes[i].text);
    fclose (file);
    return text;
}
