//  SPDX-License-Identifier: MIT

#include "zp_flow.h"

static uint64_t
s_min (uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t
s_max (uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

uint64_t
zp_flow_share (uint64_t max_bytes, size_t count)
{
    return s_max (max_bytes / s_max (count, 1), ZP_FLOW_WINDOW_MIN);
}

size_t
zp_flow_next (zp_flow_t *self, uint64_t share)
{
    uint64_t window = s_min (self->credit, share);
    window = s_max (window, self->window / 2);
    uint64_t quarter = s_max (window / ZP_FLOW_QUARTERS, ZP_TRANSFER_CHUNK_MIN);
    uint64_t size = s_min (s_min (self->chunk, quarter), self->end - self->at);
    uint64_t out = self->at - self->seen;
    if (size == 0 || (out && out + size > window))
        return 0;
    self->window = window;
    return size;
}

void
zp_flow_sent (zp_flow_t *self, size_t size)
{
    self->at += size;
}

bool
zp_flow_seen (zp_flow_t *self, uint64_t offset)
{
    if (offset < self->seen || offset > self->at)
        return false;
    self->seen = offset;
    return true;
}

zp_flow_verdict_t
zp_flow_judge (uint64_t at, uint64_t end, uint64_t offset, size_t size)
{
    if (offset > at || size > end - offset)
        return ZP_FLOW_GAP;
    return offset + size > at ? ZP_FLOW_TAKE : ZP_FLOW_PASS;
}

bool
zp_flow_must_say (uint64_t at, uint64_t said, uint64_t window)
{
    return at > said && at - said >= window / ZP_FLOW_QUARTERS;
}
