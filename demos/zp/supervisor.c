//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "supervisor.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "command.h"
#include "control.h"
#include "ward.h"

#define TICK_MS 100  // How often deadlines are looked at
#define ASK_MS  500  // How long zp.ping may take, once a service is ready

typedef enum phase { STARTING, RUNNING, STOPPING } phase_t;

struct supervisor {
    const topology_t *topology;  // What to run
    supervisor_ready_fn *fn;     // Told when all are ready
    void *arg;                   // Given to fn
    zloop_t *loop;               // Runs all of this
    int signals;                 // Descriptor of a signalfd
    control_t *control;          // Answers other zp commands
    ward_t *wards;               // A service each, as in the topology
    size_t count;                // How many
    phase_t phase;               // Where it is
    int tick;                    // Timer that looks at deadlines; 0: none
    int exit_code;               // What supervisor_run will return
};

static void s_on_ready (void *arg);

supervisor_t *
supervisor_new (const topology_t *topology, supervisor_ready_fn *fn, void *arg)
{
    zsys_handler_set (NULL);
    supervisor_t *self = zmalloc (sizeof *self);
    self->topology = topology;
    self->fn = fn;
    self->arg = arg;
    self->loop = zloop_new ();
    zloop_set_nonstop (self->loop, true);
    self->count = topology->count;
    self->wards = zmalloc (self->count * sizeof *self->wards);
    for (size_t i = 0; i < self->count; i++)
        ward_init (&self->wards[i], &topology->services[i], topology->run,
                   self->loop, s_on_ready, self);
    sigset_t signals;  // Those that keeper_run has blocked
    sigprocmask (SIG_BLOCK, NULL, &signals);
    self->signals = signalfd (-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    return self;
}

void
supervisor_destroy (supervisor_t **self_p)
{
    assert (self_p);
    supervisor_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++)
        ward_term (&self->wards[i]);
    free (self->wards);
    control_destroy (&self->control);
    zloop_destroy (&self->loop);
    close (self->signals);
    free (self);
    *self_p = NULL;
}

static int s_on_tick (zloop_t *loop, int timer, void *arg);

//  Enter a phase. While it runs there are no deadlines to look at.
static void
s_enter (supervisor_t *self, phase_t phase)
{
    self->phase = phase;
    progress_end ();
    if (self->tick)
        zloop_timer_end (self->loop, self->tick);
    self->tick = 0;
    if (phase != RUNNING) {
        self->tick = zloop_timer (self->loop, TICK_MS, 0, s_on_tick, self);
        zloop_timer (self->loop, 0, 1, s_on_tick, self);
    }
}

static void
s_stop (supervisor_t *self, int exit_code)
{
    if (self->phase == STOPPING)
        return;
    s_enter (self, STOPPING);
    self->exit_code = exit_code;
}

static bool
s_is_ready (const service_t *service)
{
    return service->state == SERVICE_READY;
}

static size_t
s_count (supervisor_t *self, bool (*is) (const service_t *service))
{
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++)
        count += is (&self->wards[i].service);
    return count;
}

//  A service is ready: go on with those that come after it
static void
s_on_ready (void *arg)
{
    supervisor_t *self = arg;
    if (self->phase != STARTING)
        return;
    if (s_count (self, s_is_ready) == self->count) {
        s_enter (self, RUNNING);
        self->fn (self, self->arg);
    }
    else
        zloop_timer (self->loop, 0, 1, s_on_tick, self);
}

//  True if all services that this one comes after are ready
static bool
s_may_start (supervisor_t *self, const topology_service_t *spec)
{
    for (size_t i = 0; i < spec->after_count; i++)
        if (!s_is_ready (&self->wards[spec->after[i]].service))
            return false;
    return true;
}

//  True if no service that comes after this one is left
static bool
s_may_stop (supervisor_t *self, size_t number)
{
    for (size_t i = 0; i < self->count; i++) {
        const service_t *other = &self->wards[i].service;
        for (size_t j = 0; j < other->spec->after_count; j++)
            if (other->spec->after[j] == number && service_alive (other))
                return false;
    }
    return true;
}

//  Go on with each service as the phase wants it
static void
s_advance (supervisor_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        ward_t *ward = &self->wards[i];
        service_t *service = &ward->service;
        bool good = true;
        if (self->phase == STARTING && service->state == SERVICE_WAITING &&
            s_may_start (self, service->spec))
            good = ward_start (ward);
        if (good && self->phase == STARTING &&
            service->state == SERVICE_STARTING)
            good = ward_await (ward);
        if (self->phase == STOPPING && service_alive (service) &&
            s_may_stop (self, i))
            ward_end (ward);
        if (!good)
            s_stop (self, EXIT_ERROR);
    }
    if (self->phase == STOPPING && s_count (self, service_alive) == 0)
        control_end (self->control);
}

static int
s_on_tick (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer;
    s_advance (arg);
    return 0;
}

static bool
s_is_service (supervisor_t *self, pid_t pid)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->wards[i].service.pid == pid)
            return true;
    return false;
}

