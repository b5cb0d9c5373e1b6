//  SPDX-License-Identifier: MIT
//
//  duration - a length of time as people say and type it

#ifndef DURATION_H
#define DURATION_H

#include <stdint.h>

#define DURATION_SIZE 32  // Bytes of the longest, with its 0

//  Write it with about three digits, in the unit that says most: "250 ms",
//  "1.5 s", "20 min", "3.2 h", "10 d". Returns text.
const char *duration_text (int64_t ms, char text[DURATION_SIZE]);

//  The same for microseconds, such as "85 us", "1.25 ms", "2 s".
const char *duration_text_us (int64_t us, char text[DURATION_SIZE]);

//  Read one: a number without a sign, and ms, s, min, h or d; without a unit
//  they are milliseconds. -1 if it is none, or longer than 100 years.
int64_t duration_parse (const char *text);

#endif
