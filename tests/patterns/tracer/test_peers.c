//  SPDX-License-Identifier: MIT
//
//  What is counted of whom is called.

#include "zp_tracer_peers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "test_seed.h"
#include "zp_status.h"

#define ENDPOINTS 5

static const char *
s_count (zp_tracer_peers_t *peers, zp_tap_what_t what, const char *endpoint,
         zp_envelope_t envelope, bool late)
{
    return zp_tracer_peers_count (peers,
                                  &(zp_tap_event_t){.what = what,
                                                    .envelope = &envelope,
                                                    .endpoint = endpoint,
                                                    .late = late});
}

//  One call to an endpoint, as a client tells of it; counted here as well
static void
s_call (zp_tracer_peers_t *peers, const char *endpoint, zp_tracer_peer_t *books,
        uint64_t *random)
{
    zp_envelope_t envelope = {.kind = ZP_REQUEST, .client = 1};
    bool heard = false;
    while (!heard && envelope.attempt < 3) {
        envelope.attempt++;
        envelope.status = ZP_OK;
        s_count (peers, ZP_TAP_SENT, endpoint, envelope, false);
        books->sent++;
        books->retries += envelope.attempt > 1;
        int what = test_below (random, 4);
        if (what == 0)
            envelope.status = ZP_DEADLINE_EXCEEDED;
        if (what == 1)
            envelope.status = ZP_CANCELLED;
        if (what < 2) {
            books->lost += what == 0;
            s_count (peers, ZP_TAP_LOST, endpoint, envelope, false);
            continue;
        }
        if (what == 3) {
            envelope.kind = ZP_PARTIAL;
            s_count (peers, ZP_TAP_HEARD, endpoint, envelope, false);
            books->pieces++;
        }
        envelope.kind = ZP_REPLY;
        s_count (peers, ZP_TAP_HEARD, endpoint, envelope, false);
        heard = true;
    }
    s_count (peers, ZP_TAP_ENDED, endpoint, envelope, false);
    books->ok += envelope.status == ZP_OK;
    books->failed +=
        envelope.status != ZP_OK && envelope.status != ZP_CANCELLED;
    //  One that comes when nobody waits any more
    s_count (peers, ZP_TAP_HEARD, endpoint, envelope, true);
}

static void
test_the_sums_are_right_by_endpoint (void **state)
{
    (void) state;
    uint64_t random = test_seed ();
    zp_tracer_peers_t *peers = zp_tracer_peers_new ();
    zp_tracer_peer_t books[ENDPOINTS] = {{.sent = 0}};
    char name[ENDPOINTS][32];
    for (int i = 0; i < ENDPOINTS; i++) {
        snprintf (name[i], sizeof name[i], "tcp://host:%d", i);
        s_call (peers, name[i], &books[i], &random);
    }
    for (int i = 0; i < 1000; i++) {
        int number = test_below (&random, ENDPOINTS);
        s_call (peers, name[number], &books[number], &random);
    }
    const zp_tracer_peer_t *all;
    assert_int_equal (zp_tracer_peers_all (peers, &all), ENDPOINTS);
    for (int i = 0; i < ENDPOINTS; i++) {
        assert_string_equal (all[i].endpoint, name[i]);
        assert_true (all[i].sent == books[i].sent);
        assert_true (all[i].retries == books[i].retries);
        assert_true (all[i].lost == books[i].lost);
        assert_true (all[i].pieces == books[i].pieces);
        assert_true (all[i].ok == books[i].ok);
        assert_true (all[i].failed == books[i].failed);
        assert_true (all[i].in_flight == 0);
    }
    zp_tracer_peers_destroy (&peers);
}

static void
test_what_is_out_is_in_flight (void **state)
{
    (void) state;
    zp_tracer_peers_t *peers = zp_tracer_peers_new ();
    zp_envelope_t request = {.kind = ZP_REQUEST, .client = 1, .attempt = 1};
    zp_envelope_t piece = {.kind = ZP_PARTIAL, .client = 1, .attempt = 1};
    s_count (peers, ZP_TAP_SENT, "a", request, false);
    s_count (peers, ZP_TAP_SENT, "a", request, false);
    s_count (peers, ZP_TAP_HEARD, "a", piece, false);
    const zp_tracer_peer_t *all;
    assert_int_equal (zp_tracer_peers_all (peers, &all), 1);
    assert_true (all[0].in_flight == 2);
    zp_tracer_peers_destroy (&peers);
}

