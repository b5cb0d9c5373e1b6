//  SPDX-License-Identifier: MIT

#include "verbs.h"

#include "verb.h"
#include "zp_similar.h"

struct verbs {
    wards_t *wards;     // What they are done with
    zlistx_t *waiting;  // Those that have not been answered
};

//  What a method does
typedef struct method {
    const char *args;           // What it takes, for json_unpack
    const char *second;         // The second key of that
    void (*fn) (verb_t *verb);  // Does it
    bool several;               // "service" is the name of several
} method_t;

static const char *const s_names[] = {"up.kill", "up.pause", "up.resume",
                                      "up.stop", "up.start", "up.scale",
                                      "up.heal", NULL};

//  In the order of the names
static const method_t s_methods[] = {
    {"{s:s,s?:s}", "signal", verb_kill, false},
    {"{s:s}", NULL, verb_pause, false},
    {"{s:s}", NULL, verb_resume, false},
    {"{s:s}", NULL, verb_stop, false},
    {"{s:s}", NULL, verb_start, false},
    {"{s:s,s:I}", "to", verb_scale, true},
    {"{}", NULL, verb_heal, false},
};

const char *const *
verbs_names (void)
{
    return s_names;
}

verbs_t *
verbs_new (wards_t *wards)
{
    verbs_t *self = zmalloc (sizeof *self);
    self->wards = wards;
    self->waiting = zlistx_new ();
    return self;
}

void
verbs_destroy (verbs_t **self_p)
{
    assert (self_p);
    verbs_t *self = *self_p;
    if (!self)
        return;
    assert (zlistx_size (self->waiting) == 0);
    zlistx_destroy (&self->waiting);
    free (self);
    *self_p = NULL;
}

static verb_t *
s_verb_new (verbs_t *self, zp_request_t *request)
{
    verb_t *verb = zmalloc (sizeof *verb);
    verb->request = request;
    verb->wards = self->wards;
    verb->aims = zmalloc (self->wards->count * sizeof *verb->aims);
    return verb;
}

static void
s_verb_destroy (verb_t *verb)
{
    json_decref (verb->args);
    free (verb->aims);
    free (verb);
}

static const method_t *
s_method (zp_request_t *request)
{
    size_t number = 0;
    while (strcmp (s_names[number], zp_request_method (request)) != 0)
        number++;
    return &s_methods[number];
}

//  Read what it is given. False if that is wrong, which was answered.
static bool
s_read_args (verb_t *verb, const method_t *method)
{
    zp_span_t text = zp_request_arg (verb->request, 0);
    json_error_t error;
    verb->args = text.size ? json_loadb (text.data, text.size, 0, &error)
                           : json_object ();
    if (verb->args &&
        json_unpack_ex (verb->args, &error, JSON_STRICT | JSON_VALIDATE_ONLY,
                        method->args, "service", method->second) == 0)
        return true;
    zp_request_fail (&verb->request, ZP_INVALID_ARGUMENT, "%s: %s",
                     zp_request_method (verb->request), error.text);
    return false;
}

//  There is no service with that name, or none with "scale"
static void
s_not_found (verb_t *verb, const char *name, bool several)
{
    zp_similar_t similar = {.word = name};
    for (size_t i = 0; i < verb->wards->count; i++) {
        const topology_service_t *spec = verb->wards->list[i].service.spec;
        const char *other = several ? spec->group : spec->name;
        if (other)
            zp_similar_try (&similar, other);
    }
    zp_request_fail (
        &verb->request, ZP_NOT_FOUND, "no service %s in %s%s%s%s%s", name,
        verb->wards->topology->name, several ? " that can be scaled" : "",
        similar.best ? "; did you mean " : "", similar.best ? similar.best : "",
        similar.best ? "?" : "");
}

