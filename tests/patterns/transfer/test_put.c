//  SPDX-License-Identifier: MIT
//
//  Files that are put

#define _GNU_SOURCE

#include <signal.h>
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
    assert_int_equal (ended->kept, SIZE);
    assert_true (fixture_is (fixture_path (self, "film"), seed, SIZE));
    assert_false (fixture_there (fixture_path (self, ".film.part")));
    assert_false (fixture_there (fixture_path (self, ".film.part.info")));
    char hash[ZP_TRANSFER_HASH + 1];
    fixture_hash (seed, SIZE, hash);
    assert_string_equal (ended->hash, hash);
}

//  Begin a put, and cancel it in the middle
static uint64_t
s_begin (fixture_t *self, ended_t *ended)
{
    uint64_t id =
        fixture_upload (self, fixture_away (self, "mine"), "film", ended);
    test_until (self->loop, ended->at > 1 << 20);
    zp_uploader_cancel (self->uploader, id);
    assert_int_equal (ended->status, ZP_CANCELLED);
    assert_true (ended->kept < SIZE);
    assert_false (fixture_there (fixture_path (self, "film")));
    return ended->kept;
}

static void
test_a_file_is_there_when_the_put_has_ended (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_away (self, "mine"), 1, SIZE);
    ended_t ended;
    fixture_put (self, fixture_away (self, "mine"), "film", &ended);
    s_expect_whole (self, &ended, 1);
    struct stat mine, film;
    stat (fixture_away (self, "mine"), &mine);
    stat (fixture_path (self, "film"), &film);
    assert_int_equal (mine.st_mtim.tv_sec, film.st_mtim.tv_sec);
    zp_store_stats_t stats;
    zp_store_stats (self->store, &stats);
    assert_int_equal (stats.done, 1);
    assert_int_equal (stats.now, 0);
    assert_int_equal (stats.bytes, SIZE);
}

static void
test_sizes (void **state)
{
    fixture_t *self = *state;
    const size_t sizes[] = {0, 1, 262143, 262144, 262145};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        fixture_write (fixture_away (self, "mine"), i, sizes[i]);
        ended_t ended;
        fixture_put (self, fixture_away (self, "mine"), "film", &ended);
        assert_int_equal (ended.status, ZP_OK);
        assert_true (fixture_is (fixture_path (self, "film"), i, sizes[i]));
    }
}

static void
test_one_that_was_cancelled_goes_on (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_away (self, "mine"), 1, SIZE);
    ended_t ended;
    uint64_t at = s_begin (self, &ended);
    fixture_put (self, fixture_away (self, "mine"), "film", &ended);
    s_expect_whole (self, &ended, 1);
    //  What was on its way may have come after that
    assert_in_range (ended.resumed, at, SIZE);
}

static void
test_one_that_has_changed_begins_anew (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_away (self, "mine"), 1, SIZE);
    ended_t ended;
    s_begin (self, &ended);
    fixture_write (fixture_away (self, "mine"), 2, SIZE);
    struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    utimensat (AT_FDCWD, fixture_away (self, "mine"), times, 0);
    fixture_put (self, fixture_away (self, "mine"), "film", &ended);
    s_expect_whole (self, &ended, 2);
    assert_int_equal (ended.resumed, 0);
}

static void
test_a_change_that_only_the_hash_tells_begins_anew (void **state)
{
    fixture_t *self = *state;
    struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    fixture_write (fixture_away (self, "mine"), 1, SIZE);
    utimensat (AT_FDCWD, fixture_away (self, "mine"), times, 0);
    ended_t ended;
    s_begin (self, &ended);
    fixture_write (fixture_away (self, "mine"), 2, SIZE);
    utimensat (AT_FDCWD, fixture_away (self, "mine"), times, 0);
    fixture_put (self, fixture_away (self, "mine"), "film", &ended);
    s_expect_whole (self, &ended, 2);
    zp_store_stats_t stats;
    zp_store_stats (self->store, &stats);
    assert_int_equal (stats.refused, 1);
}

