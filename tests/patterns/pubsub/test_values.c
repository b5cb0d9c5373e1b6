//  SPDX-License-Identifier: MIT
//
//  Values that last for a while, and that are deleted

#include "fixture.h"

static void
test_a_value_expires_and_that_is_told (void **state)
{
    fixture_t *self = *state;
    fixture_publisher (self);
    ear_t *ear = fixture_joined (self, 0, "#");
    int64_t start_ms = zclock_mono ();
    assert_int_equal (zp_publisher_set (self->publisher, "a", "1", 1, 100),
                      ZP_OK);
    fixture_set (self, "b", "1");
    fixture_expect (self, ear, "value a 1\nvalue b 1\ndeleted a\n");
    assert_true (zclock_mono () - start_ms >= 100);
    assert_int_equal (fixture_stats (self->publisher).values, 1);
    ear_t *late = fixture_ear (self, 1, "#");
    fixture_expect (self, late, "snapshot #\nhad b 1\njoined #\n");
}

static void
test_a_new_value_begins_a_new_time (void **state)
{
    fixture_t *self = *state;
    fixture_publisher (self);
    ear_t *ear = fixture_joined (self, 0, "#");
    assert_int_equal (zp_publisher_set (self->publisher, "a", "1", 1, 50),
                      ZP_OK);
    fixture_set (self, "a", "2");
    assert_int_equal (zp_publisher_set (self->publisher, "b", "1", 1, 100),
                      ZP_OK);
    fixture_expect (self, ear, "value a 1\nvalue a 2\nvalue b 1\ndeleted b\n");
}

static void
test_a_relay_tells_that_a_value_is_over_when_the_source_does (void **state)
{
    fixture_t *self = *state;
    fixture_publisher (self);
    fixture_relay (self, 0, -1);
    ear_t *ear = self->ear[0] = ear_new (self->loop, NULL);
    fixture_listen_to (self, ear, 0);
    ear_subscribe (ear, "#");
    test_until (self->loop, ear_told (ear, "joined"));
    assert_int_equal (zp_publisher_set (self->publisher, "a", "1", 1, 100),
                      ZP_OK);
    fixture_expect (self, ear, "snapshot #\njoined #\nvalue a 1\ndeleted a\n");
    assert_int_equal (
        fixture_stats (zp_relay_publisher (self->relay[0])).values, 0);
}

static void
test_what_can_not_be_published_changes_nothing (void **state)
{
    fixture_t *self = *state;
    self->options.topics = 2;
    fixture_publisher (self);
    ear_t *ear = fixture_joined (self, 0, "#");
    fixture_set (self, "a", "1");
    fixture_set (self, "b", "1");
    assert_int_equal (zp_publisher_set (self->publisher, "c", "1", 1, 0),
                      ZP_RESOURCE_EXHAUSTED);
    assert_int_equal (zp_publisher_event (self->publisher, "a/", "1", 1),
                      ZP_INVALID_ARGUMENT);
    size_t size = 15 * 1024 * 1024;
    char *large = zmalloc (size + 1);
    assert_int_equal (
        zp_publisher_set (self->publisher, "a", large, size + 1, 0),
        ZP_INVALID_ARGUMENT);
    assert_int_equal (fixture_stats (self->publisher).sequence, 2);
    //  The largest there is can be had by those who join as well
    memset (large, 'x', size);
    assert_int_equal (zp_publisher_set (self->publisher, "b", large, size, 0),
                      ZP_OK);
    free (large);
    test_until (self->loop, ear_told (ear, "value b") == 2);
    ear_t *late = fixture_joined (self, 1, "#");
    assert_int_equal (ear_stats (late).told, 2);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_value_expires_and_that_is_told),
        fixture_test (test_a_new_value_begins_a_new_time),
        fixture_test (
            test_a_relay_tells_that_a_value_is_over_when_the_source_does),
        fixture_test (test_what_can_not_be_published_changes_nothing),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
