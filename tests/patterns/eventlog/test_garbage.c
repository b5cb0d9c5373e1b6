//  SPDX-License-Identifier: MIT
//
//  Whatever comes as arguments is answered, does no harm, and is told in text
//  that a terminal can take.

#include "fixture.h"
#include "garbage.h"
#include "test_seed.h"

static const char *const s_methods[] = {
    "log.append",        "log.batch",        "log.read",
    "log.follow",        "log.seen",         "log.trim",
    "log.configure",     "log.stat",         "log.ls",
    "log.group.read",    "log.group.follow", "log.group.ack",
    "log.group.touch",   "log.group.seek",   "log.group.ls",
    "log.group.release", "log.group.delete"};

#define METHODS (sizeof s_methods / sizeof *s_methods)

//  It still does its work, and nothing was left behind
static void
s_check_alive (fixture_t *self)
{
    assert_int_equal (fixture_ask (self, "log.append", "alive", "!", NULL),
                      ZP_OK);
    assert_int_equal (fixture_stat (self, "alive", "readers"), 0);
    fixture_start (self);
    assert_true (fixture_stat (self, "alive", "next") > 0);
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
            if (count > 0)
                assert_int_not_equal (self->answer.status, ZP_OK);
        }
    s_check_alive (self);
}

static void
test_names_that_are_none_are_refused_in_plain_text (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_append (self, "films", 0, 1);
    static char huge[100000];
    memset (huge, 'n', sizeof huge);
    const zp_span_t names[] = {
        {"", 0},           {"\0", 1},           {"films\0x", 7},
        {"a b", 3},        {"a/b", 3},          {"\x1b[2J", 4},
        {"line\nline", 9}, {"\xff\xfe\xc3", 3}, {"\xc3\xa9", 2},
        {huge, 129},       {huge, sizeof huge}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const zp_span_t append[] = {names[i], {"body", 4}};
        const zp_span_t configure[] = {names[i], {"{}", 2}};
        const zp_span_t group[] = {{"films", 5}, names[i], {"m", 1}};
        const zp_span_t member[] = {{"films", 5}, {"g", 1}, names[i]};
        fixture_ask_parts (self, "log.append", append, 2);
        assert_int_equal (self->answer.status, ZP_INVALID_ARGUMENT);
        answer_check_text (&self->answer);
        fixture_ask_parts (self, "log.configure", configure, 2);
        assert_int_equal (self->answer.status, ZP_INVALID_ARGUMENT);
        fixture_ask_parts (self, "log.stat", names + i, 1);
        assert_int_equal (self->answer.status, ZP_NOT_FOUND);
        answer_check_text (&self->answer);
        fixture_ask_parts (self, "log.group.read", group, 3);
        assert_int_equal (self->answer.status, ZP_INVALID_ARGUMENT);
        answer_check_text (&self->answer);
        fixture_ask_parts (self, "log.group.follow", member, 3);
        assert_int_equal (self->answer.status, ZP_INVALID_ARGUMENT);
        answer_check_text (&self->answer);
    }
    s_check_alive (self);
}