static void
test_a_file_that_changes_while_it_is_put_is_put_as_it_is_then (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_away (self, "mine"), 1, SIZE);
    ended_t ended;
    fixture_upload (self, fixture_away (self, "mine"), "film", &ended);
    test_until (self->loop, ended.at > 0);
    fixture_write (fixture_away (self, "mine"), 2, SIZE);
    test_until (self->loop, ended.done);
    s_expect_whole (self, &ended, 2);
}

static void
test_a_later_put_of_a_name_ends_an_earlier_one (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_away (self, "mine"), 1, SIZE);
    fixture_write (fixture_away (self, "other"), 2, SIZE);
    ended_t first, second;
    fixture_upload (self, fixture_away (self, "mine"), "film", &first);
    test_until (self->loop, first.at > 0);
    fixture_put (self, fixture_away (self, "other"), "film", &second);
    s_expect_whole (self, &second, 2);
    test_until (self->loop, first.done);
    assert_int_equal (first.status, ZP_ABORTED);
    assert_true (fixture_is (fixture_path (self, "film"), 2, SIZE));
}

static void
test_many_at_once (void **state)
{
    fixture_t *self = *state;
    enum { COUNT = 100 };
    static ended_t ended[COUNT];
    char name[24];
    fixture_write (fixture_away (self, "mine"), 1, 300000);
    for (int i = 0; i < COUNT; i++) {
        snprintf (name, sizeof name, "film-%d", i);
        fixture_upload (self, fixture_away (self, "mine"), name, &ended[i]);
    }
    for (int i = 0; i < COUNT; i++) {
        test_until (self->loop, ended[i].done);
        assert_int_equal (ended[i].status, ZP_OK);
        snprintf (name, sizeof name, "film-%d", i);
        assert_true (fixture_is (fixture_path (self, name), 1, 300000));
    }
}

static void
test_a_full_disk_is_told_and_what_came_is_kept (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_away (self, "mine"), 1, SIZE);
    struct rlimit before, small;
    getrlimit (RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 3 << 20;
    signal (SIGXFSZ, SIG_IGN);
    setrlimit (RLIMIT_FSIZE, &small);
    ended_t ended;
    fixture_put (self, fixture_away (self, "mine"), "film", &ended);
    setrlimit (RLIMIT_FSIZE, &before);
    if (ended.status != ZP_RESOURCE_EXHAUSTED)
        fail_msg ("%s", ended.text);
    fixture_put (self, fixture_away (self, "mine"), "film", &ended);
    s_expect_whole (self, &ended, 1);
    assert_in_range (ended.resumed, 2 << 20, 3 << 20);
}

static void
test_what_can_not_be_put (void **state)
{
    fixture_t *self = *state;
    ended_t ended;
    fixture_write (fixture_away (self, "mine"), 1, 100);
    fixture_put (self, fixture_away (self, "nothing"), "film", &ended);
    assert_int_equal (ended.status, ZP_NOT_FOUND);
    fixture_put (self, self->away, "film", &ended);
    assert_int_equal (ended.status, ZP_INVALID_ARGUMENT);
    fixture_put (self, fixture_away (self, "mine"), "../film", &ended);
    assert_int_equal (ended.status, ZP_PERMISSION_DENIED);
    fixture_put (self, fixture_away (self, "mine"), "no/film", &ended);
    assert_int_equal (ended.status, ZP_NOT_FOUND);
    mkdir (fixture_path (self, "sub"), 0755);
    fixture_put (self, fixture_away (self, "mine"), "sub", &ended);
    assert_int_equal (ended.status, ZP_PERMISSION_DENIED);
}

