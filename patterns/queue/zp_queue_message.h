//  SPDX-License-Identifier: MIT
//
//  zp_queue_message - a message of a queue, and how it goes from state to state

#ifndef ZP_QUEUE_MESSAGE_H
#define ZP_QUEUE_MESSAGE_H

#include <sys/queue.h>

#include "zp_queue_consumer.h"
#include "zp_queue_view.h"

typedef struct zp_queue_message zp_queue_message_t;
typedef TAILQ_HEAD (zp_queue_list, zp_queue_message) zp_queue_list_t;

//  There can be many millions of these: 56 bytes, 64 with what malloc adds, is
//  what a message costs while its body is on disk.
struct zp_queue_message {
    uint64_t id;                          // The number of its record
    TAILQ_ENTRY (zp_queue_message) link;  // In the list of its state
    uint32_t size : 31;                   // Bytes of its body
    uint32_t kept : 1;                    // These are here, too
    uint32_t lease_ms : 31;               // How long; 0: as by default
    uint32_t closed : 1;                  // Its last lease was ended for good:
                                          // that receipt counts no more
    uint32_t acquired;                    // Number of its last lease
    uint32_t epoch;                       // When that was; 0: none known
    uint32_t due;                         // Place among those with a time
    uint32_t known;                       // Place of its message id
    uint16_t queue;                       // The slot of its queue
    uint8_t delivered;                    // How often in vain
    uint8_t priority : 4;                 // 0 to 9
    uint8_t state : 3;                    // A zp_queue_state_t
    uint8_t noted : 1;                    // Its lease is in the log
    char body[];                          // If it is kept
};

//  A new message, which is WRITING, of a queue.
zp_queue_message_t *zp_queue_message_new (zp_queue_t *queue, uint64_t id,
                                          zp_span_t body, bool kept);

//  Take it out of its state. One of those below must follow.
void zp_queue_message_leave (zp_queue_core_t *core, zp_queue_message_t *self);

//  Where a message that is ready is among others of its priority
typedef enum zp_queue_place {
    ZP_QUEUE_FIRST,     // Before all
    ZP_QUEUE_RETURNED,  // Behind those that came back before
    ZP_QUEUE_LAST       // Behind all
} zp_queue_place_t;

//  Bring it into a state: ready; delayed; leased, to nobody if consumer is
//  NULL, and from now on if that is not noted; buried.
void zp_queue_message_ready (zp_queue_core_t *core, zp_queue_message_t *self,
                             zp_queue_place_t place);
void zp_queue_message_delay (zp_queue_core_t *core, zp_queue_message_t *self,
                             int64_t until_ms);
void zp_queue_message_lease (zp_queue_core_t *core, zp_queue_message_t *self,
                             zp_queue_consumer_t *consumer, int64_t until_ms,
                             bool noted);
void zp_queue_message_bury (zp_queue_core_t *core, zp_queue_message_t *self);

//  Between two states: let it belong to another queue.
void zp_queue_message_move (zp_queue_core_t *core, zp_queue_message_t *self,
                            zp_queue_t *queue);

//  Between two states: it was delivered in vain. True if that was the last
//  time: it is ready in the dead-letter queue then, and the log knows it.
bool zp_queue_message_vain (zp_queue_core_t *core, zp_queue_message_t *self);

//  Between two states: it was delivered in vain, and comes back. If its lease
//  is over, that may be in the log already.
void zp_queue_message_return (zp_queue_core_t *core, zp_queue_message_t *self,
                              bool over);

//  Its end, between two states, in memory and in the log. If it is done, its
//  message id is remembered; otherwise that is forgotten as well.
void zp_queue_message_end (zp_queue_core_t *core, zp_queue_message_t *self,
                           bool done);

//  How long its leases last.
int64_t zp_queue_message_lease_ms (const zp_queue_core_t *core,
                                   const zp_queue_message_t *self);

//  When its delay or its lease ends; 0 if it has none.
int64_t zp_queue_message_until (const zp_queue_core_t *core,
                                const zp_queue_message_t *self);

//  Write down how it stands; why is for a person, and may be empty.
void zp_queue_message_log (zp_queue_core_t *core,
                           const zp_queue_message_t *self, zp_span_t why);

#endif
