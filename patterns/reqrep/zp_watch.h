//  SPDX-License-Identifier: MIT
//
//  zp_watch - tells when the connection of a socket comes, and when it breaks
//
//  libzmq's socket monitor, on a zloop. Not for inproc, which has neither.

#ifndef ZP_WATCH_H
#define ZP_WATCH_H

#include <czmq.h>

typedef struct zp_watch zp_watch_t;

//  The connection is up now, after a handshake, or it is not any more. What had
//  been received before can still be on its way through libzmq. Returns what a
//  handler of the loop is to return.
typedef int (zp_watch_fn) (void *arg, bool up);

//  Watch a socket, which has not been connected yet.
zp_watch_t *
zp_watch_new (zloop_t *loop, zsock_t *socket, zp_watch_fn *fn, void *arg);

//  Watch no more. The socket must be there still.
void zp_watch_destroy (zp_watch_t **self_p);

#endif
