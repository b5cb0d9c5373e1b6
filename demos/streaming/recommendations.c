//  SPDX-License-Identifier: MIT
//
//  zp-recommendations - films that somebody may like
//
//      recommendations.for_you   {profile, limit} -> {profile, partial, films}
//      recommendations.trending  {limit} -> {films: [{film, plays}], next}
//
//  To find what may suit somebody it asks zp-profiles for the history, and
//  zp-catalog for the films, both at once, on the loop that it serves on. What
//  it asks belongs to the caller's trace, and must be answered in what is left
//  of its time. Without the films there is no answer. Without the history there
//  is one, marked as partial; so it is not waited for long.
//
//  Gauges: behind, how many events of the bus it has not read yet; next.

#include "scoring.h"
#include "trending.h"
#include "zp_client.h"

#define BUDGET_MS       2000  // If the caller does not say how long it waits
#define BUDGET_MAX_MS   60000
#define RESERVE_PERCENT 10   // Of the budget, to answer within it
#define HISTORY_MS      500  // Worth to wait for it; half of the time at most
#define PAGE            100  // Films asked for at once
#define LIMIT           5    // If no limit is given
#define LIMIT_MAX       50

//  What a service is asked for, and what came of it
typedef struct question {
    zp_client_t *client;  // Asks it
    const char *service;  // Its name, for a person
    const char *field;    // Of its answers: an array, which is wanted
    json_t *result;       // The arrays of its answers, one behind the other
    zp_status_t status;   // How it ended
    char *why;            // On failure a line for a person
} question_t;

//  A request that is being worked on
typedef struct for_you {
    zp_request_t *request;  // To be replied to
    json_t *body;           // Its
    int64_t end_ms;         // When the questions must be over
    int asked;              // How many are not
    question_t films;       // All of the catalogue, page by page
    question_t history;     // Ids of films, the one watched last first
} for_you_t;

typedef struct recommendations {
    zp_client_t *catalog;   // To zp-catalog
    zp_client_t *profiles;  // To zp-profiles
} recommendations_t;

//  Name, type, needed, least, most
static const field_t s_for_you_fields[] = {
    {"profile", JSON_STRING, true, 1, 64},
    {"limit", JSON_INTEGER, false, 1, LIMIT_MAX},
    {0},
};

static const field_t s_trending_fields[] = {
    {"limit", JSON_INTEGER, false, 1, LIMIT_MAX},
    {0},
};

static void
s_question_fail (question_t *self, zp_status_t status, const char *why)
{
    self->status = status;
    self->why = zsys_sprintf ("%s: %s", self->service, why);
}

//  Take an answer. Returns how many things are in it, 0 if it failed.
static size_t
s_question_take (question_t *self, const zp_reply_t *reply)
{
    if (reply->status != ZP_OK) {
        s_question_fail (self, reply->status, reply->text);
        return 0;
    }
    json_t *answer = NULL;
    if (reply->count)
        answer =
            json_loadb (reply->parts[0].data, reply->parts[0].size, 0, NULL);
    json_t *array = json_object_get (answer, self->field);
    size_t size = json_array_size (array);
    if (!json_is_array (array))
        s_question_fail (self, ZP_INTERNAL, "its answer makes no sense");
    else
        json_array_extend (self->result, array);
    json_decref (answer);
    return size;
}

static void
s_question_end (question_t *self)
{
    json_decref (self->result);
    free (self->why);
}

static void
s_answer_well (for_you_t *self)
{
    json_t *limit = json_object_get (self->body, "limit");
    size_t count = limit ? (size_t) json_integer_value (limit) : LIMIT;
    bool partial = self->history.status != ZP_OK;
    json_t *films =
        scoring_like (self->films.result, self->history.result, count);
    if (json_array_size (films) == 0) {
        json_decref (films);
        films = scoring_mixed (self->films.result, count);
    }
    json_t *reply = json_pack ("{s:O s:b s:o}", "profile",
                               json_object_get (self->body, "profile"),
                               "partial", partial, "films", films);
    if (partial)
        json_object_set_new (reply, "why", json_string (self->history.why));
    service_reply (&self->request, reply);
}

//  Reply, when all questions are over
static void
s_conclude (for_you_t *self)
{
    if (self->asked)
        return;
    if (self->films.status != ZP_OK)
        zp_request_fail (&self->request, self->films.status, "%s",
                         self->films.why);
    else if (self->history.status == ZP_NOT_FOUND)
        zp_request_fail (&self->request, ZP_NOT_FOUND, "%s", self->history.why);
    else
        s_answer_well (self);
    s_question_end (&self->films);
    s_question_end (&self->history);
    json_decref (self->body);
    free (self);
}

