//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "member.h"
#include "net.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static net_t *
s_new (const char *name, bool measured)
{
    net_t *self = calloc (1, sizeof *self);
    assert (self);
    self->name = strdup (name);
    self->measured = measured;
    return self;
}

void
net_destroy (net_t **self_p)
{
    assert (self_p);
    net_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++) {
        free (self->nodes[i].name);
        free (self->nodes[i].state);
    }
    free (self->nodes);
    free (self->edges);
    free (self->name);
    free (self);
    *self_p = NULL;
}

//  The number of that node, which is added if it is not there
static size_t
s_node (net_t *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp (self->nodes[i].name, name) == 0)
            return i;
    self->nodes =
        realloc (self->nodes, (self->count + 1) * sizeof *self->nodes);
    assert (self->nodes);
    self->nodes[self->count] =
        (net_node_t){.name = strdup (name), .state = strdup ("")};
    return self->count++;
}

//  The edge between these, which is added if it is not there
static net_edge_t *
s_edge (net_t *self, size_t from, size_t to)
{
    for (size_t i = 0; i < self->edge_count; i++)
        if (self->edges[i].from == from && self->edges[i].to == to)
            return &self->edges[i];
    self->edges =
        realloc (self->edges, (self->edge_count + 1) * sizeof *self->edges);
    assert (self->edges);
    self->edges[self->edge_count] = (net_edge_t){.from = from, .to = to};
    return &self->edges[self->edge_count++];
}

static const char *
s_name (const topology_service_t *service)
{
    return service->group ? service->group : service->name;
}

//  Bytes of the endpoint, if the text begins with it, or with one that is
//  derived from it, such as that of its updates
static size_t
s_begins (const char *text, const char *endpoint)
{
    size_t size = strlen (endpoint);
    return strncmp (text, endpoint, size) == 0 &&
                   (!text[size] || strchr (",;\" -", text[size]))
               ? size
               : 0;
}

//  Add an edge for each endpoint in a text. Where several fit, as with relay
//  and relay-1, the longest is meant
static void
s_add_edges (net_t *self, const topology_t *topology, size_t from,
             const char *text)
{
    for (; *text; text++) {
        const topology_service_t *best = NULL;
        size_t size = 0;
        for (size_t i = 0; i < topology->count; i++) {
            const topology_service_t *other = &topology->services[i];
            size_t fits = s_begins (text, other->endpoint);
            if (fits > size) {
                size = fits;
                best = other;
            }
        }
        size_t to = best ? s_node (self, s_name (best)) : from;
        if (to != from)
            s_edge (self, from, to);
    }
}

net_t *
net_of_topology (const topology_t *topology)
{
    net_t *self = s_new (topology->name, false);
    for (size_t i = 0; i < topology->count; i++) {
        const topology_service_t *service = &topology->services[i];
        size_t number = s_node (self, s_name (service));
        net_node_t *node = &self->nodes[number];
        node->max++;
        node->count += service->wanted;
    }
    for (size_t i = 0; i < topology->count; i++) {
        const topology_service_t *service = &topology->services[i];
        size_t from = s_node (self, s_name (service));
        for (char **at = service->argv + 1; *at; at++)
            s_add_edges (self, topology, from, *at);
        for (char **at = service->environ; *at; at++)
            s_add_edges (self, topology, from, *at);
    }
    return self;
}

//  What a service of the state is called here
static const char *
s_group (const json_t *state, const char *name)
{
    const char *group = member_text (
        json_object_get (json_object_get (state, "services"), name), "group");
    return *group ? group : name;
}

static void
s_add_service (net_t *self, const json_t *state, const char *name,
               const json_t *service)
{
    const char *word = member_text (service, "state");
    size_t number = s_node (self, s_group (state, name));
    net_node_t *node = &self->nodes[number];
    bool off = strcmp (word, "off") == 0;
    node->max++;
    node->count += !off;
    node->rate += member_number (service, "rate");
    //  Any that is not ready is worth more than one that is
    if (!*node->state || (strcmp (word, "ready") != 0 && !off)) {
        free (node->state);
        node->state = strdup (word);
    }
}

net_t *
net_of_state (const json_t *state)
{
    net_t *self = s_new (member_text (state, "name"), true);
    const char *name;
    size_t number;
    json_t *service, *measured;
    json_object_foreach (json_object_get (state, "services"), name, service)
        s_add_service (self, state, name, service);
    json_array_foreach (json_object_get (state, "edges"), number, measured)
    {
        const char *breaker = member_text (measured, "breaker");
        size_t from =
            s_node (self, s_group (state, member_text (measured, "from")));
        size_t to =
            s_node (self, s_group (state, member_text (measured, "to")));
        if (from == to)
            continue;
        net_edge_t *edge = s_edge (self, from, to);
        edge->rate += member_number (measured, "rate");
        edge->failed += member_number (measured, "failed_rate");
        edge->lost += member_number (measured, "lost_rate");
        edge->retried += member_number (measured, "retry_rate");
        edge->open =
            edge->open || (*breaker && strcmp (breaker, "closed") != 0);
    }
    return self;
}

bool
net_edge_bad (const net_edge_t *edge)
{
    return edge->failed > 0 || edge->lost > 0 || edge->open;
}

const char *
net_edge_text (const net_edge_t *edge, char text[NET_TEXT_SIZE])
{
    const struct {
        double rate;
        const char *what;
    } parts[] = {{edge->rate, ""},
                 {edge->failed, " failed"},
                 {edge->lost, " lost"},
                 {edge->retried, " tried again"}};
    size_t size = 0;
    *text = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i].rate > 0)
            size += (size_t) snprintf (text + size, NET_TEXT_SIZE - size,
                                       "%s%.3g/s%s", size ? ", " : "",
                                       parts[i].rate, parts[i].what);
    if (edge->open)
        snprintf (text + size, NET_TEXT_SIZE - size, "%sbreaker open",
                  size ? ", " : "");
    return text;
}
