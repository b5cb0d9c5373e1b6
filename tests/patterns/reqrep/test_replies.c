//  SPDX-License-Identifier: MIT
//
//  Kept replies: what is promised, one by one, and random use beside a naive
//  model.

#include "zp_replies.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "test_seed.h"

static zp_envelope_t
s_id (uint64_t serial)
{
    return (zp_envelope_t){.kind = ZP_REQUEST, .client = 1, .serial = serial};
}

//  Let the request with that serial begin and end with a reply of one part
static void
s_keep (zp_replies_t *self, uint64_t serial, int64_t now_ms, const char *text)
{
    zp_envelope_t id = s_id (serial);
    zp_span_t part = {text, strlen (text)};
    zp_kept_t kept = {.status = ZP_OK, .parts = &part, .count = 1};
    zp_replies_begin (self, &id, self);
    zp_replies_end (self, &id, now_ms, &kept);
}

static bool
s_is_kept (zp_replies_t *self, uint64_t serial, int64_t now_ms)
{
    zp_envelope_t id = s_id (serial);
    zp_kept_t kept;
    return zp_replies_find (self, &id, now_ms, &kept);
}

static void
test_nothing_is_known_of_a_new_request (void **state)
{
    (void) state;
    zp_replies_t *self = zp_replies_new (10, 10000, 1000);
    assert_false (s_is_kept (self, 1, 0));
    zp_envelope_t id = s_id (1);
    zp_replies_forget (self, &id);
    zp_replies_destroy (&self);
    assert_null (self);
    zp_replies_destroy (&self);
}

static void
test_a_request_that_runs_is_found_as_what_was_given (void **state)
{
    (void) state;
    zp_replies_t *self = zp_replies_new (10, 10000, 1000);
    zp_envelope_t id = s_id (1);
    int request;
    zp_kept_t kept;
    zp_replies_begin (self, &id, &request);
    //  For as long as it takes
    assert_true (zp_replies_find (self, &id, 1000000, &kept));
    assert_ptr_equal (kept.running, &request);
    zp_replies_destroy (&self);
}

static void
test_a_reply_is_found_as_a_copy_of_what_was_given (void **state)
{
    (void) state;
    zp_replies_t *self = zp_replies_new (10, 10000, 1000);
    zp_envelope_t id = s_id (1);
    char text[] = "text";
    zp_span_t parts[] = {{text, 4}, {NULL, 0}, {text, 2}};
    zp_kept_t kept = {.status = ZP_NOT_FOUND,
                      .retry_after_ms = 7,
                      .parts = parts,
                      .count = 3};
    zp_replies_begin (self, &id, self);
    zp_replies_end (self, &id, 0, &kept);
    memset (text, 'x', sizeof text);
    memset (parts, 0, sizeof parts);
    //  The attempt does not matter
    id.attempt = 2;
    assert_true (zp_replies_find (self, &id, 1, &kept));
    assert_null (kept.running);
    assert_int_equal (kept.status, ZP_NOT_FOUND);
    assert_int_equal (kept.retry_after_ms, 7);
    assert_int_equal (kept.count, 3);
    assert_int_equal (kept.parts[0].size, 4);
    assert_memory_equal (kept.parts[0].data, "text", 4);
    assert_int_equal (kept.parts[1].size, 0);
    assert_memory_equal (kept.parts[2].data, "te", 2);
    zp_replies_destroy (&self);
}

static void
test_what_was_not_begun_is_not_kept (void **state)
{
    (void) state;
    zp_replies_t *self = zp_replies_new (10, 10000, 1000);
    zp_envelope_t id = s_id (1);
    zp_kept_t kept = {.status = ZP_OK};
    zp_replies_end (self, &id, 0, &kept);
    assert_false (s_is_kept (self, 1, 0));
    //  And what has ended does not end again
    s_keep (self, 1, 0, "first");
    kept.status = ZP_INTERNAL;
    zp_replies_end (self, &id, 0, &kept);
    assert_true (zp_replies_find (self, &id, 0, &kept));
    assert_int_equal (kept.status, ZP_OK);
    zp_replies_destroy (&self);
}

static void
test_what_is_forgotten_can_begin_again (void **state)
{
    (void) state;
    zp_replies_t *self = zp_replies_new (10, 10000, 1000);
    zp_envelope_t id = s_id (1);
    zp_replies_begin (self, &id, self);
    zp_replies_forget (self, &id);
    assert_false (s_is_kept (self, 1, 0));
    s_keep (self, 1, 0, "text");
    zp_replies_forget (self, &id);
    assert_false (s_is_kept (self, 1, 0));
    s_keep (self, 1, 0, "text");
    assert_true (s_is_kept (self, 1, 0));
    zp_replies_destroy (&self);
}

static void
test_a_reply_is_kept_for_its_time_and_no_longer (void **state)
{
    (void) state;
    zp_replies_t *self = zp_replies_new (10, 10000, 1000);
    s_keep (self, 1, 5, "text");
    assert_true (s_is_kept (self, 1, 1004));
    assert_false (s_is_kept (self, 1, 1005));
    zp_replies_destroy (&self);
}

static void
test_so_many_replies_are_kept_the_newest_ones (void **state)
{
    (void) state;
    zp_replies_t *self = zp_replies_new (3, 10000, 1000);
    for (uint64_t serial = 1; serial <= 5; serial++)
        s_keep (self, serial, 0, "text");
    for (uint64_t serial = 1; serial <= 5; serial++)
        assert_int_equal (s_is_kept (self, serial, 0), serial > 2);
    zp_replies_destroy (&self);
}

