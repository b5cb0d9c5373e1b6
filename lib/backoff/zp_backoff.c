//  SPDX-License-Identifier: MIT

#include "zp_backoff.h"

#include <assert.h>

//  What one retry costs: fine enough for hundredths of a percent
#define RETRY 10000

//  Ceiling by repeated squaring: a few steps for any attempt, and too large a
//  power is an infinity, which the maximum cuts.

static int
s_ceiling_ms (const zp_backoff_t *self, int attempt)
{
    if (self->initial_ms == 0)
        return 0;
    double ceiling = self->initial_ms;
    double power = self->factor;
    int left = attempt > 1 ? attempt - 1 : 0;
    for (; left > 0; left /= 2, power *= power)
        if (left % 2)
            ceiling *= power;
    return ceiling < self->max_ms ? (int) ceiling : self->max_ms;
}

int
zp_backoff_ms (const zp_backoff_t *self, int attempt, uint64_t random)
{
    assert (self->initial_ms >= 0 && self->max_ms >= 0 && self->factor >= 1);
    uint64_t choices = (uint64_t) s_ceiling_ms (self, attempt) + 1;
    return (int) ((random >> 32) * choices >> 32);
}

void
zp_retry_budget_init (zp_retry_budget_t *self, double percent, int reserve)
{
    assert (percent >= 0 && percent <= 1000 && reserve >= 0);
    self->balance = self->limit = (int64_t) reserve * RETRY;
    self->deposit = (int64_t) (percent * RETRY / 100 + 0.5);
}

void
zp_retry_budget_deposit (zp_retry_budget_t *self)
{
    self->balance += self->deposit;
    if (self->balance > self->limit)
        self->balance = self->limit;
}

bool
zp_retry_budget_withdraw (zp_retry_budget_t *self)
{
    if (self->balance < RETRY)
        return false;
    self->balance -= RETRY;
    return true;
}
