//  SPDX-License-Identifier: MIT
//
//  roundtrip - a real call, there and back

#ifndef ROUNDTRIP_H
#define ROUNDTRIP_H

#include <stdint.h>

//  Make a server at an endpoint and a client, call its zp.ping one hundred
//  times, one after the other, and return the median time in microseconds. -1
//  if that fails: *why, which the caller frees, is the reason.
int64_t roundtrip_us (const char *endpoint, char **why);

#endif
