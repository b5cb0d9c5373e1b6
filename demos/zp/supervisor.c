//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "supervisor.h"

#include <signal.h>
#include <sys/signalfd.h>

#include "command.h"
#include "control.h"
#include "endpoint.h"
#include "logfile.h"
#include "service.h"
#include "zp_client.h"

#define TICK_MS   100   // How often deadlines are looked at
#define PING_MS   1000  // How long one zp.ping may take at the start
#define ASK_MS    500   // And later
#define PATIENCE  2000  // Show what is waited for after so many milliseconds
#define LOG_LINES 10    // Of a service that died

typedef enum phase { STARTING, RUNNING, STOPPING } phase_t;

//  A service, and the supervisor's side of it
typedef struct ward {
    supervisor_t *supervisor;  // Whose it is
    service_t service;         // Its process
    zp_client_t *client;       // Connected to it while the process lives
    bool pinged;               // The client is waiting for an answer
    char *answer;              // What it said to zp.ping if not OK, or NULL
} ward_t;

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
    int64_t since_ms;            // When that began
    int tick;                    // Timer that looks at deadlines; 0: none
    int exit_code;               // What supervisor_run will return
};

//  A question to all services
typedef struct ask {
    supervisor_t *supervisor;  // Who asks
    supervisor_asked_fn *fn;   // Told when all have answered
    void *arg;                 // Given to fn
    size_t left;               // How many have not answered
} ask_t;

typedef struct asked {
    ask_t *ask;    // A part of this
    ward_t *ward;  // Who was asked
} asked_t;

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
    for (size_t i = 0; i < self->count; i++) {
        self->wards[i].supervisor = self;
        service_init (&self->wards[i].service, &topology->services[i],
                      topology->run);
    }
    sigset_t signals;
    sigprocmask (SIG_BLOCK, NULL,
                 &signals);  // keeper_run blocked the right ones
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
    for (size_t i = 0; i < self->count; i++) {
        zp_client_destroy (&self->wards[i].client);
        service_term (&self->wards[i].service);
        free (self->wards[i].answer);
    }
    free (self->wards);
    control_destroy (&self->control);
    zloop_destroy (&self->loop);
    close (self->signals);
    free (self);
    *self_p = NULL;
}

static double
s_seconds (int64_t since_ms)
{
    return (double) (zclock_mono () - since_ms) / 1000;
}

static int s_on_tick (zloop_t *loop, int timer, void *arg);

