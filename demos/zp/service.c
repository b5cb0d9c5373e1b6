//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "service.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "process.h"

void
service_init (service_t *self, const topology_service_t *spec, const char *run)
{
    *self = (service_t){.spec = spec, .wanted = spec->wanted};
    self->state = spec->wanted ? SERVICE_WAITING : SERVICE_OFF;
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

void
service_wait (service_t *self)
{
    assert (!service_alive (self));
    self->state = SERVICE_WAITING;
    self->pid = 0;
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
    self->then = SERVICE_DEAD;
    self->started_ms = self->asked_ms = zclock_mono ();
    self->ended_ms = 0;
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
    self->ended_ms = zclock_mono ();
    self->state = self->then;
    if (self->state == SERVICE_WAITING)
        service_wait (self);
    return true;
}

void
service_pause (service_t *self)
{
    assert (service_alive (self));
    kill (-self->pid, SIGSTOP);
    self->state = SERVICE_PAUSED;
}

void
service_resume (service_t *self)
{
    assert (service_alive (self));
    kill (-self->pid, SIGCONT);
    self->state = SERVICE_STARTING;
    self->asked_ms = zclock_mono ();
}

void
service_end (service_t *self, int signal, service_state_t then)
{
    assert (service_alive (self));
    self->state = SERVICE_STOPPING;
    self->then = then;
    self->told_ms = zclock_mono ();
    //  In case it stands still. Not after the signal that ends it: a leak
    //  checker that holds the process at its end would lose hold of it, and
    //  hang
    if (signal != SIGKILL)
        kill (-self->pid, SIGCONT);
    kill (-self->pid, signal);
}

void
service_kill (service_t *self)
{
    if (self->state == SERVICE_STOPPING)
        kill (-self->pid, SIGKILL);
    else
        service_end (self, SIGKILL, SERVICE_STOPPED);
}

static const struct {
    const char *name;
    colour_t colour;
} s_states[] = {
    [SERVICE_WAITING] = {"waiting", DIM},
    [SERVICE_STARTING] = {"starting", YELLOW},
    [SERVICE_READY] = {"ready", GREEN},
    [SERVICE_SILENT] = {"not answering", YELLOW},
    [SERVICE_PAUSED] = {"paused", YELLOW},
    [SERVICE_STOPPING] = {"stopping", YELLOW},
    [SERVICE_STOPPED] = {"stopped", DIM},
    [SERVICE_OFF] = {"off", DIM},
    [SERVICE_DEAD] = {"dead", RED},
};

const char *
service_state_name (service_state_t state)
{
    return s_states[state].name;
}

colour_t
service_state_colour (const char *name)
{
    for (size_t i = 0; i < sizeof s_states / sizeof *s_states; i++)
        if (strcmp (name, s_states[i].name) == 0)
            return s_states[i].colour;
    return PLAIN;
}

char *
service_how (const service_t *self)
{
    if (WIFSIGNALED (self->how))
        return zsys_sprintf ("signal %s", sigabbrev_np (WTERMSIG (self->how)));
    return zsys_sprintf ("exit code %d", WEXITSTATUS (self->how));
}

//  Its process, and what that has used
static void
s_set_process (const service_t *self, json_t *json)
{
    process_t process;
    json_object_set_new (json, "pid", json_integer (self->pid));
    json_object_set_new (json, "uptime_ms",
                         json_integer (zclock_mono () - self->started_ms));
    if (!process_read (&process, self->pid))
        return;
    json_object_set_new (json, "rss_kb", json_integer (process.rss_kb));
    json_object_set_new (json, "fds", json_integer (process_files (self->pid)));
    json_object_set_new (json, "cpu_ms", json_integer (process.cpu_ms));
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
    json_object_set_new (json, "wanted", json_boolean (self->wanted));
    if (self->spec->group)
        json_object_set_new (json, "group", json_text (self->spec->group));
    if (service_alive (self))
        s_set_process (self, json);
    else if (self->pid &&
             (self->state == SERVICE_STOPPED || self->state == SERVICE_DEAD)) {
        char *how = service_how (self);
        json_object_set_new (json, "how", json_text (how));
        free (how);
    }
    return json;
}
