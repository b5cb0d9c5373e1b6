//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "compare_child.h"

#include <czmq.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "output.h"

//  In the child: never returns
static void
s_become (const char *const *words, const char *log, pid_t parent)
{
    sigset_t none;
    sigemptyset (&none);
    sigprocmask (SIG_SETMASK, &none, NULL);
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    int null = open ("/dev/null", O_RDWR | O_CLOEXEC);
    int file = open (log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    //  A group of its own: Ctrl-C is for its parent
    if (getppid () == parent && null != -1 && file != -1 &&
        setpgid (0, 0) == 0 && dup2 (null, STDIN_FILENO) != -1 &&
        dup2 (file, STDOUT_FILENO) != -1 && dup2 (file, STDERR_FILENO) != -1)
        execv ("/proc/self/exe", (char *const *) words);
    _exit (EXIT_FAILURE);
}

pid_t
compare_child_start (const char *const *words, const char *log)
{
    pid_t parent = getpid (), pid = fork ();
    if (pid == 0)
        s_become (words, log, parent);
    if (pid == -1)
        say_error ("can't start a process: %s", strerror (errno));
    return pid;
}

bool
compare_child_ended (pid_t pid)
{
    siginfo_t info = {.si_pid = 0};
    return waitid (P_PID, (id_t) pid, &info, WEXITED | WNOHANG | WNOWAIT) ==
               0 &&
           info.si_pid == pid;
}

void
compare_child_kill (pid_t *pid_p)
{
    if (*pid_p <= 0)
        return;
    kill (*pid_p, SIGKILL);
    waitpid (*pid_p, NULL, 0);
    *pid_p = 0;
}
