//  SPDX-License-Identifier: MIT
//
//  zp_queue_head - what the log says of a message, beside its body
//
//  JSON, for a person to read as well, such as
//
//      {"acquired":3,"delivered":2,"epoch":7,"priority":9}
//
//  Only what differs from the default is there; nothing at all if nothing does.

#ifndef ZP_QUEUE_HEAD_H
#define ZP_QUEUE_HEAD_H

#include "zp_queue_core.h"

typedef struct zp_queue_head {
    int64_t acquired;          // Number of the last lease
    int64_t epoch;             // When that was
    int64_t delivered;         // How often in vain
    int64_t lease_ms;          // How long its leases last; 0: by default
    int64_t priority;          // 0 to 9
    int64_t delayed_until_ms;  // Not to be delivered before; 0: at once
    int64_t leased_until_ms;   // A worker has it until then; 0: none has
    bool buried;               // It waits for a person
    bool closed;               // Receipts for the last lease count no more
    bool acked;                // It is done, only its message id is left
    bool paused;               // No message: says that the queue is paused
    zp_span_t id;              // The message id
    zp_span_t from;            // The queue it came from, if dead-lettered;
                               // written, but not read
    zp_span_t why;             // Why it is buried or dead-lettered; the same
} zp_queue_head_t;

#define ZP_QUEUE_HEAD_DEFAULTS                                                 \
    {                                                                          \
        .priority = ZP_QUEUE_PRIORITY_DEFAULT                                  \
    }

//  Room for the longest head: texts may get longer by escapes
#define ZP_QUEUE_HEAD_MAX 8192

//  Write a head to text; returns its length. The texts must be UTF-8.
size_t
zp_queue_head_write (const zp_queue_head_t *self, char text[ZP_QUEUE_HEAD_MAX]);

//  True if a text can be in a head: it is UTF-8.
bool zp_queue_head_text (zp_span_t text);

//  Read a head. False if that is not possible, or if what it says makes no
//  sense together: *wrong tells in which way. message_id is room for its id.
bool zp_queue_head_read (zp_queue_head_t *self, zp_span_t text,
                         char message_id[ZP_QUEUE_MESSAGE_ID_MAX],
                         const char **wrong);

#endif
