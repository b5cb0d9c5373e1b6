//  SPDX-License-Identifier: MIT

#include "core_fixture.h"

static const zp_queue_put_t s_plain = {.priority = -1};

static void
test_a_message_is_not_delivered_before_it_is_on_disk (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    core_consumer (self, "jobs", 1);
    uint64_t id;
    assert_int_equal (core_try_put (self, "jobs", "body", s_plain, &id), ZP_OK);
    assert_int_equal (core_stats (self, "jobs").writing, 1);
    core_pass (self, 100000);
    core_nothing (self);
    zp_queue_core_written (self->core, id, self->now_ms);
    zp_queue_delivery_t delivery = core_delivery (self);
    assert_int_equal (delivery.id, id);
    assert_int_equal (delivery.acquired, 1);
    assert_int_equal (delivery.body.size, 4);
    assert_memory_equal (delivery.body.data, "body", 4);
    core_fixture_destroy (&self);
}

static void
test_written_counts_once_and_for_what_is_there (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    core_consumer (self, "jobs", 2);
    uint64_t id = core_put (self, "jobs", "body");
    zp_queue_core_written (self->core, id, self->now_ms);
    zp_queue_core_written (self->core, id + 1, self->now_ms);
    core_take (self);
    zp_queue_core_written (self->core, id, self->now_ms);
    core_nothing (self);
    core_fixture_destroy (&self);
}

static void
test_a_plain_message_has_an_empty_head (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    uint64_t id;
    assert_int_equal (zp_queue_core_put (self->core, core_span ("jobs"),
                                         core_span ("body"), NULL, self->now_ms,
                                         &id),
                      ZP_OK);
    assert_string_equal (core_record (self, id), "jobs ");
    assert_int_equal (core_log_find (self->log, id)->body_size, 4);
    id = core_put_as (self, "jobs", "",
                      (zp_queue_put_t){.priority = ZP_QUEUE_PRIORITY_DEFAULT});
    assert_string_equal (core_record (self, id), "jobs ");
    core_fixture_destroy (&self);
}

static void
test_what_is_not_by_default_is_in_the_head (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    uint64_t id = core_put_as (self, "jobs", "body",
                               (zp_queue_put_t){.message_id = core_span ("a"),
                                                .delay_ms = 5,
                                                .lease_ms = 7,
                                                .priority = 0});
    assert_string_equal (core_record (self, id),
                         "jobs {\"delayed_until_ms\":1000005,\"id\":\"a\","
                         "\"lease_ms\":7,\"priority\":0}");
    core_fixture_destroy (&self);
}

static void
test_a_delayed_message_comes_when_its_time_has_come (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    core_consumer (self, "jobs", 1);
    uint64_t id = core_put_as (
        self, "jobs", "body",
        (zp_queue_put_t){.delay_ms = ZP_QUEUE_MS_MAX, .priority = -1});
    zp_queue_view_t view = core_look (self, "jobs", id, ZP_QUEUE_DELAYED);
    assert_int_equal (view.due_ms, CORE_START_MS + ZP_QUEUE_MS_MAX);
    core_pass (self, ZP_QUEUE_MS_MAX - 1);
    core_nothing (self);
    core_pass (self, 1);
    assert_int_equal (core_take (self).id, id);
    core_fixture_destroy (&self);
}

static void
test_a_delay_may_be_over_before_the_message_is_on_disk (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    core_consumer (self, "jobs", 2);
    zp_queue_put_t put = {.delay_ms = 10, .priority = -1};
    uint64_t first, second;
    assert_int_equal (core_try_put (self, "jobs", "", put, &first), ZP_OK);
    assert_int_equal (core_try_put (self, "jobs", "", put, &second), ZP_OK);
    core_pass (self, 9);
    self->now_ms++;  // And nobody ticks
    zp_queue_core_written (self->core, first, self->now_ms);
    assert_int_equal (core_take (self).id, first);
    core_pass (self, 1);
    core_nothing (self);
    zp_queue_core_written (self->core, second, self->now_ms);
    assert_int_equal (core_take (self).id, second);
    core_fixture_destroy (&self);
}

static void
s_name (core_fixture_t *self, const char *name, zp_status_t expected)
{
    uint64_t id;
    size_t written = core_log_written (self->log);
    assert_int_equal (core_try_put (self, name, "", s_plain, &id), expected);
    if (expected == ZP_OK)
        return;
    assert_int_equal (zp_queue_core_status (self->core), expected);
    assert_true (strlen (zp_queue_core_error (self->core)) > 0);
    assert_int_equal (core_log_written (self->log), written);
    assert_null (zp_queue_core_find (self->core, core_span (name)));
}

