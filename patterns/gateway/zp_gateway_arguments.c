//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "zp_gateway_arguments.h"
#include "zp_gateway_routes_private.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

//  What a source gives
typedef enum s_given {
    WRONG = -1,  // An error
    NONE,        // Nothing
    SOME         // A value
} s_given_t;

static void s_wrong (char *error, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

static void
s_wrong (char *error, const char *format, ...)
{
    va_list args;
    va_start (args, format);
    vsnprintf (error, ZP_GATEWAY_ERROR, format, args);
    va_end (args);
}

//  How a source is called when a person is told; names are cut, so that what
//  is wrong with it has room
static void
s_say (const zp_gateway_source_t *self, char room[96])
{
    static const char *const formats[] = {
        [ZP_GATEWAY_FROM_PATH] = "{%.40s} in the path",
        [ZP_GATEWAY_FROM_QUERY] = "\"%.40s\" in the query",
        [ZP_GATEWAY_FROM_HEADER] = "the header %.40s",
        [ZP_GATEWAY_FROM_BODY] = "\"%.40s\" in the body",
    };
    if (self->from == ZP_GATEWAY_FROM_KEY)
        strcpy (room, "a key");
    else if (!self->name)
        strcpy (room, "the body");
    else
        snprintf (room, 96, formats[self->from], self->name);
}

bool
zp_gateway_source_check (const zp_gateway_source_t *self, const json_t *value,
                         char *error)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array",
        [JSON_STRING] = "a string",  [JSON_INTEGER] = "a whole number",
        [JSON_REAL] = "a number",    [JSON_TRUE] = "true or false",
    };
    json_type type = json_typeof (value);
    char bounds[64] = "";
    double size = type == JSON_STRING ? (double) json_string_length (value)
                                      : json_number_value (value);
    bool fits = self->type == JSON_NULL || self->type == type ||
                (self->type == JSON_REAL && type == JSON_INTEGER) ||
                (self->type == JSON_TRUE && type == JSON_FALSE);
    if (self->min == 0 && self->max == 0) {
        if (!fits)
            s_wrong (error, "must be %s", names[self->type]);
        return fits;
    }
    if (fits && size >= self->min && size <= self->max)
        return true;
    if (self->max >= ZP_GATEWAY_ANY)
        snprintf (bounds, sizeof bounds, "%.15g or more", self->min);
    else if (self->min <= -ZP_GATEWAY_ANY)
        snprintf (bounds, sizeof bounds, "up to %.15g", self->max);
    else
        snprintf (bounds, sizeof bounds, "%.15g to %.15g", self->min,
                  self->max);
    if (self->type == JSON_STRING)
        s_wrong (error, "must be a string of %s bytes", bounds);
    else
        s_wrong (error, "must be %s, %s", names[self->type], bounds);
    return false;
}

//  Decode a piece of a query, where + is a space, up to a byte that ends it
//  or its end. Returns where that is; NULL if it has a % without two hex
//  digits, or a NUL. The text has room for what is left.
static const char *
s_decode (const char *at, const char *end, const char *stops, char *text,
          size_t *size)
{
    *size = 0;
    for (; at < end && !(*at && strchr (stops, *at)); at++) {
        int byte = *at == '+' ? ' ' : (unsigned char) *at;
        if (byte == '%') {
            byte = zp_gateway_hex (at, end);
            at += 2;
        }
        if (byte <= 0)
            return NULL;
        text[(*size)++] = (char) byte;
    }
    return at;
}

//  The value of a parameter, which ends up at the beginning of text, room for
//  the whole query
static s_given_t
s_query (const zp_gateway_source_t *self, zp_span_t query, char *text,
         size_t *value_size, char *error)
{
    const char *at = query.data, *end = at + query.size;
    size_t wanted = strlen (self->name), found = 0;
    while (at < end) {
        //  Behind what was found
        char *place = text + (found ? *value_size : 0);
        size_t size;
        at = s_decode (at, end, "=&", place, &size);
        bool mine =
            at && size == wanted && memcmp (place, self->name, wanted) == 0;
        if (at && at < end && *at == '=')
            at = s_decode (at + 1, end, "&", place, &size);
        else
            size = 0;
        if (!at) {
            s_wrong (error, "the query has a '%%' without two hex digits, or "
                            "a NUL");
            return WRONG;
        }
        at += at < end;
        if (!mine)
            continue;
        if (found++) {
            s_wrong (error, "\"%.40s\" is in the query twice", self->name);
            return WRONG;
        }
        *value_size = size;
    }
    return found ? SOME : NONE;
}

//  A text from the path, the query or a header as what it is to be
static s_given_t
s_convert (const zp_gateway_source_t *self, const char *text, size_t size,
           json_t **value_p, char *error)
{
    char name[96];
    //  JSON would allow spaces around it
    bool bare = size > 0 && text[0] > ' ' && text[size - 1] > ' ';
    *value_p = self->type == JSON_STRING ? json_stringn (text, size)
               : bare ? json_loadb (text, size, JSON_DECODE_ANY, NULL)
                      : NULL;
    s_say (self, name);
    if (!*value_p && self->type == JSON_STRING) {
        s_wrong (error, "%s must be UTF-8", name);
        return WRONG;
    }
    if (!*value_p)
        *value_p = json_null ();  // Which it must not be
    return SOME;
}

