//  SPDX-License-Identifier: MIT

#include "duration.h"

#include <stdio.h>
#include <string.h>

const char *
duration_text (int64_t ms, char text[DURATION_SIZE])
{
    static const struct {
        const char *name;  // Of the unit
        double ms;         // How long it is
        double until;      // So many of it are told in the next one
    } units[] = {{"ms", 1, 1000},
                 {"s", 1000, 120},
                 {"min", 60000, 60},
                 {"h", 3600000, 48},
                 {"d", 86400000, 1e15}};
    size_t unit = 0;
    double size = ms < 0 ? -(double) ms : (double) ms;
    while (size >= units[unit].until * units[unit].ms)
        unit++;
    double number = (double) ms / units[unit].ms;
    int digits = unit == 0 || size >= 99.95 * units[unit].ms ? 0
                 : size >= 9.995 * units[unit].ms            ? 1
                                                             : 2;
    int length = snprintf (text, DURATION_SIZE, "%.*f", digits, number);
    while (digits > 0 && text[length - 1] == '0')
        length--;
    length -= text[length - 1] == '.';
    snprintf (text + length, DURATION_SIZE - (size_t) length, " %s",
              units[unit].name);
    return text;
}
