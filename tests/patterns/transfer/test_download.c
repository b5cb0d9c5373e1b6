//  SPDX-License-Identifier: MIT
//
//  Files that are whole or not there, and go on where they were

#define _GNU_SOURCE

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"

#define SIZE ((size_t) 9 << 20)

static void
s_expect_whole (fixture_t *self, const ended_t *ended, uint64_t seed)
{
    assert_int_equal (ended->status, ZP_OK);
    assert_int_equal (ended->size, SIZE);
    assert_true (fixture_is (fixture_away (self, "copy"), seed, SIZE));
    assert_false (fixture_there (fixture_away (self, ".copy.part")));
    assert_false (fixture_there (fixture_away (self, ".copy.part.info")));
    char hash[ZP_TRANSFER_HASH + 1];
    fixture_hash (seed, SIZE, hash);
    assert_string_equal (ended->hash, hash);
}

//  Begin a download, and drop it in the middle
static uint64_t
s_begin (fixture_t *self, ended_t *ended)
{
    zp_download_t *download =
        fixture_download (self, "film", fixture_away (self, "copy"), ended);
    test_until (self->loop, zp_download_at (download) > 1 << 20);
    uint64_t at = zp_download_at (download);
    assert_true (at < SIZE);
    zp_download_destroy (&download);
    assert_false (ended->done);
    assert_false (fixture_there (fixture_away (self, "copy")));
    return at;
}

static void
test_a_file_comes_with_its_time_of_change (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_path (self, "film"), 1, SIZE);
    struct timespec times[2] = {{.tv_sec = 1000000000, .tv_nsec = 123000000},
                                {.tv_sec = 1000000000, .tv_nsec = 123000000}};
    utimensat (AT_FDCWD, fixture_path (self, "film"), times, 0);
    ended_t ended;
    fixture_fetch (self, "film", fixture_away (self, "copy"), &ended);
    s_expect_whole (self, &ended, 1);
    assert_int_equal (ended.at, SIZE);
    assert_int_equal (ended.resumed, 0);
    struct stat copy;
    stat (fixture_away (self, "copy"), &copy);
    assert_int_equal (copy.st_mtim.tv_sec, 1000000000);
    assert_int_equal (copy.st_mtim.tv_nsec, 123000000);
}

static void
test_one_that_was_dropped_goes_on (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_path (self, "film"), 1, SIZE);
    ended_t ended;
    uint64_t at = s_begin (self, &ended);
    zp_receiver_stats_t before, after;
    zp_receiver_stats (self->receiver, &before);
    fixture_fetch (self, "film", fixture_away (self, "copy"), &ended);
    zp_receiver_stats (self->receiver, &after);
    s_expect_whole (self, &ended, 1);
    assert_int_equal (ended.resumed, at);
    assert_false (ended.restarted);
    assert_int_equal (after.bytes - before.bytes, SIZE - at);
}

static void
test_one_whose_source_has_changed_begins_anew (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_path (self, "film"), 1, SIZE);
    ended_t ended;
    s_begin (self, &ended);
    fixture_write (fixture_path (self, "film"), 2, SIZE);
    //  Whatever the clock's grain is
    struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    utimensat (AT_FDCWD, fixture_path (self, "film"), times, 0);
    fixture_fetch (self, "film", fixture_away (self, "copy"), &ended);
    s_expect_whole (self, &ended, 2);
    assert_true (ended.restarted);
}

//  The same size and time: only the hash can tell
static void
test_a_change_that_only_the_hash_tells_begins_anew (void **state)
{
    fixture_t *self = *state;
    struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    fixture_write (fixture_path (self, "film"), 1, SIZE);
    utimensat (AT_FDCWD, fixture_path (self, "film"), times, 0);
    ended_t ended;
    s_begin (self, &ended);
    fixture_write (fixture_path (self, "film"), 2, SIZE);
    utimensat (AT_FDCWD, fixture_path (self, "film"), times, 0);
    fixture_fetch (self, "film", fixture_away (self, "copy"), &ended);
    s_expect_whole (self, &ended, 2);
    assert_true (ended.restarted);
}

static void
test_what_lies_there_is_not_trusted (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_path (self, "film"), 1, SIZE);
    ended_t ended;
    s_begin (self, &ended);
    int fd = open (fixture_away (self, ".copy.part"), O_WRONLY);
    assert_int_equal (pwrite (fd, "damaged", 7, 5000), 7);
    close (fd);
    fixture_fetch (self, "film", fixture_away (self, "copy"), &ended);
    s_expect_whole (self, &ended, 1);
    assert_true (ended.restarted);
}

static void
test_without_or_with_a_damaged_info_it_begins_anew (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_path (self, "film"), 1, SIZE);
    const char *const infos[] = {NULL, "", "{\"id\":0,\"size\":", "\xff"};
    for (size_t i = 0; i < sizeof infos / sizeof *infos; i++) {
        ended_t ended;
        s_begin (self, &ended);
        unlink (fixture_away (self, ".copy.part.info"));
        if (infos[i]) {
            FILE *file = fopen (fixture_away (self, ".copy.part.info"), "w");
            fputs (infos[i], file);
            fclose (file);
        }
        fixture_fetch (self, "film", fixture_away (self, "copy"), &ended);
        s_expect_whole (self, &ended, 1);
        assert_int_equal (ended.resumed, 0);
        unlink (fixture_away (self, "copy"));
    }
}

