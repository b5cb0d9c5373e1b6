//  SPDX-License-Identifier: MIT
//
//  stage_requests - what was asked of a gateway lately
//
//  Made of the events of requests that begin there (zp.events, its roots).
//  Pure: the time is an argument.

#ifndef STAGE_REQUESTS_H
#define STAGE_REQUESTS_H

#include <jansson.h>
#include <stdint.h>

#define STAGE_REQUESTS_MAX 50  // As many are remembered

typedef struct stage_requests stage_requests_t;

stage_requests_t *stage_requests_new (void);
void stage_requests_destroy (stage_requests_t **self_p);

//  Take an answer to zp.events: how many requests came, and how many replies to
//  any were failures, is added to *requests and *failures. Questions to the
//  stage, and files of pages, are left out.
void stage_requests_take (stage_requests_t *self, json_t *answer,
                          uint64_t *requests, uint64_t *failures);

//  The traces that have ended, and of which nobody has asked yet how often
//  something was tried again or lost: the newest one. NULL: none.
const char *stage_requests_wanting (stage_requests_t *self);

//  That is so.
void stage_requests_know (stage_requests_t *self, const char *trace,
                          size_t retries, size_t lost);

//  The last one that has ended; NULL: none.
const char *stage_requests_last (const stage_requests_t *self);

//  All of them, the newest first. The caller owns it.
json_t *stage_requests_json (const stage_requests_t *self, int64_t now_us);

#endif
