//  SPDX-License-Identifier: MIT
//
//  Timers without a loop: what they promise, one by one.

#include "zp_timers.h"
#include "test_seed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

//  A timer that writes its letter down when it fires

typedef struct s_letter {
    zp_timer_t timer;  // First, so that timer functions can cast
    char letter;       // Written down
    char *log;         // Where
} s_letter_t;

static int
s_write (zp_timer_t *timer, void *arg)
{
    s_letter_t *self = arg;
    assert_ptr_equal (timer, &self->timer);
    assert_false (zp_timer_pending (timer));
    char written[] = {self->letter, 0};
    strcat (self->log, written);
    return 0;
}

static void
s_letters (s_letter_t *letters, int count, char *log)
{
    log[0] = 0;
    for (int i = 0; i < count; i++) {
        letters[i].letter = (char) ('a' + i);
        letters[i].log = log;
        zp_timer_init (&letters[i].timer, s_write, &letters[i]);
    }
}

static void
test_a_timer_fires_once_and_not_before_it_is_due (void **state)
{
    (void) state;
    char log[10];
    s_letter_t letter;
    s_letters (&letter, 1, log);
    zp_timers_t *timers = zp_timers_new (NULL);
    zp_timers_set (timers, &letter.timer, 1000);
    assert_int_equal (zp_timers_run (timers, 999), 0);
    assert_string_equal (log, "");
    assert_int_equal (zp_timers_run (timers, 1000), 0);
    assert_string_equal (log, "a");
    assert_int_equal (zp_timers_run (timers, 100000), 0);
    assert_string_equal (log, "a");
    zp_timers_destroy (&timers);
}

static void
test_a_timer_is_pending_until_it_fires_or_is_cleared (void **state)
{
    (void) state;
    char log[10];
    s_letter_t letter;
    s_letters (&letter, 1, log);
    zp_timers_t *timers = zp_timers_new (NULL);
    assert_false (zp_timer_pending (&letter.timer));
    zp_timers_set (timers, &letter.timer, 5);
    assert_true (zp_timer_pending (&letter.timer));
    zp_timers_run (timers, 5);
    assert_false (zp_timer_pending (&letter.timer));
    zp_timers_set (timers, &letter.timer, 50);
    zp_timers_clear (timers, &letter.timer);
    assert_false (zp_timer_pending (&letter.timer));
    zp_timers_destroy (&timers);
}

static void
test_a_cleared_timer_does_not_fire (void **state)
{
    (void) state;
    char log[10];
    s_letter_t letters[2];
    s_letters (letters, 2, log);
    zp_timers_t *timers = zp_timers_new (NULL);
    zp_timers_set (timers, &letters[0].timer, 5);
    zp_timers_set (timers, &letters[1].timer, 0);
    zp_timers_clear (timers, &letters[0].timer);
    zp_timers_clear (timers, &letters[1].timer);
    zp_timers_clear (timers, &letters[1].timer);
    assert_int_equal (zp_timers_next (timers), -1);
    zp_timers_run (timers, 1000);
    assert_string_equal (log, "");
    zp_timers_destroy (&timers);
}

static void
test_a_pending_timer_that_is_set_is_moved (void **state)
{
    (void) state;
    char log[10];
    s_letter_t letter;
    s_letters (&letter, 1, log);
    zp_timers_t *timers = zp_timers_new (NULL);
    zp_timers_set (timers, &letter.timer, 10);
    zp_timers_set (timers, &letter.timer, 5000);
    zp_timers_run (timers, 4999);
    assert_string_equal (log, "");
    zp_timers_set (timers, &letter.timer, 5010);
    zp_timers_run (timers, 5010);
    assert_string_equal (log, "a");
    zp_timers_destroy (&timers);
}

static void
test_timers_fire_in_the_order_of_their_times (void **state)
{
    (void) state;
    char log[10];
    s_letter_t letters[6];
    s_letters (letters, 6, log);
    const int64_t when_ms[] = {70000, 3, 4097, 2, 65, 64};
    zp_timers_t *timers = zp_timers_new (NULL);
    for (int i = 0; i < 6; i++)
        zp_timers_set (timers, &letters[i].timer, when_ms[i]);
    zp_timers_run (timers, 100000);
    assert_string_equal (log, "dbfeca");
    zp_timers_destroy (&timers);
}

