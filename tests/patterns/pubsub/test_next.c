//  SPDX-License-Identifier: MIT
//
//  A subscriber without a loop, which takes its news one by one, while a thread
//  publishes

#include "fixture.h"
#include "speaker.h"

typedef struct {
    fixture_t *fixture;  // Options, and where the speaker is
    speaker_t *speaker;  // Publishes
    ear_t *ear;          // Listens
} s_pair_t;

static int
s_set_up (void **state)
{
    s_pair_t *self = zmalloc (sizeof *self);
    void *fixture;
    fixture_set_up (&fixture);
    self->fixture = fixture;
    *state = self;
    return 0;
}

static int
s_tear_down (void **state)
{
    s_pair_t *self = *state;
    ear_destroy (&self->ear);
    speaker_destroy (&self->speaker);
    void *fixture = self->fixture;
    fixture_tear_down (&fixture);
    free (self);
    return 0;
}

static void
s_start (s_pair_t *self, int values)
{
    fixture_t *fixture = self->fixture;
    self->speaker = speaker_new (&fixture->options, fixture->updates,
                                 fixture->requests, values);
    self->ear = ear_new (NULL, &fixture->ears);
    ear_connect (self->ear, fixture->updates, fixture->requests);
    ear_subscribe (self->ear, "#");
}

static bool
s_is_at (const ear_t *ear, uint64_t number)
{
    for (int i = 0; i < EAR_TOPICS; i++)
        if (ear->at[i] != number)
            return false;
    return true;
}

