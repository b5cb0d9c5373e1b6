//  SPDX-License-Identifier: MIT

#include "zp_json_where.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

typedef struct cursor {
    const char *at;   // Next byte
    const char *end;  // Behind the last
} cursor_t;

//  The next byte, or 0 at the end
static char
s_peek (const cursor_t *self)
{
    return self->at < self->end ? *self->at : 0;
}

//  Go to the next byte that is neither space nor the mark given
static void
s_skip (cursor_t *self, char mark)
{
    while (self->at < self->end &&
           (memchr (" \t\r\n", *self->at, 4) || *self->at == mark))
        self->at++;
}

static void
s_skip_string (cursor_t *self)
{
    self->at++;
    while (self->at < self->end && *self->at != '"')
        self->at += *self->at == '\\' && self->end - self->at > 1 ? 2 : 1;
    if (self->at < self->end)
        self->at++;
}

static void
s_skip_value (cursor_t *self)
{
    int depth = 0;
    do {
        char next = s_peek (self);
        if (next == '"')
            s_skip_string (self);
        else if (next) {
            depth +=
                (next == '{' || next == '[') - (next == '}' || next == ']');
            self->at++;
        }
        else
            return;
        next = s_peek (self);
        if (depth == 0 && (!next || strchr (",]} \t\r\n", next)))
            return;
    } while (depth >= 0);
}

//  True if a string of the text, quotes included, stands for that word
static bool
s_string_is (const char *from, const char *to, const char *word)
{
    json_t *string =
        json_loadb (from, (size_t) (to - from), JSON_DECODE_ANY, NULL);
    bool is = json_is_string (string) &&
              strcmp (json_string_value (string), word) == 0;
    json_decref (string);
    return is;
}

//  From the { of an object, go to the value of the member with that name, and
//  set *key to where the name is
static bool
s_enter_object (cursor_t *self, const char *name, const char **key)
{
    self->at++;
    for (;;) {
        s_skip (self, ',');
        const char *from = self->at;
        if (s_peek (self) != '"')
            return false;
        s_skip_string (self);
        const char *to = self->at;
        s_skip (self, ':');
        if (s_string_is (from, to, name)) {
            *key = from;
            return self->at < self->end;
        }
        s_skip_value (self);
    }
}

//  From the [ of an array, go to the element with that number
static bool
s_enter_array (cursor_t *self, const char *number)
{
    char *end;
    unsigned long left = strtoul (number, &end, 10);
    if (end == number || *end)
        return false;
    self->at++;
    for (;;) {
        s_skip (self, ',');
        if (!s_peek (self) || s_peek (self) == ']')
            return false;
        if (left-- == 0)
            return true;
        s_skip_value (self);
    }
}

//  Copy one step of the pointer without its escapes, and return what follows.
//  NULL if it does not fit.
static const char *
s_step (const char *pointer, char *step, size_t room)
{
    for (pointer++; *pointer && *pointer != '/'; pointer++) {
        if (room-- == 1)
            return NULL;
        *step = *pointer;
        if (*pointer == '~' && (pointer[1] == '0' || pointer[1] == '1'))
            *step = *++pointer == '0' ? '~' : '/';
        step++;
    }
    *step = 0;
    return pointer;
}

zp_json_where_t
zp_json_where_byte (const char *text, size_t offset)
{
    zp_json_where_t where = {1, 1};
    for (const char *end = text + offset; text < end; text++) {
        if (*text == '\n') {
            where.line++;
            where.column = 1;
        }
        else if ((*text & 0xC0) != 0x80)
            where.column++;
    }
    return where;
}

static bool
s_find (const char *text, size_t size, const char *pointer, bool want_key,
        zp_json_where_t *where)
{
    cursor_t cursor = {text, text + size};
    s_skip (&cursor, ' ');
    const char *value = cursor.at, *key = cursor.at;
    bool found = true;
    while (found && *pointer == '/') {
        char step[256];
        pointer = s_step (pointer, step, sizeof step);
        found = pointer &&
                ((s_peek (&cursor) == '{' &&
                  s_enter_object (&cursor, step, &key)) ||
                 (s_peek (&cursor) == '[' && s_enter_array (&cursor, step)));
        if (found)
            value = cursor.at;
    }
    const char *at = found && want_key ? key : value;
    *where = zp_json_where_byte (text, (size_t) (at - text));
    return found;
}

bool
zp_json_where_value (const char *text, size_t size, const char *pointer,
                     zp_json_where_t *where)
{
    return s_find (text, size, pointer, false, where);
}

bool
zp_json_where_key (const char *text, size_t size, const char *pointer,
                   zp_json_where_t *where)
{
    return s_find (text, size, pointer, true, where);
}
