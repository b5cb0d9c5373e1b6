//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "supervisor.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "command.h"
#include "control.h"
#include "verbs.h"

#define TICK_MS 100  // How often deadlines are looked at

typedef enum phase { STARTING, RUNNING, STOPPING } phase_t;

struct supervisor {
    const topology_t *topology;  // What to run
    supervisor_ready_fn *fn;     // Told when all are ready
    void *arg;                   // Given to fn
    zloop_t *loop;               // Runs all of this
    int signals;                 // Descriptor of a signalfd
    control_t *control;          // Answers other zp commands
    wards_t wards;               // The services
    verbs_t *verbs;              // What is asked of them
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
    wards_init (&self->wards, topology, self->loop, s_on_ready, self);
    self->verbs = verbs_new (&self->wards);
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
    verbs_destroy (&self->verbs);
    wards_term (&self->wards);
    control_destroy (&self->control);
    zloop_destroy (&self->loop);
    close (self->signals);
    free (self);
    *self_p = NULL;
}

static int s_on_tick (zloop_t *loop, int timer, void *arg);

//  Go on in a moment, outside of whoever calls
static void
s_go_on (supervisor_t *self)
{
    zloop_timer (self->loop, 0, 1, s_on_tick, self);
}

static void
s_enter (supervisor_t *self, phase_t phase)
{
    self->phase = phase;
    progress_end ();
    s_go_on (self);
}

static void
s_stop (supervisor_t *self, int exit_code)
{
    if (self->phase == STOPPING)
        return;
    verbs_end (self->verbs, "all is stopping");
    self->exit_code = exit_code;
    s_enter (self, STOPPING);
}

//  A service is ready: go on with those that come after it
static void
s_on_ready (void *arg)
{
    s_go_on (arg);
}

//  Go on with a service that is to start. False if it did not.
static bool
s_start (supervisor_t *self, ward_t *ward)
{
    service_t *service = &ward->service;
    if (service->state == SERVICE_WAITING &&
        wards_may_start (&self->wards, ward) && !ward_start (ward))
        return false;
    if (service->state == SERVICE_STARTING && !ward_await (ward)) {
        service->state = SERVICE_SILENT;
        return false;
    }
    return true;
}

//  Go on with each service as it must, and as the phase wants it
static void
s_step (supervisor_t *self, ward_t *ward)
{
    service_t *service = &ward->service;
    if (service->state == SERVICE_STOPPING)
        ward_hurry (ward);
    else if (self->phase == STOPPING) {
        if (service_alive (service) && wards_may_stop (&self->wards, ward))
            ward_stop (ward);
    }
    else if (!s_start (self, ward) && self->phase == STARTING)
        s_stop (self, EXIT_ERROR);
}

//  While nothing changes there are no deadlines to look at
static void
s_set_tick (supervisor_t *self, bool on)
{
    if (on && !self->tick)
        self->tick = zloop_timer (self->loop, TICK_MS, 0, s_on_tick, self);
    else if (!on && self->tick) {
        progress_end ();
        zloop_timer_end (self->loop, self->tick);
        self->tick = 0;
    }
}

static void
s_advance (supervisor_t *self)
{
    for (size_t i = 0; i < self->wards.count; i++)
        s_step (self, &self->wards.list[i]);
    bool changing = wards_count (&self->wards, wards_is_changing) > 0;
    if (self->phase == STARTING && !changing) {
        s_enter (self, RUNNING);
        self->fn (self, self->arg);
    }
    verbs_look (self->verbs);
    s_set_tick (self, changing || self->phase == STOPPING);
    if (self->phase == STOPPING &&
        wards_count (&self->wards, service_alive) == 0)
        control_end (self->control);
}

static int
s_on_tick (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer;
    s_advance (arg);
    return 0;
}

//  Bury the dead that are ours because their parents, services, have died
static void
s_bury_strangers (supervisor_t *self)
{
    for (;;) {
        siginfo_t info = {0};
        if (waitid (P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == -1 ||
            info.si_pid == 0 || wards_find_process (&self->wards, info.si_pid))
            return;
        waitpid (info.si_pid, NULL, 0);
    }
}

//  True if all have died by themselves, and nobody is about to do something
//  about it
static bool
s_is_over (supervisor_t *self)
{
    for (size_t i = 0; i < self->wards.count; i++)
        if (!ward_gave_up (&self->wards.list[i]))
            return false;
    return verbs_waiting (self->verbs) == 0;
}

//  See who has ended
static void
s_reap (supervisor_t *self)
{
    s_bury_strangers (self);
    for (size_t i = 0; i < self->wards.count; i++) {
        ward_t *ward = &self->wards.list[i];
        bool told = ward->service.state == SERVICE_STOPPING;
        if (!ward_ended (ward))
            continue;
        json_t *json = service_json (&ward->service);
        control_report (self->control, json);
        json_decref (json);
        if (self->phase == STARTING || (!told && s_is_over (self)))
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
    size_t count = topology_wanted (self->topology);
    say ("%s: starting %zu service%s; run folder %s", self->topology->name,
         count, count == 1 ? "" : "s", self->topology->run);
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
    for (size_t i = 0; i < self->wards.count && at_once; i++)
        if (service_alive (&self->wards.list[i].service))
            service_kill (&self->wards.list[i].service);
}

void
supervisor_do (supervisor_t *self, zp_request_t *request)
{
    const char *name = self->topology->name;
    if (self->phase == STARTING)
        zp_request_fail (&request, ZP_FAILED_PRECONDITION,
                         "%s is starting; wait until all is ready", name);
    else if (self->phase == STOPPING)
        zp_request_fail (&request, ZP_FAILED_PRECONDITION, "%s is stopping",
                         name);
    else {
        verbs_do (self->verbs, request);
        s_go_on (self);
    }
}

void
supervisor_ask (supervisor_t *self, wards_asked_fn *fn, void *arg)
{
    wards_ask (&self->wards, fn, arg);
}

json_t *
supervisor_json (supervisor_t *self)
{
    json_t *json = json_object ();
    json_object_set_new (json, "name", json_text (self->topology->name));
    json_object_set_new (json, "run", json_text (self->topology->run));
    json_object_set_new (json, "seed",
                         json_integer (atol (self->topology->seed)));
    json_object_set_new (json, "pid", json_integer (getppid ()));
    json_object_set_new (json, "services", wards_json (&self->wards));
    return json;
}
