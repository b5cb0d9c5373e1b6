//  SPDX-License-Identifier: MIT

#include "zp_number.h"

size_t
zp_number_write (uint64_t number, char *text)
{
    size_t size = 0;
    for (uint64_t left = number; size == 0 || left; left /= 10)
        size++;
    for (size_t at = size; at-- > 0; number /= 10)
        text[at] = (char) ('0' + number % 10);
    return size;
}

bool
zp_number_read (uint64_t *number, const char **at, const char *end,
                uint64_t max)
{
    uint64_t read = 0;
    const char *from = *at;
    for (; from < end && *from >= '0' && *from <= '9'; from++) {
        uint64_t digit = (uint64_t) (*from - '0');
        if (digit > max || read > (max - digit) / 10)
            return false;
        read = read * 10 + digit;
    }
    if (from == *at || (**at == '0' && from - *at > 1))
        return false;
    *number = read;
    *at = from;
    return true;
}
