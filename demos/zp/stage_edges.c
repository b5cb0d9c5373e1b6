//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "stage_edges.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "member.h"
#include "stage_counter.h"
#include "stage_json.h"

#define BREAKER_SIZE 12  // "half-open"

typedef enum figure { SENT, OK, FAILED, LOST, RETRIES, PIECES, FIGURES } fig_t;

//  What each is called, and how many a second of it
static const struct {
    const char *total, *rate;
} s_names[FIGURES] = {[SENT] = {"sent", "rate"},
                      [OK] = {"ok", NULL},
                      [FAILED] = {"failed", "failed_rate"},
                      [LOST] = {"lost", "lost_rate"},
                      [RETRIES] = {"retries", "retry_rate"},
                      [PIECES] = {"pieces", NULL}};

typedef struct edge {
    char *from, *to;                    // Names of services
    stage_counter_t counters[FIGURES];  // What was counted
    uint64_t sums[FIGURES];             // In the look that is being taken
    uint64_t in_flight;                 // Calls under way
    char breaker[BREAKER_SIZE];         // The worst of its endpoints
    bool named;                         // In the look that is being taken
} edge_t;

struct stage_edges {
    edge_t *edges;  // In the order in which they were seen first
    size_t count;   // How many
};

stage_edges_t *
stage_edges_new (void)
{
    stage_edges_t *self = calloc (1, sizeof *self);
    assert (self);
    return self;
}

void
stage_edges_destroy (stage_edges_t **self_p)
{
    assert (self_p);
    stage_edges_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++) {
        free (self->edges[i].from);
        free (self->edges[i].to);
    }
    free (self->edges);
    free (self);
    *self_p = NULL;
}

//  The edge, a new one if need be; NULL if there are too many
static edge_t *
s_edge (stage_edges_t *self, const char *from, const char *to)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp (self->edges[i].from, from) == 0 &&
            strcmp (self->edges[i].to, to) == 0)
            return &self->edges[i];
    if (self->count == STAGE_EDGES_MAX)
        return NULL;
    self->edges =
        realloc (self->edges, (self->count + 1) * sizeof *self->edges);
    assert (self->edges);
    edge_t *edge = &self->edges[self->count++];
    *edge = (edge_t){.from = strdup (from), .to = strdup (to)};
    assert (edge->from && edge->to);
    return edge;
}

//  The worse of two states of breakers
static const char *
s_worse (const char *one, const char *other)
{
    static const char *const states[] = {"open", "half-open"};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (strcmp (one, states[i]) == 0 || strcmp (other, states[i]) == 0)
            return states[i];
    return "closed";
}

static void
s_add (edge_t *edge, const json_t *peer)
{
    if (!edge->named) {
        memset (edge->sums, 0, sizeof edge->sums);
        edge->in_flight = 0;
        strcpy (edge->breaker, "closed");
    }
    edge->named = true;
    for (fig_t i = 0; i < FIGURES; i++)
        edge->sums[i] += (uint64_t) stage_number (peer, s_names[i].total);
    edge->in_flight += (uint64_t) stage_number (peer, "in_flight");
    strcpy (edge->breaker,
            s_worse (edge->breaker, member_text (peer, "breaker")));
}

void
stage_edges_take (stage_edges_t *self, const char *from, json_t *peers,
                  stage_name_fn *name, void *arg, int64_t now_ms)
{
    size_t number;
    json_t *peer;
    json_array_foreach (peers, number, peer)
    {
        const char *endpoint = stage_name (peer, "endpoint");
        const char *to = name (arg, endpoint);
        edge_t *edge =
            *endpoint ? s_edge (self, from, to ? to : endpoint) : NULL;
        if (edge)
            s_add (edge, peer);
    }
    for (size_t i = 0; i < self->count; i++) {
        edge_t *edge = &self->edges[i];
        for (fig_t j = 0; j < FIGURES && edge->named; j++)
            stage_counter_take (&edge->counters[j], now_ms, edge->sums[j]);
        edge->named = false;
    }
}

void
stage_edges_restart (stage_edges_t *self, const char *from, int64_t now_ms)
{
    for (size_t i = 0; i < self->count; i++)
        for (fig_t j = 0; j < FIGURES && !strcmp (self->edges[i].from, from);
             j++)
            stage_counter_restart (&self->edges[i].counters[j], now_ms);
}

static json_t *
s_json (const edge_t *edge, bool runs, int64_t now_ms)
{
    json_t *json = json_pack (
        "{ss ss sI ss}", "from", edge->from, "to", edge->to, "in_flight",
        (json_int_t) (runs ? edge->in_flight : 0), "breaker", edge->breaker);
    for (fig_t i = 0; i < FIGURES && json; i++) {
        const stage_counter_t *counter = &edge->counters[i];
        json_object_set_new (json, s_names[i].total,
                             json_integer ((json_int_t) counter->total));
        double rate = runs ? stage_counter_rate (counter, now_ms) : 0;
        if (s_names[i].rate)
            json_object_set_new (json, s_names[i].rate, stage_rounded (rate));
    }
    return json;
}

json_t *
stage_edges_json (const stage_edges_t *self, stage_runs_fn *runs, void *arg,
                  int64_t now_ms)
{
    json_t *json = json_array ();
    for (size_t i = 0; i < self->count; i++) {
        const edge_t *edge = &self->edges[i];
        json_array_append_new (json,
                               s_json (edge, runs (arg, edge->from), now_ms));
    }
    return json;
}
