//  SPDX-License-Identifier: MIT
//
//  What a publisher answers to requests that are wrong: a status and a text

#include "fixture.h"
#include "test_seed.h"
#include "zp_update.h"

#define PARTS_MAX 5

//  A request, drawn up part by part
typedef struct {
    const char *method;         // What is asked
    size_t count;               // Arguments
    zp_span_t part[PARTS_MAX];  // These
    uint8_t data[2048];         // Bytes of the last one made here
} s_question_t;

static const letter_t *
s_ask (fixture_t *self, peer_t *caller, const s_question_t *question)
{
    size_t number = peer_count (caller);
    zp_envelope_t envelope = peer_envelope (number + 1);
    zp_span_t parts[PARTS_MAX + 1] = {
        {question->method, strlen (question->method)}};
    memcpy (parts + 1, question->part,
            question->count * sizeof *question->part);
    peer_send_open (caller, NULL, &envelope, parts, question->count + 1);
    test_until (self->loop, peer_count (caller) > number);
    return peer_letter (caller, number);
}

//  It is refused with that status, and a line of text
static void
s_expect (fixture_t *self, peer_t *caller, const s_question_t *question,
          zp_status_t status)
{
    const letter_t *letter = s_ask (self, caller, question);
    assert_int_equal (letter->envelope.status, status);
    assert_int_equal (letter->count, 1);
    assert_true (letter->part[0].size > 10);
    assert_null (memchr (letter->part[0].data, 0, letter->part[0].size));
}

//  A publisher with something to ask for, and one who asks
static peer_t *
s_start (fixture_t *self)
{
    fixture_publisher (self);
    fixture_set (self, "a/b", "1");
    fixture_set (self, "a/c", "2");
    return peer_new_caller (self->loop, self->requests);
}

//  It is still there, and answers who asks well
static void
s_end (fixture_t *self, peer_t **caller_p)
{
    s_question_t good = {"pub.snapshot", 1, {{"a/", 2}}, {0}};
    const letter_t *letter = s_ask (self, *caller_p, &good);
    assert_int_equal (letter->envelope.status, ZP_OK);
    assert_int_equal (letter->count, 4);
    ear_t *ear = fixture_ear (self, 0, "#");
    fixture_expect (self, ear, "snapshot #\nhad a/c 2\nhad a/b 1\njoined #\n");
    peer_destroy (caller_p);
}

//  Snapshots

static void
test_a_snapshot_of_what_is_no_stem (void **state)
{
    fixture_t *self = *state;
    peer_t *caller = s_start (self);
    char large[400], deep[] = "1/2/3/4/5/6/7/8/";
    memset (large, 'x', sizeof large);
    large[256] = large[399] = '/';
    const zp_span_t stems[] = {
        {"a", 1},    {"/", 1},      {"\0", 1},   {"a//", 3},   {"//", 2},
        {"/a/", 3},  {"a/\0", 3},   {"a\0/", 3}, {"+/", 2},    {"#\0", 2},
        {"a/+/", 4}, {"\xFE/", 2},  {"a\n/", 3}, {large, 257}, {large, 400},
        {deep, 16},  {"a\0b\0", 4}, {"\0\0", 2},
    };
    for (size_t i = 0; i < sizeof stems / sizeof *stems; i++) {
        s_question_t question = {"pub.snapshot", 1, {stems[i]}, {0}};
        s_expect (self, caller, &question, ZP_INVALID_ARGUMENT);
    }
    s_end (self, &caller);
}

static void
test_a_snapshot_that_goes_on_behind_what_is_not_known (void **state)
{
    fixture_t *self = *state;
    peer_t *caller = s_start (self);
    fixture_set (self, "b", "3");
    char large[400];
    memset (large, 'x', sizeof large);
    const zp_span_t topics[] = {{"a/none", 6},  {"b", 1},      {"a", 1},
                                {"a/", 2},      {"\0", 1},     {"a/b\0", 4},
                                {large, 255},   {large, 400},  {"\xFF", 1},
                                {"a/b/c/d", 7}, {"//////", 6}, {"+", 1}};
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
        s_question_t question = {
            "pub.snapshot", 2, {{"a/", 2}, topics[i]}, {0}};
        s_expect (self, caller, &question, ZP_ABORTED);
    }
    fixture_set (self, "b", NULL);
    s_end (self, &caller);
}

