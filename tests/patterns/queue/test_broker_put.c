//  SPDX-License-Identifier: MIT
//
//  queue.put: what is confirmed, what is refused, what is the same again.

#include "fixture.h"

static void
test_a_message_that_was_put_can_be_reserved (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_expect (self, "1", "queue.put", "jobs", "one");
    fixture_expect (self, "2", "queue.put", "jobs", "two", "");
    fixture_expect (self, "3", "queue.put", "jobs", "three", "{}");
    fixture_reserve (self, "jobs", "one");
    fixture_reserve (self, "jobs", "two");
    fixture_reserve (self, "jobs", "three");
}

static void
test_a_body_is_any_bytes (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    size_t size = self->options.queue.max_body_bytes;
    char *body = malloc (size);
    for (size_t i = 0; i < size; i++)
        body[i] = (char) (i % 251);
    zp_span_t args[] = {{"jobs", 4}, {body, size}};
    assert_int_equal (fixture_ask_parts (self, "queue.put", args, 2), ZP_OK);
    args[1].size = 0;
    assert_int_equal (fixture_ask_parts (self, "queue.put", args, 2), ZP_OK);
    assert_int_equal (fixture_ask (self, "queue.reserve", "jobs", NULL), ZP_OK);
    assert_int_equal (self->answer.size[1], size);
    assert_memory_equal (self->answer.part[1], body, size);
    fixture_reserve (self, "jobs", "");
    free (body);
}

//  What a program that is killed now would leave behind
static void
s_copy_journal (fixture_t *self, const char *to)
{
    zsys_dir_create ("%s", to);
    static const char *const names[] = {"queue.db", "queue.db-wal"};
    for (size_t i = 0; i < 2; i++) {
        char path[256];
        snprintf (path, sizeof path, "%s/%s", self->folder, names[i]);
        zchunk_t *bytes = zchunk_slurp (path, 0);
        if (!bytes)
            continue;
        zfile_t *file = zfile_new (to, names[i]);
        assert_int_equal (zfile_output (file), 0);
        assert_int_equal (zfile_write (file, bytes, 0), 0);
        zfile_destroy (&file);
        zchunk_destroy (&bytes);
    }
}

typedef struct {
    uint64_t number;  // Looked for
    char body[16];    // What is in it; "": nothing was found
} s_wanted_t;

static int
s_look (void *arg, const zp_record_t *record)
{
    s_wanted_t *wanted = arg;
    if (record->number == wanted->number)
        snprintf (wanted->body, sizeof wanted->body, "%.*s",
                  (int) record->body.size, (const char *) record->body.data);
    return 0;
}

static void
test_what_is_confirmed_is_in_the_file_at_that_moment (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    for (int i = 1; i <= 10; i++) {
        char body[32], folder[100], url[200];
        snprintf (body, sizeof body, "body %d", i);
        assert_int_equal (fixture_ask (self, "queue.put", "jobs", body, NULL),
                          ZP_OK);
        s_wanted_t wanted = {strtoull (self->answer.part[0], NULL, 10), ""};
        snprintf (folder, sizeof folder, "%s/%d", self->folder, i);
        s_copy_journal (self, folder);
        snprintf (url, sizeof url, "sqlite:%s/queue.db", folder);
        zp_journal_t *copy = zp_journal_new (
            self->loop, url, &(zp_journal_events_t){.arg = self}, NULL, NULL);
        assert_non_null (copy);
        assert_int_equal (zp_journal_replay (copy, 0, true, s_look, &wanted),
                          ZP_OK);
        assert_string_equal (wanted.body, body);
        zp_journal_destroy (&copy);
    }
}

