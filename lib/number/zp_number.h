//  SPDX-License-Identifier: MIT
//
//  zp_number - numbers without a sign as text, in decimal
//
//  Faster than printf and strtoul, which matters where each message has some;
//  and each number has one form only.

#ifndef ZP_NUMBER_H
#define ZP_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZP_NUMBER_MAX 20  // Bytes of the longest

//  Write a number without a 0 at its end, and return how many bytes it took.
size_t zp_number_write (uint64_t number, char *text);

//  Read a number up to max that begins at *at, and go behind it. False, and
//  nothing is changed, if there is none before end, it is larger, or begins
//  with a 0 and has more digits.
bool zp_number_read (uint64_t *number, const char **at, const char *end,
                     uint64_t max);

#endif
