//  SPDX-License-Identifier: MIT
//
//  zp_backoff - when to try again, and whether to
//
//  Backoff: callers that failed together must not come back together. "Full
//  jitter" spreads them evenly from now to a ceiling that grows with each
//  attempt. See Marc Brooker: "Exponential Backoff And Jitter", AWS
//  Architecture Blog, 2015.
//
//  Retry budget: a service that is down sees each request as often as its
//  callers try, which keeps it down. A token bucket holds retries to a share of
//  the first attempts, however many of those fail. As in Finagle's RetryBudget
//  and gRPC's retry throttling (proposal A6).
//
//  Both are plain values and pure: no clock, no memory, no random numbers of
//  their own.

#ifndef ZP_BACKOFF_H
#define ZP_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

typedef struct zp_backoff {
    int initial_ms;  // Ceiling of the first wait, >= 0
    int max_ms;      // No wait is longer, >= 0
    double factor;   // The ceiling grows by this each attempt, >= 1
} zp_backoff_t;

#define ZP_BACKOFF_DEFAULT                                                     \
    {                                                                          \
        .initial_ms = 100, .max_ms = 2000, .factor = 2.0                       \
    }

//  How many milliseconds to wait after attempt number attempt failed (the first
//  is 1; less counts as 1): evenly spread over 0 .. min (max_ms, initial_ms *
//  factor ^ (attempt - 1)), both included, as random picks. Any attempt number
//  is safe.
int zp_backoff_ms (const zp_backoff_t *self, int attempt, uint64_t random);

typedef struct zp_retry_budget {
    int64_t balance;  // What is there, in 1/10000 of a retry
    int64_t limit;    // The most that it holds
    int64_t deposit;  // What a first attempt adds
} zp_retry_budget_t;

//  Allow percent (0 to 1000) retries for each hundred first attempts, in the
//  long run. The budget starts with reserve retries (>= 0) and never holds
//  more: that is the largest burst, and what a caller with little traffic lives
//  on. With a reserve of 0 nothing is ever retried.
void
zp_retry_budget_init (zp_retry_budget_t *self, double percent, int reserve);

//  A first attempt is made.
void zp_retry_budget_deposit (zp_retry_budget_t *self);

//  A retry is wanted. True if the budget had one, which is spent now; false if
//  it has not, and then nothing changes.
bool zp_retry_budget_withdraw (zp_retry_budget_t *self);

#endif
