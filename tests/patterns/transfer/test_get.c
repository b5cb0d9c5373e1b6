//  SPDX-License-Identifier: MIT
//
//  Objects, and ranges of them, that are got

#define _GNU_SOURCE

#include <sys/stat.h>

#include "fixture.h"

#define SIZE 3000001  // Some chunks, and an odd number

static void
test_a_whole_object_comes_with_its_hash (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_path (self, "film"), 1, SIZE);
    got_t got;
    fixture_get (self, (zp_get_t){.name = "film", .hash = true}, 1, &got);
    assert_int_equal (got.status, ZP_OK);
    assert_int_equal (got.bytes, SIZE);
    assert_false (got.wrong);
    char hash[ZP_TRANSFER_HASH + 1];
    fixture_hash (1, SIZE, hash);
    assert_string_equal (got.hash, hash);
    assert_int_equal (got.info.size, SIZE);
    struct stat stat_;
    stat (fixture_path (self, "film"), &stat_);
    assert_int_equal (got.info.mtime_ms / 1000, stat_.st_mtim.tv_sec);
}

static void
test_sizes_around_those_of_chunks (void **state)
{
    fixture_t *self = *state;
    const size_t sizes[] = {0,      1,      8191,   8192,   8193,
                            262143, 262144, 262145, 524288, 1048577};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        fixture_write (fixture_path (self, "film"), i, sizes[i]);
        got_t got;
        fixture_get (self, (zp_get_t){.name = "film", .hash = true}, i, &got);
        assert_int_equal (got.status, ZP_OK);
        assert_int_equal (got.bytes, sizes[i]);
        assert_false (got.wrong);
        char hash[ZP_TRANSFER_HASH + 1];
        fixture_hash (i, sizes[i], hash);
        assert_string_equal (got.hash, hash);
    }
}

static void
test_ranges (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_path (self, "film"), 2, SIZE);
    const struct {
        uint64_t offset, length, last;  // Wanted
        uint64_t from, bytes;           // What comes
    } ranges[] = {{0, 1, 0, 0, 1},
                  {0, 262144, 0, 0, 262144},
                  {262143, 2, 0, 262143, 2},
                  {1000000, 1500000, 0, 1000000, 1500000},
                  {SIZE - 1, 0, 0, SIZE - 1, 1},
                  {SIZE - 10, 100, 0, SIZE - 10, 10},
                  {SIZE, 0, 0, SIZE, 0},
                  {0, 0, 1, SIZE - 1, 1},
                  {0, 0, 500000, SIZE - 500000, 500000},
                  {0, 0, SIZE + 1, 0, SIZE}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        got_t got;
        fixture_get (self,
                     (zp_get_t){.name = "film",
                                .offset = ranges[i].offset,
                                .length = ranges[i].length,
                                .last = ranges[i].last},
                     2, &got);
        assert_int_equal (got.status, ZP_OK);
        assert_int_equal (got.offset, ranges[i].from);
        assert_int_equal (got.length, ranges[i].bytes);
        assert_int_equal (got.bytes, ranges[i].bytes);
        assert_false (got.wrong);
        assert_int_equal (got.info.size, SIZE);
        assert_string_equal (got.hash, "");
    }
}

static void
test_a_range_with_the_hash_of_the_whole (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_path (self, "film"), 3, SIZE);
    char hash[ZP_TRANSFER_HASH + 1];
    fixture_hash (3, SIZE, hash);
    got_t got;
    fixture_get (
        self,
        (zp_get_t){
            .name = "film", .offset = 1000, .length = 1000, .hash = true},
        3, &got);
    assert_string_equal (got.hash, hash);
    assert_int_equal (got.bytes, 1000);
}

static void
test_what_begins_behind_the_end_is_out_of_range_and_tells_the_size (
    void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_path (self, "film"), 1, 100);
    got_t got;
    fixture_get (self, (zp_get_t){.name = "film", .offset = 101}, 1, &got);
    assert_int_equal (got.status, ZP_OUT_OF_RANGE);
    assert_true (got.informed);
    assert_int_equal (got.info.size, 100);
    assert_int_equal (got.length, 0);
}

static void
test_the_info_alone (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_path (self, "film"), 1, SIZE);
    got_t got;
    fixture_get (self, (zp_get_t){.name = "film", .head = true, .last = 5}, 1,
                 &got);
    assert_int_equal (got.status, ZP_OK);
    assert_int_equal (got.bytes, 0);
    assert_int_equal (got.info.size, SIZE);
    assert_int_equal (got.offset, SIZE - 5);
    assert_int_equal (got.length, 5);
}

static void
test_what_is_not_there (void **state)
{
    fixture_t *self = *state;
    got_t got;
    fixture_get (self, (zp_get_t){.name = "nothing"}, 1, &got);
    assert_int_equal (got.status, ZP_NOT_FOUND);
    assert_false (got.informed);
    fixture_get (self, (zp_get_t){.name = ""}, 1, &got);
    assert_int_equal (got.status, ZP_INVALID_ARGUMENT);
}

