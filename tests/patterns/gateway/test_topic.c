//  SPDX-License-Identifier: MIT
//
//  Streams of events of a topic.

#define _GNU_SOURCE

#include "fixture.h"

#include "zp_publisher.h"

#define ROUTES                                                                 \
    "{'method':'GET','path':'/events/{name...}','events':{'service':'news',"   \
    "'topic':'{name}'}},"                                                      \
    "{'method':'GET','path':'/storm','events':{'service':'news',"              \
    "'topic':'storm/+/beach'}}"

//  False if one of the places is not free yet: ZeroMQ lets go of it some time
//  after who was there is gone
static bool
s_publish (fixture_t *self, const char *updates, const char *requests)
{
    self->publisher = zp_publisher_new (self->loop, NULL);
    if (zp_publisher_bind (self->publisher, updates, requests) == ZP_OK)
        return true;
    zp_publisher_destroy (&self->publisher);
    return false;
}

static void
s_start (fixture_t *self, const char *limits)
{
    assert_true (s_publish (self, "tcp://127.0.0.1:*", "tcp://127.0.0.1:*"));
    char *services =
        zsys_sprintf ("'news':{'endpoints':['%s'],'updates':['%s']}",
                      zp_publisher_requests (self->publisher),
                      zp_publisher_updates (self->publisher));
    char *text = fixture_text (self, services, limits, ROUTES);
    fixture_start (self, text);
    zstr_free (&text);
    zstr_free (&services);
}

static void
s_set (fixture_t *self, const char *topic, const char *value)
{
    zp_publisher_set (self->publisher, topic, value, strlen (value), 0);
}

static bool
s_has (http_t *http, const char *text)
{
    return strstr (http_body (http), text) != NULL;
}

//  Open a stream, and wait until it has joined
static http_t *
s_follow (fixture_t *self, const char *target, const char *header)
{
    http_t *http = fixture_connect (self);
    http_ask (http, "GET", target, header, NULL);
    test_until (self->loop, s_has (http, "event: joined"));
    return http;
}

//  The id of the last event that came
static char *
s_last_id (http_t *http)
{
    const char *at = NULL, *next = http_body (http);
    while ((next = strstr (next, "id: ")))
        at = next += 4;
    assert_non_null (at);
    return strndup (at, strcspn (at, "\n"));
}

static void
test_a_stream_begins_with_the_values_and_goes_on_with_what_happens (
    void **state)
{
    fixture_t *self = *state;
    s_start (self, NULL);
    s_set (self, "storm/north", "\"red\"");
    self->others[0] = s_follow (self, "/events/storm/north", NULL);
    http_t *http = self->others[0];
    assert_int_equal (http_status (http), 200);
    assert_string_equal (http_field (http, "Content-Type"),
                         "text/event-stream");
    assert_string_equal (http_field (http, "Cache-Control"), "no-store");
    assert_true (s_has (http, "event: snapshot"));
    assert_true (s_has (http, "data: {\"topic\":\"storm/north\",\"kind\":"
                              "\"value\",\"value\":\"red\"}\n\n"));
    s_set (self, "storm/north", "{\"a\":[1]}");
    test_until (self->loop, s_has (http, "\"value\":{\"a\":[1]}}"));
    zp_publisher_event (self->publisher, "storm/north", "not json", 8);
    test_until (self->loop, s_has (http, "\"event\",\"value\":\"not json\"}"));
    zp_publisher_event (self->publisher, "storm/north", "\xff", 1);
    test_until (self->loop, s_has (http, "\"event\",\"value\":null}"));
    zp_publisher_delete (self->publisher, "storm/north");
    test_until (self->loop, s_has (http, "\"kind\":\"deleted\""));
}

static void
test_who_comes_later_is_told_the_same_values (void **state)
{
    fixture_t *self = *state;
    s_start (self, NULL);
    s_set (self, "storm/a/beach", "1");
    s_set (self, "storm/b/beach", "2");
    self->others[0] = s_follow (self, "/storm", NULL);
    s_set (self, "storm/a/beach", "3");
    s_set (self, "storm/a/harbour", "4");
    test_until (self->loop, s_has (self->others[0], "\"value\":3"));
    self->others[1] = s_follow (self, "/storm", NULL);
    assert_true (s_has (self->others[1], "\"value\":2"));
    assert_true (s_has (self->others[1], "\"value\":3"));
    assert_false (s_has (self->others[1], "\"value\":1"));
    assert_false (s_has (self->others[1], "\"value\":4"));
}

