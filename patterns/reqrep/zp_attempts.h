//  SPDX-License-Identifier: MIT
//
//  zp_attempts - the attempts of one call: when to make one, where, and when to
//  make no more
//
//  For zp_pending.c only. Where it is not said otherwise, the call may be gone
//  afterwards.

#ifndef ZP_ATTEMPTS_H
#define ZP_ATTEMPTS_H

#include "zp_pending.h"

#define ZP_NEVER INT64_MAX

struct zp_pending {
    zp_client_t *client;      // Whose call it is
    zp_client_fn *fn;         // Told how it ends
    void *arg;                // And with what
    zp_timer_t timer;         // The deadline, or one of these times:
    int64_t silence_ms;       // Too long without a word from an attempt
    int64_t hedge_ms;         // Time for a second attempt
    int64_t retry_ms;         // Time for the next attempt; NEVER: one is out
    int64_t started_ms;       // The call's beginning
    int window_ms;            // How long an attempt may be silent
    int attempts;             // How often it was sent
    bool once;                // Never to be sent again if that could repeat it
    bool left;                // An attempt has left: it may have been done
    bool streaming;           // Pieces came: too late for another attempt
    uint8_t parent[8];        // The span that it is made for
    bool torn;                // Pieces came too late, and were not taken
    zp_content_t content;     // What is asked, until when
    zp_attempt_t attempt[2];  // One, and its hedge
};

//  How an attempt failed
typedef struct {
    zp_status_t status;    // What the call ends with, if it ends
    const char *text;      // The same for a person
    int retry_after_ms;    // Not sooner; 0: not said
    bool unknown;          // It may have been done
    zp_verdict_t verdict;  // On the endpoint of an attempt that failed
} zp_failure_t;

//  Make an attempt at that endpoint, and decide how long to wait for it. The
//  call stays.
void
zp_attempts_begin (zp_pending_t *self, zp_endpoint_t *endpoint, int64_t now_ms);

//  The endpoint for the next attempt, another one than before if there is one.
//  NULL: all are left alone, for *wait_ms.
zp_endpoint_t *
zp_attempts_choose (zp_pending_t *self, int64_t now_ms, int64_t *wait_ms);

//  Make the next attempt, wherever one can be made.
void zp_attempts_try (zp_pending_t *self, int64_t now_ms);

//  The attempt is slow: make a second one elsewhere, if the retry budget
//  allows. The call stays.
void zp_attempts_hedge (zp_pending_t *self, int64_t now_ms);

//  Nothing was heard in time of what is out: try again, or go where there is a
//  connection.
void zp_attempts_silent (zp_pending_t *self, int64_t now_ms);

//  An attempt failed. If the other one is out there is hope; if not, wait and
//  try again, or end the call.
void zp_attempts_failed (zp_attempt_t *attempt, const zp_failure_t *failure,
                         int64_t now_ms);

//  An attempt is over, with that verdict on its endpoint. The call stays.
void
zp_attempts_end (zp_attempt_t *attempt, zp_verdict_t verdict, int64_t now_ms);

//  Give up the attempts that are out, except for one to keep (NULL: none). The
//  call stays.
void zp_attempts_give_up (zp_pending_t *self, const zp_attempt_t *keep,
                          zp_verdict_t verdict, int64_t now_ms);

//  True if an attempt that is out has left for its endpoint.
bool zp_attempts_left (const zp_pending_t *self);

//  The name of the endpoint that was tried last, for a person.
const char *zp_attempts_where (const zp_pending_t *self);

//  Let the call's timer fire at the earliest of all that it waits for.
void zp_attempts_schedule (zp_pending_t *self);

//  In zp_pending.c: end the call with a failure, and its attempts with that
//  verdict. It is gone then.
void zp_pending_end (zp_pending_t *self, const zp_failure_t *failure,
                     zp_verdict_t verdict, int64_t now_ms);

#endif
