//  SPDX-License-Identifier: MIT

#include "zp_args.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

const char *
zp_args_plain (zp_span_t text, char *room, size_t size)
{
    const char *from = text.data;
    size_t count = text.size < size ? text.size : size - 1;
    for (size_t i = 0; i < count; i++)
        room[i] = (char) (from[i] < ' ' || from[i] > '~' ? '?' : from[i]);
    room[count] = 0;
    return room;
}

static const zp_arg_t *
s_find (const zp_arg_t *args, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp (args[i].name, name) == 0)
            return &args[i];
    return NULL;
}

//  "no option 'dely_ms' here; there are: id, delay_ms"
static void
s_unknown (const zp_arg_t *args, size_t count, const char *name, char *error)
{
    char plain[65];
    zp_span_t span = {name, strlen (name)};
    int size = snprintf (
        error, ZP_ARGS_ERROR, "no option '%s' here; there are%s",
        zp_args_plain (span, plain, sizeof plain), count ? ":" : " none");
    for (size_t i = 0; i < count && size < ZP_ARGS_ERROR; i++)
        size += snprintf (error + size, ZP_ARGS_ERROR - (size_t) size, "%s %s",
                          i ? "," : "", args[i].name);
}

static bool
s_take_number (const zp_arg_t *arg, const json_t *value, char *error)
{
    json_int_t number = json_integer_value (value);
    if (json_is_integer (value) && number >= arg->min && number <= arg->max) {
        *arg->number = number;
        return true;
    }
    snprintf (error, ZP_ARGS_ERROR,
              "'%s' must be an integer from %" PRId64 " to %" PRId64, arg->name,
              arg->min, arg->max);
    return false;
}

static bool
s_take_flag (const zp_arg_t *arg, const json_t *value, char *error)
{
    *arg->flag = json_is_true (value);
    if (json_is_boolean (value))
        return true;
    snprintf (error, ZP_ARGS_ERROR, "'%s' must be true or false", arg->name);
    return false;
}

static bool
s_take_text (const zp_arg_t *arg, const json_t *value, char *error)
{
    size_t size = json_string_length (value);
    if (json_is_string (value) && size < arg->room) {
        memcpy (arg->text, json_string_value (value), size + 1);
        return true;
    }
    snprintf (error, ZP_ARGS_ERROR, "'%s' must be a text of at most %zu bytes",
              arg->name, arg->room - 1);
    return false;
}

bool
zp_args_read (zp_span_t json, const zp_arg_t *args, size_t count, char *error)
{
    if (json.size == 0)
        return true;
    json_error_t mistake;
    json_t *object =
        json_loadb (json.data, json.size, JSON_REJECT_DUPLICATES, &mistake);
    if (!json_is_object (object)) {
        char plain[129];
        zp_span_t span = {mistake.text, object ? 0 : strlen (mistake.text)};
        snprintf (error, ZP_ARGS_ERROR, "options must be a JSON object%s%s",
                  object ? "" : ": ",
                  zp_args_plain (span, plain, sizeof plain));
        json_decref (object);
        return false;
    }
    bool good = true;
    const char *name;
    json_t *value;
    json_object_foreach (object, name, value)
    {
        const zp_arg_t *arg = s_find (args, count, name);
        if (!good)
            continue;
        good = arg != NULL && (arg->number ? s_take_number (arg, value, error)
                               : arg->flag ? s_take_flag (arg, value, error)
                                           : s_take_text (arg, value, error));
        if (!arg)
            s_unknown (args, count, name, error);
    }
    json_decref (object);
    return good;
}
