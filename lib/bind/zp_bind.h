//  SPDX-License-Identifier: MIT
//
//  zp_bind - listens at an endpoint, or says why it can't
//
//  And never takes the path of an ipc endpoint from who listens there, as
//  ZeroMQ does without a word.

#ifndef ZP_BIND_H
#define ZP_BIND_H

#include <czmq.h>

#include "zp_status.h"

//  Where a socket listens, or why it does not. All zero to begin with.
typedef struct zp_bind {
    char endpoint[512];  // The last one bound, with its real port; "" if none
    char error[512];     // Why the last attempt failed: a line for a person
} zp_bind_t;

//  Listen at an endpoint, such as "tcp://127.0.0.1:5555" or, for any free port,
//  "tcp://127.0.0.1:*". Can be called again for more. On failure only the error
//  changes: ZP_ALREADY_EXISTS (in use, by whom not), ZP_PERMISSION_DENIED,
//  ZP_INVALID_ARGUMENT.
zp_status_t
zp_bind_socket (zp_bind_t *self, zsock_t *socket, const char *endpoint);

#endif
