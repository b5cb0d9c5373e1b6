//  SPDX-License-Identifier: MIT
//
//  trace_story - one trace as a story: who called whom, and what was lost
//
//  It is made of what the services of a constellation say of themselves, a JSON
//  array with an object for each:
//
//      { "service": "profiles",                  its name
//        "endpoint": "ipc:///run/profiles",      where others call it
//        "clients": ["9f86d081a2b3c4d5", ...],   of zp.peers
//        "events": [ ... ] }                     of zp.events
//
//  One that can't be asked, since it was killed, has no clients and no events:
//  then what its callers say must do. Whatever makes no sense is left out.
//
//  The order is that of the events of each service, and a message comes after
//  it was sent, whatever the times say.

#ifndef TRACE_STORY_H
#define TRACE_STORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_UNKNOWN (-1)  // A time that nobody tells

typedef enum trace_kind {
    TRACE_REQUEST,
    TRACE_REPLY,
    TRACE_PIECE  // Pieces of a reply in a row, first to last
} trace_kind_t;

//  What became of a message
typedef enum trace_fate {
    TRACE_CAME,  // It arrived, as far as anybody can tell
    TRACE_OPEN,  // Under way: who waits for it has not given up
    TRACE_LOST,  // It never came, or was thrown away on purpose
    TRACE_LATE   // A reply for which nobody waited any more
} trace_fate_t;

typedef struct trace_message {
    trace_kind_t kind;
    trace_fate_t fate;
    size_t from, to;     // Lanes, by number
    size_t exchange;     // Alike for a request and its reply
    const char *method;  // That was called
    const char *status;  // Of a reply, such as "OK"; "" of a request
    int attempt;         // At the call, from 1 on
    size_t pieces;       // How many it stands for; 1 if it is no piece
    int64_t sent_us;     // When, from the beginning; or TRACE_UNKNOWN
    int64_t came_us;     // The same
    int64_t took_us;     // A reply: since the request was sent; or unknown
    size_t sent_row, came_row;  // Its place in the order of all that happened;
                                // the same row if nothing was between
} trace_message_t;

//  Something that happened in one lane
typedef struct trace_note {
    size_t lane;    // By number
    char *text;     // What, in words
    int64_t at_us;  // When, from the beginning
    size_t row;     // Its place in the order
} trace_note_t;

//  To read only
typedef struct trace_story {
    char trace[33];             // Its id, in hex
    const char **lanes;         // Who took part, in the order of appearance
    size_t lane_count;          // How many
    trace_message_t *messages;  // In the order in which they were sent
    size_t message_count;       // How many
    trace_note_t *notes;        // In their order
    size_t note_count;          // How many
    size_t rows;                // How many places the order has
    int64_t *row_us;            // When each was, from the beginning
    int64_t end_us;             // When the last was
    json_t *services;           // What all this was made of, and points to
} trace_story_t;

//  Make the story of the trace with that id, 32 digits in hex, of what the
//  services say; takes that reference. If nobody knows it, it has no lanes.
trace_story_t *trace_story_new (const char *trace, json_t *services);

void trace_story_destroy (trace_story_t **self_p);

//  What it was all about: the first request, such as "GET /api/home/ada"; ""
//  if there is none. And how that ended, such as "OK"; "" if it did not.
const char *trace_story_what (const trace_story_t *self);
const char *trace_story_status (const trace_story_t *self);

//  Attempts after the first, and messages that were lost.
size_t trace_story_retries (const trace_story_t *self);
size_t trace_story_lost (const trace_story_t *self);

//  Call fn for each message and each note, in the order in which they happened;
//  the other one is NULL.
typedef void (trace_each_fn) (void *arg, const trace_message_t *message,
                              const trace_note_t *note);
void trace_story_each (const trace_story_t *self, trace_each_fn *fn, void *arg);

//  As JSON: { "trace", "what", "status", "lanes": ["viewer", ...],
//    "messages": [ { "from", "to", "text", "kind": "request|reply|piece",
//      "sent_us", "came_us" (null: nobody knows), "lost", "late", "status",
//      "attempt", "pieces" } ],
//    "notes": [ { "lane", "text", "at_us" } ] }. The caller owns it.
json_t *trace_story_json (const trace_story_t *self);

#endif
