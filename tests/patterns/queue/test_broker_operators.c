//  SPDX-License-Identifier: MIT
//
//  What an operator sees and does: stat, list, peek, purge, pause.

#include <jansson.h>

#include "fixture.h"

static void
test_list_tells_of_all_queues_in_the_order_of_their_names (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_expect (self, "[]", "queue.list");
    fixture_put (self, "b", 1, 2);
    fixture_put (self, "a", 1, 1);
    fixture_reserve (self, "a", "1");
    assert_int_equal (fixture_ask (self, "queue.list", NULL), ZP_OK);
    assert_string_equal (
        self->answer.part[0],
        "[{\"name\":\"a\",\"paused\":false,\"ready\":0,\"delayed\":0,"
        "\"leased\":1,\"buried\":0,\"writing\":0,\"consumers\":0,\"bytes\":1,"
        "\"put\":1,\"repeated\":0,\"refused\":0,\"acquired\":1,\"acked\":0,"
        "\"returned\":0,\"dead\":0},"
        "{\"name\":\"b\",\"paused\":false,\"ready\":2,\"delayed\":0,"
        "\"leased\":0,\"buried\":0,\"writing\":0,\"consumers\":0,\"bytes\":2,"
        "\"put\":2,\"repeated\":0,\"refused\":0,\"acquired\":0,\"acked\":0,"
        "\"returned\":0,\"dead\":0}]");
}

static void
test_a_queue_that_is_not_there_is_not_made_by_looking (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    static const char *const methods[] = {
        "queue.stat", "queue.peek", "queue.kick", "queue.purge", "queue.pause"};
    for (int i = 0; i < 5; i++)
        fixture_refused (self, ZP_NOT_FOUND,
                         "there is no queue 'jobs'; the first message put, or "
                         "the first worker, makes one",
                         methods[i], "jobs");
    fixture_expect (self, "[]", "queue.list");
}

//  What peek says of message number i
static json_int_t
s_info (fixture_t *self, size_t i, const char *key)
{
    json_t *info = json_loads (self->answer.part[2 * i], 0, NULL);
    json_int_t number = json_integer_value (json_object_get (info, key));
    json_decref (info);
    return number;
}

static void
test_peek_shows_messages_and_takes_none (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    int64_t before_ms = zclock_time () - 1000;  // Clocks may differ by a little
    fixture_put (self, "jobs", 1, 3);
    for (int round = 0; round < 2; round++) {
        assert_int_equal (fixture_ask (self, "queue.peek", "jobs", NULL),
                          ZP_OK);
        assert_int_equal (self->answer.count, 6);
        for (size_t i = 0; i < 3; i++) {
            char body[2] = {(char) ('1' + i), 0};
            assert_int_equal (s_info (self, i, "id"), i + 1);
            assert_int_equal (s_info (self, i, "size_bytes"), 1);
            assert_int_equal (s_info (self, i, "priority"), 4);
            assert_true (s_info (self, i, "put_ms") >= before_ms);
            assert_true (s_info (self, i, "put_ms") <= before_ms + 60000);
            assert_string_equal (self->answer.part[2 * i + 1], body);
        }
    }
    assert_int_equal (fixture_ask (self, "queue.peek", "jobs",
                                   "{\"body\":false,\"count\":2}", NULL),
                      ZP_OK);
    assert_int_equal (self->answer.count, 4);
    assert_string_equal (self->answer.part[1], "");
    assert_int_equal (s_info (self, 0, "size_bytes"), 1);
}

static void
test_peek_looks_into_each_state (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_put (self, "jobs", 1, 3);
    int64_t now_ms = zclock_time () - 1000;  // Clocks may differ by a little
    fixture_expect (self, "4", "queue.put", "jobs", "late",
                    "{\"delay_ms\":3600000}");
    fixture_reserve (self, "jobs", "1");
    fixture_expect (self, "1", "queue.bury",
                    fixture_reserve (self, "jobs", "2"));
    static const struct {
        const char *options;  // Asked for
        const char *state;    // What is said
        const char *body;     // What is there
    } states[] = {{"{\"state\":\"ready\"}", "\"state\":\"ready\"", "3"},
                  {"{\"state\":\"leased\"}", "\"state\":\"leased\"", "1"},
                  {"{\"state\":\"buried\"}", "\"state\":\"buried\"", "2"},
                  {"{\"state\":\"delayed\"}", "\"state\":\"delayed\"", "late"}};
    for (int i = 0; i < 4; i++) {
        assert_int_equal (
            fixture_ask (self, "queue.peek", "jobs", states[i].options, NULL),
            ZP_OK);
        assert_int_equal (self->answer.count, 2);
        assert_non_null (strstr (self->answer.part[0], states[i].state));
        assert_string_equal (self->answer.part[1], states[i].body);
    }
    assert_true (s_info (self, 0, "due_ms") >= now_ms + 3600000);
    fixture_refused (self, ZP_INVALID_ARGUMENT,
                     "there is no state 'lost'; there are ready, delayed, "
                     "leased and buried",
                     "queue.peek", "jobs", "{\"state\":\"lost\"}");
    fixture_refused (self, ZP_INVALID_ARGUMENT,
                     "queue.peek: 'count' must be an integer from 1 to 31",
                     "queue.peek", "jobs", "{\"count\":32}");
}