static void
test_one_that_had_all_but_its_name (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_path (self, "film"), 1, SIZE);
    ended_t ended;
    s_begin (self, &ended);
    fixture_write (fixture_away (self, ".copy.part"), 1, SIZE);
    fixture_fetch (self, "film", fixture_away (self, "copy"), &ended);
    s_expect_whole (self, &ended, 1);
    assert_int_equal (ended.resumed, SIZE);
}

static void
test_the_old_file_stays_until_the_new_one_is_whole (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_path (self, "film"), 1, SIZE);
    fixture_write (fixture_away (self, "copy"), 9, 10);
    ended_t ended;
    zp_download_t *download =
        fixture_download (self, "film", fixture_away (self, "copy"), &ended);
    test_until (self->loop, zp_download_at (download) > 0);
    assert_true (fixture_is (fixture_away (self, "copy"), 9, 10));
    test_until (self->loop, ended.done);
    zp_download_destroy (&download);
    s_expect_whole (self, &ended, 1);
}

static void
test_a_full_disk_is_told_and_what_came_is_kept (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_path (self, "film"), 1, SIZE);
    struct rlimit before, small;
    getrlimit (RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 3 << 20;
    signal (SIGXFSZ, SIG_IGN);
    setrlimit (RLIMIT_FSIZE, &small);
    ended_t ended;
    fixture_fetch (self, "film", fixture_away (self, "copy"), &ended);
    setrlimit (RLIMIT_FSIZE, &before);
    assert_int_equal (ended.status, ZP_RESOURCE_EXHAUSTED);
    assert_in_range (ended.kept, 2 << 20, 3 << 20);
    assert_false (fixture_there (fixture_away (self, "copy")));
    //  There is room again
    fixture_fetch (self, "film", fixture_away (self, "copy"), &ended);
    s_expect_whole (self, &ended, 1);
    assert_in_range (ended.resumed, 2 << 20, 3 << 20);
}

static void
test_a_path_has_one_download_at_a_time (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_path (self, "film"), 1, SIZE);
    ended_t first, second;
    zp_download_t *download =
        fixture_download (self, "film", fixture_away (self, "copy"), &first);
    test_until (self->loop, zp_download_at (download) > 0);
    fixture_fetch (self, "film", fixture_away (self, "copy"), &second);
    assert_int_equal (second.status, ZP_ALREADY_EXISTS);
    test_until (self->loop, first.done);
    zp_download_destroy (&download);
    s_expect_whole (self, &first, 1);
}

static void
test_paths_that_can_not_be_written (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_path (self, "film"), 1, 100);
    ended_t ended;
    fixture_fetch (self, "film", fixture_away (self, "no/copy"), &ended);
    assert_int_equal (ended.status, ZP_NOT_FOUND);
    fixture_fetch (self, "film", fixture_away (self, ""), &ended);
    assert_int_equal (ended.status, ZP_INVALID_ARGUMENT);
    mkdir (fixture_away (self, "folder"), 0755);
    fixture_fetch (self, "film", fixture_away (self, "folder"), &ended);
    assert_int_equal (ended.status, ZP_PERMISSION_DENIED);
    fixture_fetch (self, "film", "/dev/full", &ended);
    assert_int_equal (ended.status, ZP_PERMISSION_DENIED);
}

static void
test_what_is_not_there_leaves_nothing (void **state)
{
    fixture_t *self = *state;
    ended_t ended;
    fixture_fetch (self, "film", fixture_away (self, "copy"), &ended);
    assert_int_equal (ended.status, ZP_NOT_FOUND);
    assert_false (fixture_there (fixture_away (self, "copy")));
    assert_false (fixture_there (fixture_away (self, ".copy.part")));
    assert_false (fixture_there (fixture_away (self, ".copy.part.info")));
}

int
main (void)
{
    zsys_handler_set (NULL);
    const struct CMUnitTest tests[] = {
        TEST (test_a_file_comes_with_its_time_of_change),
        TEST (test_one_that_was_dropped_goes_on),
        TEST (test_one_whose_source_has_changed_begins_anew),
        TEST (test_a_change_that_only_the_hash_tells_begins_anew),
        TEST (test_what_lies_there_is_not_trusted),
        TEST (test_without_or_with_a_damaged_info_it_begins_anew),
        TEST (test_one_that_had_all_but_its_name),
        TEST (test_the_old_file_stays_until_the_new_one_is_whole),
        TEST (test_a_full_disk_is_told_and_what_came_is_kept),
        TEST (test_a_path_has_one_download_at_a_time),
        TEST (test_paths_that_can_not_be_written),
        TEST (test_what_is_not_there_leaves_nothing),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
