//  SPDX-License-Identifier: MIT

#include "test_seed.h"
#include "zp_gateway_kept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define PLENTY    1000000
#define QUESTIONS 8  // Of the model

static const uint8_t s_secret[ZP_GATEWAY_SECRET] = {1, 2, 3};

static zp_span_t
s_span (const char *text)
{
    return (zp_span_t){text, strlen (text)};
}

//  The question that asks call 1 with this text
static zp_gateway_question_t
s_question (const zp_gateway_kept_t *kept, const char *text)
{
    zp_span_t part = s_span (text);
    return zp_gateway_kept_question (kept, 1, &part, 1);
}

static void
s_put (zp_gateway_kept_t *kept, const char *question, const char *answer,
       int64_t now_ms)
{
    zp_gateway_question_t asked = s_question (kept, question);
    zp_gateway_kept_put (kept, &asked, s_span (answer), now_ms);
}

//  The answer at time 0, or NULL. It is there until the next one
static const char *
s_get (zp_gateway_kept_t *kept, const char *question)
{
    static char text[1024];
    zp_span_t answer;
    zp_gateway_question_t asked = s_question (kept, question);
    if (!zp_gateway_kept_get (kept, &asked, 0, 0, &answer))
        return NULL;
    memcpy (text, answer.data, answer.size);
    text[answer.size] = 0;
    return text;
}

static void
test_the_last_answer_is_kept (void **state)
{
    (void) state;
    zp_gateway_kept_t *kept = zp_gateway_kept_new (10, PLENTY, s_secret);
    assert_null (s_get (kept, "a"));
    s_put (kept, "a", "one", 0);
    s_put (kept, "b", "", 0);
    assert_string_equal (s_get (kept, "a"), "one");
    assert_string_equal (s_get (kept, "b"), "");
    s_put (kept, "a", "two and more", 0);
    assert_string_equal (s_get (kept, "a"), "two and more");
    assert_int_equal (zp_gateway_kept_count (kept), 2);
    zp_gateway_kept_destroy (&kept);
    assert_null (kept);
    zp_gateway_kept_destroy (&kept);
}

static void
test_an_answer_that_is_too_old_is_kept_no_longer (void **state)
{
    (void) state;
    zp_gateway_kept_t *kept = zp_gateway_kept_new (10, PLENTY, s_secret);
    zp_gateway_question_t a = s_question (kept, "a");
    zp_span_t answer;
    s_put (kept, "a", "one", 1000);
    assert_true (zp_gateway_kept_get (kept, &a, 500, 1500, &answer));
    assert_false (zp_gateway_kept_get (kept, &a, 500, 1501, &answer));
    assert_int_equal (zp_gateway_kept_count (kept), 0);
    assert_int_equal (zp_gateway_kept_bytes (kept), 0);
    assert_false (zp_gateway_kept_get (kept, &a, 5000, 1501, &answer));
    zp_gateway_kept_destroy (&kept);
}

static void
test_other_calls_and_other_arguments_are_other_questions (void **state)
{
    (void) state;
    zp_gateway_kept_t *kept = zp_gateway_kept_new (10, PLENTY, s_secret);
    zp_span_t one[] = {s_span ("ab"), s_span ("c")};
    zp_span_t two[] = {s_span ("a"), s_span ("bc")};
    zp_gateway_question_t all[] = {
        zp_gateway_kept_question (kept, 1, one, 2),
        zp_gateway_kept_question (kept, 1, two, 2),
        zp_gateway_kept_question (kept, 1, one, 1),
        zp_gateway_kept_question (kept, 1, NULL, 0),
        zp_gateway_kept_question (kept, 2, one, 2),
    };
    size_t count = sizeof all / sizeof *all;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal (&all[i], &all[j], sizeof *all);
    zp_gateway_question_t again = zp_gateway_kept_question (kept, 1, one, 2);
    assert_memory_equal (&again, &all[0], sizeof again);
    //  And nobody knows their hashes who does not know the secret
    uint8_t secret[ZP_GATEWAY_SECRET] = {4, 5, 6};
    zp_gateway_kept_t *other = zp_gateway_kept_new (10, PLENTY, secret);
    again = zp_gateway_kept_question (other, 1, one, 2);
    assert_memory_not_equal (&again, &all[0], sizeof again);
    zp_gateway_kept_destroy (&other);
    zp_gateway_kept_destroy (&kept);
}