static void
test_another_version_than_the_one_wanted (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_path (self, "film"), 1, 1000);
    got_t got;
    fixture_get (self, (zp_get_t){.name = "film"}, 1, &got);
    char version[ZP_TRANSFER_VERSION_MAX + 1];
    strcpy (version, got.info.version);
    fixture_get (self, (zp_get_t){.name = "film", .version = version}, 1, &got);
    assert_int_equal (got.status, ZP_OK);
    fixture_write (fixture_path (self, "film"), 2, 1001);
    fixture_get (self, (zp_get_t){.name = "film", .version = version}, 1, &got);
    assert_int_equal (got.status, ZP_ABORTED);
    assert_int_equal (got.bytes, 0);
}

static void
test_a_reader_that_pauses_is_sent_no_more_than_a_window (void **state)
{
    fixture_t *self = *state;
    const size_t size = 30 << 20, window = 4 << 20;
    fixture_write (fixture_path (self, "film"), 4, size);
    got_t got = {.seed = 4};
    fixture_stall (self, &got, "film", 100000);
    zp_receiver_stats_t here;
    zp_receiver_stats (self->receiver, &here);
    assert_in_range (here.held, 1, window);
    zp_sender_stats_t sender;
    zp_sender_stats (self->sender, &sender);
    assert_in_range (sender.out, 1, window);
    //  A bit more at a time, and then the rest
    for (int i = 0; i < 5; i++) {
        got.room = 1000;
        zp_receiver_resume (self->receiver, got.id);
        assert_int_equal (got.room, 0);
    }
    got.room = SIZE_MAX;
    zp_receiver_resume (self->receiver, got.id);
    test_until (self->loop, got.done);
    assert_int_equal (got.status, ZP_OK);
    assert_int_equal (got.bytes, size);
    assert_false (got.wrong);
}

static void
test_who_does_not_take_holds_up_nobody_else (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_path (self, "film"), 5, 30 << 20);
    got_t stalled[3] = {{.seed = 5}, {.seed = 5}, {.seed = 5}}, got;
    for (int i = 0; i < 3; i++)
        fixture_stall (self, &stalled[i], "film", 1);
    fixture_get (self, (zp_get_t){.name = "film", .hash = true}, 5, &got);
    assert_int_equal (got.status, ZP_OK);
    for (int i = 0; i < 3; i++)
        zp_receiver_cancel (self->receiver, stalled[i].id);
}

static void
test_a_get_that_is_cancelled_ends_at_both_sides (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_path (self, "film"), 6, 30 << 20);
    got_t got = {.seed = 6};
    fixture_stall (self, &got, "film", 1);
    zp_receiver_cancel (self->receiver, got.id);
    assert_true (got.done);
    assert_int_equal (got.status, ZP_CANCELLED);
    zp_sender_stats_t stats;
    test_until (self->loop,
                (zp_sender_stats (self->sender, &stats), stats.now == 0));
    assert_int_equal (stats.gone, 1);
    zp_receiver_cancel (self->receiver, got.id);  // It is not there any more
}

static void
test_hundreds_at_once_each_with_its_own_bytes (void **state)
{
    fixture_t *self = *state;
    enum { COUNT = 300 };
    static got_t gots[COUNT];
    char name[24];
    for (int i = 0; i < 10; i++) {
        snprintf (name, sizeof name, "film-%d", i);
        fixture_write (fixture_path (self, name), (uint64_t) i,
                       200000 + (size_t) i * 1111);
    }
    for (int i = 0; i < COUNT; i++) {
        snprintf (name, sizeof name, "film-%d", i % 10);
        fixture_begin (self, (zp_get_t){.name = name}, (uint64_t) (i % 10),
                       &gots[i]);
    }
    for (int i = 0; i < COUNT; i++) {
        test_until (self->loop, gots[i].done);
        assert_int_equal (gots[i].status, ZP_OK);
        assert_int_equal (gots[i].bytes, 200000 + i % 10 * 1111);
        assert_false (gots[i].wrong);
    }
}

static void
test_a_small_one_does_not_wait_for_large_ones (void **state)
{
    fixture_t *self = *state;
    const size_t size = 20 << 20;
    fixture_write (fixture_path (self, "large"), 7, size);
    fixture_write (fixture_path (self, "small"), 8, 1000);
    got_t large[5], small;
    for (int i = 0; i < 5; i++)
        fixture_begin (self, (zp_get_t){.name = "large"}, 7, &large[i]);
    test_until (self->loop, large[4].bytes > 0);
    fixture_get (self, (zp_get_t){.name = "small"}, 8, &small);
    assert_int_equal (small.status, ZP_OK);
    assert_false (large[4].done);
    for (int i = 0; i < 5; i++) {
        test_until (self->loop, large[i].done);
        assert_int_equal (large[i].bytes, size);
    }
}