static void
test_the_name_of_a_queue_is_checked (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    char name[ZP_QUEUE_NAME_MAX + 1];
    memset (name, 'x', sizeof name);
    name[123] = 0;  // With ".dead" it has 128
    s_name (self, name, ZP_OK);
    s_name (self, "A-z_0.9", ZP_OK);
    s_name (self, "dead", ZP_OK);
    name[123] = 'x';
    name[124] = 0;
    static const char *const invalid[] = {"", "a b", "a/b", "\xc3\xa4", "a\n"};
    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++)
        s_name (self, invalid[i], ZP_INVALID_ARGUMENT);
    s_name (self, name, ZP_INVALID_ARGUMENT);
    s_name (self, ZP_QUEUE_DEAD, ZP_INVALID_ARGUMENT);
    uint64_t id;
    zp_span_t with_0 = {"a\0b", 3};
    assert_int_equal (zp_queue_core_put (self->core, with_0, core_span (""),
                                         NULL, self->now_ms, &id),
                      ZP_INVALID_ARGUMENT);
    core_fixture_destroy (&self);
}

static void
test_nobody_puts_into_a_dead_letter_queue (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    s_name (self, "jobs.dead", ZP_FAILED_PRECONDITION);
    core_consumer (self, "jobs.dead", 1);  // It is there now
    uint64_t id;
    assert_int_equal (core_try_put (self, "jobs.dead", "", s_plain, &id),
                      ZP_FAILED_PRECONDITION);
    assert_int_equal (core_log_count (self->log), 0);
    core_fixture_destroy (&self);
}

static void
s_refused (core_fixture_t *self, zp_queue_put_t put)
{
    uint64_t id;
    assert_int_equal (core_try_put (self, "jobs", "", put, &id),
                      ZP_INVALID_ARGUMENT);
    assert_int_equal (core_log_written (self->log), 0);
    assert_null (zp_queue_core_find (self->core, core_span ("jobs")));
}

static void
test_a_put_that_makes_no_sense_changes_nothing (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    char text[ZP_QUEUE_MESSAGE_ID_MAX + 2] = "";
    memset (text, 'x', ZP_QUEUE_MESSAGE_ID_MAX + 1);
    const zp_queue_put_t puts[] = {
        {.priority = -2},
        {.priority = 10},
        {.delay_ms = -1},
        {.delay_ms = ZP_QUEUE_MS_MAX + 1},
        {.lease_ms = -1},
        {.lease_ms = (int64_t) ZP_QUEUE_LEASE_MS_MAX + 1},
        {.message_id = core_span (text)},
        {.message_id = core_span ("a\tb")},
        {.message_id = core_span ("\xc3\xa4")},
        {.message_id = {"a\0b", 3}}};
    for (size_t i = 0; i < sizeof puts / sizeof *puts; i++)
        s_refused (self, puts[i]);
    core_fixture_destroy (&self);
}

static void
test_a_body_has_its_limit (void **state)
{
    (void) state;
    zp_queue_options_t options = ZP_QUEUE_DEFAULTS;
    options.max_body_bytes = 3;
    core_fixture_t *self = core_fixture_new (&options);
    uint64_t id;
    core_put (self, "jobs", "123");
    assert_int_equal (core_try_put (self, "jobs", "1234", s_plain, &id),
                      ZP_INVALID_ARGUMENT);
    assert_int_equal (core_log_written (self->log), 1);
    core_fixture_destroy (&self);
}

static void
s_full (core_fixture_t *self, const char *body, const char *limit)
{
    uint64_t id;
    size_t written = core_log_written (self->log);
    uint64_t refused = core_stats (self, "jobs").refused;
    assert_int_equal (core_try_put (self, "jobs", body, s_plain, &id),
                      ZP_RESOURCE_EXHAUSTED);
    assert_non_null (strstr (zp_queue_core_error (self->core), limit));
    assert_int_equal (core_log_written (self->log), written);
    assert_int_equal (core_stats (self, "jobs").refused, refused + 1);
}

static void
test_a_queue_has_a_limit_of_messages (void **state)
{
    (void) state;
    zp_queue_options_t options = ZP_QUEUE_DEFAULTS;
    options.max_messages = 2;
    core_fixture_t *self = core_fixture_new (&options);
    core_consumer (self, "jobs", 1);
    core_put (self, "jobs", "");
    core_put (self, "jobs", "");
    s_full (self, "", "max_messages");
    zp_queue_receipt_t receipt = core_take (self);
    s_full (self, "", "max_messages");  // One that is leased is still there
    core_put (self, "mail", "");
    core_ack (self, receipt);
    core_put (self, "jobs", "");
    core_fixture_destroy (&self);
}

static void
test_a_queue_has_a_limit_of_bytes (void **state)
{
    (void) state;
    zp_queue_options_t options = ZP_QUEUE_DEFAULTS;
    options.max_bytes = 5;
    core_fixture_t *self = core_fixture_new (&options);
    core_consumer (self, "jobs", 1);
    core_put (self, "jobs", "123");
    s_full (self, "123", "max_bytes");
    core_put (self, "jobs", "12");
    core_put (self, "jobs", "");
    s_full (self, "1", "max_bytes");
    s_full (self, "123456", "max_bytes");
    core_ack (self, core_take (self));
    core_put (self, "jobs", "123");
    core_fixture_destroy (&self);
}

