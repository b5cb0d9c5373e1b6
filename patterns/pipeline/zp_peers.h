//  SPDX-License-Identifier: MIT
//
//  zp_peers - counts who is connected to a socket
//
//  libzmq's socket monitor, on a zloop. Not for inproc, which has none.

#ifndef ZP_PEERS_H
#define ZP_PEERS_H

#include <czmq.h>

typedef struct zp_peers zp_peers_t;

//  So many are connected now. Returns what a handler of the loop is to return.
typedef int (zp_peers_fn) (void *arg, size_t count);

//  Count the peers of a socket, which is neither bound nor connected yet.
zp_peers_t *
zp_peers_new (zloop_t *loop, zsock_t *socket, zp_peers_fn *fn, void *arg);

//  Count no more. The socket must be there still.
void zp_peers_destroy (zp_peers_t **self_p);

#endif
