//  SPDX-License-Identifier: MIT

#include "stage_json.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "member.h"

#define DIGITS                                                                 \
    15  // Of a number with a fraction: enough for two behind the
        // point, and too few to show how it is rounded

int64_t
stage_number (const json_t *object, const char *key)
{
    const json_t *value = json_object_get (object, key);
    double real = json_number_value (value);
    if (real <= 0 || real >= 1e15)
        return 0;
    return json_is_integer (value) ? json_integer_value (value)
                                   : (int64_t) real;
}

const char *
stage_name (const json_t *object, const char *key)
{
    const char *name = member_text (object, key);
    return strlen (name) < STAGE_NAME_SIZE ? name : "";
}

json_t *
stage_rounded (double number)
{
    double rounded = floor (number * 100 + 0.5) / 100;
    if (rounded == floor (rounded) && fabs (rounded) < 1e15)
        return json_integer ((json_int_t) rounded);
    return json_real (rounded);
}

char *
stage_dump (json_t *json)
{
    char *text = json_dumps (json, JSON_COMPACT | JSON_ENCODE_ANY |
                                       JSON_REAL_PRECISION (DIGITS));
    assert (text);
    json_decref (json);
    return text;
}
