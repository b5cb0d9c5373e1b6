//  SPDX-License-Identifier: MIT
//
//  Whatever comes as arguments is answered, does no harm, and is told in text
//  that a terminal can take.

#include "fixture.h"
#include "garbage.h"
#include "test_seed.h"

static const char *const s_methods[] = {
    "queue.put",   "queue.reserve", "queue.ack",  "queue.nack",
    "queue.touch", "queue.bury",    "queue.kick", "queue.purge",
    "queue.pause", "queue.peek",    "queue.stat", "queue.list"};

#define METHODS (sizeof s_methods / sizeof *s_methods)

//  It still does its work, and nothing was left behind
static void
s_check_alive (fixture_t *self)
{
    const char *body = "still there";
    assert_int_equal (fixture_ask (self, "queue.put", "alive", body, NULL),
                      ZP_OK);
    fixture_expect (self, "1", "queue.ack",
                    fixture_reserve (self, "alive", body));
}

static void
test_all_numbers_of_arguments_are_answered (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    zp_span_t args[63];
    for (size_t method = 0; method < METHODS; method++)
        for (size_t count = 0; count < 64; count++) {
            for (size_t i = 0; i < count; i++)
                args[i] = (zp_span_t){"{}", 2};
            fixture_ask_parts (self, s_methods[method], args, count);
            answer_check_text (&self->answer);
            if (count > 3)
                assert_int_equal (self->answer.status, ZP_INVALID_ARGUMENT);
        }
    s_check_alive (self);
}

static void
test_names_that_are_none_are_refused_in_plain_text (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    static char huge[100000];
    memset (huge, 'n', sizeof huge);
    const zp_span_t names[] = {
        {"", 0},           {"\0", 1},           {"jobs\0x", 6},
        {"a b", 3},        {"a/b", 3},          {"\x1b[2J", 4},
        {"line\nline", 9}, {"\xff\xfe\xc3", 3}, {"\xc3\xa9", 2},
        {".dead", 5},      {huge, 129},         {huge, sizeof huge}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t method = 0; method < METHODS; method++) {
            zp_span_t args[] = {names[i], {"body", 4}};
            bool put = strcmp (s_methods[method], "queue.put") == 0;
            fixture_ask_parts (self, s_methods[method], args, put ? 2 : 1);
            assert_int_not_equal (self->answer.status, ZP_OK);
            answer_check_text (&self->answer);
        }
    s_check_alive (self);
}

static void
test_options_that_are_garbage_are_refused_in_plain_text (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_put (self, "jobs", 1, 1);
    static const char *const garbage[] = {
        "{\"\\u001b[2J\":1}", "{\"state\":\"\\u001b[2J\"}",
        "{\"\\u00e9\":true}", "\x1b[2J",
        "{\"a\nb\":1}",       "{\"state\":\"\\n\"}",
        "{\"why\":\"\xff\"}"};
    for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++)
        for (size_t method = 0; method < METHODS - 2; method++) {
            if (strcmp (s_methods[method], "queue.put") == 0)
                fixture_ask (self, s_methods[method], "jobs", "body",
                             garbage[i], NULL);
            else
                fixture_ask (self, s_methods[method], "jobs", garbage[i], NULL);
            assert_int_equal (self->answer.status, ZP_INVALID_ARGUMENT);
            answer_check_text (&self->answer);
        }
    s_check_alive (self);
}

static void
test_receipts_that_are_none_are_refused_in_plain_text (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_put (self, "jobs", 1, 1);
    fixture_reserve (self, "jobs", "1");
    static const zp_span_t receipts[] = {{"1", 1},
                                         {"1:1", 3},
                                         {"1:1:1:1", 7},
                                         {":1:1", 4},
                                         {"01:1:1", 6},
                                         {"-1:1:1", 6},
                                         {"1:1:1\0", 6},
                                         {"1:4294967297:1", 14},
                                         {"18446744073709551617:1:1", 24},
                                         {"\x1b[2J", 4},
                                         {"\xff\xff", 2},
                                         {"1:1:1\t", 6}};
    for (size_t i = 0; i < sizeof receipts / sizeof *receipts; i++) {
        assert_int_equal (
            fixture_ask_parts (self, "queue.ack", &receipts[i], 1),
            ZP_FAILED_PRECONDITION);
        answer_check_text (&self->answer);
        assert_non_null (strstr (self->answer.text, "is no receipt"));
    }
    assert_int_equal (fixture_stat (self, "jobs", "leased"), 1);
}

static void
test_random_arguments_are_answered (void **state)
{
    fixture_t *self = *state;
    uint64_t random = test_seed ();
    self->options.queue.max_messages = 50;
    self->options.queue.lease_ms = 20;
    fixture_start (self);
    static const char *const pieces[] = {
        "jobs",   "alive.dead",     "{}",   "{\"credit\":2,\"wait_ms\":5}",
        "1:1:1",  "2:1:1 ",         ":",    "{\"delay_ms\":3}",
        "{\"",    "\":1}",          "\xff", "{\"state\":\"leased\"}",
        "3:2:1 ", "jobs.dead",      "\n",   "{\"wait_ms\":0}",
        "x",      "{\"id\":\"a\"}", "\x1b", "{\"paused\":false}"};
    const size_t total = sizeof pieces / sizeof *pieces;
    for (int i = 0; i < 3000; i++) {
        garbage_t garbage;
        garbage_make (&garbage, &random, pieces, total);
        const char *method =
            s_methods[(size_t) test_below (&random, (int) METHODS)];
        bool reserve = strcmp (method, "queue.reserve") == 0;
        bool none = garbage.count == 1 ||
                    (garbage.count == 2 &&
                     strspn (garbage.text[1], "{}\n") == garbage.args[1].size);
        if (reserve && none) {  // It would wait
            garbage.args[1] = (zp_span_t){"{\"wait_ms\":0}", 13};
            garbage.count = 2;
        }
        fixture_ask_parts (self, method, garbage.args, garbage.count);
        answer_check_text (&self->answer);
    }
    assert_int_equal (fixture_ask (self, "queue.list", NULL), ZP_OK);
    fixture_start (self);  // The journal makes sense all the same
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_all_numbers_of_arguments_are_answered),
        fixture_test (test_names_that_are_none_are_refused_in_plain_text),
        fixture_test (test_options_that_are_garbage_are_refused_in_plain_text),
        fixture_test (test_receipts_that_are_none_are_refused_in_plain_text),
        fixture_test (test_random_arguments_are_answered),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