static void
test_what_was_put_is_there_after_a_restart_as_it_was_put (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_expect (self, "1", "queue.put", "jobs", "later",
                    "{\"delay_ms\":3600000}");
    fixture_expect (self, "2", "queue.put", "jobs", "low", "{\"priority\":0}");
    fixture_expect (self, "3", "queue.put", "jobs", "high",
                    "{\"priority\":9,\"lease_ms\":77000}");
    fixture_start (self);
    assert_int_equal (fixture_stat (self, "jobs", "delayed"), 1);
    fixture_reserve (self, "jobs", "high");
    fixture_reserve (self, "jobs", "low");
    fixture_refused (self, ZP_NOT_FOUND, "no message is ready in jobs",
                     "queue.reserve", "jobs", "{\"wait_ms\":0}");
    assert_int_equal (fixture_ask (self, "queue.peek", "jobs",
                                   "{\"state\":\"leased\"}", NULL),
                      ZP_OK);
    assert_non_null (strstr (self->answer.part[0], "\"lease_ms\":77000"));
}

static void
test_a_message_with_a_delay_comes_no_sooner (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    int64_t start_ms = zclock_mono ();
    fixture_expect (self, "1", "queue.put", "jobs", "late",
                    "{\"delay_ms\":150}");
    assert_int_equal (fixture_stat (self, "jobs", "delayed"), 1);
    fixture_expect (self, "2", "queue.put", "jobs", "soon");
    fixture_reserve (self, "jobs", "soon");
    assert_int_equal (fixture_ask (self, "queue.reserve", "jobs",
                                   "{\"wait_ms\":20000}", NULL),
                      ZP_OK);
    assert_string_equal (self->answer.part[1], "late");
    assert_true (zclock_mono () - start_ms >= 150);
}

static void
test_high_priorities_come_first_and_equal_ones_in_their_order (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    static const char *const bodies[] = {"4a", "0", "9a", "4b", "9b", "5"};
    for (int i = 0; i < 6; i++) {
        char options[32];
        snprintf (options, sizeof options, "{\"priority\":%c}", bodies[i][0]);
        //  4 is the default
        fixture_ask (self, "queue.put", "jobs", bodies[i],
                     bodies[i][0] == '4' ? "" : options, NULL);
    }
    static const char *const order[] = {"9a", "9b", "5", "4a", "4b", "0"};
    for (int i = 0; i < 6; i++)
        fixture_reserve (self, "jobs", order[i]);
}

static void
test_with_ageing_each_so_manieth_is_the_oldest (void **state)
{
    fixture_t *self = *state;
    self->options.queue.age_every = 3;
    fixture_start (self);
    fixture_ask (self, "queue.put", "jobs", "old", "{\"priority\":0}", NULL);
    fixture_put (self, "jobs", 1, 4);
    static const char *const order[] = {"1", "2", "old", "3", "4"};
    for (int i = 0; i < 5; i++)
        fixture_reserve (self, "jobs", order[i]);
}

//  Dedupe

#define SAME "{\"id\":\"order-7\"}"

static void
test_the_same_message_id_is_the_same_message (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_expect (self, "1", "queue.put", "jobs", "first", SAME);
    fixture_expect (self, "1", "queue.put", "jobs", "second", SAME);
    fixture_expect (self, "2", "queue.put", "other", "other queue", SAME);
    fixture_expect (self, "3", "queue.put", "jobs", "x", "{\"id\":\"other\"}");
    assert_int_equal (fixture_stat (self, "jobs", "ready"), 2);
    assert_int_equal (fixture_stat (self, "jobs", "repeated"), 1);
    fixture_reserve (self, "jobs", "first");
}

static void
test_a_repetition_is_confirmed_no_sooner_than_the_first (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    zp_span_t args[] = {{"jobs", 4}, {"x", 1}, {SAME, strlen (SAME)}};
    answer_t answers[2] = {{.ended = 0}, {.ended = 0}};
    //  Both in one turn: the first can't be on disk when the second comes
    for (int i = 0; i < 2; i++)
        fixture_begin (self, "queue.put", args, 3, &answers[i]);
    test_until (self->loop, answers[1].ended);
    assert_true (answers[0].ended);
    for (int i = 0; i < 2; i++) {
        assert_string_equal (answers[i].part[0], "1");
        answer_clear (&answers[i]);
    }
    assert_int_equal (fixture_stat (self, "jobs", "ready"), 1);
}

