//  SPDX-License-Identifier: MIT

#include "zp_breaker.h"
#include "test_seed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

//  Small numbers, and no jitter: 3 of the last 6 calls open it for a second.

static const zp_breaker_options_t s_small = {
    .window = 6,
    .min_calls = 4,
    .failure_percent = 50,
    .slow_ms = 0,
    .slow_percent = 100,
    .open_ms = 1000,
    .open_jitter_percent = 0,
    .probes = 3,
    .probe_lease_ms = 100,
};

static zp_breaker_ticket_t
s_allowed (zp_breaker_t *breaker, int64_t now_ms)
{
    zp_breaker_ticket_t ticket = {0};
    assert_true (zp_breaker_allow (breaker, now_ms, &ticket));
    return ticket;
}

static void
s_assert_refused (zp_breaker_t *breaker, int64_t now_ms)
{
    zp_breaker_ticket_t ticket = {.number = 77, .probe = 88};
    assert_false (zp_breaker_allow (breaker, now_ms, &ticket));
    assert_true (ticket.number == 77 && ticket.probe == 88);
}

static void
s_report (zp_breaker_t *breaker, int64_t now_ms, zp_breaker_ticket_t ticket,
          bool ok)
{
    zp_breaker_report (breaker, now_ms, ticket, ok, 0, 0);
}

//  Calls at time 0 whose outcomes are the letters: o for ok, x for failed

static void
s_calls (zp_breaker_t *breaker, const char *outcomes)
{
    for (; *outcomes; outcomes++)
        s_report (breaker, 0, s_allowed (breaker, 0), *outcomes == 'o');
}

static void
s_assert_state (const zp_breaker_t *breaker, int64_t now_ms,
                zp_breaker_state_t state)
{
    assert_string_equal (
        zp_breaker_state_name (zp_breaker_state (breaker, now_ms)),
        zp_breaker_state_name (state));
}

//  A small breaker that opened at time 0

static zp_breaker_t *
s_open_breaker (void)
{
    zp_breaker_t *breaker = zp_breaker_new (&s_small);
    s_calls (breaker, "xxxx");
    s_assert_state (breaker, 0, ZP_BREAKER_OPEN);
    return breaker;
}

static void
test_a_new_breaker_is_closed (void **state)
{
    (void) state;
    zp_breaker_t *breaker = zp_breaker_new (NULL);
    s_assert_state (breaker, 0, ZP_BREAKER_CLOSED);
    assert_int_equal (zp_breaker_retry_after (breaker, 0), 0);
    zp_breaker_destroy (&breaker);
}

static void
test_the_defaults_open_at_half_of_20_calls_for_10_s (void **state)
{
    (void) state;
    zp_breaker_t *breaker = zp_breaker_new (NULL);
    s_calls (breaker, "xxxxxxxxxx"
                      "ooooooooo");
    s_assert_state (breaker, 0, ZP_BREAKER_CLOSED);
    s_calls (breaker, "o");
    s_assert_state (breaker, 0, ZP_BREAKER_OPEN);
    assert_int_equal (zp_breaker_retry_after (breaker, 0), 10000);
    zp_breaker_destroy (&breaker);
}

static void
test_there_is_no_verdict_before_min_calls (void **state)
{
    (void) state;
    zp_breaker_t *breaker = zp_breaker_new (&s_small);
    s_calls (breaker, "xxx");
    s_assert_state (breaker, 0, ZP_BREAKER_CLOSED);
    s_calls (breaker, "o");
    s_assert_state (breaker, 0, ZP_BREAKER_OPEN);
    zp_breaker_destroy (&breaker);
}

static void
test_failures_that_left_the_window_count_no_more (void **state)
{
    (void) state;
    zp_breaker_t *breaker = zp_breaker_new (&s_small);
    s_calls (breaker, "ooooxx");
    s_calls (breaker, "ooooxx");
    s_assert_state (breaker, 0, ZP_BREAKER_CLOSED);
    s_calls (breaker, "x");
    s_assert_state (breaker, 0, ZP_BREAKER_OPEN);
    zp_breaker_destroy (&breaker);
}

