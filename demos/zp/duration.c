//  SPDX-License-Identifier: MIT

#include "duration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_MS (100 * 365.25 * 86400000)

typedef struct unit {
    const char *name;  // As it is written
    double ms;         // How long it is
    double until;      // So many of it are told in the next one
} unit_t;

static const unit_t s_units[] = {{"us", 0.001, 1000}, {"ms", 1, 1000},
                                 {"s", 1000, 120},    {"min", 60000, 60},
                                 {"h", 3600000, 48},  {"d", 86400000, 1e15}};

#define UNITS (sizeof s_units / sizeof *s_units)
#define MS    1  // The number of that unit

//  In that unit or a greater one; there are no parts of that
static const char *
s_text (double ms, size_t least, char text[DURATION_SIZE])
{
    size_t unit = least;
    double size = ms < 0 ? -ms : ms;
    while (size >= s_units[unit].until * s_units[unit].ms)
        unit++;
    int digits = unit == least || size >= 99.95 * s_units[unit].ms ? 0
                 : size >= 9.995 * s_units[unit].ms                ? 1
                                                                   : 2;
    int length =
        snprintf (text, DURATION_SIZE, "%.*f", digits, ms / s_units[unit].ms);
    if (digits > 0) {
        while (text[length - 1] == '0')
            length--;
        length -= text[length - 1] == '.';
    }
    snprintf (text + length, DURATION_SIZE - (size_t) length, " %s",
              s_units[unit].name);
    return text;
}

const char *
duration_text (int64_t ms, char text[DURATION_SIZE])
{
    return s_text ((double) ms, MS, text);
}

const char *
duration_text_us (int64_t us, char text[DURATION_SIZE])
{
    return s_text ((double) us / 1000, 0, text);
}

int64_t
duration_parse (const char *text)
{
    char *end;
    if (*text < '0' || *text > '9')
        return -1;
    double number = strtod (text, &end);
    end += strspn (end, " ");
    for (size_t i = MS; i < UNITS; i++)
        if (strcmp (end, s_units[i].name) == 0 || (i == MS && !*end)) {
            double ms = number * s_units[i].ms;
            return ms <= MOST_MS ? (int64_t) ms : -1;
        }
    return -1;
}
