//  SPDX-License-Identifier: MIT
//
//  zp-alerts - warns all screens of storms
//
//      alerts.storm  {for_ms, per_second} -> {alerts}: how many there will be
//
//  Alerts are events about "storm/COAST", which all who subscribed hear at
//  once, by way of relays (patterns/pubsub). If there is no storm there is one
//  each second, "calm", so that screens know that they still hear something. A
//  storm takes the place of the one before it.
//
//  Gauges: published; storm, 1 while there is one.

#include "service.h"
#include "zp_publisher.h"

#define TICK_MS     20
#define CALM_MS     1000
#define SECONDS_MAX 600
#define RATE_MAX    10000

typedef struct alerts {
    zp_publisher_t *publisher;  // Says them
    int64_t number;             // Of the last one
    int64_t calm_ms;            // When the next is due if there is no storm
    int64_t from_ms;            // The storm began
    int64_t to_ms;              // It ends; before now: there is none
    int64_t rate;               // Alerts a second
    int64_t told;               // Since it began
} alerts_t;

//  Name, type, needed, least, most
static const field_t s_storm_fields[] = {
    {"for_ms", JSON_INTEGER, true, 1, SECONDS_MAX * 1000},
    {"per_second", JSON_INTEGER, true, 1, RATE_MAX},
    {0},
};

static void
s_tell (alerts_t *self, const char *what)
{
    static const char *const coasts[] = {"storm/north", "storm/east",
                                         "storm/south", "storm/west"};
    json_t *alert = json_pack ("{s:s s:I}", "alert", what, "number",
                               (json_int_t) ++self->number);
    char *text = json_dumps (alert, JSON_COMPACT);
    zp_publisher_event (self->publisher, coasts[self->number % 4], text,
                        strlen (text));
    free (text);
    json_decref (alert);
}

//  Say all that is due by now
static int
s_tick (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer;
    alerts_t *self = arg;
    int64_t now_ms = zclock_mono ();
    int64_t until_ms = now_ms < self->to_ms ? now_ms : self->to_ms;
    int64_t due = (until_ms - self->from_ms) * self->rate / 1000;
    for (; self->told < due; self->told++)
        s_tell (self, "storm");
    if (now_ms >= self->to_ms && now_ms >= self->calm_ms) {
        s_tell (self, "calm");
        self->calm_ms = now_ms + CALM_MS;
    }
    return 0;
}

static void
s_storm (zp_request_t *request, void *arg)
{
    alerts_t *self = arg;
    json_t *body = service_body (&request, s_storm_fields);
    if (!body)
        return;
    int64_t for_ms = json_integer_value (json_object_get (body, "for_ms"));
    self->rate = json_integer_value (json_object_get (body, "per_second"));
    self->from_ms = zclock_mono ();
    self->to_ms = self->from_ms + for_ms;
    self->told = 0;
    service_reply (&request,
                   json_pack ("{s:I}", "alerts",
                              (json_int_t) (for_ms * self->rate / 1000)));
    json_decref (body);
}

static json_t *
s_gauges (void *arg)
{
    alerts_t *self = arg;
    return json_pack ("{s:I s:i}", "published", (json_int_t) self->number,
                      "storm", zclock_mono () < self->to_ms);
}

int
main (int argc, char **argv)
{
    service_option_t options[] = {
        {"updates", "ENDPOINT", "where to publish alerts",
         "tcp://127.0.0.1:5716"},
        {"requests", "ENDPOINT", "where it can be asked for them again",
         "tcp://127.0.0.1:5717"},
        {0},
    };
    service_about_t about = {.name = "zp-alerts",
                             .summary = "Warns all screens of storms.",
                             .bind = "tcp://127.0.0.1:5718"};
    service_t *service = service_new (&about, options, argc, argv);
    zloop_t *loop = service_loop (service);
    alerts_t self = {.publisher = zp_publisher_new (loop, NULL)};
    int result = 1;
    if (zp_publisher_bind (self.publisher, options[0].value,
                           options[1].value) == ZP_OK) {
        zloop_timer (loop, TICK_MS, 0, s_tick, &self);
        zp_server_method (service_server (service), "alerts.storm", s_storm,
                          &self);
        service_gauges (service, s_gauges, &self);
        result = service_run (service);
    }
    else
        service_say (service, "--updates, --requests: %s",
                     zp_publisher_error (self.publisher));
    zp_publisher_destroy (&self.publisher);
    service_destroy (&service);
    return result;
}
