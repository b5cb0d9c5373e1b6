//  SPDX-License-Identifier: MIT
//
//  zp_inbox - news that wait to be told, and what to do if they are too many
//
//  See zp_overflow_t in zp_subscriber.h.

#ifndef ZP_INBOX_H
#define ZP_INBOX_H

#include <sys/queue.h>

#include "zp_subscriber.h"
#include "zp_update.h"

//  One piece of news. It stays where it is, since it points into itself.
typedef struct zp_item {
    TAILQ_ENTRY (zp_item) link;  // To those that wait with it
    zp_news_t news;              // What is told
    zp_update_t update;          // What it came in, if it did
    zp_span_t frame;             // The update as it was sent
    bool borrowed;               // All that is not in msg, but in a message
                                 // that will be gone
    zmq_msg_t msg;               // What all of these point into
} zp_item_t;

TAILQ_HEAD (zp_items, zp_item);

//  An item whose frame is empty.
zp_item_t *zp_item_new (void);
void zp_item_destroy (zp_item_t **self_p);

typedef struct zp_inbox zp_inbox_t;

//  An inbox for `limit` items (1 or more), and besides for the values of a
//  snapshot: who asks for these sees to it that they do not become too many.
zp_inbox_t *zp_inbox_new (size_t limit, zp_overflow_t overflow);
void zp_inbox_destroy (zp_inbox_t **self_p);

//  Add an item, which is taken. False if there was no room and, by the policy,
//  all was dropped, this one as well.
bool zp_inbox_add (zp_inbox_t *self, zp_item_t *item);

//  Take the oldest, which is the caller's then; NULL if there is none.
zp_item_t *zp_inbox_take (zp_inbox_t *self);

//  How many wait.
size_t zp_inbox_count (const zp_inbox_t *self);

//  How many were dropped since this was asked last.
uint64_t zp_inbox_dropped (zp_inbox_t *self);

#endif
