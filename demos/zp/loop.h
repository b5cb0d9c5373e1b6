//  SPDX-License-Identifier: MIT
//
//  loop - how a command that waits for something ends

#ifndef LOOP_H
#define LOOP_H

#include <czmq.h>

//  End the loop, from anywhere in it: when what is called now has returned. Not
//  every handler can say so by what it returns.
void loop_end (zloop_t *loop);

#endif