static void
test_a_snapshot_that_goes_on_in_another_life (void **state)
{
    fixture_t *self = *state;
    peer_t *caller = s_start (self);
    s_question_t question = {"pub.snapshot", 1, {{"a/", 2}, {"a/b", 3}}, {0}};
    const letter_t *letter = s_ask (self, caller, &question);
    assert_int_equal (letter->part[3].size, 8);
    memcpy (question.data, letter->part[3].data, 8);
    question.part[2] = (zp_span_t){question.data, 8};
    question.count = 3;
    assert_int_equal (s_ask (self, caller, &question)->envelope.status, ZP_OK);
    question.data[7] ^= 1;
    s_expect (self, caller, &question, ZP_ABORTED);
    s_end (self, &caller);
}

//  What is missing is empty, and what there is too much of is not looked at
static void
test_any_number_of_arguments (void **state)
{
    fixture_t *self = *state;
    peer_t *caller = s_start (self);
    for (size_t i = 0; i <= PARTS_MAX; i++) {
        s_question_t question = {"pub.snapshot", i, {{"", 0}}, {0}};
        assert_int_equal (s_ask (self, caller, &question)->envelope.status,
                          ZP_OK);
        question.method = "pub.stat";
        assert_int_equal (s_ask (self, caller, &question)->envelope.status,
                          ZP_OK);
        question.method = "pub.replay";
        s_expect (self, caller, &question, ZP_INVALID_ARGUMENT);
        question.method = "pub.none";
        s_expect (self, caller, &question, ZP_UNIMPLEMENTED);
    }
    s_end (self, &caller);
}

//  Replays

static void
s_want (s_question_t *question, uint64_t from, size_t size, const char *stem,
        size_t stem_size)
{
    zp_span_t *wants = &question->part[1];
    uint8_t *at = question->data + 8 + wants->size;
    assert_true (at + 10 + stem_size <= question->data + 2048);
    zp_update_put (at, 8, from);
    zp_update_put (at + 8, 2, size);
    memcpy (at + 10, stem, stem_size);
    wants->size += 10 + stem_size;
}

//  A question about that stream, in which nothing is wanted yet
static s_question_t *
s_replay (s_question_t *question, uint64_t stream)
{
    *question = (s_question_t){.method = "pub.replay", .count = 2};
    zp_update_put (question->data, 8, stream);
    question->part[0] = (zp_span_t){question->data, 8};
    question->part[1] = (zp_span_t){question->data + 8, 0};
    return question;
}

static void
test_wants_whose_lengths_lie (void **state)
{
    fixture_t *self = *state;
    peer_t *caller = s_start (self);
    uint64_t stream = zp_publisher_stream (self->publisher);
    s_question_t question;
    const size_t sizes[] = {1, 3, 4, 255, 256, 257, 0x7FFF, 0xFFFF};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        s_want (s_replay (&question, stream), 0, sizes[i], "a/", 2);
        s_expect (self, caller, &question, ZP_INVALID_ARGUMENT);
        //  Behind a good one
        s_want (s_replay (&question, stream), 0, 2, "a/", 2);
        s_want (&question, 0, sizes[i], "b\0", 2);
        s_expect (self, caller, &question, ZP_INVALID_ARGUMENT);
    }
    //  Cut off anywhere, but where one of them ends
    s_want (s_replay (&question, stream), 0, 2, "a/", 2);
    s_want (&question, 0, 2, "b\0", 2);
    for (size_t size = 0; size < 24; size++) {
        question.part[1].size = size;
        if (size != 12)
            s_expect (self, caller, &question, ZP_INVALID_ARGUMENT);
    }
    s_end (self, &caller);
}