static void
test_the_one_used_longest_ago_goes_first (void **state)
{
    (void) state;
    zp_gateway_kept_t *kept = zp_gateway_kept_new (3, PLENTY, s_secret);
    s_put (kept, "a", "1", 0);
    s_put (kept, "b", "2", 0);
    s_put (kept, "c", "3", 0);
    assert_non_null (s_get (kept, "a"));
    s_put (kept, "d", "4", 0);
    assert_null (s_get (kept, "b"));
    s_put (kept, "c", "5", 0);
    s_put (kept, "e", "6", 0);
    assert_null (s_get (kept, "a"));
    assert_string_equal (s_get (kept, "c"), "5");
    assert_non_null (s_get (kept, "d"));
    assert_non_null (s_get (kept, "e"));
    zp_gateway_kept_destroy (&kept);
}

static void
test_what_is_too_large_is_not_kept_nor_is_what_it_replaces (void **state)
{
    (void) state;
    zp_gateway_kept_t *kept = zp_gateway_kept_new (10, 1000, s_secret);
    char large[1024];
    memset (large, 'x', sizeof large);
    s_put (kept, "a", "1", 0);
    s_put (kept, "b", "2", 0);
    zp_gateway_question_t a = s_question (kept, "a");
    zp_gateway_kept_put (kept, &a, (zp_span_t){large, sizeof large}, 0);
    assert_null (s_get (kept, "a"));
    assert_string_equal (s_get (kept, "b"), "2");
    zp_gateway_kept_destroy (&kept);
}

//  What a model knows of a question
typedef struct s_known {
    bool kept;       // It has an answer
    size_t size;     // Of that: bytes of its question's number
    unsigned used;   // When it was used
    int64_t put_ms;  // When it was put
} s_known_t;

//  Forget those that the kept ones have forgotten; they must be the ones used
//  longest ago
static void
s_check_gone (zp_gateway_kept_t *kept, s_known_t *known, size_t room)
{
    size_t count = 0;
    for (size_t i = 0; i < QUESTIONS; i++)
        count += known[i].kept;
    while (count > zp_gateway_kept_count (kept)) {
        s_known_t *oldest = NULL;
        for (size_t i = 0; i < QUESTIONS; i++)
            if (known[i].kept && (!oldest || known[i].used < oldest->used))
                oldest = &known[i];
        oldest->kept = false;
        count--;
    }
    assert_int_equal (count, zp_gateway_kept_count (kept));
    assert_true (zp_gateway_kept_bytes (kept) <= room);
}

static void
test_it_does_what_a_model_does (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    const size_t room = 1500;
    zp_gateway_kept_t *kept = zp_gateway_kept_new (6, room, s_secret);
    s_known_t known[QUESTIONS] = {0};
    int64_t now_ms = 0;
    char text[1024], name[2] = "a";
    for (unsigned step = 1; step < 20000; step++) {
        size_t which = (size_t) test_below (&seed, QUESTIONS);
        s_known_t *it = &known[which];
        name[0] = (char) ('a' + which);
        zp_gateway_question_t asked = s_question (kept, name);
        now_ms += test_below (&seed, 10);
        if (test_below (&seed, 2)) {
            size_t size = (size_t) test_below (&seed, 500);
            memset (text, name[0], size);
            zp_gateway_kept_put (kept, &asked, (zp_span_t){text, size}, now_ms);
            *it = (s_known_t){true, size, step, now_ms};
            s_check_gone (kept, known, room);
            assert_true (it->kept);
            continue;
        }
        zp_span_t answer;
        it->kept = it->kept && now_ms - it->put_ms <= 50;
        assert_int_equal (
            zp_gateway_kept_get (kept, &asked, 50, now_ms, &answer), it->kept);
        if (!it->kept)
            continue;
        it->used = step;
        memset (text, name[0], it->size);
        assert_int_equal (answer.size, it->size);
        assert_memory_equal (answer.data, text, it->size);
    }
    zp_gateway_kept_destroy (&kept);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_the_last_answer_is_kept),
        cmocka_unit_test (test_an_answer_that_is_too_old_is_kept_no_longer),
        cmocka_unit_test (
            test_other_calls_and_other_arguments_are_other_questions),
        cmocka_unit_test (test_the_one_used_longest_ago_goes_first),
        cmocka_unit_test (
            test_what_is_too_large_is_not_kept_nor_is_what_it_replaces),
        cmocka_unit_test (test_it_does_what_a_model_does),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
