//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "signals.h"

#include <signal.h>
#include <sys/signalfd.h>

int
signals_open (void)
{
    sigset_t signals;
    sigemptyset (&signals);
    sigaddset (&signals, SIGINT);
    sigaddset (&signals, SIGTERM);
    sigaddset (&signals, SIGHUP);
    sigprocmask (SIG_BLOCK, &signals, NULL);
    return signalfd (-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

static int
s_on_signal (zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void) loop, (void) item;
    *(bool *) arg = true;
    return -1;
}

int
signals_end_loop (zloop_t *loop, bool *came)
{
    zmq_pollitem_t item = {.fd = signals_open (), .events = ZMQ_POLLIN};
    zloop_poller (loop, &item, s_on_signal, came);
    return item.fd;
}
