//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "service.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

void
service_init (service_t *self, const topology_service_t *spec, const char *run)
{
    *self = (service_t){.spec = spec};
    self->log = zsys_sprintf ("%s/logs/%s.log", run, spec->name);
}

void
service_term (service_t *self)
{
    assert (!service_alive (self));
    zstr_free (&self->log);
}

//  A new log; returns its descriptor
static int
s_open_log (service_t *self)
{
    char *old = zsys_sprintf ("%s.1", self->log);
    rename (self->log, old);  // The first time there is none
    free (old);
    return open (self->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

//  Become the service. Between fork and exec, in a process with threads, only
//  plain system calls are safe.
static void
s_exec (const topology_service_t *spec, pid_t parent, int log)
{
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    if (getppid () != parent)  // It died before that took effect
        _exit (127);
    setpgid (0, 0);
    int null = open ("/dev/null", O_RDONLY | O_CLOEXEC);
    dup2 (null, STDIN_FILENO);
    dup2 (log, STDOUT_FILENO);
    dup2 (log, STDERR_FILENO);
    close_range (STDERR_FILENO + 1, ~0U, 0);
    signal (SIGPIPE, SIG_DFL);
    signal (SIGTTOU, SIG_DFL);
    sigset_t none;
    sigemptyset (&none);
    sigprocmask (SIG_SETMASK, &none, NULL);
    const char *failed = spec->cwd;
    if (chdir (spec->cwd) == 0) {
        failed = spec->program;
        execve (spec->program, spec->argv, spec->environ);
    }
    dprintf (STDERR_FILENO, "zp: %s: %s\n", failed, strerrordesc_np (errno));
    _exit (127);
}

bool
service_start (service_t *self)
{
    assert (self->state == SERVICE_WAITING);
    int log = s_open_log (self);
    if (log == -1)
        return false;
    pid_t parent = getpid ();
    pid_t pid = fork ();
    if (pid == 0)
        s_exec (self->spec, parent, log);
    int error = errno;
    close (log);
    errno = error;
    if (pid == -1)
        return false;
    //  Here too, so that it is true whoever runs first
    setpgid (pid, pid);
    self->pid = pid;
    self->state = SERVICE_STARTING;
    self->started_ms = zclock_mono ();
    return true;
}

bool
service_alive (const service_t *self)
{
    return self->pid != 0 && self->ended_ms == 0;
}

bool
service_gone (const service_t *self)
{
    //  Without reaping: until then the pid, and so the group's, can't be
    //  anybody else's
    siginfo_t info = {0};
    return waitid (P_PID, (id_t) self->pid, &info,
                   WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid != 0;
}

bool
service_ended (service_t *self)
{
    if (!service_alive (self) || !service_gone (self))
        return false;
    kill (-self->pid, SIGKILL);
    waitpid (self->pid, &self->how, 0);
    bool told = self->state == SERVICE_STOPPING;
    self->state = told ? SERVICE_STOPPED : SERVICE_DEAD;
    self->ended_ms = zclock_mono ();
    return true;
}

void
service_stop (service_t *self)
{
    assert (service_alive (self));
    self->state = SERVICE_STOPPING;
    self->told_ms = zclock_mono ();
    //  In case it is frozen. Not after the signal that ends it: a leak checker
    //  that holds the process at its end would lose hold of it, and hang
    kill (-self->pid, SIGCONT);
    kill (-self->pid, SIGTERM);
}

void
service_kill (service_t *self)
{
    assert (service_alive (self));
    self->state = SERVICE_STOPPING;
    kill (-self->pid, SIGKILL);
}

static const struct {
    const char *name;
    colour_t colour;
} s_states[] = {
    [SERVICE_WAITING] = {"waiting", DIM},
    [SERVICE_STARTING] = {"starting", YELLOW},
    [SERVICE_READY] = {"ready", GREEN},
    [SERVICE_SILENT] = {"not answering", YELLOW},
    [SERVICE_STOPPING] = {"stopping", YELLOW},
    [SERVICE_STOPPED] = {"stopped", DIM},
    [SERVICE_DEAD] = {"dead", RED},
};

const char *
service_state_name (service_state_t state)
{
    return s_states[state].name;
}

colour_t
service_state_colour (service_state_t state)
{
    return s_states[state].colour;
}

char *
service_how (const service_t *self)
{
    if (WIFSIGNALED (self->how))
        return zsys_sprintf ("signal %s", sigabbrev_np (WTERMSIG (self->how)));
    return zsys_sprintf ("exit code %d", WEXITSTATUS (self->how));
}

json_t *
service_json (const service_t *self)
{
    json_t *json = json_object ();
    json_object_set_new (json, "name", json_text (self->spec->name));
    json_object_set_new (json, "state",
                         json_text (service_state_name (self->state)));
    json_object_set_new (json, "endpoint", json_text (self->spec->endpoint));
    json_object_set_new (json, "log", json_text (self->log));
    if (service_alive (self)) {
        json_object_set_new (json, "pid", json_integer (self->pid));
        json_object_set_new (json, "uptime_ms",
                             json_integer (zclock_mono () - self->started_ms));
    }
    else if (self->pid) {
        char *how = service_how (self);
        json_object_set_new (json, "how", json_text (how));
        free (how);
    }
    return json;
}
