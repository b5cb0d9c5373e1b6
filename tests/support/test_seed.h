//  SPDX-License-Identifier: MIT
//
//  test_seed - random input that can be had again
//
//  A property test draws all it does from one seed, and prints it. To repeat a
//  run that failed: ZP_SEED=12345 ./test_breaker

#ifndef TEST_SEED_H
#define TEST_SEED_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

//  The seed in the environment's ZP_SEED, or else one from the clock. Prints it
//  to stderr.
static inline uint64_t
test_seed (void)
{
    const char *given = getenv ("ZP_SEED");
    struct timespec now;
    timespec_get (&now, TIME_UTC);
    uint64_t seed = (uint64_t) now.tv_sec * 1000000000 + (uint64_t) now.tv_nsec;
    if (given)
        seed = strtoull (given, NULL, 0);
    fprintf (stderr, "ZP_SEED=%" PRIu64 "\n", seed);
    return seed;
}

//  The next random number of a state that began as a seed. PCG RXS-M-XS
//  (O'Neill 2014): not the generator of the library, which is under test
//  itself.
static inline uint64_t
test_random (uint64_t *state)
{
    *state = *state * 6364136223846793005 + 1442695040888963407;
    uint64_t word = ((*state >> ((*state >> 59) + 5)) ^ *state);
    word *= 12605985483714917081U;
    return (word >> 43) ^ word;
}

//  A random number from 0 to bound - 1 (bound > 0), as good as a test needs.
static inline int
test_below (uint64_t *state, int bound)
{
    return (int) (test_random (state) % (uint64_t) bound);
}

#endif
