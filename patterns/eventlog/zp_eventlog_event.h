//  SPDX-License-Identifier: MIT
//
//  zp_eventlog_event - one event, and what is said of it on the wire
//
//  An event travels as two parts, META and BODY. META is text, numbers with a
//  space between and the id at the end, if the event was appended with one:
//
//      OFFSET TIME_MS DELIVERY [ID]        17 1795335904055 0 order-7

#ifndef ZP_EVENTLOG_EVENT_H
#define ZP_EVENTLOG_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zp_envelope.h"
#include "zp_eventlog_options.h"

typedef struct zp_eventlog_event {
    uint64_t offset;    // Its place in the log, counted from 0
    int64_t time_ms;    // When it was appended, since 1970; never less than
                        // that of the event before
    uint32_t delivery;  // To a group: the how manieth time since the log's
                        // server was started, from 1; otherwise 0
    zp_span_t id;       // What it was appended with; empty: none
    zp_span_t body;     // Any bytes
} zp_eventlog_event_t;

//  Room for a META, with a 0 at its end.
#define ZP_EVENTLOG_META_MAX (2 * 21 + 11 + ZP_EVENTLOG_ID_MAX + 1)

//  Write the META of an event, with a 0 at its end, and return its length.
size_t zp_eventlog_event_write (const zp_eventlog_event_t *self,
                                char text[ZP_EVENTLOG_META_MAX]);

//  Read one; the id points into it. The body stays as it was. False, and *self
//  is unchanged, if it is none.
bool zp_eventlog_event_read (zp_eventlog_event_t *self, zp_span_t meta);

#endif
