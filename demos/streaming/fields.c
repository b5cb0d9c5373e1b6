//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "fields.h"

#include <czmq.h>

static const field_t *
s_find (const field_t *fields, const char *name)
{
    while (fields->name && strcmp (fields->name, name) != 0)
        fields++;
    return fields->name ? fields : NULL;
}

static char *
s_unknown (const char *name, const field_t *fields)
{
    char names[200] = "";
    for (const field_t *field = fields; field->name; field++) {
        size_t size = strlen (names);
        snprintf (names + size, sizeof names - size, " %s", field->name);
    }
    return zsys_sprintf ("no field \"%.40s\" is known here; there %s%s", name,
                         *names ? "are" : "is none", names);
}

static bool
s_string_fits (json_t *value, int min, int max)
{
    return json_is_string (value) &&
           json_string_length (value) >= (size_t) min &&
           json_string_length (value) <= (size_t) max;
}

static bool
s_strings_fit (json_t *value, int min, int max)
{
    size_t size = json_array_size (value);
    if (!json_is_array (value) || size < (size_t) min || size > (size_t) max)
        return false;
    for (size_t i = 0; i < size; i++)
        if (!s_string_fits (json_array_get (value, i), 1, FIELDS_STRING_MAX))
            return false;
    return true;
}

static char *
s_value_wrong (json_t *value, const field_t *field)
{
    if (field->type == JSON_STRING &&
        !s_string_fits (value, field->min, field->max))
        return zsys_sprintf ("\"%s\" must be a string of %d to %d bytes",
                             field->name, field->min, field->max);
    if (field->type == JSON_INTEGER &&
        (!json_is_integer (value) || json_integer_value (value) < field->min ||
         json_integer_value (value) > field->max))
        return zsys_sprintf ("\"%s\" must be a whole number from %d to %d",
                             field->name, field->min, field->max);
    if (field->type == JSON_REAL &&
        (!json_is_number (value) || json_number_value (value) < field->min ||
         json_number_value (value) > field->max))
        return zsys_sprintf ("\"%s\" must be a number from %d to %d",
                             field->name, field->min, field->max);
    if (field->type == JSON_ARRAY &&
        !s_strings_fit (value, field->min, field->max))
        return zsys_sprintf ("\"%s\" must be an array of %d to %d strings, "
                             "each of 1 to %d bytes",
                             field->name, field->min, field->max,
                             FIELDS_STRING_MAX);
    return NULL;
}

char *
fields_wrong (json_t *value, const field_t *fields)
{
    if (!json_is_object (value))
        return strdup ("it must be a JSON object, such as {}");

    const char *name;
    json_t *member;
    json_object_foreach (value, name, member)
    {
        const field_t *field = s_find (fields, name);
        char *wrong =
            field ? s_value_wrong (member, field) : s_unknown (name, fields);
        if (wrong)
            return wrong;
    }
    for (; fields->name; fields++)
        if (fields->needed && !json_object_get (value, fields->name))
            return zsys_sprintf ("\"%s\" is missing", fields->name);
    return NULL;
}

const char *
fields_text (const json_t *object, const char *name)
{
    return json_string_value (json_object_get (object, name));
}