static void
test_wants_that_are_no_stems_or_the_same_twice (void **state)
{
    fixture_t *self = *state;
    peer_t *caller = s_start (self);
    uint64_t stream = zp_publisher_stream (self->publisher);
    s_question_t question;
    const zp_span_t stems[] = {{"a", 1},    {"/", 1},   {"\0", 1},   {"+/", 2},
                               {"a/\0", 3}, {"a//", 3}, {"\xFF/", 2}};
    for (size_t i = 0; i < sizeof stems / sizeof *stems; i++) {
        s_want (s_replay (&question, stream), 0, stems[i].size, stems[i].data,
                stems[i].size);
        s_expect (self, caller, &question, ZP_INVALID_ARGUMENT);
    }
    s_want (s_replay (&question, stream), 0, 2, "a/", 2);
    s_want (&question, 1, 2, "a/", 2);
    s_expect (self, caller, &question, ZP_INVALID_ARGUMENT);
    s_end (self, &caller);
}

static void
test_a_replay_of_another_stream_or_of_none (void **state)
{
    fixture_t *self = *state;
    peer_t *caller = s_start (self);
    uint64_t stream = zp_publisher_stream (self->publisher);
    s_question_t question;
    s_want (s_replay (&question, stream ^ 1), 0, 2, "a/", 2);
    s_expect (self, caller, &question, ZP_ABORTED);
    s_want (s_replay (&question, 0), 0, 2, "a/", 2);
    s_expect (self, caller, &question, ZP_ABORTED);
    s_want (s_replay (&question, stream), 0, 2, "a/", 2);
    for (size_t size = 0; size < 12; size++) {
        question.part[0].size = size;
        if (size != 8)
            s_expect (self, caller, &question, ZP_INVALID_ARGUMENT);
    }
    s_end (self, &caller);
}

//  A number that there is not yet is no fault: nothing follows it
static void
test_a_replay_from_any_number (void **state)
{
    fixture_t *self = *state;
    peer_t *caller = s_start (self);
    s_question_t question;
    const uint64_t numbers[] = {2, 3, 1000, INT64_MAX, UINT64_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        s_replay (&question, zp_publisher_stream (self->publisher));
        s_want (&question, numbers[i], 0, "", 0);
        const letter_t *letter = s_ask (self, caller, &question);
        assert_int_equal (letter->envelope.status, ZP_OK);
        assert_int_equal (letter->part[1].size, 0);
    }
    s_end (self, &caller);
}

static void
test_any_bytes (void **state)
{
    fixture_t *self = *state;
    uint64_t seed = test_seed ();
    peer_t *caller = s_start (self);
    uint64_t stream = zp_publisher_stream (self->publisher);
    for (int i = 0; i < 5000; i++) {
        s_question_t question;
        s_want (s_replay (&question, stream), 0, 2, "a/", 2);
        s_want (&question, test_random (&seed), 0, "", 0);
        if (i % 2)
            question.method = "pub.snapshot";
        for (int k = test_below (&seed, 4); k-- > 0;)
            question.data[test_below (&seed, 40)] =
                (uint8_t) test_random (&seed);
        question.count = (size_t) test_below (&seed, 4);
        for (size_t k = 0; k < question.count; k++)
            if (test_below (&seed, 2))
                question.part[k] =
                    (zp_span_t){question.data + test_below (&seed, 20),
                                (size_t) test_below (&seed, 20)};
        const letter_t *letter = s_ask (self, caller, &question);
        bool good = letter->envelope.status == ZP_OK;
        assert_true (good ? letter->count >= 2 : letter->part[0].size > 10);
    }
    s_end (self, &caller);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_snapshot_of_what_is_no_stem),
        fixture_test (test_a_snapshot_that_goes_on_behind_what_is_not_known),
        fixture_test (test_a_snapshot_that_goes_on_in_another_life),
        fixture_test (test_any_number_of_arguments),
        fixture_test (test_wants_whose_lengths_lie),
        fixture_test (test_wants_that_are_no_stems_or_the_same_twice),
        fixture_test (test_a_replay_of_another_stream_or_of_none),
        fixture_test (test_a_replay_from_any_number),
        fixture_test (test_any_bytes),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