//  Page through all that is ready; returns how many there were
static int
s_page (fixture_t *self, const char *more, size_t body_size)
{
    int seen = 0;
    json_int_t after = 0;
    for (;;) {
        char options[100];
        snprintf (options, sizeof options,
                  "{\"count\":31,\"after\":%" PRId64 "%s}", (int64_t) after,
                  more);
        assert_int_equal (
            fixture_ask (self, "queue.peek", "jobs", options, NULL), ZP_OK);
        size_t count = self->answer.count / 2;
        if (count == 0)
            return seen;
        for (size_t i = 0; i < count; i++) {
            assert_int_equal (s_info (self, i, "id"), ++seen);
            assert_int_equal (self->answer.size[2 * i + 1], body_size);
        }
        after = seen;
    }
}

static void
test_peek_can_be_paged_through (void **state)
{
    fixture_t *self = *state;
    self->options.queue.memory_bytes = 0;
    fixture_start (self);
    fixture_put (self, "jobs", 100, 100);
    assert_int_equal (s_page (self, "", 3), 100);
}

static void
test_what_does_not_fit_into_one_reply_comes_in_the_next (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    size_t size = 1 << 20;
    char *body = zmalloc (size);
    zp_span_t args[] = {{"jobs", 4}, {body, size}};
    for (int i = 0; i < 31; i++)
        assert_int_equal (fixture_ask_parts (self, "queue.put", args, 2),
                          ZP_OK);
    free (body);
    assert_int_equal (s_page (self, "", size), 31);
    //  Without bodies they all fit
    assert_int_equal (fixture_ask (self, "queue.peek", "jobs",
                                   "{\"count\":31,\"body\":false}", NULL),
                      ZP_OK);
    assert_int_equal (self->answer.count, 62);
}

static void
test_purge_takes_away_what_is_in_one_state_for_good (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_put (self, "jobs", 1, 5);
    fixture_reserve (self, "jobs", "1");
    fixture_expect (self, "1", "queue.bury",
                    fixture_reserve (self, "jobs", "2"));
    fixture_expect (self, "3", "queue.purge", "jobs");
    assert_int_equal (fixture_stat (self, "jobs", "ready"), 0);
    assert_int_equal (fixture_stat (self, "jobs", "leased"), 1);
    fixture_expect (self, "1", "queue.purge", "jobs", "{\"state\":\"buried\"}");
    fixture_expect (self, "1", "queue.purge", "jobs", "{\"state\":\"leased\"}");
    fixture_refused (self, ZP_FAILED_PRECONDITION, "1:1:1 is gone", "queue.ack",
                     "1:1:1");
    fixture_expect (self, "0", "queue.purge", "jobs");
    fixture_start (self);
    fixture_expect (self, "[]", "queue.list");
}

static void
test_a_paused_queue_takes_but_gives_nothing_also_after_a_restart (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_put (self, "jobs", 1, 1);
    fixture_put (self, "other", 1, 1);
    fixture_expect (self, "1", "queue.pause", "jobs");
    fixture_put (self, "jobs", 2, 1);
    for (int i = 0; i < 2; i++) {
        assert_int_equal (fixture_stat (self, "jobs", "paused"), 1);
        assert_int_equal (fixture_ask (self, "queue.reserve", "jobs",
                                       "{\"wait_ms\":0}", NULL),
                          ZP_NOT_FOUND);
        fixture_start (self);
    }
    answer_t waiting = {.ended = 0};
    zp_span_t args[] = {{"jobs", 4}, {"{\"wait_ms\":20000}", 17}};
    fixture_begin (self, "queue.reserve", args, 2, &waiting);
    fixture_reserve (self, "other", "1");
    assert_int_equal (waiting.ended, 0);
    fixture_expect (self, "1", "queue.pause", "jobs", "{\"paused\":false}");
    test_until (self->loop, waiting.ended);
    assert_string_equal (waiting.part[1], "1");
    answer_clear (&waiting);
    fixture_start (self);
    assert_int_equal (fixture_stat (self, "jobs", "paused"), 0);
}

static void
test_the_server_in_it_answers_as_well (void **state)
{
    fixture_t *self = *state;
    self->options.server.name = "belt";
    fixture_start (self);
    assert_int_equal (fixture_ask (self, "zp.info", NULL), ZP_OK);
    assert_non_null (strstr (self->answer.part[0], "\"belt\""));
    assert_non_null (strstr (self->answer.part[0], "\"queue.reserve\""));
    assert_string_equal (zp_queue_broker_error (self->broker), "");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (
            test_list_tells_of_all_queues_in_the_order_of_their_names),
        fixture_test (test_a_queue_that_is_not_there_is_not_made_by_looking),
        fixture_test (test_peek_shows_messages_and_takes_none),
        fixture_test (test_peek_looks_into_each_state),
        fixture_test (test_peek_can_be_paged_through),
        fixture_test (test_what_does_not_fit_into_one_reply_comes_in_the_next),
        fixture_test (test_purge_takes_away_what_is_in_one_state_for_good),
        fixture_test (
            test_a_paused_queue_takes_but_gives_nothing_also_after_a_restart),
        fixture_test (test_the_server_in_it_answers_as_well),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
