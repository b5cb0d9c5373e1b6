//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include <jansson.h>

#include "zp_server_private.h"

//  Reply with a JSON value, which is freed
static void
s_reply (zp_request_t *request, json_t *value)
{
    char *text = json_dumps (value, JSON_ENCODE_ANY | JSON_COMPACT);
    zp_request_reply (&request, text, strlen (text));
    json_decref (value);
    free (text);
}

static void
s_ping (zp_request_t *request, void *arg)
{
    (void) arg;
    s_reply (request, json_string ("pong"));
}

static json_t *
s_integer (uint64_t number)
{
    return json_integer ((json_int_t) number);
}

static void
s_info (zp_request_t *request, void *arg)
{
    zp_server_t *self = arg;
    const zp_server_options_t *options = &self->options;
    json_t *methods = json_array ();
    for (zp_method_t *method = self->methods; method; method = method->next)
        json_array_insert_new (methods, 0, json_string (method->name));
    s_reply (request,
             json_pack ("{s:s, s:i, s:I, s:b, s:i, s:i, s:i, s:b, s:o}", "name",
                        options->name, "pid", (int) getpid (), "uptime_ms",
                        (json_int_t) (zclock_mono () - self->started_ms),
                        "draining", self->draining, "max_in_flight",
                        options->max_in_flight, "workers", options->workers,
                        "cache_replies", options->cache_replies, "faults",
                        self->faults != NULL, "methods", methods));
}

static json_t *
s_latencies (const zp_histogram_t *all)
{
    json_t *object = json_object ();
    static const struct {
        const char *name;  // In the JSON
        double percent;    // Of the requests
    } percentile[] = {{"p50", 50}, {"p90", 90}, {"p99", 99}, {"p999", 99.9}};
    for (size_t i = 0; i < sizeof percentile / sizeof percentile[0]; i++)
        json_object_set_new (
            object, percentile[i].name,
            s_integer (zp_histogram_percentile (all, percentile[i].percent)));
    json_object_set_new (object, "max", s_integer (zp_histogram_max (all)));
    json_object_set_new (object, "mean", json_real (zp_histogram_mean (all)));
    return object;
}

static json_t *
s_methods (const zp_server_t *self)
{
    json_t *object = json_object ();
    for (zp_method_t *method = self->methods; method; method = method->next)
        json_object_set_new (
            object, method->name,
            json_pack ("{s:o, s:o}", "requests", s_integer (method->requests),
                       "failures", s_integer (method->failures)));
    return object;
}

static void
s_stats (zp_request_t *request, void *arg)
{
    zp_server_t *self = arg;
    zp_server_stats_t stats;
    zp_server_stats (self, &stats);
    json_t *object = json_object ();
    const struct {
        const char *name;  // In the JSON
        uint64_t number;   // As zp_server_stats_t has it
    } count[] = {
        {"requests", stats.requests},   {"failures", stats.failures},
        {"shed", stats.shed},           {"expired", stats.expired},
        {"cancelled", stats.cancelled}, {"repeated", stats.repeated},
        {"unsent", stats.unsent},       {"garbage", stats.garbage},
        {"faults", stats.faults},       {"in_flight", stats.in_flight - 1},
    };
    for (size_t i = 0; i < sizeof count / sizeof count[0]; i++)
        json_object_set_new (object, count[i].name,
                             s_integer (count[i].number));
    json_object_set_new (object, "latency_us", s_latencies (self->latencies));
    json_object_set_new (object, "methods", s_methods (self));
    s_reply (request, object);
}

//  With an argument: replace the rules. In any case: say what they are
static void
s_faults (zp_request_t *request, void *arg)
{
    zp_server_t *self = arg;
    zp_span_t rules = zp_request_arg (request, 0);
    char error[256];
    if (rules.size && zp_faults_load (self->faults, rules.data, rules.size,
                                      zclock_mono (), error, sizeof error)) {
        zp_request_fail (&request, ZP_INVALID_ARGUMENT, "%s", error);
        return;
    }
    char *text = zp_faults_list (self->faults);
    zp_request_reply (&request, text, strlen (text));
    free (text);
}

void
zp_builtin_add (zp_server_t *self)
{
    zp_server_builtin_method (self, "zp.ping", s_ping, self);
    zp_server_builtin_method (self, "zp.info", s_info, self);
    zp_server_builtin_method (self, "zp.stats", s_stats, self);
    if (self->faults)
        zp_server_builtin_method (self, "zp.faults", s_faults, self);
}