static void
test_who_was_away_is_told_what_it_missed (void **state)
{
    fixture_t *self = *state;
    s_start (self, NULL);
    self->others[0] = s_follow (self, "/events/tick", NULL);
    self->others[1] = s_follow (self, "/events/tick", NULL);
    zp_publisher_event (self->publisher, "tick", "1", 1);
    test_until (self->loop, s_has (self->others[0], "\"value\":1"));
    char *id = s_last_id (self->others[0]);
    http_destroy (&self->others[0]);
    zp_publisher_event (self->publisher, "tick", "2", 1);
    zp_publisher_event (self->publisher, "tick", "3", 1);
    test_until (self->loop, s_has (self->others[1], "\"value\":3"));
    http_destroy (&self->others[1]);
    char *header = zsys_sprintf ("Last-Event-ID: %s\r\n", id);
    http_ask (self->http, "GET", "/events/tick", header, NULL);
    test_until (self->loop, s_has (self->http, "\"value\":3"));
    assert_true (s_has (self->http, "\"value\":2"));
    assert_false (s_has (self->http, "\"value\":1"));
    assert_false (s_has (self->http, "snapshot"));
    zstr_free (&header);
    free (id);
}

static void
test_what_was_missed_and_is_not_known_any_more_is_said (void **state)
{
    fixture_t *self = *state;
    s_start (self, NULL);
    s_set (self, "tick", "7");
    self->others[0] = s_follow (self, "/events/tick", "Last-Event-ID: 5.1\r\n");
    assert_true (s_has (self->others[0], "event: lost"));
    assert_true (s_has (self->others[0], "\"value\":7"));
}

static void
test_a_publisher_that_is_restarted_is_followed (void **state)
{
    fixture_t *self = *state;
    s_start (self, NULL);
    char *updates = strdup (zp_publisher_updates (self->publisher));
    char *requests = strdup (zp_publisher_requests (self->publisher));
    s_set (self, "tick", "1");
    self->others[0] = s_follow (self, "/events/tick", NULL);
    zp_publisher_destroy (&self->publisher);
    test_until (self->loop, s_has (self->others[0], "event: gone"));
    test_until (self->loop, s_publish (self, updates, requests));
    s_set (self, "tick", "2");
    test_until (self->loop, s_has (self->others[0], "\"value\":2"));
    assert_true (s_has (self->others[0], "event: restarted"));
    free (updates);
    free (requests);
}

static void
test_a_silent_stream_beats (void **state)
{
    fixture_t *self = *state;
    s_start (self, "'heartbeat_ms':100");
    self->others[0] = s_follow (self, "/events/tick", NULL);
    http_drop_body (self->others[0]);
    test_until (self->loop, s_has (self->others[0], ":"));
    assert_false (s_has (self->others[0], "data"));
}

static void
test_a_client_that_is_too_slow_is_dropped_with_a_reason (void **state)
{
    fixture_t *self = *state;
    s_start (self, "'stream_bytes':200000");
    self->others[0] = fixture_connect (self);
    http_set_buffer (self->others[0], 65536);
    http_ask (self->others[0], "GET", "/events/tick", NULL, NULL);
    test_until (self->loop, s_has (self->others[0], "event: joined"));
    self->others[1] = s_follow (self, "/events/tick", NULL);
    http_pause (self->others[0], true);
    char data[10000];
    memset (data, 'x', sizeof data);
    size_t told = 0;
    test_until (
        self->loop,
        (zp_publisher_event (self->publisher, "tick", data, sizeof data),
         told++,
         fixture_figure (
             self, "zp_gateway_streams_dropped_total{reason='slow'}") > 0));
    //  The other one has missed nothing
    test_until (self->loop,
                http_body_size (self->others[1]) > told * sizeof data);
    http_pause (self->others[0], false);
    test_until (self->loop, http_answered (self->others[0]));
    assert_true (s_has (self->others[0], "event: end\ndata: too slow"));
    assert_false (http_answered (self->others[1]));
}

