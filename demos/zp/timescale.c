//  SPDX-License-Identifier: MIT

#include "timescale.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CUT_WIDTH 84   // Of a stretch that is cut
#define VISIBLE   6    // A stretch that is narrower can hardly be seen
#define CUT_COST  1.5  // A cut is worth it if it makes so many visible
#define TICK      90   // From one mark to the next, at least

static int
s_compare (const void *a, const void *b)
{
    int64_t left = *(const int64_t *) a, right = *(const int64_t *) b;
    return (left > right) - (left < right);
}

static int64_t
s_length (const timescale_stretch_t *stretch)
{
    return stretch->to_ms - stretch->from_ms;
}

//  The longer ones first
static int
s_compare_length (const void *a, const void *b)
{
    int64_t left = *(const int64_t *) a, right = *(const int64_t *) b;
    return (left < right) - (left > right);
}

//  The width of a millisecond if the longest `cuts` of all are cut; 0 if that
//  leaves nothing
static double
s_unit (const int64_t *lengths, size_t count, size_t cuts, double width)
{
    double left = 0;
    for (size_t i = cuts; i < count; i++)
        left += (double) lengths[i];
    double room = width - CUT_WIDTH * (double) cuts;
    return left > 0 && room > width / 3 ? room / left : 0;
}

//  How many of the longest to cut, so that most can be seen
static size_t
s_best (const int64_t *lengths, size_t count, double width)
{
    size_t best = 0;
    double best_cost = 1e9;
    for (size_t cuts = 0; cuts < count; cuts++) {
        double unit = s_unit (lengths, count, cuts, width);
        double cost = CUT_COST * (double) cuts;
        for (size_t i = cuts; i < count; i++)
            cost += (double) lengths[i] * unit < VISIBLE;
        if (unit > 0 && cost < best_cost) {
            best_cost = cost;
            best = cuts;
        }
    }
    return best;
}

//  The next of 1, 2, 5, 10, 20, ...
static int64_t
s_round (double ms)
{
    static const int64_t steps[] = {1, 2, 5};
    int64_t power = 1;
    for (;;) {
        for (int i = 0; i < 3; i++)
            if ((double) (power * steps[i]) >= ms)
                return power * steps[i];
        power *= 10;
    }
}

static void
s_place (timescale_t *self)
{
    int64_t *lengths = calloc (self->count + 1, sizeof *lengths);
    assert (lengths);
    for (size_t i = 0; i < self->count; i++)
        lengths[i] = s_length (&self->stretches[i]);
    qsort (lengths, self->count, sizeof *lengths, s_compare_length);
    size_t cuts = s_best (lengths, self->count, self->width);
    double unit = s_unit (lengths, self->count, cuts, self->width), x = 0;
    //  Of those that are as long as the shortest that is cut, only some are
    int64_t least = cuts ? lengths[cuts - 1] : INT64_MAX;
    size_t some = cuts;
    while (some > 0 && lengths[cuts - some] > least)
        some--;
    for (size_t i = 0; i < self->count; i++) {
        timescale_stretch_t *stretch = &self->stretches[i];
        bool equal = s_length (stretch) == least;
        stretch->cut = s_length (stretch) > least || (equal && some > 0);
        some -= equal && stretch->cut;
        stretch->x = x;
        stretch->width =
            stretch->cut ? CUT_WIDTH : (double) s_length (stretch) * unit;
        x += stretch->width;
    }
    self->tick_ms = s_round (TICK / unit);
    free (lengths);
}

void
timescale_make (timescale_t *self, int64_t *moments_ms, size_t count,
                double width)
{
    *self = (timescale_t){.width = width, .tick_ms = 1};
    qsort (moments_ms, count, sizeof *moments_ms, s_compare);
    self->stretches = calloc (count + 1, sizeof *self->stretches);
    assert (self->stretches);
    for (size_t i = 1; i < count; i++)
        if (moments_ms[i] > moments_ms[i - 1])
            self->stretches[self->count++] = (timescale_stretch_t){
                .from_ms = moments_ms[i - 1], .to_ms = moments_ms[i]};
    if (self->count)
        s_place (self);
}

void
timescale_clear (timescale_t *self)
{
    free (self->stretches);
    *self = (timescale_t){0};
}

double
timescale_x (const timescale_t *self, int64_t at_ms)
{
    for (size_t i = 0; i < self->count; i++) {
        const timescale_stretch_t *stretch = &self->stretches[i];
        if (at_ms <= stretch->from_ms)
            return stretch->x;
        if (at_ms <= stretch->to_ms)
            return stretch->x + stretch->width *
                                    (double) (at_ms - stretch->from_ms) /
                                    (double) s_length (stretch);
    }
    return self->count ? self->width : 0;
}
