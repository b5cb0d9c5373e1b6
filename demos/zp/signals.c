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
