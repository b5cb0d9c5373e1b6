//  SPDX-License-Identifier: MIT

#include "zp_queue_receipt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

size_t
zp_queue_receipt_write (const zp_queue_receipt_t *self, char *text)
{
    return (size_t) snprintf (text, ZP_QUEUE_RECEIPT_MAX,
                              "%" PRIu64 ":%" PRIu32 ":%" PRIu64, self->id,
                              self->acquired, self->epoch);
}

//  Read a number from 1 to max without a 0 before it, and go behind it; 0 if
//  there is none.
static uint64_t
s_number (const char **at, const char *end, uint64_t max)
{
    uint64_t number = 0;
    if (*at < end && **at == '0')
        return 0;
    for (; *at < end && **at >= '0' && **at <= '9'; (*at)++) {
        uint64_t digit = (uint64_t) (**at - '0');
        if (number > (max - digit) / 10)
            return 0;
        number = number * 10 + digit;
    }
    return number;
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
    zp_queue_receipt_t read;
    if ((read.id = s_number (&at, end, UINT64_MAX)) == 0 ||
        !s_colon (&at, end) ||
        (read.acquired = (uint32_t) s_number (&at, end, UINT32_MAX)) == 0 ||
        !s_colon (&at, end) ||
        (read.epoch = s_number (&at, end, UINT64_MAX)) == 0 || at != end)
        return false;
    *self = read;
    return true;
}
