//  SPDX-License-Identifier: MIT

#include "viewers_recent.h"

#include <stddef.h>

#define SLOT_US INT64_C (2000000)

void
viewers_recent_clear (viewers_recent_t *self)
{
    for (int i = 0; i < VIEWERS_RECENT_SLOTS; i++)
        zp_histogram_destroy (&self->slots[i].times);
    *self = (viewers_recent_t){0};
}

//  The index of the slot for now, which forgets what was there before
static int
s_turn (viewers_recent_t *self, int64_t now_us)
{
    int64_t number = now_us / SLOT_US;
    int slot = (int) (number % VIEWERS_RECENT_SLOTS);
    if (self->slots[slot].number != number) {
        self->slots[slot].number = number;
        self->slots[slot].count = 0;
        if (self->slots[slot].times)
            zp_histogram_reset (self->slots[slot].times);
    }
    return slot;
}

void
viewers_recent_count (viewers_recent_t *self, int64_t now_us)
{
    self->slots[s_turn (self, now_us)].count++;
}

void
viewers_recent_time (viewers_recent_t *self, int64_t now_us, int64_t time_us)
{
    int slot = s_turn (self, now_us);
    if (!self->slots[slot].times)
        self->slots[slot].times = zp_histogram_new ();
    zp_histogram_record (self->slots[slot].times,
                         time_us > 0 ? (uint64_t) time_us : 0);
}

double
viewers_recent_rate (const viewers_recent_t *self, int64_t now_us)
{
    int64_t number = now_us / SLOT_US;
    uint64_t count = 0;
    for (int i = 0; i < VIEWERS_RECENT_SLOTS; i++)
        if (self->slots[i].number >= number - 1)
            count += self->slots[i].count;
    return (double) count * 1e6 / (double) (SLOT_US + now_us % SLOT_US);
}

void
viewers_recent_add_to (const viewers_recent_t *self, int64_t now_us,
                       zp_histogram_t *times)
{
    int64_t oldest = now_us / SLOT_US - VIEWERS_RECENT_SLOTS;
    for (int i = 0; i < VIEWERS_RECENT_SLOTS; i++)
        if (self->slots[i].times && self->slots[i].number > oldest)
            zp_histogram_merge (times, self->slots[i].times);
}
