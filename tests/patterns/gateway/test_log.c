//  SPDX-License-Identifier: MIT
//
//  Streams of events of a log: from anywhere, and on after a break of whatever.

#define _GNU_SOURCE

#include "fixture.h"

#include "zp_client.h"
#include "zp_eventlog.h"

#define ROUTES                                                                 \
    "{'method':'GET','path':'/new','events':{'service':'log',"                 \
    "'log':'orders'}},"                                                        \
    "{'method':'GET','path':'/all','events':{'service':'log',"                 \
    "'log':'orders','from':'start'}}"

//  An event log, and who writes to it
typedef struct world {
    fixture_t *gateway;   // Follows it
    char folder[40];      // Of its journal
    char endpoint[80];    // Where it listens
    zp_eventlog_t *log;   // It
    zp_client_t *client;  // Writes
    int confirmed;        // Events that are on disk
} world_t;

static void
s_start_log (world_t *self)
{
    char journal[80];
    snprintf (journal, sizeof journal, "sqlite:%s/log.db", self->folder);
    zp_eventlog_options_t options = ZP_EVENTLOG_DEFAULTS;
    options.journal = journal;
    self->log = zp_eventlog_new (self->gateway->loop, &options, NULL, NULL);
    assert_non_null (self->log);
    zp_server_t *server = zp_eventlog_server (self->log);
    test_until (self->gateway->loop,
                zp_server_bind (server, self->endpoint) == ZP_OK);
}

static int
s_set_up (void **state)
{
    world_t *self = zmalloc (sizeof *self);
    fixture_set_up ((void **) &self->gateway);
    strcpy (self->folder, "/tmp/zp-gateway-XXXXXX");
    assert_non_null (mkdtemp (self->folder));
    snprintf (self->endpoint, sizeof self->endpoint, "%s",
              peer_new_endpoint ());
    s_start_log (self);
    self->client = zp_client_new (self->gateway->loop, NULL);
    zp_client_connect (self->client, self->endpoint);
    *state = self;
    return 0;
}

static int
s_tear_down (void **state)
{
    world_t *self = *state;
    zp_client_destroy (&self->client);
    zp_gateway_destroy (&self->gateway->gateway);
    zp_eventlog_destroy (&self->log);
    zdir_t *folder = zdir_new (self->folder, NULL);
    zdir_remove (folder, true);
    zdir_destroy (&folder);
    fixture_tear_down ((void **) &self->gateway);
    free (self);
    return 0;
}

static void
s_start (world_t *self, const char *limits)
{
    char *services =
        zsys_sprintf ("'log':{'endpoints':['%s']}", self->endpoint);
    char *text = fixture_text (self->gateway, services, limits, ROUTES);
    fixture_start (self->gateway, text);
    zstr_free (&text);
    zstr_free (&services);
}

static void
s_on_confirmed (void *arg, const zp_reply_t *reply)
{
    if (!reply->more && reply->status == ZP_OK)
        *(int *) arg += 1;
}

//  Call a method of the log with texts, up to a NULL
static void
s_call (world_t *self, const char *method, const char *one, const char *two)
{
    int confirmed = self->confirmed;
    zp_span_t args[] = {
        {"orders", 6}, {one, strlen (one)}, {two, strlen (two)}};
    zp_call_t call = {.method = method,
                      .args = args,
                      .count = *two ? 3 : 2,
                      .timeout_ms = TEST_PATIENCE_MS,
                      .fn = s_on_confirmed,
                      .arg = &self->confirmed};
    assert_int_equal (zp_client_start (self->client, &call, NULL), ZP_OK);
    test_until (self->gateway->loop, self->confirmed > confirmed);
}

static void
s_append (world_t *self, const char *body)
{
    s_call (self, "log.append", body, "");
}

static bool
s_has (http_t *http, const char *text)
{
    return strstr (http_body (http), text) != NULL;
}

//  Follow, and wait until new events are heard: of what was said before it
//  nothing is known
static http_t *
s_follow (world_t *self, const char *target, const char *header)
{
    http_t *http = fixture_connect (self->gateway);
    http_ask (http, "GET", target, header, NULL);
    test_until (self->gateway->loop, http_begun (http));
    return http;
}

