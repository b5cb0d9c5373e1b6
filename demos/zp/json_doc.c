//  SPDX-License-Identifier: MIT

#include "json_doc.h"

#include "similar.h"

#define SIZE_MAX_BYTES (4 << 20)  // Of a file that a person wrote

struct json_doc {
    char *text;                // The file
    size_t size;               // Its bytes
    json_t *root;              // The same, parsed; NULL if it is no JSON
    json_mistake_t *mistakes;  // What is wrong
    size_t count;              // How much of it
};

static void
s_add (json_doc_t *self, json_where_t where, char *text)
{
    size_t at = self->count++;
    self->mistakes =
        realloc (self->mistakes, self->count * sizeof *self->mistakes);
    assert (self->mistakes);
    //  Keep them in the order of the text, and equals in the order added
    for (; at > 0; at--) {
        json_where_t before = self->mistakes[at - 1].where;
        if (before.line < where.line ||
            (before.line == where.line && before.column <= where.column))
            break;
        self->mistakes[at] = self->mistakes[at - 1];
    }
    self->mistakes[at] = (json_mistake_t){where, text};
}

//  Read all of the file, or set errno
static bool
s_read (json_doc_t *self, const char *path)
{
    FILE *file = fopen (path, "r");
    if (!file)
        return false;
    self->text = malloc (SIZE_MAX_BYTES + 1);
    assert (self->text);
    errno = 0;
    self->size = fread (self->text, 1, SIZE_MAX_BYTES + 1, file);
    int error = ferror (file) ? errno : 0;
    if (self->size > SIZE_MAX_BYTES)
        error = EFBIG;
    fclose (file);
    errno = error;
    return error == 0;
}

//  Where a syntax error is. jansson tells the end of the token that it did not
//  like, and in its text "near" what that was; people look for its beginning.
static json_where_t
s_where (json_doc_t *self, const json_error_t *error)
{
    size_t at = (size_t) error->position;
    const char *near = strstr (error->text, " near '");
    if (near && at <= self->size) {
        const char *token = near + strlen (" near '");
        size_t size = strlen (token) - 1;  // Without the closing quote
        if (size <= at && memcmp (self->text + at - size, token, size) == 0)
            return json_where_byte (self->text, at - size);
    }
    return (json_where_t){error->line, error->column ? error->column : 1};
}

json_doc_t *
json_doc_load (const char *path)
{
    json_doc_t *self = zmalloc (sizeof *self);
    if (!s_read (self, path)) {
        int error = errno;
        json_doc_destroy (&self);
        errno = error;
        return NULL;
    }
    json_error_t error;
    self->root =
        json_loadb (self->text, self->size, JSON_REJECT_DUPLICATES, &error);
    if (!self->root)
        s_add (self, s_where (self, &error),
               zsys_sprintf ("no JSON: %s", error.text));
    return self;
}

void
json_doc_destroy (json_doc_t **self_p)
{
    assert (self_p);
    json_doc_t *self = *self_p;
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
json_doc_root (json_doc_t *self)
{
    return self->root;
}

void
json_doc_wrong (json_doc_t *self, const char *pointer, const char *format, ...)
{
    json_where_t where;
    json_where_value (self->text, self->size, pointer, &where);
    va_list arguments;
    va_start (arguments, format);
    s_add (self, where, zsys_vprintf (format, arguments));
    va_end (arguments);
}

static const char *
s_type_name (json_type type)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "an object",   [JSON_ARRAY] = "an array",
        [JSON_STRING] = "a string",    [JSON_INTEGER] = "a whole number",
        [JSON_REAL] = "a real number", [JSON_TRUE] = "true",
        [JSON_FALSE] = "false",        [JSON_NULL] = "null",
    };
    return names[type];
}

bool
json_doc_is (json_doc_t *self, json_t *value, json_type type,
             const char *pointer, const char *name)
{
    if (json_typeof (value) == type)
        return true;
    json_doc_wrong (self, pointer, "%s must be %s, not %s", name,
                    s_type_name (type), s_type_name (json_typeof (value)));
    return false;
}

static const json_key_t *
s_key (const json_key_t *keys, const char *name)
{
    while (keys->name && strcmp (keys->name, name) != 0)
        keys++;
    return keys->name ? keys : NULL;
}

static void
s_unknown_key (json_doc_t *self, const char *pointer, const char *name,
               const json_key_t *keys)
{
    similar_t similar = {.word = name};
    for (; keys->name; keys++)
        similar_try (&similar, keys->name);
    json_where_t where;
    json_where_key (self->text, self->size, pointer, &where);
    s_add (self, where,
           similar.best
               ? zsys_sprintf ("unknown key \"%s\"; did you mean \"%s\"?", name,
                               similar.best)
               : zsys_sprintf ("unknown key \"%s\"", name));
}

static void
s_check_value (json_doc_t *self, json_t *value, const char *pointer,
               const json_key_t *key)
{
    char name[64];
    snprintf (name, sizeof name, "\"%s\"", key->name);
    if (!json_doc_is (self, value, key->type, pointer, name))
        return;
    if (key->type == JSON_INTEGER && (json_integer_value (value) < key->min ||
                                      json_integer_value (value) > key->max))
        json_doc_wrong (self, pointer, "%s must be from %ld to %ld", name,
                        key->min, key->max);
}

//  The pointer to a member; the caller frees it
static char *
s_member (const char *pointer, const char *name)
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
json_doc_check (json_doc_t *self, json_t *object, const char *pointer,
                const json_key_t *keys)
{
    size_t before = self->count;
    const char *name;
    json_t *value;
    json_object_foreach (object, name, value)
    {
        char *member = s_member (pointer, name);
        const json_key_t *key = s_key (keys, name);
        if (key)
            s_check_value (self, value, member, key);
        else
            s_unknown_key (self, member, name, keys);
        free (member);
    }
    for (const json_key_t *key = keys; key->name; key++)
        if (key->needed && !json_object_get (object, key->name))
            json_doc_wrong (self, pointer, "\"%s\" is missing", key->name);
    return self->count == before;
}

size_t
json_doc_mistakes (json_doc_t *self)
{
    return self->count;
}

const json_mistake_t *
json_doc_mistake (json_doc_t *self, size_t number)
{
    assert (number < self->count);
    return &self->mistakes[number];
}
