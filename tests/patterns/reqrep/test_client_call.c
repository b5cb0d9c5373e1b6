//  SPDX-License-Identifier: MIT
//
//  The blocking call, and calls and endpoints that make no sense.

#include "fixture.h"
#include "server_thread.h"

static void
s_refuse (zp_request_t *request, void *arg)
{
    (void) arg;
    zp_request_fail (&request, ZP_PERMISSION_DENIED, "%s may not %s", "Bob",
                     "rent");
}

static void
s_reply_nothing (zp_request_t *request, void *arg)
{
    (void) arg;
    zp_request_reply_parts (&request, NULL, 0);
}

static void
s_add_methods (zp_server_t *server, void *arg)
{
    zp_server_method (server, "echo", handle_echo, arg);
    zp_server_method (server, "stream", handle_stream, arg);
    zp_server_method (server, "refuse", s_refuse, arg);
    zp_server_method (server, "nothing", s_reply_nothing, arg);
}

typedef struct {
    zactor_t *server;     // In a thread
    zp_client_t *client;  // With a loop of its own
    zchunk_t *reply;      // To the last call
} s_blocking_t;

static int
s_set_up (void **state)
{
    s_blocking_t *self = zmalloc (sizeof *self);
    const char *endpoint = peer_new_endpoint ();
    self->server = server_thread_new (endpoint, NULL, s_add_methods, NULL);
    self->client = zp_client_new (NULL, NULL);
    assert_int_equal (zp_client_connect (self->client, endpoint), ZP_OK);
    *state = self;
    return 0;
}

static int
s_tear_down (void **state)
{
    s_blocking_t *self = *state;
    zchunk_destroy (&self->reply);
    zp_client_destroy (&self->client);
    zactor_destroy (&self->server);
    free (self);
    return 0;
}

static void
test_a_call_returns_the_reply (void **state)
{
    s_blocking_t *self = *state;
    for (int i = 0; i < 10; i++) {
        char text[20];
        snprintf (text, sizeof text, "text %d", i);
        assert_int_equal (zp_client_call (self->client, "echo", text,
                                          strlen (text), TEST_PATIENCE_MS,
                                          &self->reply),
                          ZP_OK);
        assert_true (zchunk_streq (self->reply, text));
        assert_string_equal (zp_client_error (self->client), "");
        zchunk_destroy (&self->reply);
    }
    zp_client_stats_t stats;
    zp_client_stats (self->client, &stats);
    assert_int_equal (stats.succeeded, 10);
    assert_int_equal (stats.in_flight, 0);
}

static void
test_a_large_reply_is_whole (void **state)
{
    s_blocking_t *self = *state;
    size_t size = 8 << 20;
    uint8_t *data = zmalloc (size);
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t) (i * i >> 8);
    assert_int_equal (zp_client_call (self->client, "echo", data, size,
                                      TEST_PATIENCE_MS, &self->reply),
                      ZP_OK);
    assert_int_equal (zchunk_size (self->reply), size);
    assert_memory_equal (zchunk_data (self->reply), data, size);
    free (data);
}

static void
test_a_reply_without_parts_is_an_empty_chunk (void **state)
{
    s_blocking_t *self = *state;
    assert_int_equal (zp_client_call (self->client, "nothing", NULL, 0,
                                      TEST_PATIENCE_MS, &self->reply),
                      ZP_OK);
    assert_non_null (self->reply);
    assert_int_equal (zchunk_size (self->reply), 0);
}

static void
test_a_failed_call_returns_its_status_and_text (void **state)
{
    s_blocking_t *self = *state;
    self->reply = (zchunk_t *) self;  // To see that it is set
    assert_int_equal (zp_client_call (self->client, "refuse", NULL, 0,
                                      TEST_PATIENCE_MS, &self->reply),
                      ZP_PERMISSION_DENIED);
    assert_null (self->reply);
    assert_string_equal (zp_client_error (self->client), "Bob may not rent");
}

static void
test_an_unknown_method_is_unimplemented (void **state)
{
    s_blocking_t *self = *state;
    assert_int_equal (zp_client_call (self->client, "ecko", NULL, 0,
                                      TEST_PATIENCE_MS, &self->reply),
                      ZP_UNIMPLEMENTED);
    assert_non_null (strstr (zp_client_error (self->client), "'ecko'"));
}

static void
test_of_a_stream_the_call_returns_the_first_piece (void **state)
{
    s_blocking_t *self = *state;
    assert_int_equal (zp_client_call (self->client, "stream", "piece", 5,
                                      TEST_PATIENCE_MS, &self->reply),
                      ZP_OK);
    assert_true (zchunk_streq (self->reply, "piece"));
}