static void
test_timers_for_the_same_time_fire_in_the_order_they_were_set (void **state)
{
    (void) state;
    char log[10];
    s_letter_t letters[4];
    s_letters (letters, 4, log);
    zp_timers_t *timers = zp_timers_new (NULL);
    //  The present comes nearer, so they lie in different levels at first
    const int64_t now_ms[] = {0, 4096 * 7, 4096 * 7 + 640, 4096 * 7 + 700};
    for (int i = 3; i >= 0; i--) {
        zp_timers_run (timers, now_ms[3 - i]);
        zp_timers_set (timers, &letters[i].timer, 4096 * 7 + 703);
    }
    zp_timers_run (timers, 4096 * 7 + 703);
    assert_string_equal (log, "dcba");
    zp_timers_destroy (&timers);
}

static void
test_a_time_before_the_last_run_counts_as_that (void **state)
{
    (void) state;
    char log[10];
    s_letter_t letters[4];
    s_letters (letters, 4, log);
    zp_timers_t *timers = zp_timers_new (NULL);
    zp_timers_run (timers, 1000);
    zp_timers_set (timers, &letters[0].timer, 1001);
    zp_timers_set (timers, &letters[1].timer, 900);
    zp_timers_set (timers, &letters[2].timer, 0);
    zp_timers_set (timers, &letters[3].timer, INT64_MIN);
    assert_int_equal (zp_timers_next (timers), 1000);
    zp_timers_run (timers, 500);
    assert_string_equal (log, "bcd");
    zp_timers_run (timers, 1001);
    assert_string_equal (log, "bcda");
    zp_timers_destroy (&timers);
}

static int
s_end (zp_timer_t *timer, void *arg)
{
    return s_write (timer, arg) - 1;
}

static void
test_a_run_ends_at_the_first_function_that_says_so (void **state)
{
    (void) state;
    char log[10];
    s_letter_t letters[3];
    s_letters (letters, 3, log);
    letters[1].timer.fn = s_end;
    zp_timers_t *timers = zp_timers_new (NULL);
    for (int i = 0; i < 3; i++)
        zp_timers_set (timers, &letters[i].timer, i);
    assert_int_equal (zp_timers_run (timers, 10), -1);
    assert_string_equal (log, "ab");
    assert_int_equal (zp_timers_run (timers, 10), 0);
    assert_string_equal (log, "abc");
    zp_timers_destroy (&timers);
}

static zp_timers_t *s_timers;  // For the functions below

static int
s_again_at_once (zp_timer_t *timer, void *arg)
{
    s_write (timer, arg);
    zp_timers_set (s_timers, timer, 0);
    return 0;
}

static void
test_a_timer_that_sets_itself_fires_once_a_run (void **state)
{
    (void) state;
    char log[10];
    s_letter_t letter;
    s_letters (&letter, 1, log);
    letter.timer.fn = s_again_at_once;
    s_timers = zp_timers_new (NULL);
    zp_timers_set (s_timers, &letter.timer, 0);
    zp_timers_run (s_timers, 10);
    assert_string_equal (log, "a");
    zp_timers_run (s_timers, 10);
    assert_string_equal (log, "aa");
    zp_timers_destroy (&s_timers);
}

static s_letter_t *s_other;  // The timer that the first one's function clears

static int
s_clear_other (zp_timer_t *timer, void *arg)
{
    zp_timers_clear (s_timers, &s_other->timer);
    return s_write (timer, arg);
}

static void
test_a_function_can_clear_a_timer_that_is_due_in_the_same_run (void **state)
{
    (void) state;
    char log[10];
    s_letter_t letters[3];
    s_letters (letters, 3, log);
    letters[0].timer.fn = s_clear_other;
    s_other = &letters[1];
    s_timers = zp_timers_new (NULL);
    for (int i = 0; i < 3; i++)
        zp_timers_set (s_timers, &letters[i].timer, 5);
    zp_timers_run (s_timers, 5);
    assert_string_equal (log, "ac");
    zp_timers_destroy (&s_timers);
}

static int
s_put_off_other (zp_timer_t *timer, void *arg)
{
    zp_timers_set (s_timers, &s_other->timer, 0);
    return s_write (timer, arg);
}

static void
test_a_due_timer_that_a_function_moves_waits_for_the_next_run (void **state)
{
    (void) state;
    char log[10];
    s_letter_t letters[3];
    s_letters (letters, 3, log);
    letters[0].timer.fn = s_put_off_other;
    s_other = &letters[1];
    s_timers = zp_timers_new (NULL);
    for (int i = 0; i < 3; i++)
        zp_timers_set (s_timers, &letters[i].timer, 5);
    zp_timers_run (s_timers, 5);
    assert_string_equal (log, "ac");
    zp_timers_run (s_timers, 5);
    assert_string_equal (log, "acb");
    zp_timers_destroy (&s_timers);
}

