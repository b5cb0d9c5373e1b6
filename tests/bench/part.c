//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "part.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

//  Signals come only while part_read waits, so none is missed.
static volatile sig_atomic_t s_interrupted;
static sigset_t s_open;  // The mask outside, once they are caught
static bool s_caught;

static void
s_interrupt (int number)
{
    s_interrupted = number;
}

void
part_catch_signals (void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = s_interrupt};
    sigset_t closed;
    sigemptyset (&closed);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        sigaddset (&closed, numbers[i]);
        sigaction (numbers[i], &action, NULL);
    }
    sigprocmask (SIG_BLOCK, &closed, &s_open);
    s_caught = true;
}

int
part_interrupted (void)
{
    return s_interrupted;
}

//  Keep to those processors from now on.
static void
s_pin (part_half_t half)
{
    cpu_set_t all, some;
    if (half == PART_ALL || sched_getaffinity (0, sizeof all, &all) != 0)
        return;
    int middle = (CPU_COUNT (&all) + 1) / 2, seen = 0;
    CPU_ZERO (&some);
    for (int i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET (i, &all) && (seen++ < middle) == (half == PART_FIRST))
            CPU_SET (i, &some);
    //  Of one processor there is no second half: then this does nothing.
    sched_setaffinity (0, sizeof some, &some);
}

part_t
part_start (char *argv[], part_half_t half)
{
    int ends[2];
    part_check (pipe2 (ends, O_CLOEXEC) == 0, "pipe");
    prctl (PR_SET_CHILD_SUBREAPER, 1);  // To wait for what a part starts, too
    pid_t parent = getpid ();
    pid_t pid = fork ();
    part_check (pid >= 0, "fork");
    if (pid == 0) {
        prctl (PR_SET_PDEATHSIG, SIGKILL);
        if (s_caught)
            sigprocmask (SIG_SETMASK, &s_open, NULL);
        s_pin (half);
        if (getppid () == parent && dup2 (ends[1], STDOUT_FILENO) >= 0)
            execv ("/proc/self/exe", argv);
        _exit (127);
    }
    close (ends[1]);
    return (part_t){pid, ends[0]};
}

bool
part_read (part_t *self, void *data, size_t size)
{
    struct pollfd item = {.fd = self->output, .events = POLLIN};
    int ready = 0;
    while (!s_interrupted && ready <= 0)
        ready = ppoll (&item, 1, NULL, s_caught ? &s_open : NULL);
    return !s_interrupted && read (self->output, data, size) == (ssize_t) size;
}

void
part_end (part_t *self)
{
    if (!self->pid)
        return;
    kill (self->pid, SIGKILL);
    close (self->output);
    self->pid = 0;
}

void
part_wait (void)
{
    while (waitpid (-1, NULL, 0) > 0) {}
}

int
part_free_port (void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int handle = socket (AF_INET, SOCK_STREAM, 0);
    part_check (
        handle >= 0 &&
            bind (handle, (struct sockaddr *) &address, length) == 0 &&
            getsockname (handle, (struct sockaddr *) &address, &length) == 0,
        "a free port");
    close (handle);
    return ntohs (address.sin_port);
}

void
part_ready (int output)
{
    part_check (write (output, "!", 1) == 1, "the pipe to the starter");
}

void
part_check (bool worked, const char *what)
{
    if (worked)
        return;
    fprintf (stderr, "E: %s: %s\n", what, strerror (errno));
    exit (1);
}