static void
test_a_call_with_several_arguments_returns_all_parts (void **state)
{
    s_blocking_t *self = *state;
    const zp_span_t args[] = {{"one", 3}, {NULL, 0}, {"\0\xff", 2}};
    zmsg_t *reply;
    assert_int_equal (zp_client_call_parts (self->client, "echo", args, 3,
                                            TEST_PATIENCE_MS, &reply),
                      ZP_OK);
    assert_int_equal (zmsg_size (reply), 3);
    zframe_t *part = zmsg_first (reply);
    for (size_t i = 0; i < 3; i++, part = zmsg_next (reply)) {
        assert_int_equal (zframe_size (part), args[i].size);
        assert_memory_equal (zframe_data (part), args[i].data, args[i].size);
    }
    zmsg_destroy (&reply);
    assert_int_equal (zp_client_call_parts (self->client, "nothing", NULL, 0,
                                            TEST_PATIENCE_MS, &reply),
                      ZP_OK);
    assert_int_equal (zmsg_size (reply), 0);
    zmsg_destroy (&reply);
}

static void
test_of_a_stream_of_parts_the_call_returns_the_first_piece (void **state)
{
    s_blocking_t *self = *state;
    const zp_span_t args[] = {{"first", 5}, {"second", 6}};
    zmsg_t *reply;
    assert_int_equal (zp_client_call_parts (self->client, "stream", args, 2,
                                            TEST_PATIENCE_MS, &reply),
                      ZP_OK);
    assert_int_equal (zmsg_size (reply), 1);
    assert_true (zframe_streq (zmsg_first (reply), "first"));
    zmsg_destroy (&reply);
}

static void
test_a_failed_call_with_several_arguments_returns_no_parts (void **state)
{
    s_blocking_t *self = *state;
    zmsg_t *reply = (zmsg_t *) self;  // To see that it is set
    assert_int_equal (zp_client_call_parts (self->client, "refuse", NULL, 0,
                                            TEST_PATIENCE_MS, &reply),
                      ZP_PERMISSION_DENIED);
    assert_null (reply);
    assert_string_equal (zp_client_error (self->client), "Bob may not rent");
    reply = (zmsg_t *) self;
    assert_int_equal (
        zp_client_call_parts (self->client, "echo", NULL, 0, 0, &reply),
        ZP_INVALID_ARGUMENT);
    assert_null (reply);
}

//  A thread with a service that sends garbage before each reply
static void
s_be_mad (zsock_t *pipe, void *arg)
{
    zsock_t *socket = zsock_new (ZMQ_ROUTER);
    zsock_bind (socket, "%s", (const char *) arg);
    zpoller_t *poller = zpoller_new (pipe, socket, NULL);
    zsock_signal (pipe, 0);
    while (zpoller_wait (poller, -1) == socket) {
        zmsg_t *request = zmsg_recv (socket);
        for (size_t frames = 1; frames <= 100; frames++) {
            zframe_t *id = zframe_dup (zmsg_first (request));
            zmsg_t *garbage = zmsg_new ();
            zmsg_append (garbage, &id);
            for (size_t i = 0; i < frames; i++)
                zmsg_addstr (garbage, "garbage");
            zmsg_send (&garbage, socket);
        }
        zmsg_send (&request, socket);
    }
    zpoller_destroy (&poller);
    zsock_destroy (&socket);
}

static void
test_a_call_is_not_disturbed_by_garbage (void **state)
{
    (void) state;
    char endpoint[64];
    snprintf (endpoint, sizeof endpoint, "%s", peer_new_endpoint ());
    zactor_t *mad = zactor_new (s_be_mad, endpoint);
    zp_client_t *client = zp_client_new (NULL, NULL);
    zp_client_connect (client, endpoint);
    for (uint64_t calls = 1; calls <= 3; calls++) {
        zchunk_t *reply;
        assert_int_equal (zp_client_call (client, "echo", "text", 4,
                                          TEST_PATIENCE_MS, &reply),
                          ZP_OK);
        //  Method and argument come back: of these it is the first
        assert_true (zchunk_streq (reply, "echo"));
        zchunk_destroy (&reply);
        zp_client_stats_t stats;
        zp_client_stats (client, &stats);
        assert_int_equal (stats.garbage, 100 * calls);
    }
    zp_client_destroy (&client);
    zactor_destroy (&mad);
}