//  Bury the dead that are ours because their parents, services, have died
static void
s_bury_strangers (supervisor_t *self)
{
    for (;;) {
        siginfo_t info = {0};
        if (waitid (P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == -1 ||
            info.si_pid == 0 || s_is_service (self, info.si_pid))
            return;
        waitpid (info.si_pid, NULL, 0);
    }
}

//  See who has ended
static void
s_reap (supervisor_t *self)
{
    s_bury_strangers (self);
    for (size_t i = 0; i < self->count; i++) {
        ward_t *ward = &self->wards[i];
        if (!ward_ended (ward))
            continue;
        json_t *json = service_json (&ward->service);
        control_report (self->control, json);
        json_decref (json);
        if (self->phase == STARTING || s_count (self, service_alive) == 0)
            s_stop (self, EXIT_ERROR);
    }
}

//  The first signal stops, the second kills
static void
s_interrupt (supervisor_t *self, int signal)
{
    if (self->phase == STOPPING) {
        supervisor_stop (self, true);
        return;
    }
    say ("stopping%s", signal == SIGINT ? "; Ctrl-C again kills at once" : "");
    s_stop (self, signal == SIGINT || self->phase == STARTING ? EXIT_INTERRUPTED
                                                              : EXIT_OK);
}

static int
s_on_signal (zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void) loop;
    supervisor_t *self = arg;
    struct signalfd_siginfo info;
    while (read (item->fd, &info, sizeof info) == sizeof info)
        if (info.ssi_signo != SIGCHLD)
            s_interrupt (self, (int) info.ssi_signo);
    s_reap (self);
    s_advance (self);
    return 0;
}

int
supervisor_run (supervisor_t *self)
{
    char *why;
    self->control = control_new (self->loop, self, self->topology->run, &why);
    if (!self->control) {
        say_error ("%s", why);
        free (why);
        return EXIT_ERROR;
    }
    say ("%s: starting %zu service%s; run folder %s", self->topology->name,
         self->count, self->count == 1 ? "" : "s", self->topology->run);
    zmq_pollitem_t item = {.fd = self->signals, .events = ZMQ_POLLIN};
    zloop_poller (self->loop, &item, s_on_signal, self);
    s_enter (self, STARTING);
    zloop_start (self->loop);
    return self->exit_code;
}

void
supervisor_stop (supervisor_t *self, bool at_once)
{
    s_stop (self, self->phase == RUNNING ? EXIT_OK : EXIT_INTERRUPTED);
    for (size_t i = 0; i < self->count && at_once; i++)
        if (service_alive (&self->wards[i].service))
            service_kill (&self->wards[i].service);
}

//  A question to all services
typedef struct ask {
    supervisor_t *supervisor;  // Who asks
    supervisor_asked_fn *fn;   // Told when all have answered
    void *arg;                 // Given to fn
    size_t left;               // How many have not
} ask_t;

//  Its part for one of them
typedef struct asked {
    ask_t *ask;
    service_t *service;
} asked_t;

//  All have answered, or will not. Not called from within a client, since one
//  may be destroyed here.
static int
s_on_all_asked (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer;
    ask_t *ask = arg;
    s_reap (ask->supervisor);
    ask->fn (ask->supervisor, ask->arg);
    free (ask);
    return 0;
}

static void
s_release (ask_t *ask)
{
    if (--ask->left == 0)
        zloop_timer (ask->supervisor->loop, 0, 1, s_on_all_asked, ask);
}

static bool
s_can_answer (const service_t *service)
{
    return service->state == SERVICE_READY || service->state == SERVICE_SILENT;
}

static void
s_on_asked (void *arg, const zp_reply_t *reply)
{
    asked_t *asked = arg;
    if (reply->more)
        return;
    if (s_can_answer (asked->service))
        asked->service->state =
            reply->status == ZP_OK ? SERVICE_READY : SERVICE_SILENT;
    s_release (asked->ask);
    free (asked);
}

void
supervisor_ask (supervisor_t *self, supervisor_asked_fn *fn, void *arg)
{
    ask_t *ask = zmalloc (sizeof *ask);
    *ask = (ask_t){self, fn, arg, 1};
    for (size_t i = 0; i < self->count; i++) {
        service_t *service = &self->wards[i].service;
        if (!s_can_answer (service))
            continue;
        asked_t *asked = zmalloc (sizeof *asked);
        *asked = (asked_t){ask, service};
        ask->left++;
        if (!ward_ask (&self->wards[i], ASK_MS, s_on_asked, asked)) {
            ask->left--;
            free (asked);
        }
    }
    s_release (ask);
}

json_t *
supervisor_json (supervisor_t *self)
{
    json_t *services = json_array ();
    for (size_t i = 0; i < self->count; i++)
        json_array_append_new (services,
                               service_json (&self->wards[i].service));
    json_t *json = json_object ();
    json_object_set_new (json, "name", json_text (self->topology->name));
    json_object_set_new (json, "run", json_text (self->topology->run));
    json_object_set_new (json, "seed",
                         json_integer (atol (self->topology->seed)));
    json_object_set_new (json, "pid", json_integer (getppid ()));
    json_object_set_new (json, "services", services);
    return json;
}
