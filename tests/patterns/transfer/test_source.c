//  SPDX-License-Identifier: MIT
//
//  Objects that change while they are got, and those that are no files

#define _GNU_SOURCE

#include <unistd.h>

#include "fixture.h"

#define SIZE 3000001  // Some chunks, and an odd number

//  A source whose object changes after so many bytes
typedef struct source {
    uint64_t good;  // These can be read
    int opens;      // How often it was opened
    int closes;     // The same
} source_t;

static zp_status_t
s_open (void *arg, const char *name, void **object_p, zp_transfer_info_t *info,
        char *text)
{
    source_t *source = arg;
    if (strcmp (name, "object") != 0) {
        strcpy (text, "only one is there");
        return ZP_NOT_FOUND;
    }
    source->opens++;
    *object_p = source;
    *info = (zp_transfer_info_t){.size = SIZE, .version = "first"};
    return ZP_OK;
}

static bool
s_read (void *object, uint64_t offset, void *data, size_t size)
{
    source_t *source = object;
    assert_true (offset + size <= SIZE);
    fixture_fill (9, offset, data, size);
    return offset + size <= source->good;
}

static void
s_close (void *object)
{
    source_t *source = object;
    source->closes++;
}

static void
test_a_source_that_is_no_file (void **state)
{
    (void) state;
    source_t source = {.good = SIZE};
    zp_sender_options_t options = ZP_SENDER_DEFAULTS;
    options.source = (zp_transfer_source_t){s_open, s_read, s_close, &source};
    fixture_t *self = fixture_new (&options, NULL);
    got_t got;
    fixture_get (self, (zp_get_t){.name = "object"}, 9, &got);
    assert_int_equal (got.status, ZP_OK);
    assert_int_equal (got.bytes, SIZE);
    assert_false (got.wrong);
    assert_string_equal (got.info.version, "first");
    fixture_get (self, (zp_get_t){.name = "other"}, 9, &got);
    assert_int_equal (got.status, ZP_NOT_FOUND);
    assert_string_equal (got.text, "only one is there");
    source.good = 1000000;
    fixture_get (self, (zp_get_t){.name = "object"}, 9, &got);
    assert_int_equal (got.status, ZP_ABORTED);
    assert_true (got.bytes <= source.good);
    assert_false (got.wrong);
    fixture_destroy (&self);
    assert_int_equal (source.opens, 2);
    assert_int_equal (source.closes, 2);
}

//  Change a file while a get of it stands still
static void
s_check_change (fixture_t *self, void (*change) (const char *path))
{
    const size_t size = 20 << 20;
    fixture_write (fixture_path (self, "film"), 10, size);
    got_t got = {.seed = 10};
    fixture_stall (self, &got, "film", 1);
    change (fixture_path (self, "film"));
    got.room = SIZE_MAX;
    zp_receiver_resume (self->receiver, got.id);
    test_until (self->loop, got.done);
    assert_int_equal (got.status, ZP_ABORTED);
    assert_false (got.wrong);
    assert_true (got.bytes < size);
}

static void
s_truncate (const char *path)
{
    assert_int_equal (truncate (path, 1000), 0);
}

static void
s_append (const char *path)
{
    FILE *file = fopen (path, "a");
    fputs ("more", file);
    fclose (file);
}

static void
s_rewrite (const char *path)
{
    fixture_write (path, 11, 20 << 20);
}

static void
test_a_file_that_becomes_shorter_while_it_is_sent (void **state)
{
    s_check_change (*state, s_truncate);
}

static void
test_a_file_that_becomes_longer_while_it_is_sent (void **state)
{
    s_check_change (*state, s_append);
}

static void
test_a_file_that_is_written_anew_while_it_is_sent (void **state)
{
    s_check_change (*state, s_rewrite);
}

static void
test_a_file_that_is_replaced_is_sent_as_it_was (void **state)
{
    fixture_t *self = *state;
    const size_t size = 20 << 20;
    fixture_write (fixture_path (self, "film"), 12, size);
    fixture_write (fixture_path (self, "next"), 13, 1000);
    got_t got = {.seed = 12};
    fixture_stall (self, &got, "film", 1);
    assert_int_equal (
        rename (fixture_path (self, "next"), fixture_path (self, "film")), 0);
    got.room = SIZE_MAX;
    zp_receiver_resume (self->receiver, got.id);
    test_until (self->loop, got.done);
    assert_int_equal (got.status, ZP_OK);
    assert_int_equal (got.bytes, size);
    assert_false (got.wrong);
}

int
main (void)
{
    zsys_handler_set (NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_source_that_is_no_file),
        TEST (test_a_file_that_becomes_shorter_while_it_is_sent),
        TEST (test_a_file_that_becomes_longer_while_it_is_sent),
        TEST (test_a_file_that_is_written_anew_while_it_is_sent),
        TEST (test_a_file_that_is_replaced_is_sent_as_it_was),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