static void
test_a_call_that_makes_no_sense_is_an_invalid_argument (void **state)
{
    s_blocking_t *self = *state;
    self->reply = (zchunk_t *) self;  // To see that it is set
    assert_int_equal (
        zp_client_call (self->client, "echo", "x", 1, 0, &self->reply),
        ZP_INVALID_ARGUMENT);
    assert_null (self->reply);
    assert_string_not_equal (zp_client_error (self->client), "");
}

static void
test_a_call_ends_by_its_deadline (void **state)
{
    (void) state;
    zp_client_t *client = zp_client_new (NULL, NULL);
    zp_client_connect (client, peer_new_endpoint ());
    zchunk_t *reply;
    int64_t start_ms = zclock_mono ();
    assert_int_equal (zp_client_call (client, "echo", NULL, 0, 60, &reply),
                      ZP_UNAVAILABLE);
    assert_true (zclock_mono () - start_ms >= 60);
    assert_null (reply);
    assert_string_not_equal (zp_client_error (client), "");
    zp_client_destroy (&client);
}

//  A thread with a service that takes two requests, answers the first and is
//  gone
static void
s_die (zsock_t *pipe, void *arg)
{
    zsock_t *socket = zsock_new (ZMQ_ROUTER);
    zsock_bind (socket, "%s", (const char *) arg);
    zsock_signal (pipe, 0);
    zmsg_t *request = zmsg_recv (socket);
    zmsg_send (&request, socket);
    request = zmsg_recv (socket);
    zmsg_destroy (&request);
    zsock_destroy (&socket);
    zstr_free (&(char *){zstr_recv (pipe)});
}

static void
test_a_call_whose_server_dies_ends_at_once (void **state)
{
    (void) state;
    char endpoint[64];
    snprintf (endpoint, sizeof endpoint, "%s", peer_new_endpoint ());
    zactor_t *server = zactor_new (s_die, endpoint);
    zp_client_options_t options = ZP_CLIENT_DEFAULTS;
    options.max_attempts = 1;
    zp_client_t *client = zp_client_new (NULL, &options);
    zp_client_connect (client, endpoint);
    zchunk_t *reply;
    assert_int_equal (
        zp_client_call (client, "echo", "x", 1, TEST_PATIENCE_MS, &reply),
        ZP_OK);
    zchunk_destroy (&reply);
    int64_t start_ms = zclock_mono ();
    assert_int_equal (
        zp_client_call (client, "echo", "x", 1, TEST_PATIENCE_MS, &reply),
        ZP_UNKNOWN);
    assert_true (zclock_mono () - start_ms < TEST_PATIENCE_MS / 2);
    zp_client_destroy (&client);
    zactor_destroy (&server);
}

//  Expect the call to be refused, and nothing to have changed
static void
s_expect_refusal (zp_client_t *client, const zp_call_t *call,
                  zp_status_t status)
{
    zp_client_stats_t before, after;
    zp_client_stats (client, &before);
    uint64_t id = 7;
    assert_int_equal (zp_client_start (client, call, &id), status);
    assert_true (id == 0);
    assert_string_not_equal (zp_client_error (client), "");
    zp_client_stats (client, &after);
    assert_memory_equal (&before, &after, sizeof before);
}

static void
test_calls_that_make_no_sense_are_invalid_arguments (void **state)
{
    s_blocking_t *self = *state;
    char name[257];
    memset (name, 'a', sizeof name);
    name[256] = 0;
    zp_span_t args[ZP_ENVELOPE_PARTS_MAX] = {{NULL, 0}};
    const zp_call_t good = {.method = "echo",
                            .args = args,
                            .timeout_ms = TEST_PATIENCE_MS,
                            .fn = outcome_note};
    zp_call_t bad = good;
    bad.method = NULL;
    s_expect_refusal (self->client, &bad, ZP_INVALID_ARGUMENT);
    bad.method = "";
    s_expect_refusal (self->client, &bad, ZP_INVALID_ARGUMENT);
    bad.method = name;
    s_expect_refusal (self->client, &bad, ZP_INVALID_ARGUMENT);
    bad = good;
    bad.timeout_ms = 0;
    s_expect_refusal (self->client, &bad, ZP_INVALID_ARGUMENT);
    bad.timeout_ms = -1;
    s_expect_refusal (self->client, &bad, ZP_INVALID_ARGUMENT);
    bad = good;
    bad.count = ZP_ENVELOPE_PARTS_MAX;
    s_expect_refusal (self->client, &bad, ZP_INVALID_ARGUMENT);

    //  Too large, in one part or together; none of it may be read
    bad.count = 1;
    const size_t sizes[] = {16 << 20, (size_t) 2 << 30, SIZE_MAX};
    for (size_t i = 0; i < 3; i++) {
        args[0] = (zp_span_t){"", sizes[i]};
        s_expect_refusal (self->client, &bad, ZP_INVALID_ARGUMENT);
    }
    bad.count = 63;
    for (int i = 0; i < 63; i++)
        args[i] = (zp_span_t){"", SIZE_MAX / 63 + 1};
    s_expect_refusal (self->client, &bad, ZP_INVALID_ARGUMENT);

    //  As good as before
    assert_int_equal (zp_client_call (self->client, "echo", "x", 1,
                                      TEST_PATIENCE_MS, &self->reply),
                      ZP_OK);
}

