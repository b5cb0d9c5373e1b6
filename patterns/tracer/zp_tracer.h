//  SPDX-License-Identifier: MIT
//
//  zp_tracer - what this process has sent and received of late, for who asks
//
//  A tap (zp_tap.h) that keeps the last events, and counts by peer. Give it to
//  all clients and servers of a process, and let one of the servers answer for
//  it. Who asks all processes can draw the way of a request through them, and
//  see between whom messages are lost.
//
//  Questions about a service are not events: methods that begin with "zp." or
//  "up.", and "gauges", are neither kept nor counted. Otherwise those who look
//  would see mostly themselves.
//
//  Of all verbs, only the tap may be called in other threads than the server's:
//  a lock guards what it writes to, for clients that live in worker threads.

#ifndef ZP_TRACER_H
#define ZP_TRACER_H

#include "zp_server.h"
#include "zp_tap.h"

typedef struct zp_tracer zp_tracer_t;

#define ZP_TRACER_EVENTS 8192  // That are kept: some 100 bytes each

//  Memory is taken as events come, up to all that it will ever need.
zp_tracer_t *zp_tracer_new (void);

//  Who has its tap must be gone before.
void zp_tracer_destroy (zp_tracer_t **self_p);

//  For the options of clients and servers. The tracer's.
const zp_tap_t *zp_tracer_tap (zp_tracer_t *self);

//  Let the server answer, with JSON, whatever its state:
//
//  zp.peers, without arguments, who is called, and what became of it since the
//  beginning:
//
//    { "clients": ["9f86d081a2b3c4d5"],     ids of the clients here, the last
//                                           256 that sent something
//      "peers": [ { "endpoint": "tcp://...",
//        "sent": 12,                        attempts
//        "retries": 2,                      of these, after a call's first
//        "lost": 1,                         attempts given up: silence, or the
//                                           connection broke
//        "pieces": 0,                       of streamed replies
//        "ok": 10, "failed": 0,             calls that ended, but not by their
//                                           caller
//        "in_flight": 0,                    attempts that are out
//        "breaker": "closed" } ] }          or "open" or "half-open"
//
//  zp.events, with one JSON object in which all may be left out,
//
//    { "after": 0,         those with this number or a higher one
//      "limit": 1000,      so many at most, up to 8192
//      "trace": "4bf9...", only those of this trace, 32 hex digits
//      "roots": false }    only TOOK and REPLIED of requests that came without
//                          a caller's span: where traces begin
//
//  the events, oldest first:
//
//    { "next": 2,          ask with this as "after" for those that come then
//      "missed": 0,        how many since "after" were not kept so long
//      "events": [ { "at_us": 81234567,              CLOCK_MONOTONIC
//        "what": "sent", "method": "catalog.list",   up to 41 bytes of it
//        "client": "9f86d081a2b3c4d5", "serial": "0000000000100000",
//        "attempt": 1, "status": "OK",
//        "trace": "4bf9...", "span": "00f0...", "parent": "a3ce...",
//        "endpoint": "tcp://...", "more": false } ] }
//
//  What is not known is "". "what" is the name in zp_tap.h in small letters;
//  "more" says that it is a piece of a reply. "late": true is there if it is,
//  and of a breaker, as "breaker", its new state. An "after" that is higher
//  than all there has been is of another process: it counts as 0.
void zp_tracer_serve (zp_tracer_t *self, zp_server_t *server);

#endif
