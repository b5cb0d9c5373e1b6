//  SPDX-License-Identifier: MIT
//
//  signals - Ctrl-C as something that can be waited for

#ifndef SIGNALS_H
#define SIGNALS_H

#include <czmq.h>

//  From now on SIGINT, SIGTERM and SIGHUP don't end the process, but make the
//  descriptor that is returned readable (signalfd(2)). Reading it never blocks.
//  The caller closes it; the signals stay blocked.
int signals_open (void);

//  The same for a loop: when one comes it ends, and *came is true. The caller
//  closes the descriptor that is returned, when the loop has ended.
int signals_end_loop (zloop_t *loop, bool *came);

#endif
