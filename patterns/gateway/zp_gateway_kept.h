//  SPDX-License-Identifier: MIT
//
//  zp_gateway_kept - good answers of services, for when there are no better
//  ones
//
//  What RFC 5861 calls stale-if-error: if a service fails or is late, its last
//  good answer to the same question may do for a while.
//
//  Of answers there are as many as there is room for; then those go first that
//  were put or got longest ago. An answer is known by a keyed hash of what was
//  asked (BLAKE2b-256), so nobody can choose arguments that collide, and get
//  what others were answered.
//
//  Times are arguments, on any clock that does not go back.

#ifndef ZP_GATEWAY_KEPT_H
#define ZP_GATEWAY_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zp_gateway_limit.h"

typedef struct zp_gateway_kept zp_gateway_kept_t;

//  What was asked
typedef struct zp_gateway_question {
    uint64_t words[4];  // The hash
} zp_gateway_question_t;

//  Room for so many answers (>= 1), and so many bytes of them and of what it
//  takes to keep them. secret should come from the system's random numbers.
zp_gateway_kept_t *
zp_gateway_kept_new (size_t answers, size_t bytes,
                     const uint8_t secret[ZP_GATEWAY_SECRET]);

void zp_gateway_kept_destroy (zp_gateway_kept_t **self_p);

//  The question that asks a call (a number that stands for it) with count
//  parts.
zp_gateway_question_t
zp_gateway_kept_question (const zp_gateway_kept_t *self, uintptr_t call,
                          const zp_span_t *parts, size_t count);

//  Keep an answer (copied) instead of the last one to the same question. One
//  that there is no room for at all is not kept, nor is the last one then.
void zp_gateway_kept_put (zp_gateway_kept_t *self,
                          const zp_gateway_question_t *question,
                          zp_span_t answer, int64_t now_ms);

//  The last answer to a question; it is there until something is put. False if
//  there is none, or it is older than that; then it is kept no longer.
bool
zp_gateway_kept_get (zp_gateway_kept_t *self,
                     const zp_gateway_question_t *question, int64_t max_age_ms,
                     int64_t now_ms, zp_span_t *answer);

//  How many answers are kept, and the bytes that they take.
size_t zp_gateway_kept_count (const zp_gateway_kept_t *self);
size_t zp_gateway_kept_bytes (const zp_gateway_kept_t *self);

#endif
