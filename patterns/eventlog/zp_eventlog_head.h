//  SPDX-License-Identifier: MIT
//
//  zp_eventlog_head - what the store says of a record, beside its body
//
//  JSON, for a person to read as well:
//
//  {"offset":17,"time_ms":1795335904055}      an event, and one that was
//  {"id":"order-7","offset":18,"time_ms":7}   appended with an id
//  {"acked":"25 27-30","group":"mail",        where a group stands; "acked" is
//   "position":20}                            beyond that
//  {"keep_bytes":0,"keep_events":1000,        what was configured for a log;
//   "keep_ms":0,"last_ms":7,"next":18}        and, since it had no event once,
//                                             which would come next, and the
//                                             time before. Either can be
//                                             missing

#ifndef ZP_EVENTLOG_HEAD_H
#define ZP_EVENTLOG_HEAD_H

#include <jansson.h>

#include "zp_eventlog_core.h"

typedef enum zp_eventlog_kind {
    ZP_EVENTLOG_EVENT,  // A record of an event
    ZP_EVENTLOG_GROUP,  // Of a group
    ZP_EVENTLOG_LOG     // Of a log
} zp_eventlog_kind_t;

typedef struct zp_eventlog_head {
    zp_eventlog_kind_t kind;  // Which of the three; then, of an event:
    uint64_t offset;          // Its place in the log
    int64_t time_ms;          // When it was appended
    zp_span_t id;             // Empty: none. Of a group:
    zp_span_t group;          // Its name
    uint64_t position;        // All below are acked
    zp_span_t acked;          // As zp_eventlog_range_read has it. Of a log:
    bool configured;          // keep is right
    zp_eventlog_keep_t keep;  // What is kept
    uint64_t next;            // 0: not said
    int64_t last_ms;          // When the event before that was appended
    json_t *json;             // Where the spans are that were read
} zp_eventlog_head_t;

//  Write a head; returns its length. An event's and a log's are short.
#define ZP_EVENTLOG_HEAD_MAX 256
size_t zp_eventlog_head_write (const zp_eventlog_head_t *self,
                               char text[ZP_EVENTLOG_HEAD_MAX]);

//  Write that of a group, which zstr_free frees.
char *
zp_eventlog_head_group (zp_span_t name, uint64_t position, const char *acked);

//  Read a head. False if that is not possible: *wrong tells why. Else clear it
//  in the end.
bool zp_eventlog_head_read (zp_eventlog_head_t *self, zp_span_t text,
                            const char **wrong);
void zp_eventlog_head_clear (zp_eventlog_head_t *self);

//  Read a range of offsets, "17" or "20-25", and go behind it and the spaces
//  that follow; *to is included. False if there is none.
bool zp_eventlog_range_read (zp_span_t *text, uint64_t *from, uint64_t *to);

#endif
