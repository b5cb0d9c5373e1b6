//  SPDX-License-Identifier: MIT

#include "member.h"

#include <string.h>

const char *
member_text_or (const json_t *object, const char *key, const char *otherwise)
{
    const char *text = json_string_value (json_object_get (object, key));
    return text ? text : otherwise;
}

const char *
member_text (const json_t *object, const char *key)
{
    return member_text_or (object, key, "");
}

json_int_t
member_integer (const json_t *object, const char *key)
{
    return json_integer_value (json_object_get (object, key));
}

double
member_number (const json_t *object, const char *key)
{
    return json_number_value (json_object_get (object, key));
}

json_t *
member_find (const json_t *array, const char *key, const char *wanted)
{
    for (size_t i = 0; i < json_array_size (array); i++) {
        json_t *one = json_array_get (array, i);
        const char *text = json_string_value (json_object_get (one, key));
        if (text && strcmp (text, wanted) == 0)
            return one;
    }
    return NULL;
}
