//  SPDX-License-Identifier: MIT
//
//  zp_keepalive - the kernel finds out when a peer's machine is gone
//
//  For sockets that can't have the heartbeats of ZeroMQ. Those wait behind what
//  a slow peer does not read, and the connection of one that is only busy would
//  be broken. The kernel asks the other kernel, whatever its programs do; what
//  stands still there is not found out.

#ifndef ZP_KEEPALIVE_H
#define ZP_KEEPALIVE_H

#include <czmq.h>

#define ZP_KEEPALIVE_S      2  // Between two probes, when nothing is said
#define ZP_KEEPALIVE_PROBES 3  // Without an answer: the connection is closed

//  From now on this socket's TCP connections are probed. Before it is bound or
//  connected.
void zp_keepalive_set (zsock_t *socket);

#endif
