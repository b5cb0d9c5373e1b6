//  SPDX-License-Identifier: MIT

#include "zp_queue_receipt.h"

#include <string.h>

//  printf would take longer than all else that is done for a message
size_t
zp_queue_number_write (uint64_t number, char *text)
{
    size_t size = 0;
    for (uint64_t left = number; size == 0 || left; left /= 10)
        size++;
    for (size_t at = size; at-- > 0; number /= 10)
        text[at] = (char) ('0' + number % 10);
    return size;
}

size_t
zp_queue_receipt_write (const zp_queue_receipt_t *self, char *text)
{
    size_t size = zp_queue_number_write (self->id, text);
    text[size++] = ':';
    size += zp_queue_number_write (self->acquired, text + size);
    text[size++] = ':';
    size += zp_queue_number_write (self->epoch, text + size);
    text[size] = 0;
    return size;
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
