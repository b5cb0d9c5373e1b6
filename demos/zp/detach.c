//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "detach.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "logfile.h"
#include "output.h"

static pid_t s_daemon;  // For the signal handler below

static void
s_pass_on (int signal)
{
    kill (s_daemon, signal);
}

//  In the process that was called: wait until the daemon is ready or has ended
static int
s_await (int ready)
{
    struct sigaction action = {.sa_handler = s_pass_on, .sa_flags = SA_RESTART};
    sigaction (SIGINT, &action, NULL);
    sigaction (SIGTERM, &action, NULL);
    sigaction (SIGHUP, &action, NULL);
    char byte;
    if (read (ready, &byte, 1) == 1)
        return EXIT_OK;
    int how;
    while (waitpid (s_daemon, &how, 0) == -1 && errno == EINTR)
        ;
    if (WIFEXITED (how))
        return WEXITSTATUS (how);
    say_error ("it was killed (SIG%s)", sigabbrev_np (WTERMSIG (how)));
    return EXIT_ERROR;
}

int
detach_run (int (*fn) (void *arg, int ready), void *arg)
{
    int ends[2];
    if (pipe2 (ends, O_CLOEXEC) == -1 || (s_daemon = fork ()) == -1) {
        say_error ("can't start a process: %s", strerror (errno));
        return EXIT_ERROR;
    }
    if (s_daemon == 0) {
        close (ends[0]);
        setsid ();
        exit (fn (arg, ends[1]));
    }
    close (ends[1]);
    return s_await (ends[0]);
}

void
detach_ready (int ready, const char *log)
{
    logfile_write_to (log);
    //  If nobody waits any more that is no harm
    if (write (ready, "", 1) == 1)
        close (ready);
}
