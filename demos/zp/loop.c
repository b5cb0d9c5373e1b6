//  SPDX-License-Identifier: MIT

#include "loop.h"

static int
s_on_end (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer, (void) arg;
    return -1;
}

void
loop_end (zloop_t *loop)
{
    zloop_timer (loop, 0, 1, s_on_end, NULL);
}
