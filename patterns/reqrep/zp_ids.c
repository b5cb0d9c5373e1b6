//  SPDX-License-Identifier: MIT

#include "zp_ids.h"

zp_id_t
zp_ids_key (const zp_envelope_t *envelope, uint8_t attempt)
{
    return (zp_id_t){envelope->client, envelope->serial, attempt};
}

static size_t
s_hash (const void *key)
{
    //  The first half is random, the second counts: Fibonacci hashing spreads
    //  them (Knuth, "The Art of Computer Programming", 6.4)
    const zp_id_t *id = key;
    uint64_t mixed = id->client ^ id->serial ^ id->attempt << 56;
    return (size_t) (mixed * 0x9e3779b97f4a7c15u >> 32);
}

static int
s_compare (const void *a, const void *b)
{
    return memcmp (a, b, sizeof (zp_id_t));
}

zhashx_t *
zp_ids_new (void)
{
    zhashx_t *self = zhashx_new ();
    zhashx_set_key_hasher (self, s_hash);
    zhashx_set_key_comparator (self, s_compare);
    zhashx_set_key_duplicator (self, NULL);
    zhashx_set_key_destructor (self, NULL);
    return self;
}
