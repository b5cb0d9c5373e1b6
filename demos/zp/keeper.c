//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "keeper.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "logfile.h"
#include "output.h"
#include "process.h"

static void
s_block_signals (sigset_t *signals)
{
    sigemptyset (signals);
    sigaddset (signals, SIGINT);
    sigaddset (signals, SIGTERM);
    sigaddset (signals, SIGHUP);
    sigaddset (signals, SIGQUIT);
    sigaddset (signals, SIGCHLD);
    sigprocmask (SIG_BLOCK, signals, NULL);
}

static void
s_kill_children (void)
{
    DIR *folder = opendir ("/proc");
    struct dirent *entry;
    process_t process;
    while (folder && (entry = readdir (folder))) {
        pid_t pid = atoi (entry->d_name);  // 0: not of a process
        if (pid > 0 && process_read (&process, pid) &&
            process.parent == getpid ())
            kill (pid, SIGKILL);
    }
    if (folder)
        closedir (folder);
}

//  Kill children, and what becomes a child when they die, until none is left
static void
s_sweep (void)
{
    do
        s_kill_children ();
    while (waitpid (-1, NULL, 0) > 0 || errno == EINTR);
}

static int
s_be_child (pid_t keeper, int (*fn) (void *arg), void *arg)
{
    prctl (PR_SET_PDEATHSIG, SIGTERM);
    if (getppid () != keeper)  // It died before that took effect
        return EXIT_ERROR;
    //  A group of its own: a Ctrl-C reaches it through the keeper alone, and so
    //  once. A background group that writes to its terminal may be stopped.
    setpgid (0, 0);
    signal (SIGTTOU, SIG_IGN);
    signal (SIGPIPE, SIG_IGN);
    prctl (PR_SET_CHILD_SUBREAPER, 1);
    int result = fn (arg);
    s_sweep ();
    return result;
}

//  Wait until the child has ended, and return how it did
static int
s_wait (pid_t child, const sigset_t *signals)
{
    for (;;) {
        int received = sigwaitinfo (signals, NULL);
        if (received > 0 && received != SIGCHLD)
            kill (child, received);
        int how;
        pid_t ended;
        while ((ended = waitpid (-1, &how, WNOHANG)) > 0)
            if (ended == child)
                return how;
    }
}

int
keeper_run (int (*fn) (void *arg), void *arg, const char *log)
{
    sigset_t signals;
    s_block_signals (&signals);
    prctl (PR_SET_CHILD_SUBREAPER, 1);
    pid_t keeper = getpid ();
    pid_t child = fork ();
    if (child == -1) {
        say_error ("can't start a process: %s", strerror (errno));
        return EXIT_ERROR;
    }
    if (child == 0)
        exit (s_be_child (keeper, fn, arg));

    if (log)
        logfile_write_to (log);
    int how = s_wait (child, &signals);
    s_sweep ();
    if (WIFEXITED (how))
        return WEXITSTATUS (how);
    say_error ("the supervisor was killed (SIG%s), and its services with it",
               sigabbrev_np (WTERMSIG (how)));
    return EXIT_ERROR;
}
