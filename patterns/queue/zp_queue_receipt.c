//  SPDX-License-Identifier: MIT

#include "zp_queue_receipt.h"

#include "zp_number.h"

size_t
zp_queue_receipt_write (const zp_queue_receipt_t *self, char *text)
{
    size_t size = zp_number_write (self->id, text);
    text[size++] = ':';
    size += zp_number_write (self->acquired, text + size);
    text[size++] = ':';
    size += zp_number_write (self->epoch, text + size);
    text[size] = 0;
    return size;
}

//  Read a number from 1 to max, and go behind it
static bool
s_number (uint64_t *number, const char **at, const char *end, uint64_t max)
{
    return zp_number_read (number, at, end, max) && *number > 0;
}

static bool
s_colon (const char **at, const char *end)
{
    return *at < end && *(*at)++ == ':';
}

bool
zp_queue_receipt_read (zp_queue_receipt_t *self, zp_span_t text)
{
    const char *at = text.data;
    const char *end = at + text.size;
    uint64_t id, acquired, epoch;
    if (!s_number (&id, &at, end, UINT64_MAX) || !s_colon (&at, end) ||
        !s_number (&acquired, &at, end, UINT32_MAX) || !s_colon (&at, end) ||
        !s_number (&epoch, &at, end, UINT64_MAX) || at != end)
        return false;
    *self = (zp_queue_receipt_t){id, (uint32_t) acquired, epoch};
    return true;
}
