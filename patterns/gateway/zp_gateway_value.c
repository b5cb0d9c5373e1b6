//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "zp_gateway_value.h"
#include "zp_gateway_http.h"
#include "zp_gateway_routes_private.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
zp_gateway_say_wrong (char *error, const char *format, ...)
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

//  True if a value of this type, and with this number or size, is what a source
//  must be; otherwise error says what that is
static bool
s_check (const zp_gateway_source_t *self, json_type type, double size,
         char *error)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array",
        [JSON_STRING] = "a string",  [JSON_INTEGER] = "a whole number",
        [JSON_REAL] = "a number",    [JSON_TRUE] = "true or false",
        [JSON_NULL] = "anything",
    };
    char bounds[64];
    bool fits = self->type == JSON_NULL || self->type == type ||
                (self->type == JSON_REAL && type == JSON_INTEGER) ||
                (self->type == JSON_TRUE && type == JSON_FALSE);
    bool bounded = self->min != 0 || self->max != 0;
    if (fits && (!bounded || (size >= self->min && size <= self->max)))
        return true;
    if (!bounded) {
        zp_gateway_say_wrong (error, "must be %s", names[self->type]);
        return false;
    }
    if (self->max >= ZP_GATEWAY_ANY)
        snprintf (bounds, sizeof bounds, "%.15g or more", self->min);
    else if (self->min <= -ZP_GATEWAY_ANY)
        snprintf (bounds, sizeof bounds, "up to %.15g", self->max);
    else
        snprintf (bounds, sizeof bounds, "%.15g to %.15g", self->min,
                  self->max);
    if (self->type == JSON_STRING)
        zp_gateway_say_wrong (error, "must be a string of %s bytes", bounds);
    else
        zp_gateway_say_wrong (error, "must be %s, %s", names[self->type],
                              bounds);
    return false;
}

bool
zp_gateway_source_check (const zp_gateway_source_t *self, const json_t *value,
                         char *error)
{
    return s_check (self, json_typeof (value),
                    json_is_string (value) ? (double) json_string_length (value)
                                           : json_number_value (value),
                    error);
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
static zp_gateway_given_t
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
            zp_gateway_say_wrong (
                error, "the query has a '%%' without two hex digits, or "
                       "a NUL");
            return ZP_GATEWAY_WRONG;
        }
        at += at < end;
        if (!mine)
            continue;
        if (found++) {
            zp_gateway_say_wrong (error, "\"%.40s\" is in the query twice",
                                  self->name);
            return ZP_GATEWAY_WRONG;
        }
        *value_size = size;
    }
    return found ? ZP_GATEWAY_SOME : ZP_GATEWAY_NONE;
}

//  What comes as a text. The path has UTF-8 only
static zp_gateway_given_t
s_get_text (const zp_gateway_source_t *self, const zp_gateway_input_t *input,
            zp_gateway_value_t *value, char *error)
{
    zp_span_t query = input->match->query;
    switch (self->from) {
    case ZP_GATEWAY_FROM_PATH:
        value->text = input->match->values[self->variable].data;
        value->size = input->match->values[self->variable].size;
        return ZP_GATEWAY_SOME;
    case ZP_GATEWAY_FROM_QUERY:
        if (query.size == 0)
            return ZP_GATEWAY_NONE;
        value->text = value->room = malloc (query.size);
        assert (value->room);
        return s_query (self, query, value->room, &value->size, error);
    case ZP_GATEWAY_FROM_HEADER:
        if (input->header)
            value->text = input->header (input->arg, self->name);
        break;
    default:
        value->text = input->key;
    }
    value->size = value->text ? strlen (value->text) : 0;
    return value->text ? ZP_GATEWAY_SOME : ZP_GATEWAY_NONE;
}

//  Make a text what it is to be. False if it can't be
static bool
s_convert (const zp_gateway_source_t *self, zp_gateway_value_t *value,
           char *error)
{
    if (self->type == JSON_STRING) {
        if (zp_gateway_utf8 (value->text, value->size))
            return s_check (self, JSON_STRING, (double) value->size, error);
        zp_gateway_say_wrong (error, "must be UTF-8");
        return false;
    }
    //  JSON would allow spaces around it
    bool bare = value->size > 0 && value->text[0] > ' ' &&
                value->text[value->size - 1] > ' ';
    value->own =
        bare ? json_loadb (value->text, value->size, JSON_DECODE_ANY, NULL)
             : NULL;
    //  What is nothing is null here, which it must not be
    value->json = value->own ? value->own : json_null ();
    value->text = NULL;
    return zp_gateway_source_check (self, value->json, error);
}

static zp_gateway_given_t
s_get_body (const zp_gateway_source_t *self, const zp_gateway_input_t *input,
            zp_gateway_value_t *value, char *error)
{
    if (self->name && input->json && !json_is_object (input->json)) {
        zp_gateway_say_wrong (error, "the body must be an object");
        return ZP_GATEWAY_WRONG;
    }
    value->json =
        self->name ? json_object_get (input->json, self->name) : input->json;
    return value->json ? ZP_GATEWAY_SOME : ZP_GATEWAY_NONE;
}

void
zp_gateway_value_clear (zp_gateway_value_t *self)
{
    json_decref (self->own);
    free (self->room);
    *self = (zp_gateway_value_t){0};
}

zp_gateway_given_t
zp_gateway_source_get (const zp_gateway_source_t *self,
                       const zp_gateway_input_t *input,
                       zp_gateway_value_t *value, char *error)
{
    char name[96], wrong[ZP_GATEWAY_ERROR] = "";
    zp_gateway_given_t given = ZP_GATEWAY_NONE;
    *value = (zp_gateway_value_t){0};
    if (self->from == ZP_GATEWAY_FROM_BODY)
        given = s_get_body (self, input, value, error);
    else if (self->from != ZP_GATEWAY_FROM_FILE)
        given = s_get_text (self, input, value, error);
    if (given == ZP_GATEWAY_SOME &&
        !(value->text ? s_convert (self, value, wrong)
                      : zp_gateway_source_check (self, value->json, wrong)))
        given = ZP_GATEWAY_WRONG;
    if (given == ZP_GATEWAY_SOME)
        return given;
    zp_gateway_value_clear (value);
    if (given == ZP_GATEWAY_NONE && self->value) {
        value->json = self->value;
        return ZP_GATEWAY_SOME;
    }
    s_say (self, name);
    if (given == ZP_GATEWAY_NONE && self->needed) {
        zp_gateway_say_wrong (error, "%s is needed", name);
        return ZP_GATEWAY_WRONG;
    }
    if (*wrong)
        zp_gateway_say_wrong (error, "%s %.120s", name, wrong);
    return given;
}