static void
test_a_client_that_takes_nothing_at_all_is_closed (void **state)
{
    fixture_t *self = *state;
    s_start (self, "'stream_bytes':20000,'send_ms':100,'heartbeat_ms':100");
    self->others[0] = fixture_connect (self);
    http_set_buffer (self->others[0], 65536);
    http_ask (self->others[0], "GET", "/events/tick", NULL, NULL);
    test_until (self->loop, s_has (self->others[0], "event: joined"));
    http_pause (self->others[0], true);
    char data[10000];
    memset (data, 'x', sizeof data);
    test_until (self->loop, (zp_publisher_event (self->publisher, "tick", data,
                                                 sizeof data),
                             fixture_figure (self, "zp_gateway_streams") == 0));
}

static void
test_who_goes_away_is_not_counted_any_more (void **state)
{
    fixture_t *self = *state;
    s_start (self, NULL);
    self->others[0] = s_follow (self, "/events/tick", NULL);
    self->others[1] = s_follow (self, "/events/tock", NULL);
    assert_float_equal (fixture_figure (self, "zp_gateway_streams"), 2, 0);
    http_destroy (&self->others[0]);
    test_until (self->loop, fixture_figure (self, "zp_gateway_streams") == 1);
}

static void
test_more_streams_than_may_be_are_503 (void **state)
{
    fixture_t *self = *state;
    s_start (self, "'streams':1");
    self->others[0] = s_follow (self, "/events/tick", NULL);
    fixture_get (self, "/events/tick");
    assert_true (fixture_problem (self, 503, "UNAVAILABLE"));
    //  Streams leave room for others
    assert_int_equal (fixture_get (self, "/healthz"), 200);
}

static void
test_clients_that_name_many_topics_cost_no_more_than_streams_may (void **state)
{
    fixture_t *self = *state;
    s_start (self, "'streams':4");
    for (int i = 0; i < 20; i++) {
        char target[32];
        snprintf (target, sizeof target, "/events/topic/%d", i);
        self->others[0] = s_follow (self, target, NULL);
        http_destroy (&self->others[0]);
        test_until (self->loop,
                    fixture_figure (self, "zp_gateway_streams") == 0);
    }
    test_until (self->loop, fixture_figure (self, "zp_gateway_topics") <= 4);
}

static void
test_streams_are_connections_of_their_client (void **state)
{
    fixture_t *self = *state;
    s_start (self, "'connections_client':3");
    self->others[0] = s_follow (self, "/events/tick", NULL);
    self->others[1] = s_follow (self, "/events/tick", NULL);
    self->others[2] = fixture_connect (self);
    test_until (self->loop, http_closed (self->others[2]));
    http_destroy (&self->others[0]);
    test_until (self->loop, fixture_figure (self, "zp_gateway_streams") == 1);
    self->others[0] = s_follow (self, "/events/tick", NULL);
}

static void
test_what_can_be_no_topic_is_400 (void **state)
{
    fixture_t *self = *state;
    s_start (self, NULL);
    assert_int_equal (fixture_get (self, "/events/a/%23"), 400);
    assert_int_equal (fixture_get (self, "/events/%2b"), 400);
    assert_int_equal (fixture_get (self, "/events/"), 400);
    assert_int_equal (fixture_ask (self, "HEAD", "/events/a", NULL, NULL), 200);
}

static void
test_streams_end_when_the_gateway_does (void **state)
{
    fixture_t *self = *state;
    s_start (self, NULL);
    self->others[0] = s_follow (self, "/events/tick", NULL);
    zp_gateway_drain (self->gateway, NULL, NULL);
    test_until (self->loop, http_answered (self->others[0]));
    assert_true (s_has (self->others[0], "event: end"));
    test_until (self->loop, http_closed (self->others[0]));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (
            test_a_stream_begins_with_the_values_and_goes_on_with_what_happens),
        fixture_test (test_who_comes_later_is_told_the_same_values),
        fixture_test (test_who_was_away_is_told_what_it_missed),
        fixture_test (test_what_was_missed_and_is_not_known_any_more_is_said),
        fixture_test (test_a_publisher_that_is_restarted_is_followed),
        fixture_test (test_a_silent_stream_beats),
        fixture_test (test_a_client_that_is_too_slow_is_dropped_with_a_reason),
        fixture_test (test_a_client_that_takes_nothing_at_all_is_closed),
        fixture_test (test_who_goes_away_is_not_counted_any_more),
        fixture_test (test_more_streams_than_may_be_are_503),
        fixture_test (
            test_clients_that_name_many_topics_cost_no_more_than_streams_may),
        fixture_test (test_streams_are_connections_of_their_client),
        fixture_test (test_what_can_be_no_topic_is_400),
        fixture_test (test_streams_end_when_the_gateway_does),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
