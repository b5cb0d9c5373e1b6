//  SPDX-License-Identifier: MIT
//
//  What SIGINT and SIGTERM do to a blocking call and to a running server, each
//  in a process of its own.

#include <jansson.h>
#include <signal.h>

#include "child.h"
#include "fixture.h"

//  The child: a client that calls, and prints what became of it

static int
s_be_client (const char *endpoint)
{
    zp_client_t *client = zp_client_new (NULL, NULL);
    zp_client_connect (client, endpoint);
    for (int i = 0; i < 2; i++) {
        zchunk_t *reply;
        zp_status_t status =
            zp_client_call (client, "work", NULL, 0, TEST_PATIENCE_MS, &reply);
        printf ("%s: %s\n", zp_status_name (status), zp_client_error (client));
        zchunk_destroy (&reply);
    }
    zp_client_destroy (&client);
    return 0;
}

//  The child: a server that drains when it is told to, and prints how that went

static int
s_reply_late (zloop_t *loop, int timer_id, void *arg)
{
    (void) loop;
    (void) timer_id;
    zp_request_t *request = arg;
    zp_request_reply (&request, "late", 4);
    return 0;
}

static void
s_handle_later (zp_request_t *request, void *loop)
{
    zloop_timer (loop, 600, 1, s_reply_late, request);
}

static int
s_be_server (const char *endpoint, const char *drain_ms)
{
    zloop_t *loop = zloop_new ();
    zp_server_options_t options = ZP_SERVER_DEFAULTS;
    options.drain_ms = atoi (drain_ms);
    zp_server_t *server = zp_server_new (loop, &options);
    held_t held = {.count = 0};
    zp_server_method (server, "hold", handle_hold, &held);
    zp_server_method (server, "later", s_handle_later, loop);
    if (zp_server_bind (server, endpoint) != ZP_OK)
        return 1;
    printf ("%s\n", zp_status_name (zp_server_run (server)));
    fflush (stdout);
    zp_server_destroy (&server);
    zloop_destroy (&loop);
    return 0;
}

static void
s_test_blocking_call (fixture_t *self, int signal)
{
    fixture_services (self, 1);
    child_t *child =
        child_new ("client", peer_endpoint (self->service[0]), NULL);
    test_until (self->loop, peer_count (self->service[0]) == 1);
    test_until (self->loop, child_waits (child));
    child_signal (child, signal);
    assert_true (child_says (child, "CANCELLED: interrupted"));
    //  The program is to end: the next call does not even begin to wait
    assert_true (child_says (child, "CANCELLED: interrupted"));
    assert_int_equal (child_end (child), 0);
    child_destroy (&child);
}

static void
test_sigint_ends_a_blocking_call (void **state)
{
    s_test_blocking_call (*state, SIGINT);
}

static void
test_sigterm_ends_a_blocking_call (void **state)
{
    s_test_blocking_call (*state, SIGTERM);
}

//  Start a server, and have it take a request for the method
static child_t *
s_start_server (fixture_t *self, const char *drain_ms, const char *method)
{
    const char *endpoint = peer_new_endpoint ();
    child_t *child = child_new ("server", endpoint, drain_ms);
    self->caller[0] = peer_new_caller (self->loop, endpoint);
    if (method)
        peer_request (self->caller[0], 0, method, "");
    peer_request (self->caller[0], 1, "zp.ping", "");
    test_until (self->loop, peer_count (self->caller[0]) == 1);
    test_until (self->loop, child_waits (child));
    return child;
}

static bool
s_says_it_drains (const letter_t *info)
{
    json_t *said = json_loadb (info->part[0].data, info->part[0].size, 0, NULL);
    bool drains = json_is_true (json_object_get (said, "draining"));
    json_decref (said);
    return drains;
}

