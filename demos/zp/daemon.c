//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "daemon.h"

#include <signal.h>
#include <sys/resource.h>

#include "broker.h"
#include "detach.h"
#include "output.h"
#include "patience.h"
#include "rundir.h"

#define ASK_MS 60000  // For the first answer, to this same process

//  What detach_run wants to know
typedef struct job {
    daemon_t *daemon;  // Who
    daemon_fn *fn;     // What it does
    void *arg;         // With what
} job_t;

//  zp_signals_run hears them. Threads have this mask from their parent, so none
//  that was started a moment ago can take one and die of it
static void
s_block_ends (void)
{
    sigset_t ends;
    sigemptyset (&ends);
    sigaddset (&ends, SIGINT);
    sigaddset (&ends, SIGTERM);
    sigprocmask (SIG_BLOCK, &ends, NULL);
}

//  Clients take descriptors, and so do their files: have as many as there may
//  be
static void
s_raise_limit (void)
{
    struct rlimit limit;
    if (getrlimit (RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit (RLIMIT_NOFILE, &limit);
    }
}

static int
s_serve (void *arg, int detached)
{
    job_t *job = arg;
    daemon_t *self = job->daemon;
    self->detached = detached;
    //  That nobody reads what it prints shall not end it, and a file that would
    //  get too large is an error to be told
    signal (SIGPIPE, SIG_IGN);
    signal (SIGXFSZ, SIG_IGN);
    s_raise_limit ();
    zsys_handler_set (NULL);
    s_block_ends ();
    self->loop = zloop_new ();
    exit_code_t code = job->fn (self, job->arg);
    zp_client_destroy (&self->client);
    zloop_destroy (&self->loop);
    zp_tracer_destroy (&self->tracer);
    return code;
}

int
daemon_run (daemon_t *self, daemon_fn *fn, void *arg)
{
    job_t job = {self, fn, arg};
    return args_has (self->args, "detach") ? detach_run (s_serve, &job)
                                           : s_serve (&job, -1);
}

exit_code_t
daemon_exit_code (zp_status_t status)
{
    return status == ZP_OK                 ? EXIT_OK
           : status == ZP_INVALID_ARGUMENT ? EXIT_USAGE
           : status == ZP_NOT_FOUND        ? EXIT_NOT_FOUND
                                           : EXIT_ERROR;
}

void *
daemon_open (daemon_t *self, const char *what, daemon_open_fn *fn, void *arg,
             exit_code_t *code_p)
{
    zp_status_t status;
    char *error = NULL;
    int64_t since_ms = zclock_mono ();
    patience_t *patience = patience_new (what);
    void *opened = fn (arg, &status, &error);
    patience_destroy (&patience);
    self->took_ms = zclock_mono () - since_ms;
    *code_p = EXIT_OK;
    if (!opened) {
        say_error ("%s", error);
        *code_p = daemon_exit_code (status);
    }
    zstr_free (&error);
    return opened;
}

exit_code_t
daemon_ended (zp_status_t status, const char *error)
{
    if (*error) {
        say_error ("%s", error);
        return EXIT_ERROR;
    }
    say ("stopped%s", status == ZP_OK ? "" : "; some requests were not done");
    return EXIT_OK;
}

static exit_code_t
s_bind (zp_server_t *server, const char *endpoint)
{
    zp_status_t status = zp_server_bind (server, endpoint);
    if (status == ZP_OK)
        say ("listening at %s", zp_server_endpoint (server));
    else
        say_error ("%s", zp_server_error (server));
    return daemon_exit_code (status);
}

static exit_code_t
s_bind_default (daemon_t *self, zp_server_t *server)
{
    char *why = rundir_make_base ();
    char *endpoint = broker_default_endpoint (self->args->command);
    exit_code_t code = EXIT_ERROR;
    if (why)
        say_error ("%s", why);
    else
        code = s_bind (server, endpoint);
    free (endpoint);
    free (why);
    return code;
}

exit_code_t
daemon_bind (daemon_t *self, zp_server_t *server)
{
    const char *endpoint = args_text (self->args, "bind");
    exit_code_t code = endpoint ? EXIT_OK : s_bind_default (self, server);
    for (int i = 0; endpoint && code == EXIT_OK; i++) {
        code = s_bind (server, endpoint);
        endpoint = args_text_at (self->args, "bind", i + 1);
    }
    return code;
}

//  Go on in the background
static void
s_detach (daemon_t *self)
{
    const char *log = args_text (self->args, "log");
    char *base = rundir_base ();
    char *path =
        log ? strdup (log) : zsys_sprintf ("%s/%s.log", base, self->name);
    say ("in the background: process %d, log %s", (int) getpid (), path);
    say_hint ("%s, or kill %d", self->hint, (int) getpid ());
    detach_ready (self->detached, path);
    self->detached = -1;
    free (path);
    free (base);
}

static void
s_on_answer (void *arg, const zp_reply_t *reply)
{
    daemon_t *self = arg;
    if (reply->status != ZP_OK)
        return;
    self->ready (self->arg, reply);
    if (self->detached != -1)
        s_detach (self);
}

const zp_tap_t *
daemon_tap (daemon_t *self)
{
    if (!self->tracer)
        self->tracer = zp_tracer_new ();
    return zp_tracer_tap (self->tracer);
}

void
daemon_await (daemon_t *self, zp_server_t *server, const char *method,
              daemon_ready_fn *ready, void *arg)
{
    self->ready = ready;
    self->arg = arg;
    if (self->tracer)
        zp_tracer_serve (self->tracer, server);
    self->client = zp_client_new (self->loop, NULL);
    zp_client_connect (self->client, zp_server_endpoint (server));
    zp_call_t call = {
        .method = method, .timeout_ms = ASK_MS, .fn = s_on_answer, .arg = self};
    zp_client_start (self->client, &call, NULL);
}

char *
daemon_journal (const daemon_t *self, const char *wanted)
{
    if (wanted) {
        size_t size = strspn (wanted, "abcdefghijklmnopqrstuvwxyz");
        bool url = size > 0 && wanted[size] == ':';
        return zsys_sprintf ("%s%s", url ? "" : "sqlite:", wanted);
    }
    const char *state = getenv ("XDG_STATE_HOME"), *home = getenv ("HOME");
    bool set = state && *state == '/';
    if (!set && !home) {
        say_error ("there is no $HOME to keep a journal in");
        say_hint ("zp %s serve PATH", self->name);
        return NULL;
    }
    char *folder = zsys_sprintf ("%s%s/zpatterns", set ? state : home,
                                 set ? "" : "/.local/state");
    zsys_dir_create ("%s", folder);  // Or else the journal says why not
    char *url = zsys_sprintf ("sqlite:%s/%s.db", folder, self->name);
    free (folder);
    return url;
}
