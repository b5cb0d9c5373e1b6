//  SPDX-License-Identifier: MIT
//
//  zp-viewers - behaves like the viewers of the service, all of them
//
//      load.stats  {} -> {factor, wanted_rate, viewers, away, rate,
//                  accepted_p50_ms, accepted_p99_ms, shed, given_up, acts}
//      load.set    {factor} -> the same; 0: nobody comes
//
//  They open their home pages, search, play films, subscribe and so on, by HTTP
//  through the gateway (viewers_load.h); and look whether what they get is
//  right. The gateway is asked where it listens, and again when nobody does:
//  another one may have another port.
//
//  "acts" has what each kind of act came to: done, ok, failed, shed, and for
//  some more (viewers_act.h), from the beginning; rate, a second; and p50_ms
//  and p99_ms of those that were ok in the last ten seconds, of a film until it
//  begins. stale_p50_ms is there if there was one.
//
//  Gauges: viewers, away, rate, open.

#define _POSIX_C_SOURCE 200809L

#include "service.h"
#include "store.h"
#include "viewers_load.h"
#include "zp_client.h"

#define ASK_MS       5000  // For the gateway to say where it is
#define ASK_AGAIN_MS 500   // If it does not
#define PATIENCE_MAX 3600

typedef struct viewers {
    service_t *service;    // To say things
    zp_client_t *gateway;  // Says where it listens
    bool asking;           // It was asked
    viewers_load_t *load;  // The viewers
} viewers_t;

//  Name, type, needed, least, most
static const field_t s_profile_fields[] = {
    {"id", JSON_STRING, true, 1, PROFILE_MAX},
    {"name", JSON_STRING, true, 1, 100},
    {"pin", JSON_STRING, false, 0, 12},
    {"history", JSON_ARRAY, false, 0, 500},
    {0},
};

static const field_t s_no_fields[] = {{0}};

static const field_t s_set_fields[] = {
    {"factor", JSON_REAL, true, 0, VIEWERS_FACTOR_MAX},
    {0},
};

static int s_on_again (zloop_t *loop, int timer, void *arg);

static void
s_on_url (void *arg, const zp_reply_t *reply)
{
    viewers_t *self = arg;
    if (reply->status == ZP_CANCELLED)
        return;
    char url[200] = "";
    if (reply->status == ZP_OK && reply->count && reply->parts[0].size)
        snprintf (url, sizeof url, "%.*s", (int) reply->parts[0].size,
                  (const char *) reply->parts[0].data);
    self->asking = *url == 0;
    if (*url)
        viewers_load_server (self->load, url);
    else
        zloop_timer (service_loop (self->service), ASK_AGAIN_MS, 1, s_on_again,
                     self);
}

static void
s_ask (viewers_t *self)
{
    zp_call_t call = {.method = "gateway.url",
                      .timeout_ms = ASK_MS,
                      .fn = s_on_url,
                      .arg = self};
    self->asking = true;
    zp_client_start (self->gateway, &call, NULL);
}

static int
s_on_again (zloop_t *loop, int timer, void *arg)
{
    (void) loop;
    (void) timer;
    s_ask (arg);
    return 0;
}

static void
s_on_lost (void *arg)
{
    viewers_t *self = arg;
    if (!self->asking)
        s_ask (self);
}

static void
s_reply_stats (viewers_t *self, zp_request_t **request_p)
{
    json_t *stats = viewers_load_stats (self->load);
    char *text = json_dumps (stats, JSON_COMPACT | JSON_REAL_PRECISION (6));
    assert (text);
    zp_request_reply (request_p, text, strlen (text));
    free (text);
    json_decref (stats);
}

static void
s_stats (zp_request_t *request, void *arg)
{
    json_t *body = service_body (&request, s_no_fields);
    if (body)
        s_reply_stats (arg, &request);
    json_decref (body);
}

static void
s_set (zp_request_t *request, void *arg)
{
    viewers_t *self = arg;
    json_t *body = service_body (&request, s_set_fields);
    if (body) {
        viewers_load_set (self->load,
                          json_number_value (json_object_get (body, "factor")));
        s_reply_stats (self, &request);
    }
    json_decref (body);
}

