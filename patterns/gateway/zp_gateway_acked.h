//  SPDX-License-Identifier: MIT
//
//  zp_gateway_acked - what the other end of a connection has taken
//
//  In a file of its own, since the kernel's header has what the C library's
//  header has as well, but for the field that is wanted.

#ifndef ZP_GATEWAY_ACKED_H
#define ZP_GATEWAY_ACKED_H

#include <stdint.h>

//  Bytes of all that was ever sent on a TCP socket that have arrived, and in
//  *queued_p those that have not; 0 if that can't be known.
uint64_t zp_gateway_acked (int fd, int *queued_p);

#endif