static void
test_slow_calls_open_it_though_they_are_ok (void **state)
{
    (void) state;
    zp_breaker_options_t options = s_small;
    options.slow_ms = 50;
    options.slow_percent = 75;
    zp_breaker_t *breaker = zp_breaker_new (&options);
    const int elapsed_ms[] = {51, 50, 0, 51, 900};
    for (int i = 0; i < 5; i++)
        zp_breaker_report (breaker, 0, s_allowed (breaker, 0), true,
                           elapsed_ms[i], 0);
    s_assert_state (breaker, 0, ZP_BREAKER_CLOSED);  // 3 of 5 are 60 %
    zp_breaker_report (breaker, 0, s_allowed (breaker, 0), true, 51, 0);
    s_assert_state (breaker, 0, ZP_BREAKER_CLOSED);  // 4 of 6 are 66 %
    zp_breaker_report (breaker, 0, s_allowed (breaker, 0), true, 51, 0);
    zp_breaker_report (breaker, 0, s_allowed (breaker, 0), true, 51, 0);
    s_assert_state (breaker, 0, ZP_BREAKER_OPEN);  // 5 of the last 6
    zp_breaker_destroy (&breaker);
}

static void
test_no_call_is_slow_when_slow_ms_is_0 (void **state)
{
    (void) state;
    zp_breaker_t *breaker = zp_breaker_new (&s_small);
    for (int i = 0; i < 20; i++)
        zp_breaker_report (breaker, 0, s_allowed (breaker, 0), true, INT64_MAX,
                           0);
    s_assert_state (breaker, 0, ZP_BREAKER_CLOSED);
    zp_breaker_destroy (&breaker);
}

static void
test_open_refuses_until_its_time_is_over (void **state)
{
    (void) state;
    zp_breaker_t *breaker = s_open_breaker ();
    s_assert_refused (breaker, 0);
    s_assert_refused (breaker, 999);
    assert_int_equal (zp_breaker_retry_after (breaker, 400), 600);
    s_assert_state (breaker, 999, ZP_BREAKER_OPEN);
    s_assert_state (breaker, 1000, ZP_BREAKER_HALF_OPEN);
    s_allowed (breaker, 1000);
    zp_breaker_destroy (&breaker);
}

static void
test_retry_ends_open_at_once (void **state)
{
    (void) state;
    zp_breaker_t *breaker = s_open_breaker ();
    zp_breaker_retry (breaker, 400);
    s_assert_state (breaker, 400, ZP_BREAKER_HALF_OPEN);
    s_allowed (breaker, 400);
    zp_breaker_destroy (&breaker);
}

static void
test_retry_changes_nothing_unless_it_is_open (void **state)
{
    (void) state;
    zp_breaker_t *breaker = zp_breaker_new (&s_small);
    zp_breaker_retry (breaker, 0);
    s_assert_state (breaker, 0, ZP_BREAKER_CLOSED);
    zp_breaker_destroy (&breaker);

    breaker = s_open_breaker ();
    zp_breaker_ticket_t probe = s_allowed (breaker, 1000);
    zp_breaker_retry (breaker, 1000);
    zp_breaker_report (breaker, 1001, probe, false, 1, 0);
    s_assert_refused (breaker, 1001);
    zp_breaker_destroy (&breaker);
}

static void
test_jitter_prolongs_open_by_its_percentage_at_most (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    zp_breaker_options_t options = s_small;
    options.min_calls = 1;
    options.open_jitter_percent = 20;
    int64_t least = INT64_MAX;
    int64_t most = 0;
    for (int i = 0; i < 10000; i++) {
        zp_breaker_t *breaker = zp_breaker_new (&options);
        zp_breaker_report (breaker, 0, s_allowed (breaker, 0), false, 0,
                           test_random (&seed));
        int64_t open_ms = zp_breaker_retry_after (breaker, 0);
        least = open_ms < least ? open_ms : least;
        most = open_ms > most ? open_ms : most;
        zp_breaker_destroy (&breaker);
    }
    assert_in_range (least, 1000, 1010);
    assert_in_range (most, 1190, 1200);
}

