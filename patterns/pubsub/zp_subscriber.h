//  SPDX-License-Identifier: MIT
//
//  zp_subscriber - hears what a publisher says, and knows when it did not
//
//  It subscribes by filters (zp_topic.h) to one stream: that of a publisher, or
//  of relays, which all have the same. Whoever joins late is first told the
//  last value of each topic, and then all that follows: nothing missing,
//  nothing twice. What gets lost on the way is noticed and had again, from the
//  publisher or from the relay next to it; if it can't be had that is said, and
//  the values are told anew. A publisher that was restarted is told from one
//  that lost something.
//
//  A subscriber that does not keep up has a policy for it, and harms nobody
//  else: see zp_overflow_t.
//
//  With a plain PUB socket, in any language, it takes what comes: the first
//  frame is the topic, up to a NUL if there is one, and the second, or what
//  follows that NUL, is the payload. Nothing can be known to be missing then.

#ifndef ZP_SUBSCRIBER_H
#define ZP_SUBSCRIBER_H

#include <czmq.h>

#include "zp_envelope.h"
#include "zp_status.h"

typedef struct zp_subscriber zp_subscriber_t;

typedef enum zp_news_kind {
    ZP_NEWS_EVENT,     // topic, payload: it happened
    ZP_NEWS_VALUE,     // topic, payload: its value from now on
    ZP_NEWS_DELETED,   // topic: it has no value any more
    ZP_NEWS_SNAPSHOT,  // topic is a filter: forget the values that you have of
                       // it; all that there are follow
    ZP_NEWS_JOINED,    // topic is a filter: these were all, up to sequence, and
                       // from now on nothing is missing
    ZP_NEWS_LOST,      // topic is a filter: of it, what was published between
                       // from and to can't be had any more
    ZP_NEWS_DROPPED,   // count news were dropped, since you don't keep up
    ZP_NEWS_RESTARTED,  // The publisher has begun anew, and knows nothing
    ZP_NEWS_GONE,       // The publisher ended or is silent; payload: its last
                        // will, if it had one
    ZP_NEWS_BACK        // It is heard again; what was missed follows
} zp_news_kind_t;

//  Something to be told. All of it is the subscriber's, and gone when the
//  callback returns, or with the next zp_subscriber_next.
typedef struct zp_news {
    zp_news_kind_t kind;  // What it is; what else is there depends on that
    const char *topic;    // A topic, or a filter; "" where it has none
    zp_span_t payload;    // What was published
    bool snapshot;        // A value that was there when we joined
    uint64_t sequence;    // The number of an update; 0: from a plain publisher
    int64_t time_us;      // When it was published, since 1970; 0: not known
    uint32_t ttl_ms;      // How long a value lasts from then; 0: no end
    uint64_t from;        // The first that may be lost
    uint64_t to;          // The last that may be lost
    uint64_t count;       // How many were dropped
} zp_news_t;

const char *zp_news_kind_text (zp_news_kind_t kind);

typedef enum zp_order {
    ZP_ORDER_STRICT,  // All of a filter in the order in which it was published:
                      // what comes behind a gap waits until it is filled
    ZP_ORDER_NEWEST  // What comes is told at once; of what was missed only what
                     // is newer than what was told of the same topic
} zp_order_t;

//  What to do when `inbox` news wait, and more come. Last values do not count:
//  they are asked for when there is room.
typedef enum zp_overflow {
    ZP_OVERFLOW_WAIT,         // Take no more until there is room. What does not
                              // go into the pipe then is missed, but noticed
    ZP_OVERFLOW_DROP_OLDEST,  // Drop the oldest, and say how many
    ZP_OVERFLOW_CONFLATE,     // Of each topic only the newest waits, always; if
                              // there are too many topics, drop the oldest
    ZP_OVERFLOW_REJOIN        // Drop all, and join anew when these are gone
} zp_overflow_t;

typedef struct zp_subscriber_options {
    zp_order_t order;        // See there
    zp_overflow_t overflow;  // See there
    int inbox;               // News that may wait
    int silence_ms;          // Then it is gone; 0: 3 times what it says
    int timeout_ms;          // For a request to the publisher
    bool no_values;          // Don't ask for last values: only what is new.
                             // Then the last will isn't known either
} zp_subscriber_options_t;

#define ZP_SUBSCRIBER_DEFAULTS                                                 \
    {                                                                          \
        .inbox = 10000, .timeout_ms = 5000                                     \
    }

//  Called with each piece of news, on the loop. It may subscribe, unsubscribe
//  and pause, but not destroy the subscriber. Return 0, or -1 to end the loop.
typedef int (zp_subscriber_fn) (void *arg, const zp_news_t *news);

//  Make a subscriber that lives on loop, which must outlive it, and tells fn.
//  With NULL for both it has a loop of its own: use zp_subscriber_next. Copies
//  *options; NULL means ZP_SUBSCRIBER_DEFAULTS. Options out of range are a
//  programmer's error, and asserted.
zp_subscriber_t *
zp_subscriber_new (zloop_t *loop, const zp_subscriber_options_t *options,
                   zp_subscriber_fn *fn, void *arg);

//  Destroy it. The loop must have ended, or be in the handler of a reader.
void zp_subscriber_destroy (zp_subscriber_t **self_p);

//  Where the stream is to be had: updates at one endpoint, requests answered at
//  the other (zp_publisher.h); NULL for that if it is a plain publisher. Call
//  it again for others that have the same stream, such as relays: one at a time
//  is used, the next when it is silent. ZP_INVALID_ARGUMENT if ZeroMQ can't
//  make sense of it.
zp_status_t zp_subscriber_connect (zp_subscriber_t *self, const char *updates,
                                   const char *requests);

//  Want what this filter lets through, too. ZP_OK, also if it was there before;
//  ZP_INVALID_ARGUMENT: no filter.
zp_status_t zp_subscriber_subscribe (zp_subscriber_t *self, const char *filter);

//  Not any more. ZP_NOT_FOUND if it was not there. What waits may still come.
zp_status_t
zp_subscriber_unsubscribe (zp_subscriber_t *self, const char *filter);

//  Tell nothing until further notice: what comes waits in the inbox.
void zp_subscriber_pause (zp_subscriber_t *self, bool pause);

//  Wait for the next piece of news, for at most timeout_ms (0: don't wait; -1:
//  for ever). ZP_OK; ZP_DEADLINE_EXCEEDED; ZP_CANCELLED: SIGINT or SIGTERM, if
//  CZMQ handles them. Only with a loop of its own.
zp_status_t
zp_subscriber_next (zp_subscriber_t *self, int timeout_ms, zp_news_t *news);

//  Why the last verb failed: a line for a person. "" if it did not.
const char *zp_subscriber_error (zp_subscriber_t *self);

typedef struct zp_subscriber_stats {
    uint64_t stream;     // Which stream; 0: none yet
    uint64_t told;       // Events, values and deletions told
    uint64_t known;      // Updates that came again, and were not told again
    uint64_t gaps;       // Noticed
    uint64_t repaired;   // Updates had again
    uint64_t lost;       // Times that something could not be had
    uint64_t dropped;    // News dropped by our own policy
    uint64_t snapshots;  // Begun
    uint64_t restarts;   // Of the publisher
    uint64_t garbage;    // Frames that were nothing
    size_t waiting;      // News in the inbox
} zp_subscriber_stats_t;

void zp_subscriber_stats (zp_subscriber_t *self, zp_subscriber_stats_t *stats);

#endif