//  Signal it, and see that it refuses requests as soon as it says that it
//  drains
static void
s_expect_draining (fixture_t *self, child_t *child)
{
    child_signal (child, SIGTERM);
    peer_t *asker =
        peer_new_caller (self->loop, peer_endpoint (self->caller[0]));
    size_t asked = 0;
    do {
        peer_request (asker, asked++, "zp.info", "");
        test_until (self->loop, peer_count (asker) == asked);
    } while (!s_says_it_drains (peer_letter (asker, asked - 1)));
    peer_destroy (&asker);

    peer_request (self->caller[0], 2, "hold", "");
    test_until (self->loop, peer_count (self->caller[0]) == 2);
    const letter_t *refusal = peer_letter (self->caller[0], 1);
    assert_int_equal (refusal->envelope.status, ZP_UNAVAILABLE);
    assert_true (refusal->envelope.serial == 2);
    assert_true (letter_says (refusal, 0, "server is shutting down"));
}

//  Expect this to be the end of the request that the server took first
static void
s_expect_end (fixture_t *self, zp_status_t status, const char *text)
{
    test_until (self->loop, peer_count (self->caller[0]) == 3);
    const letter_t *end = peer_letter (self->caller[0], 2);
    assert_int_equal (end->envelope.status, status);
    assert_true (end->envelope.serial == 0);
    assert_true (letter_says (end, 0, text));
}

static void
s_test_idle_server (fixture_t *self, int signal)
{
    child_t *child = s_start_server (self, "30000", NULL);
    child_signal (child, signal);
    assert_true (child_says (child, "OK"));
    assert_int_equal (child_end (child), 0);
    child_destroy (&child);
}

static void
test_sigint_ends_an_idle_server (void **state)
{
    s_test_idle_server (*state, SIGINT);
}

static void
test_sigterm_ends_an_idle_server (void **state)
{
    s_test_idle_server (*state, SIGTERM);
}

static void
test_after_sigterm_a_server_finishes_what_it_has_begun (void **state)
{
    fixture_t *self = *state;
    child_t *child = s_start_server (self, "30000", "later");
    s_expect_draining (self, child);
    s_expect_end (self, ZP_OK, "late");
    assert_true (child_says (child, "OK"));
    assert_int_equal (child_end (child), 0);
    child_destroy (&child);
}

static void
test_after_drain_ms_a_server_ends_all_the_same (void **state)
{
    fixture_t *self = *state;
    child_t *child = s_start_server (self, "1000", "hold");
    s_expect_draining (self, child);
    s_expect_end (self, ZP_UNAVAILABLE, "server has shut down");
    assert_true (child_says (child, "DEADLINE_EXCEEDED"));
    assert_int_equal (child_end (child), 0);
    child_destroy (&child);
}

static void
test_a_second_signal_does_not_wait_for_that (void **state)
{
    fixture_t *self = *state;
    child_t *child = s_start_server (self, "3600000", "hold");
    s_expect_draining (self, child);
    test_until (self->loop, child_waits (child));
    child_signal (child, SIGTERM);
    s_expect_end (self, ZP_UNAVAILABLE, "server has shut down");
    assert_true (child_says (child, "DEADLINE_EXCEEDED"));
    assert_int_equal (child_end (child), 0);
    child_destroy (&child);
}

int
main (int argc, char **argv)
{
    if (argc > 2 && strcmp (argv[1], "client") == 0)
        return s_be_client (argv[2]);
    if (argc > 3 && strcmp (argv[1], "server") == 0)
        return s_be_server (argv[2], argv[3]);
    const struct CMUnitTest tests[] = {
        fixture_test (test_sigint_ends_a_blocking_call),
        fixture_test (test_sigterm_ends_a_blocking_call),
        fixture_test (test_sigint_ends_an_idle_server),
        fixture_test (test_sigterm_ends_an_idle_server),
        fixture_test (test_after_sigterm_a_server_finishes_what_it_has_begun),
        fixture_test (test_after_drain_ms_a_server_ends_all_the_same),
        fixture_test (test_a_second_signal_does_not_wait_for_that),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
