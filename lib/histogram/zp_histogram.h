//  SPDX-License-Identifier: MIT
//
//  zp_histogram - how a value, such as a latency, is distributed
//
//  Any 64-bit value in any unit, in 15 KiB whatever is recorded. Buckets are
//  log-linear, 32 to each power of two, as in Gil Tene's HdrHistogram: values
//  below 64 are kept exactly, and a percentile of greater ones is never below
//  the true value and at most 1/32 (3.2 %) above it. To record is a few
//  instructions: no memory, no division, no loop.
//
//  Not thread safe: give each thread its own, and merge them.

#ifndef ZP_HISTOGRAM_H
#define ZP_HISTOGRAM_H

#include <stdint.h>

typedef struct zp_histogram zp_histogram_t;

//  A histogram of nothing.
zp_histogram_t *zp_histogram_new (void);

void zp_histogram_destroy (zp_histogram_t **self_p);

//  Forget all values.
void zp_histogram_reset (zp_histogram_t *self);

//  Count one value.
void zp_histogram_record (zp_histogram_t *self, uint64_t value);

//  Count all of other's values as well; other does not change.
void zp_histogram_merge (zp_histogram_t *self, const zp_histogram_t *other);

//  How many values there are.
uint64_t zp_histogram_count (const zp_histogram_t *self);

//  The least, the greatest and the mean value: from the values themselves, not
//  from buckets. 0 if there are none.
uint64_t zp_histogram_min (const zp_histogram_t *self);
uint64_t zp_histogram_max (const zp_histogram_t *self);
double zp_histogram_mean (const zp_histogram_t *self);

//  The least value that at least percent of all values do not exceed, to the
//  error above. 0 and less is the minimum, exactly; 100 and more the maximum,
//  exactly; 0 if there are no values.
uint64_t zp_histogram_percentile (const zp_histogram_t *self, double percent);

#endif