static void
test_half_open_lets_so_many_probes_pass_at_once (void **state)
{
    (void) state;
    zp_breaker_t *breaker = s_open_breaker ();
    for (int i = 0; i < 3; i++)
        s_allowed (breaker, 1000);
    s_assert_refused (breaker, 1000);
    assert_int_equal (zp_breaker_retry_after (breaker, 1000), 100);
    zp_breaker_destroy (&breaker);
}

static void
test_successful_probes_close_it_with_an_empty_window (void **state)
{
    (void) state;
    zp_breaker_t *breaker = s_open_breaker ();
    for (int i = 0; i < 3; i++) {
        s_assert_state (breaker, 1000, ZP_BREAKER_HALF_OPEN);
        s_report (breaker, 1000, s_allowed (breaker, 1000), true);
    }
    s_assert_state (breaker, 1000, ZP_BREAKER_CLOSED);
    //  Nothing counts from before: three failures are no verdict again
    s_calls (breaker, "xxx");
    s_assert_state (breaker, 1000, ZP_BREAKER_CLOSED);
    zp_breaker_destroy (&breaker);
}

static void
test_the_place_of_a_probe_that_succeeded_is_not_given_again (void **state)
{
    (void) state;
    zp_breaker_t *breaker = s_open_breaker ();
    s_report (breaker, 1000, s_allowed (breaker, 1000), true);
    s_allowed (breaker, 1000);
    s_allowed (breaker, 1000);
    s_assert_refused (breaker, 1000);
    zp_breaker_destroy (&breaker);
}

static void
test_one_failed_probe_opens_it_again (void **state)
{
    (void) state;
    zp_breaker_t *breaker = s_open_breaker ();
    s_report (breaker, 1000, s_allowed (breaker, 1000), true);
    s_report (breaker, 1005, s_allowed (breaker, 1000), false);
    s_assert_refused (breaker, 1005);
    assert_int_equal (zp_breaker_retry_after (breaker, 1005), 1000);
    zp_breaker_destroy (&breaker);
}

static void
test_one_slow_probe_opens_it_again (void **state)
{
    (void) state;
    zp_breaker_options_t options = s_small;
    options.slow_ms = 50;
    zp_breaker_t *breaker = zp_breaker_new (&options);
    s_calls (breaker, "xxxx");
    zp_breaker_report (breaker, 1060, s_allowed (breaker, 1000), true, 51, 0);
    s_assert_state (breaker, 1060, ZP_BREAKER_OPEN);
    zp_breaker_destroy (&breaker);
}

static void
test_a_silent_probe_loses_its_place_after_its_lease (void **state)
{
    (void) state;
    zp_breaker_t *breaker = s_open_breaker ();
    s_allowed (breaker, 1000);
    s_allowed (breaker, 1010);
    s_allowed (breaker, 1020);
    s_assert_refused (breaker, 1099);
    assert_int_equal (zp_breaker_retry_after (breaker, 1099), 1);
    s_allowed (breaker, 1100);
    s_assert_refused (breaker, 1100);
    assert_int_equal (zp_breaker_retry_after (breaker, 1100), 10);
    zp_breaker_destroy (&breaker);
}

static void
test_probes_that_are_all_lost_do_not_wedge_it (void **state)
{
    (void) state;
    zp_breaker_t *breaker = s_open_breaker ();
    for (int round = 0; round < 5; round++)
        for (int i = 0; i < 3; i++)
            s_allowed (breaker, 1000 + round * 100);
    for (int i = 0; i < 3; i++)
        s_report (breaker, 1500, s_allowed (breaker, 1500), true);
    s_assert_state (breaker, 1500, ZP_BREAKER_CLOSED);
    zp_breaker_destroy (&breaker);
}

static void
test_a_late_report_counts_while_the_place_is_still_its_own (void **state)
{
    (void) state;
    zp_breaker_t *breaker = s_open_breaker ();
    zp_breaker_ticket_t late = s_allowed (breaker, 1000);
    s_report (breaker, 1700, late, false);
    s_assert_state (breaker, 1700, ZP_BREAKER_OPEN);
    zp_breaker_destroy (&breaker);
}

