//  SPDX-License-Identifier: MIT

#include "stage_counter.h"

//  Remember the total
static void
s_sample (stage_counter_t *self, int64_t now_ms)
{
    unsigned place = self->taken++ % STAGE_SAMPLES;
    self->samples[place].at_ms = now_ms;
    self->samples[place].total = self->total;
}

void
stage_counter_take (stage_counter_t *self, int64_t now_ms, uint64_t count)
{
    //  What was counted before anybody looked was not counted just now
    if (self->taken == 0)
        self->total = count;
    else
        self->total += count < self->last ? count : count - self->last;
    self->last = count;
    s_sample (self, now_ms);
}

void
stage_counter_restart (stage_counter_t *self, int64_t now_ms)
{
    if (self->taken == 0)
        return;
    self->taken = 0;
    self->last = 0;
    s_sample (self, now_ms);
}

double
stage_counter_rate (const stage_counter_t *self, int64_t now_ms)
{
    unsigned kept = self->taken < STAGE_SAMPLES ? self->taken : STAGE_SAMPLES;
    int64_t since_ms = now_ms;
    uint64_t since = self->total;
    bool fresh = false;
    //  From the newest back to the first that is as old as the window
    for (unsigned i = 1; i <= kept; i++) {
        unsigned place = (self->taken - i) % STAGE_SAMPLES;
        since_ms = self->samples[place].at_ms;
        since = self->samples[place].total;
        if (now_ms - since_ms >= STAGE_WINDOW_MS)
            break;
        fresh = true;
    }
    if (!fresh || now_ms <= since_ms)
        return 0;
    return (double) (self->total - since) * 1000 / (double) (now_ms - since_ms);
}
