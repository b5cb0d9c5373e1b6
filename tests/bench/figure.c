//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "figure.h"

#include <stdio.h>
#include <stdlib.h>

static int
s_compare (const void *left, const void *right)
{
    double a = *(const double *) left, b = *(const double *) right;
    return (a > b) - (a < b);
}

figure_t
figure_of (double *values, int count)
{
    qsort (values, (size_t) count, sizeof values[0], s_compare);
    int middle = count / 2;
    return (figure_t){
        .median = count % 2 ? values[middle]
                            : (values[middle - 1] + values[middle]) / 2,
        .min = values[0],
        .max = values[count - 1],
    };
}

void
figure_print_ratio (const figure_t *self)
{
    printf ("  %6.2f (%5.2f -%6.2f)", self->median, self->min, self->max);
}

void
figure_print_json (const char *name, const figure_t *self)
{
    printf (", \"%s\": {\"median\": %.3f, \"min\": %.3f, \"max\": %.3f}", name,
            self->median, self->min, self->max);
}

void
figure_shuffle (zp_random_t *random, size_t *order, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = zp_random_below (random, (uint32_t) i);
        size_t moved = order[other];
        order[other] = order[i - 1];
        order[i - 1] = moved;
    }
}