static void
test_a_report_of_a_probe_that_lost_its_place_counts_for_nothing (void **state)
{
    (void) state;
    zp_breaker_t *breaker = s_open_breaker ();
    zp_breaker_ticket_t lost = s_allowed (breaker, 1000);
    for (int i = 0; i < 3; i++)
        s_allowed (breaker, 1100);
    s_report (breaker, 1100, lost, false);
    s_assert_state (breaker, 1100, ZP_BREAKER_HALF_OPEN);
    zp_breaker_forget (breaker, lost);
    s_assert_refused (breaker, 1100);
    zp_breaker_destroy (&breaker);
}

static void
test_a_late_report_from_closed_counts_for_nothing (void **state)
{
    (void) state;
    zp_breaker_t *breaker = zp_breaker_new (&s_small);
    zp_breaker_ticket_t late = s_allowed (breaker, 0);
    s_calls (breaker, "xxxx");
    s_report (breaker, 500, late, true);
    assert_int_equal (zp_breaker_retry_after (breaker, 500), 500);
    s_allowed (breaker, 1000);
    s_report (breaker, 1000, late, false);
    s_assert_state (breaker, 1000, ZP_BREAKER_HALF_OPEN);
    zp_breaker_destroy (&breaker);
}

static void
test_a_late_report_from_before_it_closed_again_counts_for_nothing (void **state)
{
    (void) state;
    zp_breaker_t *breaker = zp_breaker_new (&s_small);
    zp_breaker_ticket_t late = s_allowed (breaker, 0);
    s_calls (breaker, "xxxx");
    for (int i = 0; i < 3; i++)
        s_report (breaker, 1000, s_allowed (breaker, 1000), true);
    s_calls (breaker, "xxx");
    for (int i = 0; i < 10; i++)
        s_report (breaker, 1000, late, false);
    s_assert_state (breaker, 1000, ZP_BREAKER_CLOSED);
    zp_breaker_destroy (&breaker);
}

static void
test_a_late_probe_does_not_count_in_the_next_half_open (void **state)
{
    (void) state;
    zp_breaker_t *breaker = s_open_breaker ();
    zp_breaker_ticket_t late = s_allowed (breaker, 1000);
    s_report (breaker, 1000, s_allowed (breaker, 1000), false);
    s_allowed (breaker, 2000);
    s_report (breaker, 2000, late, false);
    s_assert_state (breaker, 2000, ZP_BREAKER_HALF_OPEN);
    zp_breaker_destroy (&breaker);
}

static void
test_a_probe_reported_twice_counts_once (void **state)
{
    (void) state;
    zp_breaker_t *breaker = s_open_breaker ();
    zp_breaker_ticket_t ticket = s_allowed (breaker, 1000);
    s_report (breaker, 1000, ticket, true);
    s_report (breaker, 1000, ticket, true);
    s_report (breaker, 1000, ticket, true);
    s_report (breaker, 1000, ticket, false);
    zp_breaker_forget (breaker, ticket);
    s_assert_state (breaker, 1000, ZP_BREAKER_HALF_OPEN);
    s_allowed (breaker, 1000);
    s_allowed (breaker, 1000);
    s_assert_refused (breaker, 1000);
    zp_breaker_destroy (&breaker);
}

static void
test_a_forgotten_probe_gives_its_place_back (void **state)
{
    (void) state;
    zp_breaker_t *breaker = s_open_breaker ();
    s_allowed (breaker, 1000);
    s_allowed (breaker, 1000);
    zp_breaker_ticket_t ticket = s_allowed (breaker, 1000);
    zp_breaker_forget (breaker, ticket);
    assert_int_equal (zp_breaker_retry_after (breaker, 1000), 0);
    s_allowed (breaker, 1000);
    s_assert_refused (breaker, 1000);
    zp_breaker_forget (breaker, ticket);  // Its place is another's now
    s_assert_refused (breaker, 1000);
    zp_breaker_destroy (&breaker);
}

