//  SPDX-License-Identifier: MIT

#define _DEFAULT_SOURCE

#include "zp_random.h"

#include <time.h>
#include <unistd.h>

void
zp_random_seed (zp_random_t *self, uint64_t seed)
{
    self->state = seed;
}

uint64_t
zp_random_next (zp_random_t *self)
{
    uint64_t mix = self->state += 0x9e3779b97f4a7c15;
    mix = (mix ^ (mix >> 30)) * 0xbf58476d1ce4e5b9;
    mix = (mix ^ (mix >> 27)) * 0x94d049bb133111eb;
    return mix ^ (mix >> 31);
}

//  Lemire: "Fast Random Integer Generation in an Interval", 2019. The product's
//  high half is the answer. A low half under 2^32 mod bound would favour some
//  answers, and is drawn again; only a low half under bound needs the division.

uint32_t
zp_random_below (zp_random_t *self, uint32_t bound)
{
    uint64_t product = (zp_random_next (self) >> 32) * bound;
    if ((uint32_t) product < bound) {
        uint32_t unfair = (0 - bound) % bound;
        while ((uint32_t) product < unfair)
            product = (zp_random_next (self) >> 32) * bound;
    }
    return (uint32_t) (product >> 32);
}

bool
zp_random_chance (zp_random_t *self, double percent)
{
    double fraction = (double) (zp_random_next (self) >> 11) * 0x1p-53;
    return fraction * 100.0 < percent;
}

uint64_t
zp_random_entropy (void)
{
    uint64_t seed;
    if (getentropy (&seed, sizeof seed) == 0)
        return seed;

    //  A kernel without it: two processes must still differ
    struct timespec now;
    clock_gettime (CLOCK_REALTIME, &now);
    zp_random_t mixer = {(uint64_t) now.tv_sec * 1000000000 +
                         (uint64_t) now.tv_nsec + ((uint64_t) getpid () << 32)};
    return zp_random_next (&mixer);
}
