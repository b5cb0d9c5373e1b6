//  SPDX-License-Identifier: MIT
//
//  A service in the stage's document

#include "member.h"
#include "stage_json.h"
#include "stage_watch_private.h"

#define GAUGES_MAX 64

//  What the stage and the supervisor ask themselves. It is no use to anybody
//  who looks at the service
static bool
s_is_probe (const char *method)
{
    static const char *const probes[] = {
        "gauges",    "queue.list", "log.ls",     "log.group.ls",
        "saga.stat", "saga.ls",    "load.stats", "gateway.url"};
    for (size_t i = 0; i < sizeof probes / sizeof *probes; i++)
        if (strcmp (method, probes[i]) == 0)
            return true;
    return strncmp (method, "zp.", 3) == 0 || strncmp (method, "up.", 3) == 0;
}

void
stage_watch_take_stats (stage_watch_t *self, json_t *stats, int64_t now_ms)
{
    stage_figures_t *figures = &self->figures;
    uint64_t requests = 0, failures = 0;
    const char *method;
    json_t *counts;
    json_object_foreach (json_object_get (stats, "methods"), method, counts)
    {
        if (s_is_probe (method))
            continue;
        requests += (uint64_t) stage_number (counts, "requests");
        failures += (uint64_t) stage_number (counts, "failures");
    }
    if (!stage_watch_has (self, "gateway.url")) {
        stage_counter_take (&figures->requests, now_ms, requests);
        stage_counter_take (&figures->failures, now_ms, failures);
    }
    const struct {
        stage_counter_t *counter;  // Counts
        const char *key;           // What is so called
    } others[] = {{&figures->shed, "shed"},
                  {&figures->repeated, "repeated"},
                  {&figures->faults, "faults"}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        stage_counter_take (others[i].counter, now_ms,
                            (uint64_t) stage_number (stats, others[i].key));
}

void
stage_watch_count (stage_watch_t *self, uint64_t requests, uint64_t failures,
                   int64_t now_ms)
{
    self->roots += requests;
    self->root_failures += failures;
    stage_counter_take (&self->figures.requests, now_ms, self->roots);
    stage_counter_take (&self->figures.failures, now_ms, self->root_failures);
}

//  What the supervisor knows, but who answers is known best here
static const char *
s_state (const stage_watch_t *self, int64_t now_ms)
{
    const char *state = member_text (self->about, "state");
    bool ready = strcmp (state, "ready") == 0;
    if (!ready && strcmp (state, "not answering") != 0)
        return *state ? state : "off";
    return stage_watch_silent (self, now_ms) ? "silent" : "ready";
}

//  Members of an object that are there, under the same names
static void
s_copy (json_t *to, const json_t *from, const char *const *keys)
{
    for (; *keys; keys++)
        if (json_object_get (from, *keys))
            json_object_set (to, *keys, json_object_get (from, *keys));
}

static json_t *
s_gauges (const json_t *answer)
{
    json_t *gauges = json_object (), *value;
    const char *name;
    json_object_foreach ((json_t *) answer, name, value)
    {
        if (json_is_number (value) && strlen (name) < STAGE_NAME_SIZE &&
            json_object_size (gauges) < GAUGES_MAX)
            json_object_set (gauges, name, value);
    }
    return gauges;
}

static void
s_set_figures (json_t *json, const stage_figures_t *figures, bool alive,
               int64_t now_ms)
{
    const struct {
        const char *total;               // What its sum is called
        const char *rate;                // And how many a second; or NULL
        const stage_counter_t *counter;  // Of this
    } counts[] = {{"requests", "rate", &figures->requests},
                  {"failures", "failure_rate", &figures->failures},
                  {"shed", NULL, &figures->shed},
                  {"repeated", NULL, &figures->repeated},
                  {"faults", NULL, &figures->faults}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        const stage_counter_t *counter = counts[i].counter;
        double rate = alive ? stage_counter_rate (counter, now_ms) : 0;
        json_object_set_new (json, counts[i].total,
                             json_integer ((json_int_t) counter->total));
        if (counts[i].rate)
            json_object_set_new (json, counts[i].rate, stage_rounded (rate));
    }
    double busy = alive ? stage_counter_rate (&figures->cpu_ms, now_ms) : 0;
    json_object_set_new (json, "cpu_percent", stage_rounded (busy / 10));
}

json_t *
stage_watch_json (const stage_watch_t *self, int64_t now_ms)
{
    static const char *const keys[] = {"how",    "group", "pid", "uptime_ms",
                                       "rss_kb", "fds",   NULL};
    json_t *json = json_object ();
    json_object_set_new (json, "state", json_string (s_state (self, now_ms)));
    s_copy (json, self->about, keys);
    s_set_figures (json, &self->figures, stage_watch_runs (self), now_ms);
    const json_t *stats = self->answers[STAGE_STATS];
    const json_t *latency = json_object_get (stats, "latency_us");
    json_object_set_new (json, "in_flight",
                         json_integer (stage_number (stats, "in_flight")));
    json_object_set_new (json, "p50_us",
                         json_integer (stage_number (latency, "p50")));
    json_object_set_new (json, "p99_us",
                         json_integer (stage_number (latency, "p99")));
    const json_t *rules = self->answers[STAGE_FAULTS];
    if (json_is_array (rules))
        json_object_set (json, "rules", (json_t *) rules);
    else
        json_object_set_new (json, "rules", json_array ());
    json_object_set_new (json, "gauges",
                         s_gauges (self->answers[STAGE_GAUGES]));
    return json;
}
