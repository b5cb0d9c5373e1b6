//  SPDX-License-Identifier: MIT
//
//  The table: entries in a list from the one asked for last to the one that was
//  silent for longest, and chains of those with the same hash. Numbers of
//  entries count from 1; 0 is none.
//
//      chains   [ 3 | 0 | 1 | ... ]     as many as there are entries, or up to
//                 |       |             twice that: a power of two
//      entries  [ 1 | 2 | 3 | ... ]     3 -next-> 2 -next-> 0

#include "zp_gateway_limit.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define INTERVAL_MAX_US 1e12  // Eleven days: with a burst of a million it fits

typedef struct s_entry {
    uint64_t hash;    // Of scope and client; stands for them
    int64_t full_us;  // When its bucket is full again
    uint32_t next;    // In its chain
    uint32_t newer;   // Asked for after it
    uint32_t older;   // Asked for before it
} s_entry_t;

struct zp_gateway_limit {
    uint8_t secret[ZP_GATEWAY_SECRET];  // Of the hash
    s_entry_t *entries;                 // Room for all; entry 0 is nobody's:
                                        // its newer is the oldest, its older
                                        // the newest
    uint32_t *chains;                   // The first entry of each
    uint32_t mask;                      // Chains, less 1
    uint32_t count;                     // Entries in use
    uint32_t max;                       // Entries
};

zp_gateway_limit_t *
zp_gateway_limit_new (size_t clients, const uint8_t secret[ZP_GATEWAY_SECRET])
{
    assert (clients >= 1 && clients <= UINT32_MAX / 4);
    zp_gateway_limit_t *self = calloc (1, sizeof *self);
    assert (self);
    self->max = (uint32_t) clients;
    self->mask = 1;
    while (self->mask < self->max)
        self->mask *= 2;
    self->entries = calloc (clients + 1, sizeof *self->entries);
    self->chains = calloc (self->mask, sizeof *self->chains);
    assert (self->entries && self->chains);
    self->mask--;
    memcpy (self->secret, secret, ZP_GATEWAY_SECRET);
    return self;
}

void
zp_gateway_limit_destroy (zp_gateway_limit_t **self_p)
{
    assert (self_p);
    zp_gateway_limit_t *self = *self_p;
    *self_p = NULL;
    if (!self)
        return;
    free (self->entries);
    free (self->chains);
    free (self);
}

static void
s_leave (zp_gateway_limit_t *self, uint32_t number)
{
    s_entry_t *entry = &self->entries[number];
    self->entries[entry->newer].older = entry->older;
    self->entries[entry->older].newer = entry->newer;
}

static void
s_lead (zp_gateway_limit_t *self, uint32_t number)
{
    s_entry_t *head = &self->entries[0], *entry = &self->entries[number];
    entry->newer = 0;
    entry->older = head->older;
    self->entries[head->older].newer = number;
    head->older = number;
}

//  The end of the chain of a hash where an entry's number is, or would be
static uint32_t *
s_place (zp_gateway_limit_t *self, uint64_t hash)
{
    uint32_t *place = &self->chains[hash & self->mask];
    while (*place && self->entries[*place].hash != hash)
        place = &self->entries[*place].next;
    return place;
}

//  The entry of a hash: the newest from now on
static s_entry_t *
s_entry (zp_gateway_limit_t *self, uint64_t hash)
{
    uint32_t number = *s_place (self, hash);
    if (number) {
        s_leave (self, number);
        s_lead (self, number);
        return &self->entries[number];
    }
    if (self->count < self->max)
        number = ++self->count;
    else {
        number = self->entries[0].newer;
        *s_place (self, self->entries[number].hash) =
            self->entries[number].next;
        s_leave (self, number);
    }
    s_entry_t *entry = &self->entries[number];
    *entry = (s_entry_t){.hash = hash, .full_us = INT64_MIN};
    *s_place (self, hash) = number;
    s_lead (self, number);
    return entry;
}

static uint64_t
s_hash (const zp_gateway_limit_t *self, uint32_t scope, zp_span_t client)
{
    uint8_t text[256];
    uint64_t hash;
    size_t size = client.size < sizeof text - 4 ? client.size : sizeof text - 4;
    memcpy (text, &scope, 4);
    if (size)
        memcpy (text + 4, client.data, size);
    crypto_shorthash ((uint8_t *) &hash, text, size + 4, self->secret);
    return hash;
}

int64_t
zp_gateway_limit_take (zp_gateway_limit_t *self, uint32_t scope,
                       zp_span_t client, const zp_gateway_rate_t *rate,
                       int64_t now_ms)
{
    if (rate->per_second <= 0)
        return 0;
    double interval = 1e6 / rate->per_second;
    if (interval > INTERVAL_MAX_US)
        interval = INTERVAL_MAX_US;
    s_entry_t *entry = s_entry (self, s_hash (self, scope, client));
    int64_t now_us = now_ms * 1000;
    int64_t full_us = entry->full_us > now_us ? entry->full_us : now_us;
    //  With burst tokens gone it is full after burst intervals
    int64_t spare_us = (int64_t) (interval * (rate->burst - 1));
    if (full_us - now_us > spare_us)
        return (full_us - now_us - spare_us + 999) / 1000;
    entry->full_us = full_us + (int64_t) interval;
    return 0;
}

size_t
zp_gateway_limit_clients (const zp_gateway_limit_t *self)
{
    return self->count;
}

int
zp_gateway_retry_after (int64_t wait_ms)
{
    int64_t seconds = wait_ms / 1000 + (wait_ms % 1000 > 0);
    return seconds < 1 ? 1 : seconds > INT32_MAX ? INT32_MAX : (int) seconds;
}

bool
zp_gateway_gate_enter (zp_gateway_gate_t *self)
{
    if (self->max > 0 && self->inside >= self->max) {
        self->refused++;
        return false;
    }
    self->inside++;
    return true;
}

void
zp_gateway_gate_leave (zp_gateway_gate_t *self)
{
    assert (self->inside > 0);
    self->inside--;
}
