//  SPDX-License-Identifier: MIT
//
//  The commands of a saga are part of one trace: that of the request which
//  started it or, if it is a step, of its parent. It is not on disk; after a
//  restart one is made of the saga's id, so that each restart makes the same.

#include "zp_saga_coordinator_private.h"

#include "zp_random.h"
#include "zp_saga_table.h"

static bool
s_is_known (const zp_trace_t *trace)
{
    static const uint8_t none[sizeof trace->trace_id];
    return memcmp (trace->trace_id, none, sizeof none) != 0;
}

void
zp_saga_coordinator_join (const zp_saga_t *saga, const zp_trace_t *trace)
{
    zp_trace_t *own = zp_saga_trace (saga);
    if (!s_is_known (own))
        *own = *trace;
}

const zp_trace_t *
zp_saga_coordinator_trace (const zp_saga_t *saga, const char *key)
{
    zp_trace_t *own = zp_saga_trace (saga);
    if (!s_is_known (own)) {
        zp_span_t id = {key, strcspn (key, "/")};
        zp_random_t random;
        zp_random_seed (&random, zp_saga_hash (id));
        uint64_t made[2] = {zp_random_next (&random), zp_random_next (&random)};
        memcpy (own->trace_id, made, sizeof made);
    }
    return own;
}
