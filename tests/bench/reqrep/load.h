//  SPDX-License-Identifier: MIT
//
//  load - the closed loop that drives each contender, the same for all
//
//  A contender's client sends in_flight requests, and then one for each reply.
//  What is in a request comes from load_request; each reply goes to
//  load_reply, which counts it, and says when to stop. A request starts with
//  the time it was made, in nanoseconds, so the echo tells its latency with no
//  bookkeeping; 0 means that it is not timed. With many in flight only each
//  17th is, since reading the clock would cost the fast contenders a tenth of
//  their time: 17 divides none of the usual depths, so that no place in a
//  burst is preferred.

#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zp_histogram.h"

typedef struct load {
    size_t size;       // Bytes of a request, and of its reply; 8 or more
    size_t in_flight;  // Requests sent and not replied to
    double seconds;    // Measure for so long, after a tenth of it to warm up,
    uint64_t count;    // or until there are so many replies, if not 0
    zp_histogram_t *latencies;  // Of the timed requests, in nanoseconds

    uint64_t requests;    // Made so far
    uint64_t replies;     // Counted since started_ns
    uint64_t start_ns;    // Warm after this
    uint64_t started_ns;  // When the counting began; 0: not yet
    uint64_t ended_ns;    // When it ended; 0: not yet
} load_t;

//  What a measurement found
typedef struct result {
    double rate;      // Replies a second
    double p50_us;    // Latency that half of the replies do not exceed
    double p99_us;    // The same for 99 of 100
    double requests;  // Made in all, to warm up as well
    double cpu_us;    // Processor time that one of these took, at both ends
                      // together; not known to the client
} result_t;

//  The time now, in nanoseconds
uint64_t load_clock (void);

//  Write the next request to data, which has room for size bytes.
void load_request (load_t *self, void *data);

//  Take a reply. False if it was the last one: send no more. A reply that is
//  not the echo of a request ends the program.
bool load_reply (load_t *self, const void *data, size_t size);

//  What was found, when load_reply has returned false.
result_t load_result (const load_t *self);

#endif
