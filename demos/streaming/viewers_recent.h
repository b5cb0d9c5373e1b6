//  SPDX-License-Identifier: MIT
//
//  viewers_recent - what happened in the last ten seconds: how often, and how
//  long it took
//
//  Seconds are forgotten by twos, so it is the last eight to ten. Times are
//  those of zclock_usecs.

#ifndef VIEWERS_RECENT_H
#define VIEWERS_RECENT_H

#include "zp_histogram.h"

#define VIEWERS_RECENT_SLOTS 5

//  All 0 is an empty one
typedef struct viewers_recent {
    struct {
        int64_t number;         // Which two seconds
        uint64_t count;         // Of what happened in these
        zp_histogram_t *times;  // Of what was told: microseconds
    } slots[VIEWERS_RECENT_SLOTS];
} viewers_recent_t;

//  Free the memory; it is empty then.
void viewers_recent_clear (viewers_recent_t *self);

//  Something happened.
void viewers_recent_count (viewers_recent_t *self, int64_t now_us);

//  Something took so long.
void
viewers_recent_time (viewers_recent_t *self, int64_t now_us, int64_t time_us);

//  How often it happens in a second, from the last two to four.
double viewers_recent_rate (const viewers_recent_t *self, int64_t now_us);

//  Count all that took time in times as well.
void viewers_recent_add_to (const viewers_recent_t *self, int64_t now_us,
                            zp_histogram_t *times);

#endif
