//  SPDX-License-Identifier: MIT
//
//  zp-screen - shows the alerts of zp-alerts
//
//      screen.slow  {ms} -> {ms}: take so long for each alert; 0: no time
//      screen.last  {} -> what the last one said
//
//  A screen that is slow keeps the newest alerts, up to a limit, and drops the
//  oldest: it alone misses some, and knows how many (patterns/pubsub: "Who does
//  not keep up").
//
//  Gauges: got; missed, the sum of dropped (by itself) and lost (on the way,
//  and not to be had again); waiting, alerts that it has and did not show yet.

#include "service.h"
#include "zp_subscriber.h"

#define INBOX   100  // Alerts that may wait
#define SLOW_MS 60000

typedef struct screen {
    service_t *service;           // To say things
    zp_subscriber_t *subscriber;  // Hears them
    int slow_ms;                  // It takes so long to show one
    int timer;                    // Until it has; 0: it is ready
    json_t *last;                 // What it showed last
    json_int_t got;               // Shown
    json_int_t dropped;           // Since it was too slow
    json_int_t lost;              // On the way, at most
} screen_t;

//  Name, type, needed, least, most
static const field_t s_slow_fields[] = {
    {"ms", JSON_INTEGER, true, 0, SLOW_MS},
    {0},
};

static const field_t s_no_fields[] = {{0}};

//  It has been shown: the next
static int
s_on_shown (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer;
    screen_t *self = arg;
    self->timer = 0;
    zp_subscriber_pause (self->subscriber, false);
    return 0;
}

static void
s_show (screen_t *self, const zp_news_t *news)
{
    self->got++;
    json_decref (self->last);
    self->last = json_loadb (news->payload.data, news->payload.size, 0, NULL);
    if (self->slow_ms == 0)
        return;
    zp_subscriber_pause (self->subscriber, true);
    self->timer = zloop_timer (service_loop (self->service),
                               (size_t) self->slow_ms, 1, s_on_shown, self);
}

static int
s_on_news (void *arg, const zp_news_t *news)
{
    screen_t *self = arg;
    if (news->kind == ZP_NEWS_EVENT)
        s_show (self, news);
    else if (news->kind == ZP_NEWS_DROPPED)
        self->dropped += (json_int_t) news->count;
    else if (news->kind == ZP_NEWS_LOST)
        self->lost += (json_int_t) (news->to - news->from) + 1;
    else if (news->kind == ZP_NEWS_GONE || news->kind == ZP_NEWS_BACK)
        service_say (self->service, "%s", zp_news_kind_text (news->kind));
    return 0;
}

static void
s_slow (zp_request_t *request, void *arg)
{
    screen_t *self = arg;
    json_t *body = service_body (&request, s_slow_fields);
    if (!body)
        return;
    self->slow_ms = (int) json_integer_value (json_object_get (body, "ms"));
    if (self->timer) {
        zloop_timer_end (service_loop (self->service), self->timer);
        s_on_shown (NULL, 0, self);
    }
    service_reply (&request, body);
}

static void
s_last (zp_request_t *request, void *arg)
{
    screen_t *self = arg;
    json_t *body = service_body (&request, s_no_fields);
    if (!body)
        return;
    service_reply (&request,
                   self->last ? json_incref (self->last) : json_object ());
    json_decref (body);
}

static json_t *
s_gauges (void *arg)
{
    screen_t *self = arg;
    zp_subscriber_stats_t stats;
    zp_subscriber_stats (self->subscriber, &stats);
    return json_pack ("{s:I s:I s:I s:I s:I}", "got", self->got, "missed",
                      self->dropped + self->lost, "dropped", self->dropped,
                      "lost", self->lost, "waiting",
                      (json_int_t) stats.waiting);
}

int
main (int argc, char **argv)
{
    service_option_t options[] = {
        {"updates", "ENDPOINT", "where alerts come from",
         "tcp://127.0.0.1:5716"},
        {"requests", "ENDPOINT", "where it can ask for them again",
         "tcp://127.0.0.1:5717"},
        {0},
    };
    service_about_t about = {.name = "zp-screen",
                             .summary = "Shows alerts.",
                             .bind = "tcp://127.0.0.1:5719"};
    service_t *service = service_new (&about, options, argc, argv);
    zp_subscriber_options_t taking = ZP_SUBSCRIBER_DEFAULTS;
    taking.overflow = ZP_OVERFLOW_DROP_OLDEST;
    taking.inbox = INBOX;
    screen_t self = {.service = service};
    self.subscriber =
        zp_subscriber_new (service_loop (service), &taking, s_on_news, &self);
    zp_subscriber_subscribe (self.subscriber, "storm/#");
    int result = 1;
    if (zp_subscriber_connect (self.subscriber, options[0].value,
                               options[1].value) == ZP_OK) {
        zp_server_t *server = service_server (service);
        zp_server_method (server, "screen.slow", s_slow, &self);
        zp_server_method (server, "screen.last", s_last, &self);
        service_gauges (service, s_gauges, &self);
        result = service_run (service);
    }
    else
        service_say (service, "--updates, --requests: %s",
                     zp_subscriber_error (self.subscriber));
    zp_subscriber_destroy (&self.subscriber);
    json_decref (self.last);
    service_destroy (&service);
    return result;
}
