//  SPDX-License-Identifier: MIT
//
//  zp_gateway_sse - a stream of server-sent events to one client
//
//  The text format of HTML's EventSource (https://html.spec.whatwg.org/
//  multipage/server-sent-events.html), and the buffer between what happens and
//  a client that may be slow: bounded, so that one which does not keep up
//  costs no more than that, and can be told why it is dropped.
//
//  Whatever is put in, no line of it can be taken for another field: data goes
//  on lines of its own, and ids and names lose what could end a line.

#ifndef ZP_GATEWAY_SSE_H
#define ZP_GATEWAY_SSE_H

#include <stdbool.h>
#include <stddef.h>

#include "zp_envelope.h"

typedef struct zp_gateway_sse zp_gateway_sse_t;

typedef struct zp_gateway_event {
    const char *id;    // What the client sends back as Last-Event-ID; NULL or
                       // "": none, the one before stays
    const char *name;  // Its type; NULL or "": "message"
    zp_span_t data;    // Text of any lines; ended by LF, CR LF or CR
} zp_gateway_event_t;

//  A stream that buffers up to max_bytes (>= 256) of text that the client has
//  not taken. Memory grows as it is needed, up to some four times that, and
//  goes when all is taken.
zp_gateway_sse_t *zp_gateway_sse_new (size_t max_bytes);
void zp_gateway_sse_destroy (zp_gateway_sse_t **self_p);

//  Add an event. False, and nothing is added, if there is no room: the client
//  is too slow. From then on only zp_gateway_sse_end adds anything.
bool
zp_gateway_sse_event (zp_gateway_sse_t *self, const zp_gateway_event_t *event);

//  Add a comment, of one line, such as a heartbeat ("" is enough), which no
//  program sees. False as above; but nothing is added, and that is true, while
//  something waits: then there is no silence to be broken.
bool zp_gateway_sse_beat (zp_gateway_sse_t *self, const char *text);

//  Say after what time a client that lost its connection may come back.
bool zp_gateway_sse_retry (zp_gateway_sse_t *self, int retry_ms);

//  Add a last event, always, within 256 bytes over the bound: its name is "end"
//  and its data the reason, up to 200 bytes of it. Nothing is added after it.
void zp_gateway_sse_end (zp_gateway_sse_t *self, const char *reason);

//  True once something had no room.
bool zp_gateway_sse_slow (const zp_gateway_sse_t *self);

//  True once it was ended, and all of it taken.
bool zp_gateway_sse_done (const zp_gateway_sse_t *self);

//  Text that waits; good until the next verb.
zp_span_t zp_gateway_sse_waiting (const zp_gateway_sse_t *self);

//  The client has taken size bytes of that.
void zp_gateway_sse_taken (zp_gateway_sse_t *self, size_t size);

#endif