static void
test_who_comes_when_there_are_too_many_waits_for_his_turn (void **state)
{
    (void) state;
    zp_sender_options_t options = ZP_SENDER_DEFAULTS;
    options.max_gets = 2;
    fixture_t *self = fixture_new (&options, NULL);
    fixture_write (fixture_path (self, "film"), 14, 20 << 20);
    fixture_write (fixture_path (self, "small"), 15, 10);
    got_t first = {.seed = 14}, second = {.seed = 14}, third;
    fixture_stall (self, &first, "film", 1);
    fixture_stall (self, &second, "film", 1);
    char text[512];
    assert_int_equal (fixture_ask (self, text, "file.get", "small", NULL),
                      ZP_RESOURCE_EXHAUSTED);
    fixture_begin (self, (zp_get_t){.name = "small"}, 15, &third);
    zp_receiver_cancel (self->receiver, first.id);
    test_until (self->loop, third.done);
    assert_int_equal (third.status, ZP_OK);
    fixture_destroy (&self);
}

//  Takes nothing of the first offer, but wants another at once
static size_t
s_take_at_second (void *arg, uint64_t offset, zp_span_t data)
{
    fixture_t *self = *(fixture_t **) arg;
    static bool second;
    (void) offset;
    second = !second;
    if (second)
        zp_receiver_resume (self->receiver, 1);
    return second ? 0 : data.size;
}

static bool s_over;

static void
s_is_over (void *arg, const zp_get_end_t *end)
{
    (void) arg;
    assert_int_equal (end->status, ZP_OK);
    assert_int_equal (end->at, 1000);
    s_over = true;
}

static void
test_a_reader_may_resume_from_within (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_path (self, "film"), 16, 1000);
    s_over = false;
    zp_get_t get = {.name = "film",
                    .on_data = s_take_at_second,
                    .on_done = s_is_over,
                    .arg = state};
    assert_int_equal (zp_receiver_get (self->receiver, &get), 1);
    test_until (self->loop, s_over);
}

//  Cancels itself at its first bytes
static size_t
s_cancel (void *arg, uint64_t offset, zp_span_t data)
{
    fixture_t *self = *(fixture_t **) arg;
    (void) offset;
    zp_receiver_cancel (self->receiver, 1);
    return data.size;
}

static void
s_is_cancelled (void *arg, const zp_get_end_t *end)
{
    (void) arg;
    assert_int_equal (end->status, ZP_CANCELLED);
    s_over = true;
}

static void
test_a_reader_may_cancel_from_within (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_path (self, "film"), 16, SIZE);
    s_over = false;
    zp_get_t get = {.name = "film",
                    .on_data = s_cancel,
                    .on_done = s_is_cancelled,
                    .arg = state};
    assert_int_equal (zp_receiver_get (self->receiver, &get), 1);
    test_until (self->loop, s_over);
}

static void
test_nobody_there_is_unavailable_after_the_patience (void **state)
{
    fixture_t *self = *state;
    zp_receiver_options_t options = ZP_RECEIVER_DEFAULTS;
    options.patience_ms = 50;
    zp_receiver_destroy (&self->receiver);
    self->receiver = zp_receiver_new (self->loop, &options);
    assert_int_equal (
        zp_receiver_connect (self->receiver, "ipc:///tmp/zp-transfer-nobody"),
        ZP_OK);
    assert_int_equal (zp_receiver_connect (self->receiver, "nonsense"),
                      ZP_INVALID_ARGUMENT);
    got_t got;
    fixture_get (self, (zp_get_t){.name = "film"}, 1, &got);
    assert_int_equal (got.status, ZP_UNAVAILABLE);
}

int
main (void)
{
    zsys_handler_set (NULL);
    const struct CMUnitTest tests[] = {
        TEST (test_a_whole_object_comes_with_its_hash),
        TEST (test_sizes_around_those_of_chunks),
        TEST (test_ranges),
        TEST (test_a_range_with_the_hash_of_the_whole),
        TEST (
            test_what_begins_behind_the_end_is_out_of_range_and_tells_the_size),
        TEST (test_the_info_alone),
        TEST (test_what_is_not_there),
        TEST (test_another_version_than_the_one_wanted),
        TEST (test_a_reader_that_pauses_is_sent_no_more_than_a_window),
        TEST (test_who_does_not_take_holds_up_nobody_else),
        TEST (test_a_get_that_is_cancelled_ends_at_both_sides),
        TEST (test_hundreds_at_once_each_with_its_own_bytes),
        TEST (test_a_small_one_does_not_wait_for_large_ones),
        cmocka_unit_test (
            test_who_comes_when_there_are_too_many_waits_for_his_turn),
        TEST (test_a_reader_may_resume_from_within),
        TEST (test_a_reader_may_cancel_from_within),
        TEST (test_nobody_there_is_unavailable_after_the_patience),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