//  Find what it is about. False if that is not there, which was answered.
static bool
s_find (verb_t *verb, const method_t *method)
{
    const char *name =
        json_string_value (json_object_get (verb->args, "service"));
    if (!name)
        return true;
    if (!method->several) {
        verb->ward = wards_find (verb->wards, name);
        if (!verb->ward)
            s_not_found (verb, name, false);
        return verb->ward;
    }
    verb->group = name;
    for (size_t i = 0; i < verb->wards->count; i++)
        if (verb_concerns (verb, &verb->wards->list[i]))
            return true;
    s_not_found (verb, name, true);
    return false;
}

void
verbs_do (verbs_t *self, zp_request_t *request)
{
    const method_t *method = s_method (request);
    verb_t *verb = s_verb_new (self, request);
    if (s_read_args (verb, method) && s_find (verb, method))
        method->fn (verb);
    if (verb->request)
        zlistx_add_end (self->waiting, verb);
    else
        s_verb_destroy (verb);
}

//  All about what the verb is about
static json_t *
s_json (const verb_t *verb)
{
    if (verb->ward)
        return service_json (&verb->ward->service);
    json_int_t now = 0, max = 0;
    json_t *services = json_array ();
    for (size_t i = 0; i < verb->wards->count; i++) {
        ward_t *ward = &verb->wards->list[i];
        if (!verb_concerns (verb, ward))
            continue;
        json_array_append_new (services, service_json (&ward->service));
        max++;
        now += ward->service.wanted;
    }
    return verb->group
               ? json_pack ("{s:s,s:I,s:I,s:o}", "service", verb->group, "now",
                            now, "max", max, "services", services)
               : json_pack ("{s:o}", "services", services);
}

//  Answer that a service is not what it was to be
static void
s_fail (verb_t *verb, const ward_t *ward)
{
    const service_t *service = &ward->service;
    const char *name = service->spec->name;
    if (service->state == SERVICE_DEAD && ward->why)
        zp_request_fail (&verb->request, ZP_INTERNAL, "%s: %s", name,
                         ward->why);
    else if (service->state == SERVICE_SILENT && ward->why)
        zp_request_fail (&verb->request, ZP_DEADLINE_EXCEEDED, "%s %s", name,
                         ward->why);
    else
        zp_request_fail (&verb->request, ZP_ABORTED,
                         "%s was to run, but is %s now", name,
                         service_state_name (service->state));
}

//  True if there is nothing left to wait for. Then it was answered.
static bool
s_is_over (verb_t *verb)
{
    const ward_t *failed = NULL;
    for (size_t i = 0; i < verb->wards->count; i++) {
        const ward_t *ward = &verb->wards->list[i];
        aim_t aim = verb->aims[i];
        if ((aim == AIM_READY && wards_is_changing (&ward->service)) ||
            (aim == AIM_ENDED && ward->service.state == SERVICE_STOPPING))
            return false;
        if (aim == AIM_READY && ward->service.state != SERVICE_READY && !failed)
            failed = ward;
    }
    if (failed)
        s_fail (verb, failed);
    else {
        json_t *json = s_json (verb);
        char *text = json_dumps (json, JSON_COMPACT);
        zp_request_reply (&verb->request, text, strlen (text));
        free (text);
        json_decref (json);
    }
    return true;
}

void
verbs_look (verbs_t *self)
{
    size_t left = zlistx_size (self->waiting);
    while (left-- > 0) {
        verb_t *verb = zlistx_detach (self->waiting, NULL);
        if (s_is_over (verb))
            s_verb_destroy (verb);
        else
            zlistx_add_end (self->waiting, verb);
    }
}

size_t
verbs_waiting (const verbs_t *self)
{
    return zlistx_size (self->waiting);
}

void
verbs_end (verbs_t *self, const char *why)
{
    for (size_t i = 0; i < self->wards->count; i++) {
        service_t *service = &self->wards->list[i].service;
        if (service->state == SERVICE_STOPPING &&
            service->then == SERVICE_WAITING)
            service->then = SERVICE_STOPPED;
    }
    verb_t *verb;
    while ((verb = zlistx_detach (self->waiting, NULL))) {
        zp_request_fail (&verb->request, ZP_FAILED_PRECONDITION, "%s", why);
        s_verb_destroy (verb);
    }
}
