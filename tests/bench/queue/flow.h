//  SPDX-License-Identifier: MIT
//
//  flow - the messages that go through each contender, the same for all
//
//  A producer makes messages while it has room: not more than in_flight are
//  unconfirmed. A message has its number, counted from 0; the time when it was
//  made, so that the worker knows its latency; and the last one says how many
//  there were, so the worker knows when it has all. It is an error if one was
//  lost, came twice, or was damaged.
//
//  Only each 17th message is timed if many are in flight, since to read the
//  clock would cost the fast contenders more than the slow ones. 17 divides
//  none of the usual depths, so that no place in a burst is preferred.

#ifndef FLOW_H
#define FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zp_histogram.h"

#define FLOW_SIZE_MIN 32  // Bytes of a message

//  The name of the queue, wherever one is wanted
#define FLOW_QUEUE "bench"

//  What a producer has to do, and has done
typedef struct source {
    size_t size;         // Bytes of a message
    size_t in_flight;    // Messages made and not confirmed, at most
    double seconds;      // Make messages for so long,
    uint64_t count;      // or so many, if not 0
    uint64_t made;       // Messages so far
    uint64_t confirmed;  // Of these
    uint64_t first_ns;   // When the first was made
    uint64_t last_ns;    // When the last was confirmed
    bool over;           // The last was made
} source_t;

//  True if a message can be made now.
bool source_room (const source_t *self);

//  Write the next message to data, which has room for size bytes.
void source_make (source_t *self, void *data);

//  So many more were confirmed. False if that was the last.
bool source_confirmed (source_t *self, uint64_t count);

//  What a worker has to do, and has done
typedef struct sink {
    size_t size;                // Bytes of each message
    size_t in_flight;           // Messages to hold and not to have acked
    uint64_t total;             // How many will come in all; 0: not known yet
    uint64_t taken;             // Messages so far
    uint64_t acked;             // Acks that were confirmed
    uint64_t numbers;           // Sum of their numbers
    uint64_t last_ns;           // When the last ack was confirmed
    zp_histogram_t *latencies;  // From made to taken, in nanoseconds
} sink_t;

//  Take a message.
void sink_take (sink_t *self, const void *data, size_t size);

//  True if all were taken.
bool sink_full (const sink_t *self);

//  So many more acks were confirmed. False if that was the last.
bool sink_acked (sink_t *self, uint64_t count);

//  The time now, in nanoseconds, the same in all processes
uint64_t flow_clock (void);

#endif
