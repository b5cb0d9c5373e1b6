//  SPDX-License-Identifier: MIT
//
//  What the services answer, and the document that is made of it

#define _POSIX_C_SOURCE 200809L

#include "member.h"
#include "stage_json.h"
#include "stage_private.h"
#include "trace_story.h"

#define ASK_MS        1000
#define SUPERVISED_MS 2500  // After this the supervisor is taken for gone
#define EVENTS_MAX    1000  // So many zp.events gives if nobody says
#define WANTING_MAX   10    // Traces that are looked at after each answer

//  A question for a trace, on its way
typedef struct asked {
    stage_t *stage;
    char *gateway;  // Name of the service
    char *trace;    // Its id
} asked_t;

json_t *
stage_events (json_t *answer)
{
    json_t *events = json_object_get (answer, "events");
    return json_is_array (events) && json_array_size (events) <= EVENTS_MAX
               ? events
               : NULL;
}

//  How often the gateway has tried again, and what it has lost
static void
s_on_trace (void *arg, zp_status_t status, json_t *answer, const char *error)
{
    (void) status, (void) error;
    asked_t *asked = arg;
    json_t *events = stage_events (answer);
    if (events) {
        trace_story_t *story = trace_story_new (
            asked->trace,
            json_pack ("[{ss ss s[] sO}]", "service", asked->gateway,
                       "endpoint", "", "clients", "events", events));
        stage_requests_know (asked->stage->requests, asked->trace,
                             trace_story_retries (story),
                             trace_story_lost (story));
        trace_story_destroy (&story);
    }
    free (asked->gateway);
    free (asked->trace);
    free (asked);
}

static void
s_take_roots (stage_t *self, stage_watch_t *watch, json_t *answer)
{
    uint64_t requests = 0, failures = 0;
    stage_requests_take (self->requests, answer, &requests, &failures);
    stage_watch_count (watch, requests, failures, zclock_mono ());
    const char *trace;
    for (int i = 0;
         i < WANTING_MAX && (trace = stage_requests_wanting (self->requests));
         i++) {
        asked_t *asked = zmalloc (sizeof *asked);
        *asked =
            (asked_t){self, strdup (stage_watch_name (watch)), strdup (trace)};
        char *which = zsys_sprintf ("{\"trace\":\"%s\"}", trace);
        stage_watch_call (watch, "zp.events", (const char *[]){which, NULL},
                          ASK_MS, s_on_trace, asked);
        free (which);
    }
}

//  The service at an endpoint
static const char *
s_name (void *arg, const char *endpoint)
{
    const stage_t *self = arg;
    for (size_t i = 0; i < self->count; i++)
        if (strcmp (stage_watch_endpoint (self->watches[i]), endpoint) == 0)
            return stage_watch_name (self->watches[i]);
    return NULL;
}

void
stage_on_answer (void *arg, stage_watch_t *watch, stage_ask_t ask,
                 json_t *answer)
{
    stage_t *self = arg;
    if (ask == STAGE_PEERS)
        stage_edges_take (self->edges, stage_watch_name (watch),
                          json_object_get (answer, "peers"), s_name, self,
                          zclock_mono ());
    else if (ask == STAGE_QUEUES)
        stage_queues_take (self->queues, answer, zclock_mono ());
    else if (ask == STAGE_LOGS)
        stage_logs_take (self->logs, watch, answer);
    else if (ask == STAGE_SAGAS)
        stage_sagas_take (self->sagas, watch, answer);
    else if (ask == STAGE_ROOTS)
        s_take_roots (self, watch, answer);
    else if (ask == STAGE_LOAD && json_is_object (answer)) {
        json_decref (self->load);
        self->load = json_incref (answer);
    }
}

static void
s_on_restored (void *arg, zp_status_t status, json_t *answer, const char *error)
{
    (void) arg, (void) status, (void) answer, (void) error;
}

//  A new process has no rules for faults, but scenes that are on want some
static void
s_restore_rules (stage_t *self, const char *service)
{
    stage_effect_t effect = {
        .service = service,
        .method = "zp.faults",
        .body = stage_play_rules (self->play, service, zclock_mono ())};
    if (effect.body)
        stage_do (self, &effect, s_on_restored, NULL);
}

void
stage_on_restart (stage_t *self, const stage_watch_t *watch)
{
    stage_edges_restart (self->edges, stage_watch_name (watch), zclock_mono ());
    if (stage_watch_answer (watch, STAGE_QUEUES))
        stage_queues_restart (self->queues, zclock_mono ());
    s_restore_rules (self, stage_watch_name (watch));
}

static bool
s_runs (void *arg, const char *name)
{
    const stage_watch_t *watch = stage_find (arg, name);
    return watch && stage_watch_runs (watch);
}

json_t *
stage_document (stage_t *self)
{
    int64_t now_ms = zclock_mono ();
    json_t *document = json_object (), *services = json_object ();
    for (size_t i = 0; i < self->count; i++)
        json_object_set_new (services, stage_watch_name (self->watches[i]),
                             stage_watch_json (self->watches[i], now_ms));
    bool supervised =
        self->supervised_ms && now_ms - self->supervised_ms < SUPERVISED_MS;

    json_object_set_new (document, "now_ms", json_integer (zclock_time ()));
    json_object_set_new (document, "name",
                         json_string (member_text (self->about, "name")));
    json_object_set_new (document, "run",
                         json_string (member_text (self->about, "run")));
    json_object_set_new (
        document, "seed",
        json_integer (self->seed ? self->seed
                                 : stage_number (self->about, "seed")));
    json_object_set_new (document, "supervisor", json_boolean (supervised));
    json_object_set_new (document, "services", services);
    json_object_set_new (document, "edges",
                         stage_edges_json (self->edges, s_runs, self, now_ms));
    json_object_set_new (document, "queues", stage_queues_json (self->queues));
    json_object_set_new (document, "logs", stage_logs_json (self->logs));
    json_object_set_new (document, "sagas", stage_sagas_json (self->sagas));
    json_object_set_new (document, "load",
                         self->load ? json_incref (self->load)
                                    : json_object ());
    json_object_set_new (document, "requests",
                         stage_requests_json (self->requests, zclock_usecs ()));
    return document;
}
