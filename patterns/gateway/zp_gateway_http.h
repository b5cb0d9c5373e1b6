//  SPDX-License-Identifier: MIT
//
//  zp_gateway_http - what HTTP wants to be said, and how it says it
//
//  Statuses and problems (RFC 9457), trace context (W3C), request ids, ranges
//  and validators (RFC 9110), JSON bodies, content types. All of it is pure:
//  text in, text out. Headers are given as their values, NULL if there is none,
//  and can hold anything.

#ifndef ZP_GATEWAY_HTTP_H
#define ZP_GATEWAY_HTTP_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "zp_envelope.h"
#include "zp_status.h"

//  The HTTP code for a status, as gRPC gateways have it: NOT_FOUND is 404.
int zp_gateway_code (zp_status_t status);

//  The status that a code of HTTP, 400 and above, is closest to.
zp_status_t zp_gateway_status (int code);

//  What the code is called in RFC 9110, such as "Not Found".
const char *zp_gateway_title (int code);

//  What went wrong with a request
typedef struct zp_gateway_problem {
    int code;                // Of HTTP
    zp_status_t status;      // More exactly; ZP_OK: what the code stands for
    const char *detail;      // A line for a person; "" or NULL: none
    const char *request_id;  // Of the request; NULL: none
    int retry_after_s;       // No sooner than this; 0: not said
} zp_gateway_problem_t;

//  The body of type application/problem+json; free it. The texts can be
//  anything.
//
//      {"type":"about:blank","title":"Not Found","status":404,
//       "code":"NOT_FOUND","detail":"there is no film \"x\"",
//       "request_id":"...","retry_after":1}
char *zp_gateway_problem_json (const zp_gateway_problem_t *problem);

#define ZP_GATEWAY_TRACE_SIZE 55  // Bytes of a traceparent

//  Read the header traceparent (W3C Trace Context, level 1 and later ones).
//  False, and *trace unchanged, if it is none: then a new trace begins here.
bool zp_gateway_trace_read (const char *traceparent, zp_trace_t *trace);

//  Write it, with a NUL behind: ZP_GATEWAY_TRACE_SIZE + 1 bytes of text.
void zp_gateway_trace_write (const zp_trace_t *trace, char *text);

#define ZP_GATEWAY_ID_MAX 64  // Bytes of a request id

//  The id of a request: what the client says (X-Request-Id), if that is 1 to
//  ZP_GATEWAY_ID_MAX of letters, digits, '.', '_', '-'; else the two numbers as
//  32 hex digits. Returns room, which has ZP_GATEWAY_ID_MAX + 1 bytes.
const char *zp_gateway_request_id (const char *said, uint64_t first,
                                   uint64_t second, char *room);

typedef enum zp_gateway_range {
    ZP_GATEWAY_WHOLE,   // No range, or none that we answer: 200, all of it
    ZP_GATEWAY_PART,    // 206
    ZP_GATEWAY_NO_PART  // 416, and Content-Range: bytes */SIZE
} zp_gateway_range_t;

//  Read the header Range, for content of size_bytes (RFC 9110, section 14).
//  *from and *count are then what is to be sent, also if that is all. What is
//  malformed is ignored, as the RFC wants it. So are several ranges, which
//  may be: no player asks for them, and many small ones are an attack.
zp_gateway_range_t zp_gateway_range (const char *range, uint64_t size_bytes,
                                     uint64_t *from, uint64_t *count);

#define ZP_GATEWAY_CONTENT_RANGE 72  // Bytes of the longest Content-Range

//  The header Content-Range for a part; with a count of 0, that of 416.
//  Returns room, which has ZP_GATEWAY_CONTENT_RANGE bytes.
const char *zp_gateway_content_range (uint64_t from, uint64_t count,
                                      uint64_t size_bytes, char *room);

#define ZP_GATEWAY_ETAG_MAX 36  // Bytes of an ETag of ours

//  A strong ETag of two numbers that change with the content, such as its size
//  and its time or hash. Returns room, which has ZP_GATEWAY_ETAG_MAX + 1 bytes.
const char *zp_gateway_etag (uint64_t first, uint64_t second, char *room);

//  True if the header If-None-Match names this ETag, or is *: 304 (for GET and
//  HEAD). Weak comparison; etag has its quotes.
bool zp_gateway_none_match (const char *if_none_match, const char *etag);

//  True if the header Range counts: there is no If-Range, or it is this ETag,
//  by strong comparison. A date there never is.
bool zp_gateway_if_range (const char *if_range, const char *etag);

//  Read a body that must be JSON, of type application/json or
//  application/...+json, whose charset, if it is said, is UTF-8. Returns 200,
//  and *json_p is the caller's; else 415 or 400, and error, room for size
//  bytes, says what is wrong.
int zp_gateway_body (const char *content_type, zp_span_t body, json_t **json_p,
                     char *error, size_t size);

//  The Content-Type for a file with that name, by its ending; if nothing is
//  known of that, application/octet-stream. Texts are UTF-8.
const char *zp_gateway_content_type (const char *name);

//  Where a client of server-sent events stands: an event's id, as written by
//  zp_gateway_event_id. Of a log only the offset, of which *stream is 0; of a
//  publisher its stream and sequence. False, and nothing is changed, if it is
//  none.
bool zp_gateway_last_event (const char *last_event_id, uint64_t *stream,
                            uint64_t *number);

#define ZP_GATEWAY_EVENT_ID 42  // Bytes of the longest, and a NUL

//  Returns room, which has ZP_GATEWAY_EVENT_ID bytes.
const char *zp_gateway_event_id (uint64_t stream, uint64_t number, char *room);

//  True if size bytes of text are UTF-8.
bool zp_gateway_utf8 (const char *text, size_t size);

//  A copy of a text in which, if it is no UTF-8, '?' stands for each byte that
//  is not ASCII; free it.
char *zp_gateway_plain (const char *text);

//  True if a text can be the value of a header: printable ASCII, spaces and
//  tabs. Whatever comes from a peer or a file is asked for that first.
bool zp_gateway_header_plain (const char *text);

#endif
