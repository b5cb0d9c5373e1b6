//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "verb.h"

#include <signal.h>

//  Let the service run, if it does not
static void
s_run (verb_t *self, ward_t *ward)
{
    service_t *service = &ward->service;
    if (service->state == SERVICE_STOPPING)
        service->then = SERVICE_WAITING;
    else if (service->state == SERVICE_PAUSED)
        service_resume (service);
    else if (!service_alive (service))
        service_wait (service);
    if (wards_is_changing (service))
        self->aims[ward - self->wards->list] = AIM_READY;
}

//  Let it end, by that signal, if it has not
static void
s_end (verb_t *self, ward_t *ward, int signal, service_state_t then)
{
    service_t *service = &ward->service;
    bool told = service->state == SERVICE_STOPPING;
    if (service_alive (service))
        self->aims[ward - self->wards->list] = AIM_ENDED;
    if (told && signal == SIGTERM)  // Twice may mean something else to it
        service->then = then;
    else if (service_alive (service))
        service_end (service, signal, then);
    else if (then == SERVICE_OFF || service->state == SERVICE_WAITING)
        service->state = then == SERVICE_OFF ? SERVICE_OFF : SERVICE_STOPPED;
}

//  What can't be done to a service in its state, and what can
static void
s_refuse (verb_t *self)
{
    const service_t *service = &self->ward->service;
    const char *name = service->spec->name;
    const char *state = service_state_name (service->state);
    if (service->state == SERVICE_OFF)
        zp_request_fail (&self->request, ZP_FAILED_PRECONDITION,
                         "%s is off; try zp scale %s=%d", name,
                         service->spec->group, service->spec->n);
    else if (service->state == SERVICE_PAUSED)
        zp_request_fail (&self->request, ZP_FAILED_PRECONDITION,
                         "%s is paused; try zp resume %s", name, name);
    else if (!service_alive (service) && service->state != SERVICE_WAITING)
        zp_request_fail (&self->request, ZP_FAILED_PRECONDITION,
                         "%s is %s; try zp start %s", name, state, name);
    else
        zp_request_fail (&self->request, ZP_FAILED_PRECONDITION, "%s is %s",
                         name, state);
}

void
verb_pause (verb_t *self)
{
    service_t *service = &self->ward->service;
    if (service->state == SERVICE_PAUSED)
        return;
    if (!service_alive (service) || service->state == SERVICE_STOPPING) {
        s_refuse (self);
        return;
    }
    service_pause (service);
    say_mark (YELLOW, "paused", "%s", service->spec->name);
}

void
verb_resume (verb_t *self)
{
    service_t *service = &self->ward->service;
    if (!service_alive (service) || service->state == SERVICE_STOPPING) {
        s_refuse (self);
        return;
    }
    //  One that does not answer may stand still as well
    if (service->state == SERVICE_SILENT)
        service_pause (service);
    s_run (self, self->ward);
}

void
verb_stop (verb_t *self)
{
    s_end (self, self->ward, SIGTERM, SERVICE_STOPPED);
}

void
verb_start (verb_t *self)
{
    service_state_t state = self->ward->service.state;
    if (state == SERVICE_PAUSED || state == SERVICE_OFF)
        s_refuse (self);
    else
        s_run (self, self->ward);
}

//  The number of a signal that ends a process, or 0
static int
s_signal (const char *name)
{
    name += strncmp (name, "SIG", 3) == 0 ? 3 : 0;
    for (int signal = 1; signal < SIGSYS; signal++) {
        bool ends = signal != SIGSTOP && signal != SIGTSTP &&
                    signal != SIGTTIN && signal != SIGTTOU &&
                    signal != SIGCONT && signal != SIGCHLD &&
                    signal != SIGURG && signal != SIGWINCH;
        if (ends && strcmp (sigabbrev_np (signal), name) == 0)
            return signal;
    }
    return 0;
}

void
verb_kill (verb_t *self)
{
    const char *name =
        json_string_value (json_object_get (self->args, "signal"));
    int signal = name ? s_signal (name) : SIGKILL;
    if (signal)
        s_end (self, self->ward, signal, SERVICE_DEAD);
    else
        zp_request_fail (&self->request, ZP_INVALID_ARGUMENT,
                         "%s is no signal that ends a process; such are KILL, "
                         "TERM, INT, ABRT, SEGV",
                         name);
}

bool
verb_concerns (const verb_t *self, const ward_t *ward)
{
    const char *group = ward->service.spec->group;
    return self->ward    ? ward == self->ward
           : self->group ? group && strcmp (group, self->group) == 0
                         : true;
}

//  Let all that are wanted run, and end those that are not
static void
s_settle (verb_t *self, ward_t *ward, bool wanted)
{
    ward->service.wanted = wanted;
    if (wanted)
        s_run (self, ward);
    else
        s_end (self, ward, SIGTERM, SERVICE_OFF);
}

void
verb_scale (verb_t *self)
{
    json_int_t to = json_integer_value (json_object_get (self->args, "to"));
    json_int_t max = 0;
    for (size_t i = 0; i < self->wards->count; i++)
        max += verb_concerns (self, &self->wards->list[i]);
    if (to < 0 || to > max) {
        zp_request_fail (&self->request, ZP_OUT_OF_RANGE,
                         "there can be 0 to %d of %s", (int) max, self->group);
        return;
    }
    for (size_t i = 0; i < self->wards->count; i++) {
        ward_t *ward = &self->wards->list[i];
        if (verb_concerns (self, ward))
            s_settle (self, ward, ward->service.spec->n <= to);
    }
}

void
verb_heal (verb_t *self)
{
    for (size_t i = 0; i < self->wards->count; i++) {
        ward_t *ward = &self->wards->list[i];
        s_settle (self, ward, ward->service.spec->wanted);
    }
}