static void
test_a_message_id_is_remembered_when_its_message_is_done (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_expect (self, "1", "queue.put", "jobs", "first", SAME);
    const char *receipt = fixture_reserve (self, "jobs", "first");
    fixture_expect (self, "1", "queue.ack", receipt);
    fixture_expect (self, "1", "queue.put", "jobs", "again", SAME);
    assert_int_equal (fixture_stat (self, "jobs", "ready"), 0);
    //  And over a restart
    fixture_start (self);
    fixture_expect (self, "1", "queue.put", "jobs", "again", SAME);
    assert_int_equal (fixture_stat (self, "jobs", "ready"), 0);
}

static void
test_a_message_id_is_remembered_over_a_restart (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_expect (self, "1", "queue.put", "jobs", "first", SAME);
    fixture_start (self);
    fixture_expect (self, "1", "queue.put", "jobs", "again", SAME);
    assert_int_equal (fixture_stat (self, "jobs", "ready"), 1);
}

static void
test_after_the_window_a_message_id_is_forgotten (void **state)
{
    fixture_t *self = *state;
    self->options.queue.dedupe_ms = 50;
    fixture_start (self);
    fixture_expect (self, "1", "queue.put", "jobs", "first", SAME);
    do
        assert_int_equal (
            fixture_ask (self, "queue.put", "jobs", "again", SAME, NULL),
            ZP_OK);
    while (strcmp (self->answer.part[0], "1") == 0);
    assert_int_equal (fixture_stat (self, "jobs", "ready"), 2);
}

//  Limits

static void
test_a_full_queue_refuses_and_loses_nothing (void **state)
{
    fixture_t *self = *state;
    self->options.queue.max_messages = 2;
    fixture_start (self);
    fixture_put (self, "jobs", 1, 2);
    for (int i = 0; i < 3; i++)
        fixture_refused (self, ZP_RESOURCE_EXHAUSTED,
                         "the queue has 2 messages, and may not have more "
                         "(max_messages): put it again later",
                         "queue.put", "jobs", "3");
    assert_int_equal (fixture_stat (self, "jobs", "refused"), 3);
    fixture_expect (self, "3", "queue.put", "other", "has room");
    const char *receipt = fixture_reserve (self, "jobs", "1");
    //  What is with a worker still counts
    assert_int_equal (fixture_ask (self, "queue.put", "jobs", "3", NULL),
                      ZP_RESOURCE_EXHAUSTED);
    fixture_expect (self, "1", "queue.ack", receipt);
    fixture_expect (self, "4", "queue.put", "jobs", "3");
    fixture_reserve (self, "jobs", "2");
    fixture_reserve (self, "jobs", "3");
}

static void
test_a_queue_is_full_by_bytes_as_well (void **state)
{
    fixture_t *self = *state;
    self->options.queue.max_bytes = 10;
    fixture_start (self);
    fixture_expect (self, "1", "queue.put", "jobs", "1234567");
    fixture_refused (self, ZP_RESOURCE_EXHAUSTED,
                     "the queue has 7 bytes of 10 (max_bytes), and 4 more do "
                     "not fit: put it again later",
                     "queue.put", "jobs", "1234");
    fixture_expect (self, "2", "queue.put", "jobs", "123");
}

static void
test_a_body_that_is_too_large_is_refused (void **state)
{
    fixture_t *self = *state;
    self->options.queue.max_body_bytes = 4;
    fixture_start (self);
    fixture_refused (self, ZP_INVALID_ARGUMENT,
                     "a body has at most 4 bytes, this one 5: put it "
                     "elsewhere, and its name here",
                     "queue.put", "jobs", "12345");
    fixture_expect (self, "1", "queue.put", "jobs", "1234");
}