//  What comes as a text
static s_given_t
s_get_text (const zp_gateway_source_t *self, const zp_gateway_input_t *input,
            json_t **value_p, char *error)
{
    const char *text = NULL;
    size_t size = 0;
    char *room = NULL;
    s_given_t given = NONE;
    if (self->from == ZP_GATEWAY_FROM_PATH) {
        text = input->match->values[self->variable].data;
        size = input->match->values[self->variable].size;
        given = SOME;
    }
    else if (self->from == ZP_GATEWAY_FROM_QUERY) {
        zp_span_t query = input->match->query;
        if (query.size == 0)
            return NONE;
        room = malloc (query.size);
        assert (room);
        given = s_query (self, query, room, &size, error);
        text = room;
    }
    else {
        text = self->from == ZP_GATEWAY_FROM_KEY ? input->key
               : input->header ? input->header (input->arg, self->name)
                               : NULL;
        size = text ? strlen (text) : 0;
        given = text ? SOME : NONE;
    }
    if (given == SOME)
        given = s_convert (self, text, size, value_p, error);
    free (room);
    return given;
}

static s_given_t
s_get_body (const zp_gateway_source_t *self, const zp_gateway_input_t *input,
            json_t **value_p, char *error)
{
    json_t *json = (json_t *) input->json;
    if (!json)
        return NONE;
    if (self->name && !json_is_object (json)) {
        s_wrong (error, "the body must be an object");
        return WRONG;
    }
    *value_p =
        json_incref (self->name ? json_object_get (json, self->name) : json);
    return *value_p ? SOME : NONE;
}

//  The value of a source, which is the caller's
static s_given_t
s_get (const zp_gateway_source_t *self, const zp_gateway_input_t *input,
       json_t **value_p, char *error)
{
    char name[96], wrong[ZP_GATEWAY_ERROR];
    s_given_t given = NONE;
    *value_p = NULL;
    if (self->from == ZP_GATEWAY_FROM_BODY)
        given = s_get_body (self, input, value_p, error);
    else if (self->from != ZP_GATEWAY_FROM_FILE)
        given = s_get_text (self, input, value_p, error);
    if (given == NONE && self->value) {
        *value_p = json_incref ((json_t *) self->value);
        return SOME;
    }
    s_say (self, name);
    if (given == NONE && self->needed) {
        s_wrong (error, "%s is needed", name);
        return WRONG;
    }
    if (given == SOME && !zp_gateway_source_check (self, *value_p, wrong)) {
        s_wrong (error, "%s %.120s", name, wrong);
        json_decref (*value_p);
        *value_p = NULL;
        return WRONG;
    }
    return given;
}

//  One object, whose members the sources are
static bool
s_make_object (const zp_gateway_arguments_t *self,
               const zp_gateway_input_t *input, zp_gateway_made_t *made,
               char *error)
{
    json_t *object = json_object (), *value;
    s_given_t given = SOME;
    assert (object);
    if (self->others && input->json && !json_is_object (input->json)) {
        s_wrong (error, "the body must be an object");
        given = WRONG;
    }
    else if (self->others)
        json_object_update (object, (json_t *) input->json);
    for (size_t i = 0; i < self->count && given != WRONG; i++) {
        const zp_gateway_source_t *source = &self->sources[i];
        given = s_get (source, input, &value, error);
        //  What is named here is never what the body says
        if (given == SOME)
            json_object_set_new (object, source->to, value);
        else
            json_object_del (object, source->to);
    }
    if (given != WRONG) {
        made->room = json_dumps (object, JSON_COMPACT);
        assert (made->room);
        made->parts[0] = (zp_span_t){made->room, strlen (made->room)};
        made->count = 1;
    }
    json_decref (object);
    return given != WRONG;
}

//  A value as an argument by itself: a string as it is, all else as JSON
static char *
s_text (json_t *value)
{
    char *text = json_is_string (value)
                     ? strdup (json_string_value (value))
                     : json_dumps (value, JSON_COMPACT | JSON_ENCODE_ANY);
    assert (text);
    json_decref (value);
    return text;
}

static bool
s_make_list (const zp_gateway_arguments_t *self,
             const zp_gateway_input_t *input, zp_gateway_made_t *made,
             char *error)
{
    size_t size = 0, offsets[ZP_ENVELOPE_PARTS_MAX];
    json_t *value;
    for (size_t i = 0; i < self->count; i++) {
        s_given_t given = s_get (&self->sources[i], input, &value, error);
        if (given == WRONG)
            return false;
        char *text = given == SOME ? s_text (value) : strdup ("");
        assert (text);
        size_t more = strlen (text);
        made->room = realloc (made->room, size + more + 1);
        assert (made->room);
        memcpy (made->room + size, text, more + 1);
        free (text);
        offsets[i] = size;
        made->parts[i].size = more;
        size += more;
    }
    for (size_t i = 0; i < self->count; i++)
        made->parts[i].data = made->room + offsets[i];
    made->count = self->count;
    return true;
}

bool
zp_gateway_arguments_make (const zp_gateway_arguments_t *self,
                           const zp_gateway_input_t *input,
                           zp_gateway_made_t *made, char *error)
{
    made->count = 0;
    made->room = NULL;
    bool good = true;
    if (!self->whole)
        good = self->list ? s_make_list (self, input, made, error)
                          : s_make_object (self, input, made, error);
    else if (input->json)
        made->parts[made->count++] = input->body;
    else {
        s_wrong (error, "the body is needed");
        good = false;
    }
    if (!good) {
        free (made->room);
        made->room = NULL;
    }
    return good;
}

char *
zp_gateway_source_text (const zp_gateway_source_t *self,
                        const zp_gateway_input_t *input, char *error)
{
    json_t *value;
    error[0] = 0;
    return s_get (self, input, &value, error) == SOME ? s_text (value) : NULL;
}
