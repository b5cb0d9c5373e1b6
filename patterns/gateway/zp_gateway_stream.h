//  SPDX-License-Identifier: MIT
//
//  What the files about server-sent events share. Not for anybody else.
//
//  An event of a topic or a log is the default "message" event of EventSource,
//  and its data a JSON object:
//
//      {"topic":T,"kind":"event"|"value"|"deleted","value":V}
//      {"log":L,"offset":N,"time_ms":T,"value":V}
//
//  V is what was published or appended if that is JSON, or else a string (null
//  if it is no UTF-8). Other events have names: "snapshot" (forget the values;
//  all that there are follow), "joined" (these were all), "lost" (from, to),
//  "restarted", "gone", "back", and last of all "end".

#ifndef ZP_GATEWAY_STREAM_H
#define ZP_GATEWAY_STREAM_H

#include "zp_gateway_private.h"
#include "zp_gateway_sse.h"
#include "zp_topic.h"

typedef struct zp_gateway_feed zp_gateway_feed_t;
typedef struct zp_gateway_tail zp_gateway_tail_t;

//  Where a client says that it was
typedef struct zp_gateway_last_event {
    bool known;       // It does
    uint64_t stream;  // Of a publisher
    uint64_t number;  // The last that it got
} zp_gateway_last_event_t;

struct zp_gateway_stream {
    zp_gateway_exchange_t *exchange;  // Whose answer it is
    zp_gateway_sse_t *sse;            // What waits for the client
    zp_timer_t timer;                 // To break the silence
    bool ended;                       // Nothing more is said
    bool over;                        // It is about to be destroyed
    zp_gateway_feed_t *feed;          // What it follows: a topic; or NULL
    zp_gateway_tail_t *tail;          // Or a log; or NULL
    uint64_t at;                      // Of a log: what it needs next
    bool from_start;                  // Of a log: that is the first event
    bool behind;                      // It is not where the tail is
    uint64_t call;                    // Reading what it missed; 0: not now
    LIST_ENTRY (zp_gateway_stream) others;  // That follow the same
};

//  Say an event to the client. One that is too slow is dropped.
void zp_gateway_stream_say (zp_gateway_stream_t *self,
                            const zp_gateway_event_t *event);

//  Follow a topic or a log, from there on; and not any more.
void
zp_gateway_topic_join (zp_gateway_stream_t *self, const zp_filter_t *filter,
                       const zp_gateway_last_event_t *last);
void zp_gateway_topic_leave (zp_gateway_stream_t *self);
void zp_gateway_log_join (zp_gateway_stream_t *self, const char *log,
                          const zp_gateway_last_event_t *last);
void zp_gateway_log_leave (zp_gateway_stream_t *self);

//  The client has taken all there was.
void zp_gateway_log_wants (zp_gateway_stream_t *self);

//  Write a text as a JSON string; null if it is no UTF-8.
void zp_gateway_put_string (FILE *file, zp_span_t text);

//  Write what was published or appended, as JSON.
void zp_gateway_put_value (FILE *file, zp_span_t value);

#endif
