//  SPDX-License-Identifier: MIT
//
//  zp_queue_options - limits of durable work queues

#ifndef ZP_QUEUE_OPTIONS_H
#define ZP_QUEUE_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#define ZP_QUEUE_PRIORITIES       10       // 0 to 9; 9 goes first
#define ZP_QUEUE_PRIORITY_DEFAULT 4        // As in JMS
#define ZP_QUEUE_NOTE_MS          100      // A lease so old is in the log
#define ZP_QUEUE_NAME_MAX         128      // Bytes: letters, digits, . _ -
#define ZP_QUEUE_DEAD             ".dead"  // Ends a dead-letter queue's name
#define ZP_QUEUE_MESSAGE_ID_MAX   64       // Bytes: printable ASCII
#define ZP_QUEUE_MS_MAX           31536000000  // A year, the longest delay
#define ZP_QUEUE_LEASE_MS_MAX     INT32_MAX    // The longest lease, 24 days
#define ZP_QUEUE_WHY_MAX          512          // Bytes of UTF-8: why buried

//  What is out of its range counts as the nearest that is in it.
typedef struct zp_queue_options {
    size_t max_queues;      // How many names may be made; up to 30000
    size_t max_messages;    // In one queue; put is refused beyond
    uint64_t max_bytes;     // Of bodies in one queue; put is refused beyond
    size_t max_body_bytes;  // Of one message; up to 2^31 - 1
    int64_t lease_ms;       // How long a worker may be silent, by default
    int delivery_limit;     // In vain so often: dead-letter; 1 to 250
    int64_t dedupe_ms;      // How long a message id is remembered
    size_t memory_bytes;    // Of bodies kept in memory; others stay on disk
    int age_every;          // Each so manieth delivery of a queue is of its
                            // oldest ready message, whatever the priority;
                            // 0: never, priorities are strict
} zp_queue_options_t;

#define ZP_QUEUE_DEFAULTS                                                      \
    {                                                                          \
        .max_queues = 1000, .max_messages = 20000000,                          \
        .max_bytes = (uint64_t) 64 << 30, .max_body_bytes = 8 << 20,           \
        .lease_ms = 30000, .delivery_limit = 20, .dedupe_ms = 120000,          \
        .memory_bytes = 64 << 20                                               \
    }

#endif
