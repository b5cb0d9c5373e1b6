//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "topology.h"

#include "endpoint.h"
#include "rundir.h"
#include "topology_name.h"

static const zp_json_key_t s_root_keys[] = {
    {.name = "name", .type = JSON_STRING, .needed = true},
    {.name = "services", .type = JSON_ARRAY, .needed = true},
    {0},
};

static bool
s_waits_for (const topology_service_t *service, size_t number)
{
    for (size_t i = 0; i < service->after_count; i++)
        if (service->after[i] == number)
            return true;
    return false;
}

//  True if this service waits for one that is left, or, backward, one for it
static bool
s_is_tied (topology_t *topology, const bool *left, size_t number, bool back)
{
    for (size_t i = 0; i < topology->count; i++)
        if (left[i] && (back ? s_waits_for (&topology->services[i], number)
                             : s_waits_for (&topology->services[number], i)))
            return true;
    return false;
}

//  Call fn for each service. What is wrong with one of several that are made of
//  the same text is wrong with the next as well, and said once.
static void
s_each (topology_reader_t *self, json_t *services,
        void (*fn) (topology_reader_t *self))
{
    size_t mistakes = 0;
    for (self->number = 0; self->number < self->topology->count;
         self->number++) {
        const topology_service_t *service =
            &self->topology->services[self->number];
        if (service->n <= 1)
            mistakes = zp_json_doc_mistakes (self->doc);
        self->json = json_array_get (services, service->place);
        if (zp_json_doc_mistakes (self->doc) == mistakes)
            fn (self);
    }
}

static void
s_say_cycle (topology_reader_t *self)
{
    topology_service_at (self, "/after");
    if (self->left[self->number])
        zp_json_doc_wrong (self->doc, self->at,
                           "so the service would wait for itself");
}

//  Find services that could never start, since they wait for each other: what
//  is left when all are taken away that wait for none, or for which none waits
static void
s_check_cycles (topology_reader_t *self, json_t *services)
{
    topology_t *topology = self->topology;
    bool *left = zmalloc ((topology->count + 1) * sizeof *left);
    memset (left, true, topology->count);
    bool more = true;
    while (more) {
        more = false;
        for (size_t i = 0; i < topology->count; i++)
            if (left[i] && (!s_is_tied (topology, left, i, false) ||
                            !s_is_tied (topology, left, i, true))) {
                left[i] = false;
                more = true;
            }
    }
    self->left = left;
    s_each (self, services, s_say_cycle);
    free (left);
}

//  Make a service for each in the list, or several where that says so
static void
s_lay_out (topology_t *self, json_t *services)
{
    size_t place;
    json_t *json;
    json_array_foreach (services, place, json)
    {
        int max = topology_service_max (json);
        self->count += max ? (size_t) max : 1;
    }
    self->services = zmalloc ((self->count + 1) * sizeof *self->services);
    topology_service_t *service = self->services;
    json_array_foreach (services, place, json)
    {
        int max = topology_service_max (json);
        for (int n = max ? 1 : 0; n <= max; n++)
            *service++ = (topology_service_t){.n = n, .place = place};
    }
}

static void
s_read_list (topology_reader_t *self, json_t *services)
{
    s_lay_out (self->topology, services);
    if (json_is_array (services) && self->topology->count == 0)
        zp_json_doc_wrong (self->doc, "/services",
                           "a constellation needs at least one service");
    s_each (self, services, topology_service_check);
    s_each (self, services, topology_read_name);
    s_each (self, services, topology_read_endpoint);
    self->endpoints = true;
    s_each (self, services, topology_service_read);
    s_check_cycles (self, services);
}

//  Set the name and the run folder, which depends on it
static void
s_read_root (topology_reader_t *self, json_t *root, const char *name)
{
    zp_json_doc_check (self->doc, root, "", s_root_keys);
    const char *given = json_string_value (json_object_get (root, "name"));
    char *wrong = given ? rundir_name_wrong (given) : NULL;
    if (wrong)
        zp_json_doc_wrong (self->doc, "/name", "%s", wrong);
    if (!name)
        name = given && !wrong ? given : "unnamed";
    free (wrong);
    self->topology->name = strdup (name);
    self->topology->run = rundir_path (name);

    //  The supervisor listens there; the services' sockets are checked later
    char *control = zsys_sprintf ("ipc://%s/control", self->topology->run);
    wrong = endpoint_wrong (control);
    if (wrong)
        zp_json_doc_wrong (self->doc, "/name", "%s", wrong);
    free (wrong);
    free (control);
}

topology_t *
topology_new (zp_json_doc_t *doc, const char *path, const char *name, long seed)
{
    json_t *root = zp_json_doc_root (doc);
    if (!root || !zp_json_doc_is (doc, root, JSON_OBJECT, "", "a topology"))
        return NULL;
    topology_t *self = zmalloc (sizeof *self);
    topology_reader_t reader = {.doc = doc, .topology = self};
    char *full = realpath (path, NULL);
    self->dir = strdup (full ? full : "/");
    *strrchr (self->dir, '/') = 0;
    free (full);
    snprintf (self->seed, sizeof self->seed, "%ld", seed);
    s_read_root (&reader, root, name);
    s_read_list (&reader, json_object_get (root, "services"));
    if (zp_json_doc_mistakes (doc) > 0)
        topology_destroy (&self);
    return self;
}

static void
s_free_strings (char **strings)
{
    for (char **at = strings; at && *at; at++)
        free (*at);
    free (strings);
}

void
topology_destroy (topology_t **self_p)
{
    assert (self_p);
    topology_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++) {
        topology_service_t *service = &self->services[i];
        free (service->name);
        free (service->group);
        free (service->program);
        s_free_strings (service->argv);
        s_free_strings (service->environ);
        free (service->cwd);
        free (service->endpoint);
        free (service->after);
    }
    free (self->services);
    free (self->name);
    free (self->dir);
    free (self->run);
    free (self);
    *self_p = NULL;
}

size_t
topology_wanted (const topology_t *self)
{
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++)
        count += self->services[i].wanted;
    return count;
}