static void
test_the_longest_name_and_most_arguments_are_served (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_client (self, NULL);
    char name[256];
    memset (name, 'a', sizeof name);
    name[255] = 0;
    zp_server_method (self->server, name, handle_echo, NULL);
    zp_span_t args[ZP_ENVELOPE_PARTS_MAX - 1] = {{NULL, 0}};
    zp_call_t call = {.method = name,
                      .args = args,
                      .count = ZP_ENVELOPE_PARTS_MAX - 1,
                      .timeout_ms = TEST_PATIENCE_MS,
                      .fn = outcome_note,
                      .arg = &self->outcome};
    assert_int_equal (zp_client_start (self->client, &call, NULL), ZP_OK);
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
    assert_int_equal (self->outcome.count, ZP_ENVELOPE_PARTS_MAX - 1);
}

static void
test_without_an_endpoint_no_call_can_be_made (void **state)
{
    fixture_t *self = *state;
    self->client = zp_client_new (self->loop, NULL);
    const zp_call_t call = {
        .method = "echo", .timeout_ms = 1000, .fn = outcome_note};
    s_expect_refusal (self->client, &call, ZP_FAILED_PRECONDITION);
}

static void
test_endpoints_that_make_no_sense_are_invalid_arguments (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    const char *bad[] = {
        "",       "nonsense", "tcp://",           "tcp://127.0.0.1",
        "ipc://", "http://x", "tcp://127.0.0.1:", "tcp://127.0.0.1:port",
        "%s%s%n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (zp_client_connect (self->client, bad[i]) != ZP_INVALID_ARGUMENT)
            fail_msg ("'%s' was taken", bad[i]);
        assert_non_null (strstr (zp_client_error (self->client), bad[i]));
        assert_int_equal (zp_client_endpoints (self->client), 1);
    }
    fixture_fence (self);
}

static void
test_endpoints_are_told_in_the_order_they_were_added (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 2);
    fixture_client (self, NULL);
    assert_int_equal (zp_client_endpoints (self->client), 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal (fixture_endpoint (self, i).name,
                             peer_endpoint (self->service[i]));
        assert_int_equal (fixture_endpoint (self, i).outstanding, 0);
        assert_true (fixture_endpoint (self, i).up);
        assert_int_equal (fixture_endpoint (self, i).breaker,
                          ZP_BREAKER_CLOSED);
    }
}

int
main (void)
{
#define blocking_test(test)                                                    \
    cmocka_unit_test_setup_teardown (test, s_set_up, s_tear_down)
    const struct CMUnitTest tests[] = {
        blocking_test (test_a_call_returns_the_reply),
        blocking_test (test_a_large_reply_is_whole),
        blocking_test (test_a_reply_without_parts_is_an_empty_chunk),
        blocking_test (test_a_failed_call_returns_its_status_and_text),
        blocking_test (test_an_unknown_method_is_unimplemented),
        blocking_test (test_of_a_stream_the_call_returns_the_first_piece),
        blocking_test (test_a_call_with_several_arguments_returns_all_parts),
        blocking_test (
            test_of_a_stream_of_parts_the_call_returns_the_first_piece),
        blocking_test (
            test_a_failed_call_with_several_arguments_returns_no_parts),
        cmocka_unit_test (test_a_call_is_not_disturbed_by_garbage),
        blocking_test (test_a_call_that_makes_no_sense_is_an_invalid_argument),
        cmocka_unit_test (test_a_call_ends_by_its_deadline),
        cmocka_unit_test (test_a_call_whose_server_dies_ends_at_once),
        blocking_test (test_calls_that_make_no_sense_are_invalid_arguments),
        fixture_test (test_the_longest_name_and_most_arguments_are_served),
        fixture_test (test_without_an_endpoint_no_call_can_be_made),
        fixture_test (test_endpoints_that_make_no_sense_are_invalid_arguments),
        fixture_test (test_endpoints_are_told_in_the_order_they_were_added),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
