//  SPDX-License-Identifier: MIT
//
//  A value's bucket is made of its highest bit and the five bits below:
//
//      value         shift  buckets        each as wide as
//      0 .. 63         0       0 ..   63     1
//      64 .. 127       1      64 ..   95     2
//      128 .. 255      2      96 ..  127     4
//      ...
//      2^63 ..        58    1888 .. 1919     2^58

#include "zp_histogram.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BITS    5            // Kept below the highest one
#define STEPS   (1 << BITS)  // Buckets to a power of two
#define BUCKETS ((64 - BITS - 1) * STEPS + 2 * STEPS)

struct zp_histogram {
    uint64_t count;             // Values
    uint64_t min;               // Least; the greatest number if there are none
    uint64_t max;               // Greatest
    uint64_t sum_low;           // Their sum has 128 bits: here the low
    uint64_t sum_high;          // and here the high ones
    uint64_t buckets[BUCKETS];  // Values in each
};

zp_histogram_t *
zp_histogram_new (void)
{
    zp_histogram_t *self = malloc (sizeof *self);
    assert (self);
    zp_histogram_reset (self);
    return self;
}

void
zp_histogram_destroy (zp_histogram_t **self_p)
{
    free (*self_p);
    *self_p = NULL;
}

void
zp_histogram_reset (zp_histogram_t *self)
{
    memset (self, 0, sizeof *self);
    self->min = UINT64_MAX;
}

//  How many low bits of a value its bucket leaves out

static int
s_shift (uint64_t value)
{
    return 63 - BITS - __builtin_clzll (value | STEPS);
}

//  The greatest value that shares this bucket

static uint64_t
s_greatest (int bucket)
{
    int shift = bucket < 2 * STEPS ? 0 : bucket / STEPS - 1;
    uint64_t top = (uint64_t) (bucket - shift * STEPS);
    return (top << shift) + ((UINT64_C (1) << shift) - 1);
}

void
zp_histogram_record (zp_histogram_t *self, uint64_t value)
{
    int shift = s_shift (value);
    self->buckets[(uint64_t) (shift * STEPS) + (value >> shift)]++;
    self->count++;
    self->sum_low += value;
    self->sum_high += self->sum_low < value;
    if (value < self->min)
        self->min = value;
    if (value > self->max)
        self->max = value;
}

void
zp_histogram_merge (zp_histogram_t *self, const zp_histogram_t *other)
{
    for (int bucket = 0; bucket < BUCKETS; bucket++)
        self->buckets[bucket] += other->buckets[bucket];
    self->count += other->count;
    uint64_t low = other->sum_low;
    self->sum_low += low;
    self->sum_high += other->sum_high + (self->sum_low < low);
    if (other->min < self->min)
        self->min = other->min;
    if (other->max > self->max)
        self->max = other->max;
}

uint64_t
zp_histogram_count (const zp_histogram_t *self)
{
    return self->count;
}

uint64_t
zp_histogram_min (const zp_histogram_t *self)
{
    return self->count ? self->min : 0;
}

uint64_t
zp_histogram_max (const zp_histogram_t *self)
{
    return self->max;
}

double
zp_histogram_mean (const zp_histogram_t *self)
{
    if (self->count == 0)
        return 0;
    double sum = (double) self->sum_high * 0x1p64 + (double) self->sum_low;
    return sum / (double) self->count;
}

uint64_t
zp_histogram_percentile (const zp_histogram_t *self, double percent)
{
    if (percent <= 0)
        return zp_histogram_min (self);
    double wanted = percent * (double) self->count;
    uint64_t seen = 0;
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
        seen += self->buckets[bucket];
        if ((double) seen * 100.0 >= wanted) {
            uint64_t value = s_greatest (bucket);
            return value < self->max ? value : self->max;
        }
    }
    return self->max;
}