static void
test_there_are_no_more_queues_than_allowed (void **state)
{
    fixture_t *self = *state;
    self->options.queue.max_queues = 2;
    fixture_start (self);
    fixture_expect (self, "1", "queue.put", "one", "x");
    fixture_expect (self, "2", "queue.put", "two", "x");
    const char *says = "there are 2 queues, and no more may be made: use one "
                       "of them, empty one, or raise max_queues";
    fixture_refused (self, ZP_RESOURCE_EXHAUSTED, says, "queue.put", "three",
                     "x");
    fixture_refused (self, ZP_RESOURCE_EXHAUSTED, says, "queue.reserve",
                     "three");
    fixture_expect (self, "3", "queue.put", "two", "x");
}

static void
test_nobody_puts_into_a_dead_letter_queue (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_refused (self, ZP_FAILED_PRECONDITION,
                     "only the queue itself puts messages into a dead-letter "
                     "queue",
                     "queue.put", "jobs.dead", "x");
}

static void
test_wrong_options_are_refused_with_what_is_wrong (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    static const struct {
        const char *options;  // Given
        const char *says;     // What is wrong with them
    } wrong[] = {
        {"{\"delay_ms\":-1}",
         "'delay_ms' must be an integer from 0 to 31536000000"},
        {"{\"delay_ms\":31536000001}",
         "'delay_ms' must be an integer from 0 to 31536000000"},
        {"{\"delay_ms\":0.5}",
         "'delay_ms' must be an integer from 0 to 31536000000"},
        {"{\"lease_ms\":0}",
         "'lease_ms' must be an integer from 1 to 2147483647"},
        {"{\"priority\":10}", "'priority' must be an integer from 0 to 9"},
        {"{\"priority\":-1}", "'priority' must be an integer from 0 to 9"},
        {"{\"id\":7}", "'id' must be a text of at most 64 bytes"},
        {"{\"id\":\"1234567890123456789012345678901234567890"
         "1234567890123456789012345\"}",
         "'id' must be a text of at most 64 bytes"},
        {"{\"dely_ms\":1}", "no option 'dely_ms' here; there are: id, "
                            "delay_ms, lease_ms, priority"},
        {"[]", "options must be a JSON object"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal (fixture_ask (self, "queue.put", "jobs", "x",
                                       wrong[i].options, NULL),
                          ZP_INVALID_ARGUMENT);
        char says[300];
        snprintf (says, sizeof says, "queue.put: %s", wrong[i].says);
        assert_string_equal (self->answer.text, says);
    }
    fixture_refused (self, ZP_INVALID_ARGUMENT,
                     "a message id is printable ASCII", "queue.put", "jobs",
                     "x", "{\"id\":\"\\u00e9\"}");
    //  None of them has changed anything
    fixture_expect (self, "[]", "queue.list");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_message_that_was_put_can_be_reserved),
        fixture_test (test_a_body_is_any_bytes),
        fixture_test (test_what_is_confirmed_is_in_the_file_at_that_moment),
        fixture_test (test_what_was_put_is_there_after_a_restart_as_it_was_put),
        fixture_test (test_a_message_with_a_delay_comes_no_sooner),
        fixture_test (
            test_high_priorities_come_first_and_equal_ones_in_their_order),
        fixture_test (test_with_ageing_each_so_manieth_is_the_oldest),
        fixture_test (test_the_same_message_id_is_the_same_message),
        fixture_test (test_a_repetition_is_confirmed_no_sooner_than_the_first),
        fixture_test (test_a_message_id_is_remembered_when_its_message_is_done),
        fixture_test (test_a_message_id_is_remembered_over_a_restart),
        fixture_test (test_after_the_window_a_message_id_is_forgotten),
        fixture_test (test_a_full_queue_refuses_and_loses_nothing),
        fixture_test (test_a_queue_is_full_by_bytes_as_well),
        fixture_test (test_a_body_that_is_too_large_is_refused),
        fixture_test (test_there_are_no_more_queues_than_allowed),
        fixture_test (test_nobody_puts_into_a_dead_letter_queue),
        fixture_test (test_wrong_options_are_refused_with_what_is_wrong),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