static void
test_a_forgotten_call_leaves_the_window_as_it_was (void **state)
{
    (void) state;
    zp_breaker_t *breaker = zp_breaker_new (&s_small);
    s_calls (breaker, "xxx");
    for (int i = 0; i < 10; i++)
        zp_breaker_forget (breaker, s_allowed (breaker, 0));
    s_assert_state (breaker, 0, ZP_BREAKER_CLOSED);
    s_calls (breaker, "x");
    s_assert_state (breaker, 0, ZP_BREAKER_OPEN);
    zp_breaker_destroy (&breaker);
}

static void
test_a_zeroed_ticket_counts_for_nothing (void **state)
{
    (void) state;
    const zp_breaker_ticket_t zeroed = {0};
    zp_breaker_t *breaker = zp_breaker_new (&s_small);
    for (int i = 0; i < 10; i++)
        s_report (breaker, 0, zeroed, false);
    s_assert_state (breaker, 0, ZP_BREAKER_CLOSED);
    s_calls (breaker, "xxxx");
    s_allowed (breaker, 1000);
    s_report (breaker, 1000, zeroed, false);
    s_assert_state (breaker, 1000, ZP_BREAKER_HALF_OPEN);
    zp_breaker_destroy (&breaker);
}

static void
test_states_have_names (void **state)
{
    (void) state;
    assert_string_equal (zp_breaker_state_name (ZP_BREAKER_CLOSED), "CLOSED");
    assert_string_equal (zp_breaker_state_name (ZP_BREAKER_OPEN), "OPEN");
    assert_string_equal (zp_breaker_state_name (ZP_BREAKER_HALF_OPEN),
                         "HALF_OPEN");
}

static void
test_destroy_makes_null_and_takes_null (void **state)
{
    (void) state;
    zp_breaker_t *breaker = zp_breaker_new (NULL);
    zp_breaker_destroy (&breaker);
    assert_null (breaker);
    zp_breaker_destroy (&breaker);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_new_breaker_is_closed),
        cmocka_unit_test (test_the_defaults_open_at_half_of_20_calls_for_10_s),
        cmocka_unit_test (test_there_is_no_verdict_before_min_calls),
        cmocka_unit_test (test_failures_that_left_the_window_count_no_more),
        cmocka_unit_test (test_slow_calls_open_it_though_they_are_ok),
        cmocka_unit_test (test_no_call_is_slow_when_slow_ms_is_0),
        cmocka_unit_test (test_open_refuses_until_its_time_is_over),
        cmocka_unit_test (test_retry_ends_open_at_once),
        cmocka_unit_test (test_retry_changes_nothing_unless_it_is_open),
        cmocka_unit_test (test_jitter_prolongs_open_by_its_percentage_at_most),
        cmocka_unit_test (test_half_open_lets_so_many_probes_pass_at_once),
        cmocka_unit_test (test_successful_probes_close_it_with_an_empty_window),
        cmocka_unit_test (
            test_the_place_of_a_probe_that_succeeded_is_not_given_again),
        cmocka_unit_test (test_one_failed_probe_opens_it_again),
        cmocka_unit_test (test_one_slow_probe_opens_it_again),
        cmocka_unit_test (test_a_silent_probe_loses_its_place_after_its_lease),
        cmocka_unit_test (test_probes_that_are_all_lost_do_not_wedge_it),
        cmocka_unit_test (
            test_a_late_report_counts_while_the_place_is_still_its_own),
        cmocka_unit_test (
            test_a_report_of_a_probe_that_lost_its_place_counts_for_nothing),
        cmocka_unit_test (test_a_late_report_from_closed_counts_for_nothing),
        cmocka_unit_test (
            test_a_late_report_from_before_it_closed_again_counts_for_nothing),
        cmocka_unit_test (
            test_a_late_probe_does_not_count_in_the_next_half_open),
        cmocka_unit_test (test_a_probe_reported_twice_counts_once),
        cmocka_unit_test (test_a_forgotten_probe_gives_its_place_back),
        cmocka_unit_test (test_a_forgotten_call_leaves_the_window_as_it_was),
        cmocka_unit_test (test_a_zeroed_ticket_counts_for_nothing),
        cmocka_unit_test (test_states_have_names),
        cmocka_unit_test (test_destroy_makes_null_and_takes_null),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