static void
test_all_events_of_a_log_come_in_order (void **state)
{
    world_t *self = *state;
    s_start (self, NULL);
    s_append (self, "{\"film\":1}");
    s_append (self, "two");
    http_t *http = self->gateway->others[0] = s_follow (self, "/all", NULL);
    test_until (self->gateway->loop, s_has (http, "\"value\":\"two\"}"));
    assert_true (s_has (http, "id: 0\n"));
    assert_true (s_has (http, "data: {\"log\":\"orders\",\"offset\":0,"));
    assert_true (s_has (http, "\"value\":{\"film\":1}}\n\n"));
    s_append (self, "3");
    test_until (self->gateway->loop, s_has (http, "id: 2\n"));
}

static void
test_who_asks_for_what_is_new_gets_that (void **state)
{
    world_t *self = *state;
    s_start (self, NULL);
    s_append (self, "0");
    http_t *http = self->gateway->others[0] = s_follow (self, "/new", NULL);
    //  From some event on it gets each, and none that was there before
    test_until (self->gateway->loop,
                (s_append (self, "7"), s_has (http, "\"value\":7}")));
    assert_false (s_has (http, "id: 0\n"));
}

static void
test_who_was_away_goes_on_where_it_was (void **state)
{
    world_t *self = *state;
    s_start (self, NULL);
    for (int i = 0; i < 100; i++)
        s_append (self, "1");
    http_t *http = self->gateway->others[0] =
        s_follow (self, "/new", "Last-Event-ID: 9\r\n");
    test_until (self->gateway->loop, s_has (http, "id: 99\n"));
    assert_true (s_has (http, "id: 10\n"));
    assert_false (s_has (http, "id: 9\n"));
    s_append (self, "1");
    test_until (self->gateway->loop, s_has (http, "id: 100\n"));
}

static void
test_a_log_that_is_not_there_yet_is_waited_for (void **state)
{
    world_t *self = *state;
    s_start (self, NULL);
    http_t *http = self->gateway->others[0] = s_follow (self, "/all", NULL);
    s_append (self, "1");
    test_until (self->gateway->loop, s_has (http, "id: 0\n"));
}

static void
test_what_was_trimmed_is_said_to_be_lost (void **state)
{
    world_t *self = *state;
    s_start (self, NULL);
    for (int i = 0; i < 5; i++)
        s_append (self, "1");
    s_call (self, "log.trim", "3", "");
    http_t *http = self->gateway->others[0] =
        s_follow (self, "/new", "Last-Event-ID: 0\r\n");
    test_until (self->gateway->loop, s_has (http, "id: 4\n"));
    assert_true (s_has (http, "event: lost\ndata: {\"from\":1,\"to\":3}\n\n"));
    assert_false (s_has (http, "id: 2\n"));
}

static void
test_a_server_that_is_restarted_is_followed_and_nothing_is_missing (
    void **state)
{
    world_t *self = *state;
    s_start (self, NULL);
    s_append (self, "1");
    http_t *http = self->gateway->others[0] = s_follow (self, "/all", NULL);
    test_until (self->gateway->loop, s_has (http, "id: 0\n"));
    zp_eventlog_destroy (&self->log);
    test_until (self->gateway->loop, s_has (http, "event: gone"));
    s_start_log (self);
    s_append (self, "2");
    test_until (self->gateway->loop, s_has (http, "id: 1\n"));
    assert_true (s_has (http, "event: back"));
    s_append (self, "3");
    test_until (self->gateway->loop, s_has (http, "id: 2\n"));
}

static void
test_a_client_can_be_far_behind_and_its_buffer_small (void **state)
{
    world_t *self = *state;
    s_start (self, "'stream_bytes':30000");
    char body[2001];
    memset (body, '1', 2000);
    body[2000] = 0;
    for (int i = 0; i < 200; i++)
        s_append (self, body);
    http_t *http = self->gateway->others[0] = s_follow (self, "/all", NULL);
    test_until (self->gateway->loop, s_has (http, "id: 199\n"));
    assert_false (s_has (http, "event: end"));
    for (int i = 0; i < 200; i++) {
        char id[20];
        snprintf (id, sizeof id, "id: %d\n", i);
        assert_true (s_has (http, id));
    }
}

#define log_test(test)                                                         \
    cmocka_unit_test_setup_teardown (test, s_set_up, s_tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        log_test (test_all_events_of_a_log_come_in_order),
        log_test (test_who_asks_for_what_is_new_gets_that),
        log_test (test_who_was_away_goes_on_where_it_was),
        log_test (test_a_log_that_is_not_there_yet_is_waited_for),
        log_test (test_what_was_trimmed_is_said_to_be_lost),
        log_test (
            test_a_server_that_is_restarted_is_followed_and_nothing_is_missing),
        log_test (test_a_client_can_be_far_behind_and_its_buffer_small),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
