//  SPDX-License-Identifier: MIT
//
//  zp_signals - run a loop until SIGINT or SIGTERM
//
//  CZMQ's own handler sets a flag, which a loop can miss: a signal that comes
//  between its look at the flag and the wait that follows does not end the
//  wait. Here signals come through a descriptor that the loop waits for
//  (signalfd (2)), and the flag is looked at too, since a thread that has just
//  been started, and blocks no signals yet, can take one.

#ifndef ZP_SIGNALS_H
#define ZP_SIGNALS_H

#include <czmq.h>

//  Called on the loop for each signal that came. Return 0 to go on, or -1 to
//  end the loop.
typedef int (zp_signals_fn) (void *arg);

//  Run the loop until fn, or any other handler on the loop, returns -1, or the
//  ZeroMQ context ends. SIGINT and SIGTERM go to fn, unless the program ignores
//  them; when this returns they are as before. For the main thread; others
//  should block these signals.
void zp_signals_run (zloop_t *loop, zp_signals_fn *fn, void *arg);

#endif
