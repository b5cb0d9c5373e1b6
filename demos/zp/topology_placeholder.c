//  SPDX-License-Identifier: MIT

#include "topology_placeholder.h"

#include "expand.h"

//  The endpoint of a service. A bad one is a mistake of its own.
static const char *
s_endpoint (const topology_service_t *service)
{
    return service->endpoint ? service->endpoint : "";
}

//  Gives the values of placeholders
static const char *
s_lookup (void *arg, const char *name)
{
    topology_reader_t *self = arg;
    const topology_t *topology = self->topology;
    if (strcmp (name, "run") == 0)
        return topology->run;
    if (strcmp (name, "dir") == 0)
        return topology->dir;
    if (strcmp (name, "seed") == 0)
        return topology->seed;
    if (strcmp (name, "n") == 0 && topology_reader_service (self)->n > 0) {
        snprintf (self->n, sizeof self->n, "%d",
                  topology_reader_service (self)->n);
        return self->n;
    }
    if (!self->endpoints)
        return NULL;
    if (strcmp (name, "self") == 0)
        return s_endpoint (topology_reader_service (self));
    size_t number = topology_service_find (topology, name);
    return number < topology->count ? s_endpoint (&topology->services[number])
                                    : NULL;
}

//  One of several that go by that name, or NULL
static const char *
s_one_of (const topology_t *topology, const char *name)
{
    for (size_t i = 0; i < topology->count; i++)
        if (topology->services[i].group &&
            strcmp (topology->services[i].group, name) == 0)
            return topology->services[i].name;
    return NULL;
}

//  The placeholder that may have been meant, or NULL
static const char *
s_similar (topology_reader_t *self, const char *unknown)
{
    zp_similar_t similar = {.word = unknown};
    zp_similar_try (&similar, "run");
    zp_similar_try (&similar, "dir");
    zp_similar_try (&similar, "seed");
    if (self->endpoints) {
        zp_similar_try (&similar, "self");
        topology_service_try (self->topology, &similar);
    }
    return similar.best;
}

static void
s_say_unknown (topology_reader_t *self, const char *unknown)
{
    const char *one =
        self->endpoints ? s_one_of (self->topology, unknown) : NULL;
    const char *similar = s_similar (self, unknown);
    if (strcmp (unknown, "n") == 0)
        zp_json_doc_wrong (self->doc, self->at,
                           "{n} is for a service of which there are several: "
                           "one with \"scale\"");
    else if (strcmp (unknown, "self") == 0)
        zp_json_doc_wrong (self->doc, self->at,
                           "{self} is the endpoint, which can't name itself");
    else if (one)
        zp_json_doc_wrong (self->doc, self->at,
                           "{%s} stands for several services; take one, such "
                           "as {%s}",
                           unknown, one);
    else if (similar)
        zp_json_doc_wrong (self->doc, self->at,
                           "unknown placeholder {%s}; did you mean {%s}?",
                           unknown, similar);
    else
        zp_json_doc_wrong (
            self->doc, self->at,
            "unknown placeholder {%s}; there are {run}, {dir}, "
            "{seed}%s",
            unknown,
            self->endpoints ? ", {self} and the names of the services" : "");
}

char *
topology_expand (topology_reader_t *self, const char *text)
{
    char unknown[EXPAND_NAME_MAX];
    char *expanded = text ? expand (text, s_lookup, self, unknown) : NULL;
    if (text && !expanded)
        s_say_unknown (self, unknown);
    return expanded;
}