static void
s_enter (supervisor_t *self, phase_t phase)
{
    self->phase = phase;
    self->since_ms = zclock_mono ();
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
s_any (supervisor_t *self, bool (*is) (const service_t *service))
{
    for (size_t i = 0; i < self->count; i++)
        if (is (&self->wards[i].service))
            return true;
    return false;
}

static bool
s_is_unready (const service_t *service)
{
    return service->state != SERVICE_READY;
}

//  The process of a service is there no more
static void
s_ended (ward_t *ward)
{
    supervisor_t *self = ward->supervisor;
    service_t *service = &ward->service;
    const char *name = service->spec->name;
    zp_client_destroy (&ward->client);
    json_t *json = service_json (service);
    control_report (self->control, json);
    json_decref (json);
    if (service->state == SERVICE_STOPPED) {
        say_mark (DIM, "stopped", "%-15s %6.2f s", name,
                  s_seconds (service->told_ms));
        return;
    }
    char *how = service_how (service);
    say_mark (RED, "dead", "%-15s %s after %.2f s, and its log ends:", name,
              how, s_seconds (service->started_ms));
    free (how);
    logfile_say_tail (service->log, LOG_LINES);
    if (self->phase == STARTING || !s_any (self, service_alive))
        s_stop (self, EXIT_ERROR);
}

static void
s_ready (ward_t *ward)
{
    supervisor_t *self = ward->supervisor;
    service_t *service = &ward->service;
    service->state = SERVICE_READY;
    say_mark (GREEN, "ready", "%-15s %6.2f s  %s", service->spec->name,
              s_seconds (service->started_ms), service->spec->endpoint);
    if (self->phase == STARTING && !s_any (self, s_is_unready)) {
        s_enter (self, RUNNING);
        self->fn (self, self->arg);
    }
}

static void
s_pong (void *arg, const zp_reply_t *reply)
{
    ward_t *ward = arg;
    if (reply->more)
        return;
    ward->pinged = false;
    zstr_free (&ward->answer);
    //  Another may answer in the place of one that has died just now
    if (ward->service.state != SERVICE_STARTING ||
        service_gone (&ward->service))
        return;
    if (reply->status == ZP_OK)
        s_ready (ward);
    else
        ward->answer = zsys_sprintf ("%s: %s", zp_status_name (reply->status),
                                     reply->text);
}

static bool
s_ping (ward_t *ward, int timeout_ms, zp_client_fn *fn, void *arg)
{
    zp_call_t call = {
        .method = "zp.ping", .timeout_ms = timeout_ms, .fn = fn, .arg = arg};
    return zp_client_start (ward->client, &call, NULL) == ZP_OK;
}

static void
s_start (ward_t *ward)
{
    supervisor_t *self = ward->supervisor;
    const topology_service_t *spec = ward->service.spec;
    if (endpoint_in_use (spec->endpoint)) {
        say_error ("%s: %s is in use already, by another program", spec->name,
                   spec->endpoint);
        say_hint ("ss -ltnp shows who listens where");
        s_stop (self, EXIT_ERROR);
    }
    else if (!service_start (&ward->service)) {
        say_error ("%s can't be started: %s", spec->name, strerror (errno));
        s_stop (self, EXIT_ERROR);
    }
    else {
        zp_client_options_t options = ZP_CLIENT_DEFAULTS;
        options.max_attempts = 1;
        options.no_breaker = true;
        ward->client = zp_client_new (self->loop, &options);
        //  The topology was checked, but ZeroMQ has the last word: then it will
        //  not be ready in time, and the reason is said
        zp_client_connect (ward->client, spec->endpoint);
    }
}

//  True if all services that this one comes after are ready
static bool
s_may_start (ward_t *ward)
{
    const topology_service_t *spec = ward->service.spec;
    for (size_t i = 0; i < spec->after_count; i++)
        if (s_is_unready (&ward->supervisor->wards[spec->after[i]].service))
            return false;
    return true;
}

//  True if no service that comes after this one is left
static bool
s_may_stop (ward_t *ward)
{
    supervisor_t *self = ward->supervisor;
    size_t number = (size_t) (ward - self->wards);
    for (size_t i = 0; i < self->count; i++) {
        const service_t *other = &self->wards[i].service;
        for (size_t j = 0; j < other->spec->after_count; j++)
            if (other->spec->after[j] == number && service_alive (other))
                return false;
    }
    return true;
}

//  Go on with a service in the phase of starting
static void
s_advance_start (ward_t *ward)
{
    supervisor_t *self = ward->supervisor;
    service_t *service = &ward->service;
    if (service->state == SERVICE_WAITING && s_may_start (ward))
        s_start (ward);
    if (service->state != SERVICE_STARTING)
        return;
    if (!ward->pinged)
        ward->pinged = s_ping (ward, PING_MS, s_pong, ward);
    int64_t waited_ms = zclock_mono () - service->started_ms;
    if (waited_ms >= service->spec->ready_ms) {
        say_mark (RED, "late",
                  "%-15s no answer to zp.ping at %s within %d ms%s%s",
                  service->spec->name, service->spec->endpoint,
                  service->spec->ready_ms, ward->answer ? "; it said " : "",
                  ward->answer ? ward->answer : "");
        logfile_say_tail (service->log, LOG_LINES);
        s_stop (self, EXIT_ERROR);
    }
    else if (waited_ms >= PATIENCE)
        progress ("  waiting for %s to answer, %d s", service->spec->name,
                  (int) (waited_ms / 1000));
}

//  Go on with a service in the phase of stopping
static void
s_advance_stop (ward_t *ward)
{
    service_t *service = &ward->service;
    if (!service_alive (service))
        return;
    if (service->state != SERVICE_STOPPING) {
        if (s_may_stop (ward))
            service_stop (service);
        return;
    }
    int64_t waited_ms = zclock_mono () - service->told_ms;
    if (waited_ms >= service->spec->stop_ms) {
        say_mark (YELLOW, "killed", "%-15s did not end within %d ms",
                  service->spec->name, service->spec->stop_ms);
        service_kill (service);
    }
    else if (waited_ms >= PATIENCE)
        progress ("  waiting for %s to end, %d s", service->spec->name,
                  (int) (waited_ms / 1000));
}

static void
s_advance (supervisor_t *self)
{
    for (size_t i = 0; i < self->count && self->phase == STARTING; i++)
        s_advance_start (&self->wards[i]);
    for (size_t i = 0; i < self->count && self->phase == STOPPING; i++)
        s_advance_stop (&self->wards[i]);
    if (self->phase == STOPPING && !s_any (self, service_alive))
        control_end (self->control);
}

static int
s_on_tick (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer;
    s_advance (arg);
    return 0;
}

static void
s_reap (supervisor_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        if (service_ended (&self->wards[i].service))
            s_ended (&self->wards[i]);
}

static void
s_interrupt (supervisor_t *self, int signal)
{
    if (self->phase == STOPPING) {
        supervisor_stop (self, true);
        return;
    }
    bool was_running = self->phase == RUNNING;
    say ("stopping%s", signal == SIGINT ? "; Ctrl-C again kills at once" : "");
    s_stop (self,
            signal == SIGINT || !was_running ? EXIT_INTERRUPTED : EXIT_OK);
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

//  All have answered, or will not. Not called from within a client, since one
//  may be destroyed here.
static int
s_on_asked (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer;
    ask_t *ask = arg;
    s_reap (ask->supervisor);
    ask->fn (ask->supervisor, ask->arg);
    free (ask);
    return 0;
}

static void
s_asked (void *arg, const zp_reply_t *reply)
{
    asked_t *asked = arg;
    if (reply->more)
        return;
    service_t *service = &asked->ward->service;
    if (service->state == SERVICE_READY || service->state == SERVICE_SILENT)
        service->state =
            reply->status == ZP_OK ? SERVICE_READY : SERVICE_SILENT;
    if (--asked->ask->left == 0)
        zloop_timer (asked->ask->supervisor->loop, 0, 1, s_on_asked,
                     asked->ask);
    free (asked);
}

void
supervisor_ask (supervisor_t *self, supervisor_asked_fn *fn, void *arg)
{
    ask_t *ask = zmalloc (sizeof *ask);
    *ask = (ask_t){self, fn, arg, 1};
    for (size_t i = 0; i < self->count; i++) {
        ward_t *ward = &self->wards[i];
        if (ward->service.state != SERVICE_READY &&
            ward->service.state != SERVICE_SILENT)
            continue;
        asked_t *asked = zmalloc (sizeof *asked);
        *asked = (asked_t){ask, ward};
        if (s_ping (ward, ASK_MS, s_asked, asked))
            ask->left++;
        else
            free (asked);
    }
    if (--ask->left == 0)
        zloop_timer (self->loop, 0, 1, s_on_asked, ask);
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
