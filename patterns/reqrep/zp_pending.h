//  SPDX-License-Identifier: MIT
//
//  zp_pending - a call that is under way
//
//  Decides what to do about one call: attempt, hedge, retry, end. zp_client.c
//  makes calls and tells what happens to them, zp_blocking.c waits for them.
//  For these files only.

#ifndef ZP_PENDING_H
#define ZP_PENDING_H

#include "zp_client.h"
#include "zp_endpoint.h"
#include "zp_random.h"

#define ZP_PENDING_SLOT_BITS 20  // Of a serial: where its call lies

typedef struct zp_pending zp_pending_t;

struct zp_client {
    zp_client_options_t options;  // As given, with an id
    zloop_t *loop;                // Where all happens
    bool own_loop;                // Made and destroyed here
    bool done;                    // The blocking call is over: end the loop
    bool closing;                 // Being destroyed: no new calls
    bool in_callback;             // To destroy it now would be a mistake
    zp_channel_events_t events;   // What its channels tell
    zp_client_turn_fn *turn_fn;   // Told when a message is done with; or NULL
    void *turn_arg;               // Given to that
    zp_timers_t *timers;          // On the loop
    zp_random_t random;           // For jitter and choices
    zp_retry_budget_t budget;     // Bounds the retries
    zp_endpoint_t **endpoints;    // Who can be called
    size_t endpoints_count;       // How many
    zp_pending_t **slots;         // Calls under way, by their slots
    uint32_t *free_slots;         // A stack of slots that are free
    size_t free_count;            // How many
    zp_trace_t trace;             // Of blocking calls; zero: a new one each
    zp_client_stats_t stats;      // What happened
    char error[256];              // Why the last verb failed
};

//  Begin a call, with the request copied. It takes a free slot; there must be
//  one, and an endpoint.
zp_pending_t *zp_pending_new (zp_client_t *client, const zp_call_t *call);

//  What names it.
uint64_t zp_pending_serial (const zp_pending_t *self);

//  End it with that failure. It is gone then, as it may be after each of the
//  following.
void zp_pending_fail (zp_pending_t *self, zp_status_t status, const char *text);

//  A reply to this call came from an endpoint, whole or a piece of it.
void zp_pending_reply (zp_pending_t *self, const zp_endpoint_t *from,
                       const zp_envelope_t *envelope, const zp_span_t *parts,
                       size_t count, int64_t now_ms);

//  The connection broke on which this attempt had left.
void zp_pending_lost (zp_attempt_t *attempt);

#endif
