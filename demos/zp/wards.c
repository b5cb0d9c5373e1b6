//  SPDX-License-Identifier: MIT

#include "wards.h"

#define ASK_MS 500  // How long zp.ping may take, once a service is ready

void
wards_init (wards_t *self, const topology_t *topology, zloop_t *loop,
            ward_ready_fn *fn, void *arg)
{
    *self =
        (wards_t){.topology = topology, .loop = loop, .count = topology->count};
    self->list = zmalloc (self->count * sizeof *self->list);
    for (size_t i = 0; i < self->count; i++)
        ward_init (&self->list[i], &topology->services[i], topology->run, loop,
                   fn, arg);
}

void
wards_term (wards_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        ward_term (&self->list[i]);
    free (self->list);
}

ward_t *
wards_find (wards_t *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp (self->list[i].service.spec->name, name) == 0)
            return &self->list[i];
    return NULL;
}

ward_t *
wards_find_process (wards_t *self, pid_t pid)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->list[i].service.pid == pid &&
            service_alive (&self->list[i].service))
            return &self->list[i];
    return NULL;
}

size_t
wards_count (const wards_t *self, bool (*is) (const service_t *service))
{
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++)
        count += is (&self->list[i].service);
    return count;
}

//  It is still to become ready
static bool
s_is_coming (const service_t *service)
{
    return service->state == SERVICE_WAITING ||
           service->state == SERVICE_STARTING ||
           (service->state == SERVICE_STOPPING &&
            service->then == SERVICE_WAITING);
}

bool
wards_is_changing (const service_t *service)
{
    return s_is_coming (service) || service->state == SERVICE_STOPPING;
}

bool
wards_may_start (const wards_t *self, const ward_t *ward)
{
    const topology_service_t *spec = ward->service.spec;
    for (size_t i = 0; i < spec->after_count; i++)
        if (s_is_coming (&self->list[spec->after[i]].service))
            return false;
    return true;
}

bool
wards_may_stop (const wards_t *self, const ward_t *ward)
{
    size_t number = (size_t) (ward - self->list);
    for (size_t i = 0; i < self->count; i++) {
        const service_t *other = &self->list[i].service;
        for (size_t j = 0; j < other->spec->after_count; j++)
            if (other->spec->after[j] == number && service_alive (other))
                return false;
    }
    return true;
}

//  A question to all services
typedef struct ask {
    wards_t *wards;      // Who are asked
    wards_asked_fn *fn;  // Told when all have answered
    void *arg;           // Given to fn
    size_t left;         // How many have not
} ask_t;

//  Its part for one of them
typedef struct asked {
    ask_t *ask;
    service_t *service;
} asked_t;

static bool
s_has_gone (const service_t *service)
{
    return service_alive (service) && service_gone (service);
}

//  All have answered, or will not. Those who have died meanwhile are buried by
//  whoever hears of it first, and that is soon.
static int
s_on_all_asked (zloop_t *loop, int timer, void *arg)
{
    (void) timer;
    ask_t *ask = arg;
    if (wards_count (ask->wards, s_has_gone) > 0) {
        zloop_timer (loop, 1, 1, s_on_all_asked, ask);
        return 0;
    }
    ask->fn (ask->arg);
    free (ask);
    return 0;
}

static void
s_release (ask_t *ask)
{
    if (--ask->left == 0)
        zloop_timer (ask->wards->loop, 0, 1, s_on_all_asked, ask);
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
wards_ask (wards_t *self, wards_asked_fn *fn, void *arg)
{
    ask_t *ask = zmalloc (sizeof *ask);
    *ask = (ask_t){self, fn, arg, 1};
    for (size_t i = 0; i < self->count; i++) {
        service_t *service = &self->list[i].service;
        if (!s_can_answer (service))
            continue;
        asked_t *asked = zmalloc (sizeof *asked);
        *asked = (asked_t){ask, service};
        ask->left++;
        if (!ward_ask (&self->list[i], ASK_MS, s_on_asked, asked)) {
            ask->left--;
            free (asked);
        }
    }
    s_release (ask);
}

json_t *
wards_json (const wards_t *self)
{
    json_t *services = json_array ();
    for (size_t i = 0; i < self->count; i++)
        json_array_append_new (services, service_json (&self->list[i].service));
    return services;
}
