//  SPDX-License-Identifier: MIT
//
//  zp_random - seeded random numbers
//
//  splitmix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number
//  Generators", OOPSLA 2014): eight bytes of state, one addition and two
//  multiplications a number, and the same seed gives the same numbers on every
//  machine. Good for jitter, sampling, load balancing, simulations and faults
//  on purpose. NOT for secrets: whoever sees one number knows all that follow.
//
//  A generator is a plain value: copy it, embed it, keep one for each thread.

#ifndef ZP_RANDOM_H
#define ZP_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

typedef struct zp_random {
    uint64_t state;  // Where it stands; any value is a good one
} zp_random_t;

//  Start the numbers that belong to seed, which may be any value.
void zp_random_seed (zp_random_t *self, uint64_t seed);

//  The next number: each of the 2^64 comes once before any comes again.
uint64_t zp_random_next (zp_random_t *self);

//  A number from 0 to bound - 1, all equally likely; 0 if bound is 0.
uint32_t zp_random_below (zp_random_t *self, uint32_t bound);

//  True in percent of all cases: never for 0 and less, always for 100 and more.
bool zp_random_chance (zp_random_t *self, double percent);

//  A seed from the operating system, another one each time.
uint64_t zp_random_entropy (void);

#endif