static void
test_so_many_bytes_are_kept_the_newest_ones (void **state)
{
    (void) state;
    zp_replies_t *self = zp_replies_new (1000, 10000, 1000);
    char text[1001];
    memset (text, 'x', sizeof text);
    text[1000] = 0;
    for (uint64_t serial = 1; serial <= 50; serial++)
        s_keep (self, serial, 0, text);
    int kept = 0;
    for (uint64_t serial = 1; serial <= 50; serial++) {
        if (s_is_kept (self, serial, 0))
            kept++;
        else
            assert_int_equal (kept, 0);  // None older than one that is gone
    }
    //  Each takes some bytes more than its text
    assert_in_range (kept, 7, 9);
    zp_replies_destroy (&self);
}

static void
test_a_reply_larger_than_all_room_leaves_none (void **state)
{
    (void) state;
    zp_replies_t *self = zp_replies_new (10, 500, 1000);
    s_keep (self, 1, 0, "small");
    char text[1001];
    memset (text, 'x', sizeof text);
    text[1000] = 0;
    s_keep (self, 2, 0, text);
    assert_false (s_is_kept (self, 1, 0));
    assert_false (s_is_kept (self, 2, 0));
    s_keep (self, 3, 0, "small");
    assert_true (s_is_kept (self, 3, 0));
    zp_replies_destroy (&self);
}

//  The model: what happened to each request, and when

#define IDS       40
#define COUNT_MAX 10
#define AGE_MS    50
#define STEPS     200000

typedef struct {
    bool known;        // Runs or ended
    bool running;      // Runs
    int64_t ended_ms;  // When it ended
    int64_t order;     // Which one to end it was
    char text[20];     // Its reply
} s_model_t;

//  True if the model still knows of it: not too old, and not too many newer
static bool
s_model_knows (const s_model_t *models, int number, int64_t now_ms)
{
    const s_model_t *self = &models[number];
    if (!self->known || self->running)
        return self->known;
    int newer = 0;
    for (int i = 0; i < IDS; i++)
        newer += models[i].known && !models[i].running &&
                 models[i].order > self->order;
    return newer < COUNT_MAX && now_ms - self->ended_ms < AGE_MS;
}

static void
s_check (zp_replies_t *self, s_model_t *models, int number, int64_t now_ms)
{
    zp_envelope_t id = s_id ((uint64_t) number);
    zp_kept_t kept;
    bool found = zp_replies_find (self, &id, now_ms, &kept);
    s_model_t *model = &models[number];
    assert_int_equal (found, s_model_knows (models, number, now_ms));
    if (!found)
        model->known = false;
    else if (model->running)
        assert_ptr_equal (kept.running, model);
    else {
        assert_null (kept.running);
        assert_int_equal (kept.count, 1);
        assert_int_equal (kept.parts[0].size, strlen (model->text));
        assert_memory_equal (kept.parts[0].data, model->text,
                             strlen (model->text));
    }
}

static void
test_random_use_is_as_the_model_has_it (void **state)
{
    (void) state;
    uint64_t random = test_seed ();
    zp_replies_t *self = zp_replies_new (COUNT_MAX, SIZE_MAX, AGE_MS);
    s_model_t models[IDS] = {{.known = false}};
    int64_t now_ms = 0;
    for (int64_t step = 0; step < STEPS; step++) {
        now_ms += test_below (&random, 4) ? 0 : test_below (&random, 9);
        int number = test_below (&random, IDS);
        s_model_t *model = &models[number];
        zp_envelope_t id = s_id ((uint64_t) number);
        s_check (self, models, number, now_ms);
        int verb = test_below (&random, 4);
        if (!model->known) {
            model->known = model->running = true;
            zp_replies_begin (self, &id, model);
        }
        else if (verb == 0) {
            model->known = false;
            zp_replies_forget (self, &id);
        }
        else if (verb == 1 && model->running) {
            model->running = false;
            model->ended_ms = now_ms;
            model->order = step;
            snprintf (model->text, sizeof model->text, "%d", (int) step);
            zp_span_t part = {model->text, strlen (model->text)};
            zp_kept_t kept = {.parts = &part, .count = 1};
            zp_replies_end (self, &id, now_ms, &kept);
            for (int i = 0; i < IDS; i++)
                models[i].known = s_model_knows (models, i, now_ms);
        }
    }
    zp_replies_destroy (&self);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_nothing_is_known_of_a_new_request),
        cmocka_unit_test (test_a_request_that_runs_is_found_as_what_was_given),
        cmocka_unit_test (test_a_reply_is_found_as_a_copy_of_what_was_given),
        cmocka_unit_test (test_what_was_not_begun_is_not_kept),
        cmocka_unit_test (test_what_is_forgotten_can_begin_again),
        cmocka_unit_test (test_a_reply_is_kept_for_its_time_and_no_longer),
        cmocka_unit_test (test_so_many_replies_are_kept_the_newest_ones),
        cmocka_unit_test (test_so_many_bytes_are_kept_the_newest_ones),
        cmocka_unit_test (test_a_reply_larger_than_all_room_leaves_none),
        cmocka_unit_test (test_random_use_is_as_the_model_has_it),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