static json_t *
s_gauges (void *arg)
{
    viewers_t *self = arg;
    json_t *stats = viewers_load_stats (self->load);
    json_t *gauges = json_pack ("{s:O s:O s:O s:i}", "viewers",
                                json_object_get (stats, "viewers"), "away",
                                json_object_get (stats, "away"), "rate",
                                json_object_get (stats, "rate"), "open",
                                viewers_load_open (self->load));
    json_decref (stats);
    return gauges;
}

//  The profiles; NULL, and said why, if they can't be used
static json_t *
s_profiles (service_t *service, const service_option_t *file)
{
    json_t *profiles = service_load (service, file, s_profile_fields);
    bool right = json_array_size (profiles) > 0;
    if (profiles && !right)
        service_say (service, "%s: there is no profile", file->value);
    for (size_t i = 0; i < json_array_size (profiles) && right; i++) {
        const char *id = fields_text (json_array_get (profiles, i), "id");
        right = store_name_right (id);
        if (!right)
            service_say (service, "%s: \"%s\": an id has only a-z, 0-9 and -",
                         file->value, id);
    }
    if (!right) {
        json_decref (profiles);
        profiles = NULL;
    }
    return profiles;
}

//  The number that was given as an option, from 0 to max; -1, and said why, if
//  it is none
static double
s_number (service_t *service, const service_option_t *option, double max)
{
    char *end;
    double number = strtod (option->value, &end);
    if (end != option->value && !*end && number >= 0 && number <= max)
        return number;
    service_say (service, "--%s must be a number from 0 to %.0f, not \"%s\"",
                 option->name, max, option->value);
    return -1;
}

//  Take what was given. False, and said why, if it is wrong.
static bool
s_read_options (service_t *service, const service_option_t *options,
                viewers_load_options_t *load)
{
    double factor = s_number (service, &options[3], VIEWERS_FACTOR_MAX);
    double seed = s_number (service, &options[4], (double) UINT64_MAX);
    double patience_s = s_number (service, &options[5], PATIENCE_MAX);
    if (factor < 0 || seed < 0 || patience_s < 0)
        return false;
    load->factor = factor;
    load->seed = strtoull (options[4].value, NULL, 10);
    load->patience_s = patience_s < 1 ? 1 : (int) patience_s;
    load->profiles = s_profiles (service, &options[1]);
    if (!load->profiles)
        return false;
    if (viewers_film_open (&load->film, options[2].value))
        return true;
    service_say (service, "--film: can't read %s: %s", options[2].value,
                 strerror (errno));
    return false;
}

int
main (int argc, char **argv)
{
    service_option_t options[] = {
        {"gateway", "ENDPOINT", "where the gateway says what its URL is",
         "tcp://127.0.0.1:5716"},
        {"profiles", "FILE", "the profiles that there are", "profiles.json"},
        {"film", "FILE", "the film that is played, as it should be",
         "films/zpatterns.webm"},
        {"factor", "N", "how many times as many viewers as usual", "1"},
        {"seed", "N", "of what they do", "1"},
        {"patience", "SECONDS", "how long they wait for an answer", "10"},
        {0},
    };
    service_about_t about = {.name = "zp-viewers",
                             .summary = "Behaves like many viewers.",
                             .bind = "tcp://127.0.0.1:5717"};
    zp_client_options_t client = ZP_CLIENT_DEFAULTS;
    client.no_breaker = true;
    service_t *service = service_new (&about, options, argc, argv);
    viewers_t self = {.service = service,
                      .gateway =
                          zp_client_new (service_loop (service), &client)};
    viewers_load_options_t load = {.tap = service_tap (service),
                                   .endpoint = options[0].value,
                                   .lost = s_on_lost,
                                   .lost_arg = &self};
    int result = 1;
    if (zp_client_connect (self.gateway, options[0].value) != ZP_OK)
        service_say (service, "--gateway: %s", zp_client_error (self.gateway));
    else if (s_read_options (service, options, &load)) {
        self.load = viewers_load_new (service_loop (service), &load);
        zp_server_t *server = service_server (service);
        zp_server_method (server, "load.stats", s_stats, &self);
        zp_server_method (server, "load.set", s_set, &self);
        service_gauges (service, s_gauges, &self);
        s_ask (&self);
        result = service_run (service);
    }
    zp_client_destroy (&self.gateway);
    viewers_load_destroy (&self.load);
    json_decref (load.profiles);
    service_destroy (&service);
    return result;
}
