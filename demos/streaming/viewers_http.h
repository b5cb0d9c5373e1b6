//  SPDX-License-Identifier: MIT
//
//  viewers_http - many HTTP requests at once, on a loop
//
//  By the multi interface of libcurl, whose sockets are in an epoll of their
//  own, which is one socket of the loop. Connections are kept for the next
//  requests.

#ifndef VIEWERS_HTTP_H
#define VIEWERS_HTTP_H

#include <czmq.h>

#include "zp_tap.h"
#include "zp_timers.h"

typedef struct viewers_http viewers_http_t;

//  How a request ended. All of it is gone when the callback returns.
typedef struct viewers_answer {
    int code;           // The answer's; 0: none came, or not all of it
    bool unreachable;   // Nobody listens there
    int retry_after_s;  // Not to come back before; 0: not said
    int64_t first_us;   // When its first byte came, by zclock_usecs
    const char *body;   // Its body, if no data function had it
    size_t size;        // Bytes of it
} viewers_answer_t;

typedef void (viewers_answer_fn) (void *arg, const viewers_answer_t *answer);

//  Some of the body of an answer with that code.
typedef void (viewers_data_fn) (void *arg, int code, const void *data,
                                size_t size);

//  What to ask. All of it is copied.
typedef struct viewers_request {
    const char *path;       // Such as "/api/films?limit=5"
    const char *body;       // JSON to be posted; NULL: GET
    const char *key;        // Idempotency-Key, or NULL
    const char *range;      // Bytes, such as "0-99", or NULL: all
    int bytes_per_s;        // To read no faster; 0: as fast as it comes
    viewers_data_fn *data;  // Gets the body as it comes, however long that
                            // takes; NULL: it is kept, up to 256 KiB
    viewers_answer_fn *fn;  // Told once how it ended
    void *arg;              // Given to both
} viewers_request_t;

//  Make it on a loop, with timers on that. Who gets nothing for patience_s
//  seconds has failed. Once a process.
viewers_http_t *
viewers_http_new (zloop_t *loop, zp_timers_t *timers, int patience_s);

//  Ends all requests that are open; their functions are told so, and can start
//  no others. Not from such a function.
void viewers_http_destroy (viewers_http_t **self_p);

//  Tell a tap of all requests, as a client of that endpoint (neither is
//  copied): methods are such as "GET /api/films".
void viewers_http_tap (viewers_http_t *self, const zp_tap_t *tap,
                       const char *endpoint);

//  Where the server is, such as "http://127.0.0.1:8080" (copied).
void viewers_http_server (viewers_http_t *self, const char *url);

//  Begin a request. Its function is never called before this returns.
void
viewers_http_start (viewers_http_t *self, const viewers_request_t *request);

//  How many are open.
int viewers_http_open (const viewers_http_t *self);

#endif