static int
s_free (zp_timer_t *timer, void *arg)
{
    s_letter_t *self = arg;
    if (s_other) {
        zp_timers_clear (s_timers, &s_other->timer);
        free (s_other);
        s_other = NULL;
    }
    s_write (timer, arg);
    free (self);
    return 0;
}

static void
test_a_function_can_free_its_timer_and_others_that_it_clears (void **state)
{
    (void) state;
    char log[10] = "";
    s_timers = zp_timers_new (NULL);
    s_letter_t *letters[2];
    for (int i = 0; i < 2; i++) {
        letters[i] = malloc (sizeof (s_letter_t));
        letters[i]->letter = (char) ('a' + i);
        letters[i]->log = log;
        zp_timer_init (&letters[i]->timer, s_free, letters[i]);
        zp_timers_set (s_timers, &letters[i]->timer, 5);
    }
    s_other = letters[1];
    zp_timers_run (s_timers, 5);
    assert_string_equal (log, "a");
    zp_timers_destroy (&s_timers);
}

static void
test_there_is_no_next_time_without_timers (void **state)
{
    (void) state;
    zp_timers_t *timers = zp_timers_new (NULL);
    assert_int_equal (zp_timers_next (timers), -1);
    zp_timers_run (timers, 77);
    assert_int_equal (zp_timers_next (timers), -1);
    zp_timers_destroy (&timers);
}

//  Running only when next says, each timer must fire exactly when it is due,
//  and with few runs on the way: however far ahead it lies.

static void
test_next_leads_to_each_timer_in_time_and_in_few_runs (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    char log[10];
    for (int round = 0; round < 20000; round++) {
        s_letter_t letter;
        s_letters (&letter, 1, log);
        int64_t now_ms =
            (int64_t) (test_random (&seed) >> (1 + test_below (&seed, 63)));
        int64_t when_ms =
            (int64_t) (test_random (&seed) >> (1 + test_below (&seed, 63)));
        zp_timers_t *timers = zp_timers_new (NULL);
        zp_timers_run (timers, now_ms);
        zp_timers_set (timers, &letter.timer, when_ms);
        if (when_ms < now_ms)
            when_ms = now_ms;
        int runs = 0;
        for (; zp_timer_pending (&letter.timer); runs++) {
            assert_true (zp_timers_next (timers) >= now_ms);
            now_ms = zp_timers_next (timers);
            assert_true (now_ms <= when_ms);
            zp_timers_run (timers, now_ms);
        }
        assert_true (now_ms == when_ms);
        assert_in_range (runs, 1, 11);
        zp_timers_destroy (&timers);
    }
}

static void
test_destroy_clears_all_timers (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    char log[10];
    s_letter_t letters[26];
    s_letters (letters, 26, log);
    zp_timers_t *timers = zp_timers_new (NULL);
    for (int i = 0; i < 26; i++)
        zp_timers_set (timers, &letters[i].timer,
                       (int64_t) (test_random (&seed) >> (1 + 2 * i)));
    zp_timers_destroy (&timers);
    assert_null (timers);
    for (int i = 0; i < 26; i++)
        assert_false (zp_timer_pending (&letters[i].timer));
    zp_timers_destroy (&timers);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_timer_fires_once_and_not_before_it_is_due),
        cmocka_unit_test (test_a_timer_is_pending_until_it_fires_or_is_cleared),
        cmocka_unit_test (test_a_cleared_timer_does_not_fire),
        cmocka_unit_test (test_a_pending_timer_that_is_set_is_moved),
        cmocka_unit_test (test_timers_fire_in_the_order_of_their_times),
        cmocka_unit_test (
            test_timers_for_the_same_time_fire_in_the_order_they_were_set),
        cmocka_unit_test (test_a_time_before_the_last_run_counts_as_that),
        cmocka_unit_test (test_a_run_ends_at_the_first_function_that_says_so),
        cmocka_unit_test (test_a_timer_that_sets_itself_fires_once_a_run),
        cmocka_unit_test (
            test_a_function_can_clear_a_timer_that_is_due_in_the_same_run),
        cmocka_unit_test (
            test_a_due_timer_that_a_function_moves_waits_for_the_next_run),
        cmocka_unit_test (
            test_a_function_can_free_its_timer_and_others_that_it_clears),
        cmocka_unit_test (test_there_is_no_next_time_without_timers),
        cmocka_unit_test (
            test_next_leads_to_each_timer_in_time_and_in_few_runs),
        cmocka_unit_test (test_destroy_clears_all_timers),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