//  Take the news until this happens, with such a timeout each
#define s_take_until(self, timeout_ms, condition)                              \
    for (int64_t start_ms_ = zclock_mono (); !(condition);                     \
         ear_next ((self)->ear, timeout_ms))                                   \
        if (zclock_mono () - start_ms_ > TEST_PATIENCE_MS)                     \
            fail_msg ("this did not happen: %s", #condition);

static void
test_the_news_come_one_by_one (void **state)
{
    s_pair_t *self = *state;
    s_start (self, 2);
    for (int i = 0; i < 4; i++)
        assert_true (ear_next (self->ear, TEST_PATIENCE_MS));
    assert_string_equal (self->ear->log, "snapshot #\nhad still/1 1\n"
                                         "had still/0 1\njoined #\n");
    speaker_count (self->speaker, 100, 1000);
    for (int i = 0; i < 1000 * EAR_TOPICS; i++)
        assert_true (ear_next (self->ear, TEST_PATIENCE_MS));
    assert_true (s_is_at (self->ear, 1000));
    assert_int_equal (self->ear->missing + self->ear->twice, 0);
    int64_t start_ms = zclock_mono ();
    assert_false (ear_next (self->ear, 300));
    assert_true (zclock_mono () - start_ms >= 300);
    assert_false (ear_next (self->ear, 0));
}

static void
test_who_never_waits_gets_them_as_well (void **state)
{
    s_pair_t *self = *state;
    s_start (self, 20000);
    s_take_until (self, 0, ear_stats (self->ear).told == 20000);
    s_take_until (self, 0, ear_told (self->ear, "joined"));
    speaker_count (self->speaker, 10, 1000);
    s_take_until (self, 0, s_is_at (self->ear, 1000));
    assert_int_equal (self->ear->missing + self->ear->twice, 0);
}

//  More last values than may wait, and a stream that does not stop

static void
s_expect_join (s_pair_t *self, zp_overflow_t overflow)
{
    self->fixture->ears.inbox = 2000;
    self->fixture->ears.overflow = overflow;
    s_start (self, 6000);
    speaker_count (self->speaker, 1, 700);
    //  One that is slow drops some of them, by its policy, or joins once more:
    //  then the last numbers may be among the values
    s_take_until (self, TEST_PATIENCE_MS,
                  s_is_at (self->ear, 700) && ear_told (self->ear, "joined"));
    assert_true (ear_told (self->ear, "had") + ear_stats (self->ear).dropped >=
                 6000);
    assert_int_equal (self->ear->twice, 0);
}

static void
test_one_that_waits_joins_with_more_values_than_may_wait (void **state)
{
    s_pair_t *self = *state;
    s_expect_join (self, ZP_OVERFLOW_WAIT);
    assert_int_equal (self->ear->missing, 0);
    assert_int_equal (ear_told (self->ear, "had"), 6000);
}

static void
test_one_that_drops_joins_with_more_values_than_may_wait (void **state)
{
    s_expect_join (*state, ZP_OVERFLOW_DROP_OLDEST);
}

static void
test_one_that_conflates_joins_with_more_values_than_may_wait (void **state)
{
    s_expect_join (*state, ZP_OVERFLOW_CONFLATE);
}

static void
test_one_that_rejoins_does_so_with_more_values_than_may_wait (void **state)
{
    s_expect_join (*state, ZP_OVERFLOW_REJOIN);
}

//  One that takes a rest while much is published

static void
s_rest (s_pair_t *self, zp_overflow_t overflow)
{
    self->fixture->options.history_count = 1000000;
    self->fixture->options.history_bytes = 1 << 30;
    self->fixture->options.queue = 10;
    self->fixture->ears.inbox = 1000;
    self->fixture->ears.overflow = overflow;
    s_start (self, 0);
    s_take_until (self, TEST_PATIENCE_MS, ear_told (self->ear, "joined"));
    speaker_count (self->speaker, 100, 20000);
    for (int i = 0; i < 5; i++) {
        s_take_until (self, TEST_PATIENCE_MS,
                      self->ear->at[0] >= (uint64_t) i * 2000 + 1);
        zclock_sleep (100);  // That long it does not listen
    }
    s_take_until (self, TEST_PATIENCE_MS, s_is_at (self->ear, 20000));
    assert_int_equal (self->ear->twice, 0);
    assert_int_equal (ear_stats (self->ear).lost, 0);
}

static void
test_one_that_rests_and_waits_is_told_all (void **state)
{
    s_pair_t *self = *state;
    s_rest (self, ZP_OVERFLOW_WAIT);
    assert_int_equal (self->ear->missing, 0);
    assert_int_equal (self->ear->counted, 20000 * EAR_TOPICS);
}

static void
test_one_that_rests_and_drops_knows_how_many (void **state)
{
    s_pair_t *self = *state;
    s_rest (self, ZP_OVERFLOW_DROP_OLDEST);
    assert_int_equal (self->ear->counted + ear_stats (self->ear).dropped,
                      20000 * EAR_TOPICS);
}

//  Each time that it asks, more was dropped
static void
test_one_that_is_always_slow_hears_more_than_that (void **state)
{
    s_pair_t *self = *state;
    self->fixture->ears.inbox = 10;
    self->fixture->ears.overflow = ZP_OVERFLOW_DROP_OLDEST;
    s_start (self, 0);
    s_take_until (self, TEST_PATIENCE_MS, ear_told (self->ear, "joined"));
    speaker_count (self->speaker, 10, 100000);
    s_take_until (self, TEST_PATIENCE_MS, ear_stats (self->ear).dropped > 0);
    uint64_t before = ear_stats (self->ear).told;
    for (int i = 0; i < 100; i++) {
        assert_true (ear_next (self->ear, TEST_PATIENCE_MS));
        zclock_sleep (1);  // Its work
    }
    assert_true (ear_stats (self->ear).told - before >= 40);
}

static void
test_one_that_rests_and_conflates_has_the_newest (void **state)
{
    s_rest (*state, ZP_OVERFLOW_CONFLATE);
}

static void
test_one_that_rests_and_rejoins_has_the_newest (void **state)
{
    s_rest (*state, ZP_OVERFLOW_REJOIN);
}

int
main (void)
{
#define pair_test(test)                                                        \
    cmocka_unit_test_setup_teardown (test, s_set_up, s_tear_down)
    const struct CMUnitTest tests[] = {
        pair_test (test_the_news_come_one_by_one),
        pair_test (test_who_never_waits_gets_them_as_well),
        pair_test (test_one_that_waits_joins_with_more_values_than_may_wait),
        pair_test (test_one_that_drops_joins_with_more_values_than_may_wait),
        pair_test (
            test_one_that_conflates_joins_with_more_values_than_may_wait),
        pair_test (
            test_one_that_rejoins_does_so_with_more_values_than_may_wait),
        pair_test (test_one_that_rests_and_waits_is_told_all),
        pair_test (test_one_that_rests_and_drops_knows_how_many),
        pair_test (test_one_that_is_always_slow_hears_more_than_that),
        pair_test (test_one_that_rests_and_conflates_has_the_newest),
        pair_test (test_one_that_rests_and_rejoins_has_the_newest),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