static void
test_the_first_body_of_a_queue_must_fit_as_well (void **state)
{
    (void) state;
    zp_queue_options_t options = ZP_QUEUE_DEFAULTS;
    options.max_bytes = 5;
    core_fixture_t *self = core_fixture_new (&options);
    uint64_t id;
    assert_int_equal (core_try_put (self, "jobs", "123456", s_plain, &id),
                      ZP_RESOURCE_EXHAUSTED);
    assert_null (zp_queue_core_find (self->core, core_span ("jobs")));
    core_fixture_destroy (&self);
}

static void
s_check_kept (zp_queue_delivery_t delivery, size_t size, bool kept)
{
    assert_int_equal (delivery.body.size, size);
    assert_true ((delivery.body.data != NULL) == kept);
}

static void
test_bodies_beyond_the_memory_stay_on_disk (void **state)
{
    (void) state;
    zp_queue_options_t options = ZP_QUEUE_DEFAULTS;
    options.memory_bytes = 5;
    core_fixture_t *self = core_fixture_new (&options);
    core_consumer (self, "jobs", 10);
    core_put (self, "jobs", "123");
    core_put (self, "jobs", "123");
    core_put (self, "jobs", "12");
    core_put (self, "jobs", "");
    zp_queue_receipt_t receipt = {1, 1, 1};
    s_check_kept (core_delivery (self), 3, true);
    s_check_kept (core_delivery (self), 3, false);
    s_check_kept (core_delivery (self), 2, true);
    s_check_kept (core_delivery (self), 0, true);
    core_ack (self, receipt);
    core_put (self, "jobs", "123");  // There is room again
    s_check_kept (core_delivery (self), 3, true);
    core_fixture_destroy (&self);
}

static void
test_options_out_of_range_count_as_the_nearest (void **state)
{
    (void) state;
    zp_queue_options_t options = {.max_queues = SIZE_MAX,
                                  .max_messages = SIZE_MAX,
                                  .max_bytes = UINT64_MAX,
                                  .max_body_bytes = SIZE_MAX,
                                  .lease_ms = -1,
                                  .delivery_limit = 0,
                                  .dedupe_ms = -1,
                                  .memory_bytes = SIZE_MAX,
                                  .age_every = -1};
    core_fixture_t *self = core_fixture_new (&options);
    core_consumer (self, "jobs", 1);
    uint64_t id = core_put (self, "jobs", "");
    zp_span_t large = {"", (size_t) INT32_MAX + 1};  // Nobody looks into it
    uint64_t other;
    assert_int_equal (zp_queue_core_put (self->core, core_span ("jobs"), large,
                                         NULL, self->now_ms, &other),
                      ZP_INVALID_ARGUMENT);
    core_take (self);
    core_pass (self, 1);  // The shortest lease and limit
    core_look (self, "jobs.dead", id, ZP_QUEUE_READY);
    core_fixture_destroy (&self);
}

static void
test_time_that_goes_back_stands_still (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    core_pass (self, 1000);
    self->now_ms -= 500;
    uint64_t id = core_put_as (
        self, "jobs", "", (zp_queue_put_t){.delay_ms = 10, .priority = -1});
    assert_int_equal (core_look (self, "jobs", id, ZP_QUEUE_DELAYED).due_ms,
                      CORE_START_MS + 1010);
    core_fixture_destroy (&self);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_message_is_not_delivered_before_it_is_on_disk),
        cmocka_unit_test (test_written_counts_once_and_for_what_is_there),
        cmocka_unit_test (test_a_plain_message_has_an_empty_head),
        cmocka_unit_test (test_what_is_not_by_default_is_in_the_head),
        cmocka_unit_test (test_a_delayed_message_comes_when_its_time_has_come),
        cmocka_unit_test (
            test_a_delay_may_be_over_before_the_message_is_on_disk),
        cmocka_unit_test (test_the_name_of_a_queue_is_checked),
        cmocka_unit_test (test_nobody_puts_into_a_dead_letter_queue),
        cmocka_unit_test (test_a_put_that_makes_no_sense_changes_nothing),
        cmocka_unit_test (test_a_body_has_its_limit),
        cmocka_unit_test (test_a_queue_has_a_limit_of_messages),
        cmocka_unit_test (test_a_queue_has_a_limit_of_bytes),
        cmocka_unit_test (test_the_first_body_of_a_queue_must_fit_as_well),
        cmocka_unit_test (test_bodies_beyond_the_memory_stay_on_disk),
        cmocka_unit_test (test_options_out_of_range_count_as_the_nearest),
        cmocka_unit_test (test_time_that_goes_back_stands_still),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
