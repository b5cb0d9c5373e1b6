//  SPDX-License-Identifier: MIT
//
//  zp_signals - runs a loop until it is ended, by a signal or otherwise
//
//  A zloop ends when a signal has set CZMQ's flag. But one that comes after the
//  look at the flag, and before the wait that follows, does not end that wait.
//  Here a signal is an event of the loop as any other.

#ifndef ZP_SIGNALS_H
#define ZP_SIGNALS_H

#include <czmq.h>

//  SIGINT or SIGTERM has come. On the loop. Return 0 to go on, or -1 to end the
//  loop.
typedef int (zp_signals_fn) (void *arg);

//  Run the loop until a handler on it, or fn, returns -1. A signal that the
//  program ignores stays ignored. Threads that the program starts by itself
//  should block these signals.
void zp_signals_run (zloop_t *loop, zp_signals_fn *fn, void *arg);

#endif