static void
test_options_and_offsets_that_are_garbage_are_refused (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_append (self, "films", 0, 3);
    fixture_ask (self, "log.group.read", "films", "g", "m", NULL);
    static const char *const garbage[] = {
        "{\"\\u001b[2J\":1}", "{\"id\":\"\\u00e9\"}",
        "{\"expect\":-1}",    "\x1b[2J",
        "{\"a\nb\":1}",       "{\"id\":7}",
        "{\"expect\":1.5}",   "[]",
        "{\"id\":\"\\n\"}",   "{\"expect\":9223372036854775808}",
        "{\"count\":0}"};
    for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++) {
        fixture_ask (self, "log.append", "films", "x", garbage[i], NULL);
        assert_int_equal (self->answer.status, ZP_INVALID_ARGUMENT);
        answer_check_text (&self->answer);
        fixture_ask (self, "log.read", "films", "0", garbage[i], NULL);
        assert_int_equal (self->answer.status, ZP_INVALID_ARGUMENT);
        answer_check_text (&self->answer);
    }
    static const char *const offsets[] = {
        "-1", "x", "1 ", "01", "", "18446744073709551616", "1-2", "\x1b"};
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        fixture_ask (self, "log.read", "films", offsets[i], NULL);
        assert_int_equal (self->answer.status, ZP_INVALID_ARGUMENT);
        answer_check_text (&self->answer);
        fixture_ask (self, "log.trim", "films", offsets[i], NULL);
        assert_int_equal (self->answer.status, ZP_INVALID_ARGUMENT);
    }
    static const char *const ranges[] = {"",    " ",   "x",   "1-",    "-1",
                                         "2-1", "0 x", "0,1", "0-1-2", "00"};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        fixture_ask (self, "log.group.ack", "films", "g", ranges[i], NULL);
        assert_int_equal (self->answer.status, ZP_INVALID_ARGUMENT);
        answer_check_text (&self->answer);
    }
    //  One that is wrong, and none is acked
    assert_int_equal (fixture_ask (self, "log.group.ack", "films", "g",
                                   "0-9223372036854775806", NULL),
                      ZP_OUT_OF_RANGE);
    assert_int_equal (fixture_group (self, "films", "position"), 0);
    assert_int_equal (fixture_stat (self, "films", "next"), 3);
    s_check_alive (self);
}

static void
test_a_plain_peer_is_told_that_it_can_not_follow (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    peer_t *peer = peer_new_caller (self->loop, self->endpoint);
    zmsg_t *frames = zmsg_new ();
    zmsg_addstr (frames, "");
    zmsg_addstr (frames, "log.follow");
    zmsg_addstr (frames, "films");
    zmsg_addstr (frames, "0");
    peer_send (peer, NULL, frames);
    test_until (self->loop, peer_count (peer) == 1);
    const letter_t *letter = peer_letter (peer, 0);
    assert_true (letter_says (letter, 0, "ERROR"));
    assert_true (letter_says (letter, 1, "FAILED_PRECONDITION"));
    peer_destroy (&peer);
}

static void
test_random_arguments_are_answered (void **state)
{
    fixture_t *self = *state;
    uint64_t random = test_seed ();
    self->options.limits.max_events = 50;
    self->options.limits.max_groups = 3;
    self->options.limits.lease_ms = 20;
    self->options.limits.memory_bytes = 300;
    fixture_start (self);
    fixture_append (self, "films", 0, 20);
    static const char *const pieces[] = {"films",
                                         "alive",
                                         "{}",
                                         "{\"credit\":2,\"wait_ms\":5}",
                                         "0",
                                         "1-3 ",
                                         "5 ",
                                         ":",
                                         "{\"delay_ms\":3}",
                                         "start",
                                         "{\"",
                                         "end",
                                         "\":",
                                         "{\"keep_events\":9}",
                                         "g",
                                         "{\"id\":\"a\"}",
                                         "m",
                                         "{\"holds\":\"1 3-5\"}",
                                         "\x1b",
                                         "4294967297"};
    const size_t total = sizeof pieces / sizeof *pieces;
    for (int i = 0; i < 3000; i++) {
        garbage_t garbage;
        garbage_make (&garbage, &random, pieces, total);
        const char *method = s_methods[test_below (&random, METHODS)];
        //  A stream is not over when it has begun
        answer_t answer = {.ended = 0};
        fixture_begin (self, method, garbage.args, garbage.count, &answer);
        if (strstr (method, "follow"))
            test_turn (self->loop);
        else
            test_until (self->loop, answer.ended);
        bool stays = !answer.ended;
        answer.ended = 1;
        answer_check_text (&answer);
        if (stays) {
            //  Its end may not write to what is gone
            zp_client_destroy (&self->client);
            self->client = answer_client_new (self->loop, self->endpoint);
        }
        answer_clear (&answer);
    }
    test_until (self->loop, fixture_stat (self, "films", "readers") == 0);
    s_check_alive (self);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_all_numbers_of_arguments_are_answered),
        fixture_test (test_names_that_are_none_are_refused_in_plain_text),
        fixture_test (test_options_and_offsets_that_are_garbage_are_refused),
        fixture_test (test_a_plain_peer_is_told_that_it_can_not_follow),
        fixture_test (test_random_arguments_are_answered),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