//  Ask for more, which fn will be told; body is taken
static void
s_ask (for_you_t *self, question_t *question, const char *method, json_t *body,
       int64_t timeout_ms, zp_client_fn *fn)
{
    char *text = json_dumps (body, JSON_COMPACT);
    zp_call_t call = {.method = method,
                      .args = &(zp_span_t){text, strlen (text)},
                      .count = 1,
                      .timeout_ms = timeout_ms > 0 ? (int) timeout_ms : 1,
                      .fn = fn,
                      .arg = self,
                      .trace = &zp_request_envelope (self->request)->trace};
    zp_status_t status = zp_client_start (question->client, &call, NULL);
    if (status == ZP_OK)
        self->asked++;
    else
        s_question_fail (question, status, zp_client_error (question->client));
    free (text);
    json_decref (body);
}

static void s_ask_films (for_you_t *self);

static void
s_on_films (void *arg, const zp_reply_t *reply)
{
    for_you_t *self = arg;
    if (reply->more)
        return;
    self->asked--;
    if (s_question_take (&self->films, reply) == PAGE)
        s_ask_films (self);
    s_conclude (self);
}

static void
s_ask_films (for_you_t *self)
{
    json_t *body = json_pack ("{s:i s:i}", "limit", PAGE, "offset",
                              (int) json_array_size (self->films.result));
    s_ask (self, &self->films, "catalog.search", body,
           self->end_ms - zclock_mono (), s_on_films);
}

static void
s_on_history (void *arg, const zp_reply_t *reply)
{
    for_you_t *self = arg;
    if (reply->more)
        return;
    self->asked--;
    s_question_take (&self->history, reply);
    s_conclude (self);
}

static void
s_ask_history (for_you_t *self)
{
    json_t *body =
        json_pack ("{s:O}", "profile", json_object_get (self->body, "profile"));
    int64_t half_ms = (self->end_ms - zclock_mono ()) / 2;
    s_ask (self, &self->history, "profiles.history.list", body,
           half_ms < HISTORY_MS ? half_ms : HISTORY_MS, s_on_history);
}

static void
s_for_you (zp_request_t *request, void *arg)
{
    recommendations_t *service = arg;
    json_t *body = service_body (&request, s_for_you_fields);
    if (!body)
        return;
    int64_t budget_ms = zp_request_budget (request);
    if (budget_ms < 0)
        budget_ms = BUDGET_MS;
    if (budget_ms > BUDGET_MAX_MS)
        budget_ms = BUDGET_MAX_MS;
    for_you_t *self = zmalloc (sizeof *self);
    *self = (for_you_t){.request = request,
                        .body = body,
                        .end_ms = zclock_mono () + budget_ms -
                                  budget_ms * RESERVE_PERCENT / 100,
                        .films = {.client = service->catalog,
                                  .service = "catalog",
                                  .field = "films",
                                  .result = json_array ()},
                        .history = {.client = service->profiles,
                                    .service = "profiles",
                                    .field = "history",
                                    .result = json_array ()}};
    s_ask_films (self);
    s_ask_history (self);
    s_conclude (self);
}

static void
s_trending (zp_request_t *request, void *arg)
{
    json_t *body = service_body (&request, s_trending_fields);
    if (!body)
        return;
    json_t *limit = json_object_get (body, "limit");
    size_t count = limit ? (size_t) json_integer_value (limit) : LIMIT;
    service_reply (&request,
                   json_pack ("{s:o s:I}", "films", trending_films (arg, count),
                              "next", (json_int_t) trending_next (arg)));
    json_decref (body);
}

//  A client on the service's loop; NULL, and said why, if there can't be one
static zp_client_t *
s_connect (service_t *service, const service_option_t *option)
{
    zp_client_t *client =
        service_client (service, service_loop (service), NULL);
    if (zp_client_connect (client, option->value) != ZP_OK) {
        service_say (service, "--%s: %s", option->name,
                     zp_client_error (client));
        zp_client_destroy (&client);
    }
    return client;
}

int
main (int argc, char **argv)
{
    service_option_t options[] = {
        {"catalog", "ENDPOINT", "where zp-catalog is", "tcp://127.0.0.1:5701"},
        {"profiles", "ENDPOINT", "where zp-profiles is",
         "tcp://127.0.0.1:5702"},
        {"trending", "FILE", "where to keep what is trending", "trending.json"},
        {"bus", "ENDPOINT", "where the bus is", "tcp://127.0.0.1:5708"},
        {0},
    };
    service_about_t about = {.name = "zp-recommendations",
                             .summary = "Finds films that somebody may like.",
                             .bind = "tcp://127.0.0.1:5703"};
    service_t *service = service_new (&about, options, argc, argv);
    recommendations_t self = {.catalog = s_connect (service, &options[0]),
                              .profiles = s_connect (service, &options[1])};
    trending_t *trending = trending_new (service, &options[2], &options[3]);
    int result = 1;
    if (self.catalog && self.profiles && trending) {
        zp_server_t *server = service_server (service);
        zp_server_method (server, "recommendations.for_you", s_for_you, &self);
        zp_server_method (server, "recommendations.trending", s_trending,
                          trending);
        service_gauges (service, trending_gauges, trending);
        result = service_run (service);
    }
    trending_destroy (&trending);
    zp_client_destroy (&self.catalog);
    zp_client_destroy (&self.profiles);
    service_destroy (&service);
    return result;
}
