//  SPDX-License-Identifier: MIT
//
//  What the parts share that make a story out of events

#ifndef TRACE_STORY_PRIVATE_H
#define TRACE_STORY_PRIVATE_H

#include "trace_events.h"
#include "trace_story.h"

//  A story that is being made
typedef struct trace_maker {
    trace_story_t *story;   // What comes of it
    trace_events_t events;  // What it is made of
    int64_t begin_us;       // The least time of all
} trace_maker_t;

//  The lane of a service; of who makes an attempt at a call; and of who is to
//  answer it. One that does not exist yet is added.
size_t trace_lane_of (trace_maker_t *self, size_t service);
size_t trace_lane_caller (trace_maker_t *self, trace_try_t *try);
size_t trace_lane_server (trace_maker_t *self, const trace_try_t *try);

//  What the service is called that is called at an endpoint.
const char *trace_lane_name (const trace_maker_t *self, const char *endpoint);

//  What the server says of an attempt, or NULL.
const trace_event_t *trace_served (const trace_try_t *try);

//  Tell the story of the events that were read.
void trace_maker_tell (trace_maker_t *self);

#endif
