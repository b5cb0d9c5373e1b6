//  SPDX-License-Identifier: MIT
//
//  zp_eventlog_piece - events as they gather for one message

#ifndef ZP_EVENTLOG_PIECE_H
#define ZP_EVENTLOG_PIECE_H

#include "zp_eventlog_event.h"

//  A part in front, and two for each event, of those that a message may have
#define ZP_EVENTLOG_PIECE_MAX ((ZP_ENVELOPE_PARTS_MAX - 1) / 2)

//  All 0 is an empty one.
typedef struct zp_eventlog_piece {
    size_t count;  // Events
    char *data;    // Their parts, one behind the other
    size_t size;   // Bytes
    size_t room;   // Allocated
    size_t ends[2 * ZP_EVENTLOG_PIECE_MAX];  // Where each part ends
} zp_eventlog_piece_t;

//  Add an event (copied). True if nothing should be added any more.
bool zp_eventlog_piece_add (zp_eventlog_piece_t *self,
                            const zp_eventlog_event_t *event);

//  Its parts; returns how many. They stay until the next verb.
size_t zp_eventlog_piece_parts (const zp_eventlog_piece_t *self,
                                zp_span_t parts[2 * ZP_EVENTLOG_PIECE_MAX]);

//  Make it empty, and free the memory.
void zp_eventlog_piece_clear (zp_eventlog_piece_t *self);

#endif