static void
test_a_breaker_is_as_told_last (void **state)
{
    (void) state;
    zp_tracer_peers_t *peers = zp_tracer_peers_new ();
    zp_envelope_t none = {.client = 1};
    zp_tap_event_t event = {.what = ZP_TAP_BREAKER,
                            .envelope = &none,
                            .endpoint = "a",
                            .breaker = ZP_BREAKER_OPEN};
    zp_tracer_peers_count (peers, &event);
    const zp_tracer_peer_t *all;
    zp_tracer_peers_all (peers, &all);
    assert_int_equal (all[0].breaker, ZP_BREAKER_OPEN);
    event.breaker = ZP_BREAKER_HALF_OPEN;
    zp_tracer_peers_count (peers, &event);
    assert_int_equal (all[0].breaker, ZP_BREAKER_HALF_OPEN);
    zp_tracer_peers_destroy (&peers);
}

static void
test_a_servers_events_are_nobodys (void **state)
{
    (void) state;
    zp_tracer_peers_t *peers = zp_tracer_peers_new ();
    zp_envelope_t request = {.kind = ZP_REQUEST, .client = 1};
    assert_null (s_count (peers, ZP_TAP_TOOK, NULL, request, false));
    const zp_tracer_peer_t *all;
    const uint64_t *ids;
    assert_int_equal (zp_tracer_peers_all (peers, &all), 0);
    assert_int_equal (zp_tracer_peers_clients (peers, &ids), 0);
    zp_tracer_peers_destroy (&peers);
}

static void
test_more_peers_than_fit_are_not_counted (void **state)
{
    (void) state;
    zp_tracer_peers_t *peers = zp_tracer_peers_new ();
    zp_envelope_t request = {.kind = ZP_REQUEST, .client = 1};
    for (int i = 0; i < ZP_TRACER_PEERS + 10; i++) {
        char name[32];
        snprintf (name, sizeof name, "tcp://host:%d", i);
        const char *kept = s_count (peers, ZP_TAP_SENT, name, request, false);
        if (i < ZP_TRACER_PEERS)
            assert_string_equal (kept, name);
        else
            assert_null (kept);
    }
    const zp_tracer_peer_t *all;
    assert_int_equal (zp_tracer_peers_all (peers, &all), ZP_TRACER_PEERS);
    zp_tracer_peers_destroy (&peers);
}

static void
test_the_last_clients_are_known_each_once (void **state)
{
    (void) state;
    zp_tracer_peers_t *peers = zp_tracer_peers_new ();
    for (uint64_t id = 1; id <= ZP_TRACER_CLIENTS + 1; id++)
        for (int twice = 0; twice < 2; twice++)
            s_count (peers, ZP_TAP_SENT, "a",
                     (zp_envelope_t){.kind = ZP_REQUEST, .client = id}, false);
    const uint64_t *ids;
    assert_int_equal (zp_tracer_peers_clients (peers, &ids), ZP_TRACER_CLIENTS);
    uint64_t sum = 0;
    for (size_t i = 0; i < ZP_TRACER_CLIENTS; i++)
        sum += ids[i];
    //  All but the first
    uint64_t last = ZP_TRACER_CLIENTS + 1;
    assert_true (sum == last * (last + 1) / 2 - 1);
    zp_tracer_peers_destroy (&peers);
    zp_tracer_peers_destroy (&peers);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_the_sums_are_right_by_endpoint),
        cmocka_unit_test (test_what_is_out_is_in_flight),
        cmocka_unit_test (test_a_breaker_is_as_told_last),
        cmocka_unit_test (test_a_servers_events_are_nobodys),
        cmocka_unit_test (test_more_peers_than_fit_are_not_counted),
        cmocka_unit_test (test_the_last_clients_are_known_each_once),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
