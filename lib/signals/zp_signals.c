//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "zp_signals.h"

#include <signal.h>
#include <sys/signalfd.h>

#define LOOK_MS 100  // Until a stray signal is seen, at most

typedef struct {
    zp_signals_fn *fn;  // Whom to tell
    void *arg;          // Given to that
} s_signals_t;

static int
s_on_signal (zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void) loop;
    s_signals_t *self = arg;
    struct signalfd_siginfo info;
    if (read (item->fd, &info, sizeof info) != sizeof info)
        return 0;
    return self->fn (self->arg);
}

static int
s_look (zloop_t *loop, int timer_id, void *arg)
{
    (void) loop;
    (void) timer_id;
    (void) arg;
    return 0;
}

static void
s_add_unless_ignored (sigset_t *set, int number)
{
    struct sigaction action;
    if (sigaction (number, NULL, &action) == 0 && action.sa_handler != SIG_IGN)
        sigaddset (set, number);
}

void
zp_signals_run (zloop_t *loop, zp_signals_fn *fn, void *arg)
{
    s_signals_t self = {fn, arg};
    sigset_t ends, before;
    sigemptyset (&ends);
    s_add_unless_ignored (&ends, SIGINT);
    s_add_unless_ignored (&ends, SIGTERM);
    pthread_sigmask (SIG_BLOCK, &ends, &before);
    int fd = signalfd (-1, &ends, SFD_NONBLOCK | SFD_CLOEXEC);
    assert (fd != -1);
    zmq_pollitem_t item = {.fd = fd, .events = ZMQ_POLLIN};
    zloop_poller (loop, &item, s_on_signal, &self);
    //  A thread that has just been started, and blocks no signals yet, can take
    //  it all the same. CZMQ's flag says so, if the loop looks now and then
    int look = zloop_timer (loop, LOOK_MS, 0, s_look, NULL);

    int rc = 0;
    while (rc == 0) {
        if (zsys_interrupted) {
            zsys_interrupted = 0;
            rc = fn (arg);
        }
        if (rc == 0)
            rc = zloop_start (loop);
        if (rc == 0 && zmq_errno () == ETERM)
            break;
    }
    zloop_timer_end (loop, look);
    zloop_poller_end (loop, &item);
    close (fd);
    pthread_sigmask (SIG_SETMASK, &before, NULL);
}
