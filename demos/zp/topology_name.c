//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "topology_name.h"

#include "endpoint.h"
#include "rundir.h"
#include "topology_placeholder.h"

static bool
s_is_reserved (const char *name)
{
    static const char *const names[] = {"run",  "dir", "seed", "n",
                                        "self", "zp",  NULL};
    const char *const *at = names;
    while (*at && strcmp (*at, name) != 0)
        at++;
    return *at;
}

//  True if one of the services before is called so, or several of them are
static bool
s_is_taken (topology_reader_t *self, const char *name)
{
    for (size_t i = 0; i < self->number; i++) {
        const topology_service_t *other = &self->topology->services[i];
        if ((other->name && strcmp (other->name, name) == 0) ||
            (other->group &&
             other->place != topology_reader_service (self)->place &&
             strcmp (other->group, name) == 0))
            return true;
    }
    return false;
}

//  Say what is wrong with a name, if anything is
static bool
s_is_name (topology_reader_t *self, const char *name)
{
    char *wrong = rundir_name_wrong (name);
    if (!wrong && s_is_taken (self, name))
        wrong = zsys_sprintf ("there is a service \"%s\" already", name);
    else if (!wrong && s_is_reserved (name))
        wrong = zsys_sprintf (
            "\"%s\" has a meaning of its own; take another name", name);
    if (wrong)
        zp_json_doc_wrong (self->doc, self->at, "%s", wrong);
    free (wrong);
    return !wrong;
}

void
topology_read_name (topology_reader_t *self)
{
    const char *given = topology_reader_string (self, "name");
    topology_service_t *service = topology_reader_service (self);
    topology_service_at (self, "/name");
    if (!given || !s_is_name (self, given))
        return;
    if (service->n == 0) {
        service->name = strdup (given);
        return;
    }
    char *name = zsys_sprintf ("%s-%d", given, service->n);
    if (s_is_name (self, name)) {
        service->name = strdup (name);
        service->group = strdup (given);
    }
    free (name);
}

//  The other service has the same endpoint
static void
s_say_endpoint_taken (topology_reader_t *self, const topology_service_t *other)
{
    if (other->place == topology_reader_service (self)->place)
        zp_json_doc_wrong (self->doc, self->at,
                           "all of them would have this endpoint; say {n} in "
                           "it, the number of each");
    else
        zp_json_doc_wrong (self->doc, self->at,
                           "this is the endpoint of service \"%s\" already",
                           other->name ? other->name : "?");
}

void
topology_read_endpoint (topology_reader_t *self)
{
    topology_service_at (self, "/endpoint");
    char *endpoint =
        topology_expand (self, topology_reader_string (self, "endpoint"));
    if (!endpoint)
        return;
    char *wrong = endpoint_wrong (endpoint);
    if (wrong)
        zp_json_doc_wrong (self->doc, self->at, "%s", wrong);
    for (size_t i = 0; i < self->number; i++) {
        topology_service_t *other = &self->topology->services[i];
        if (other->endpoint && strcmp (endpoint, other->endpoint) == 0) {
            s_say_endpoint_taken (self, other);
            break;
        }
    }
    free (wrong);
    topology_reader_service (self)->endpoint = endpoint;
}