static void
test_what_the_store_is_told_wrongly (void **state)
{
    fixture_t *self = *state;
    char text[512], id[32];
    zp_status_t (*ask) (fixture_t *, char *, const char *, ...) = fixture_ask;
    const char *const wrong[] = {"", "{}", "{\"size\":-1}", "{\"size\":\"1\"}",
                                 "{\"size\":1,\"version\":\"\\\"\"}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal (ask (self, text, "file.put", "film", wrong[i], NULL),
                          ZP_INVALID_ARGUMENT);
    assert_int_equal (
        ask (self, text, "file.put", "film", "{\"size\":9}", NULL), ZP_OK);
    assert_int_equal (sscanf (text, "{\"id\":%31[0-9]", id), 1);
    const char *whole = "0 e3069283";
    assert_int_equal (
        ask (self, text, "file.chunk", "7", whole, "123456789", NULL),
        ZP_NOT_FOUND);
    assert_int_equal (ask (self, text, "file.chunk", id, whole, NULL),
                      ZP_INVALID_ARGUMENT);
    assert_int_equal (
        ask (self, text, "file.chunk", id, whole, "023456789", NULL),
        ZP_DATA_LOSS);
    assert_int_equal (
        ask (self, text, "file.chunk", id, "1 e3069283", "123456789", NULL),
        ZP_FAILED_PRECONDITION);
    assert_memory_equal (text, "0 ", 2);
    assert_int_equal (ask (self, text, "file.end", id, "00", NULL),
                      ZP_INVALID_ARGUMENT);
    char hash[ZP_TRANSFER_HASH + 1];
    memset (hash, '0', ZP_TRANSFER_HASH);
    hash[ZP_TRANSFER_HASH] = 0;
    assert_int_equal (ask (self, text, "file.end", id, hash, NULL),
                      ZP_FAILED_PRECONDITION);
    for (int i = 0; i < 2; i++) {  // Once more does no harm
        assert_int_equal (
            ask (self, text, "file.chunk", id, whole, "123456789", NULL),
            ZP_OK);
        assert_memory_equal (text, "9 ", 2);
    }
    assert_int_equal (ask (self, text, "file.end", id, hash, NULL), ZP_ABORTED);
    assert_false (fixture_there (fixture_path (self, "film")));
    assert_false (fixture_there (fixture_path (self, ".film.part")));
    assert_int_equal (ask (self, text, "file.end", id, hash, NULL),
                      ZP_NOT_FOUND);
}

static void
test_one_that_is_silent_ends_and_what_came_is_kept (void **state)
{
    (void) state;
    zp_store_options_t options = ZP_STORE_DEFAULTS;
    options.idle_ms = 1;
    options.max_puts = 1;
    fixture_t *self = fixture_new (NULL, &options);
    char text[512], id[32];
    assert_int_equal (fixture_ask (self, text, "file.put", "film",
                                   "{\"size\":20,\"version\":\"v\"}", NULL),
                      ZP_OK);
    sscanf (text, "{\"id\":%31[0-9]", id);
    assert_int_equal (fixture_ask (self, text, "file.chunk", id, "0 e3069283",
                                   "123456789", NULL),
                      ZP_OK);
    assert_int_equal (
        fixture_ask (self, text, "file.put", "other", "{\"size\":20}", NULL),
        ZP_RESOURCE_EXHAUSTED);
    zp_store_stats_t stats;
    test_until (self->loop,
                (zp_store_stats (self->store, &stats), stats.now == 0));
    assert_int_equal (fixture_ask (self, text, "file.put", "film",
                                   "{\"size\":20,\"version\":\"v\"}", NULL),
                      ZP_OK);
    assert_non_null (strstr (text, "\"offset\":9,"));
    fixture_destroy (&self);
}

int
main (void)
{
    zsys_handler_set (NULL);
    const struct CMUnitTest tests[] = {
        TEST (test_a_file_is_there_when_the_put_has_ended),
        TEST (test_sizes),
        TEST (test_one_that_was_cancelled_goes_on),
        TEST (test_one_that_has_changed_begins_anew),
        TEST (test_a_change_that_only_the_hash_tells_begins_anew),
        TEST (test_a_file_that_changes_while_it_is_put_is_put_as_it_is_then),
        TEST (test_a_later_put_of_a_name_ends_an_earlier_one),
        TEST (test_many_at_once),
        TEST (test_a_full_disk_is_told_and_what_came_is_kept),
        TEST (test_what_can_not_be_put),
        TEST (test_what_the_store_is_told_wrongly),
        cmocka_unit_test (test_one_that_is_silent_ends_and_what_came_is_kept),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
