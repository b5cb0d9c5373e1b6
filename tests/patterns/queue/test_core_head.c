//  SPDX-License-Identifier: MIT

#include "zp_queue_head.h"

#include <dirent.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "test_seed.h"

static const zp_queue_head_t s_default = ZP_QUEUE_HEAD_DEFAULTS;

static zp_span_t
s_span (const char *text)
{
    return (zp_span_t){text, strlen (text)};
}

static void
s_same_text (zp_span_t one, zp_span_t other)
{
    assert_int_equal (one.size, other.size);
    if (one.size)
        assert_memory_equal (one.data, other.data, one.size);
}

//  What is read: all but from and why
static void
s_same (const zp_queue_head_t *one, const zp_queue_head_t *other)
{
    assert_int_equal (one->acquired, other->acquired);
    assert_int_equal (one->epoch, other->epoch);
    assert_int_equal (one->delivered, other->delivered);
    assert_int_equal (one->lease_ms, other->lease_ms);
    assert_int_equal (one->priority, other->priority);
    assert_int_equal (one->delayed_until_ms, other->delayed_until_ms);
    assert_int_equal (one->leased_until_ms, other->leased_until_ms);
    assert_int_equal (one->buried, other->buried);
    assert_int_equal (one->closed, other->closed);
    assert_int_equal (one->acked, other->acked);
    assert_int_equal (one->paused, other->paused);
    s_same_text (one->id, other->id);
}

static void
s_writes (zp_queue_head_t head, const char *expected)
{
    char text[ZP_QUEUE_HEAD_MAX];
    size_t size = zp_queue_head_write (&head, text);
    assert_int_equal (size, strlen (expected));
    if (size)
        assert_memory_equal (text, expected, size);
    zp_queue_head_t read;
    char message_id[ZP_QUEUE_MESSAGE_ID_MAX];
    const char *wrong;
    assert_true (zp_queue_head_read (&read, (zp_span_t){text, size}, message_id,
                                     &wrong));
    assert_null (wrong);
    s_same (&read, &head);
}

static void
test_a_head_has_what_is_not_by_default_in_alphabetical_order (void **state)
{
    (void) state;
    zp_queue_head_t head = s_default;
    s_writes (head, "");
    head.paused = true;
    s_writes (head, "{\"paused\":true}");
    head = s_default;
    head.acked = true;
    head.id = s_span ("\\ \"~");
    s_writes (head, "{\"acked\":true,\"id\":\"\\\\ \\\"~\"}");
    head = s_default;
    head.priority = 0;
    head.delivered = 255;
    head.acquired = UINT32_MAX;
    head.epoch = UINT32_MAX;
    head.lease_ms = INT32_MAX;
    head.buried = head.closed = true;
    head.from = s_span ("jobs");
    head.why = s_span ("\xc3\xa4\n");
    s_writes (head, "{\"acquired\":4294967295,\"buried\":true,\"closed\":true,"
                    "\"delivered\":255,\"epoch\":4294967295,\"from\":\"jobs\","
                    "\"lease_ms\":2147483647,\"priority\":0,"
                    "\"why\":\"\xc3\xa4\\n\"}");
    head = s_default;
    head.acquired = head.epoch = 1;
    head.leased_until_ms = 1700000000000;
    s_writes (head, "{\"acquired\":1,\"epoch\":1,"
                    "\"leased_until_ms\":1700000000000}");
    head = s_default;
    head.delayed_until_ms = 1700000000000;
    s_writes (head, "{\"delayed_until_ms\":1700000000000}");
}

static void
test_the_longest_head_fits (void **state)
{
    (void) state;
    char name[ZP_QUEUE_NAME_MAX], id[ZP_QUEUE_MESSAGE_ID_MAX];
    char why[ZP_QUEUE_WHY_MAX];
    memset (name, 'x', sizeof name);
    memset (id, '"', sizeof id);
    memset (why, 0, sizeof why);  // \u0000
    zp_queue_head_t head = {.acquired = UINT32_MAX,
                            .epoch = UINT32_MAX,
                            .delivered = 255,
                            .lease_ms = INT32_MAX,
                            .priority = 9,
                            .buried = true,
                            .closed = true,
                            .id = {id, sizeof id},
                            .from = {name, sizeof name},
                            .why = {why, sizeof why}};
    char text[ZP_QUEUE_HEAD_MAX];
    size_t size = zp_queue_head_write (&head, text);
    assert_true (size > 6 * sizeof why);
    zp_queue_head_t read;
    char message_id[ZP_QUEUE_MESSAGE_ID_MAX];
    const char *wrong;
    assert_true (zp_queue_head_read (&read, (zp_span_t){text, size}, message_id,
                                     &wrong));
    s_same (&read, &head);
}

static void
test_what_is_by_default_may_be_said (void **state)
{
    (void) state;
    zp_queue_head_t read;
    char message_id[ZP_QUEUE_MESSAGE_ID_MAX];
    const char *wrong;
    assert_true (zp_queue_head_read (
        &read,
        s_span (" { \"acked\": false, \"priority\": 4, \"delivered\": 0 } "),
        message_id, &wrong));
    s_same (&read, &s_default);
}

//  A random head that makes sense
static zp_queue_head_t
s_random (uint64_t *seed, char id[ZP_QUEUE_MESSAGE_ID_MAX])
{
    zp_queue_head_t head = {.priority = test_below (seed, 10),
                            .delivered = test_below (seed, 256)};
    head.lease_ms = test_below (seed, 2) * test_below (seed, INT32_MAX);
    if (test_below (seed, 2)) {
        head.acquired = 1 + test_below (seed, INT32_MAX);
        head.epoch = 1 + test_below (seed, INT32_MAX);
        head.closed = test_below (seed, 2);
    }
    int64_t when_ms = 1 + test_below (seed, INT32_MAX);
    switch (test_below (seed, 4)) {
    case 0:
        head.buried = true;
        break;
    case 1:
        head.delayed_until_ms = when_ms;
        break;
    case 2:
        if (head.acquired && !head.closed)
            head.leased_until_ms = when_ms;
    }
    size_t size = (size_t) test_below (seed, ZP_QUEUE_MESSAGE_ID_MAX + 1);
    for (size_t i = 0; i < size; i++)
        id[i] = (char) (' ' + test_below (seed, '~' - ' ' + 1));
    head.id = (zp_span_t){id, size};
    return head;
}

static void
test_what_is_written_is_read_again (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    for (int i = 0; i < 20000; i++) {
        char id[ZP_QUEUE_MESSAGE_ID_MAX], text[ZP_QUEUE_HEAD_MAX];
        zp_queue_head_t head = s_random (&seed, id);
        zp_span_t span = {text, zp_queue_head_write (&head, text)};
        zp_queue_head_t read;
        char message_id[ZP_QUEUE_MESSAGE_ID_MAX];
        const char *wrong;
        assert_true (zp_queue_head_read (&read, span, message_id, &wrong));
        s_same (&read, &head);
    }
}

static bool
s_read_file (const char *path)
{
    zfile_t *file = zfile_new (NULL, path);
    assert_int_equal (zfile_input (file), 0);
    zchunk_t *chunk = zfile_read (file, (size_t) zfile_cursize (file), 0);
    assert_non_null (chunk);
    //  Memory of just that size
    size_t size = zchunk_size (chunk);
    char *text = malloc (size);
    memcpy (text, zchunk_data (chunk), size);
    zp_queue_head_t read;
    char message_id[ZP_QUEUE_MESSAGE_ID_MAX];
    const char *wrong;
    bool good =
        zp_queue_head_read (&read, (zp_span_t){text, size}, message_id, &wrong);
    assert_true (good == (wrong == NULL));
    free (text);
    zchunk_destroy (&chunk);
    zfile_destroy (&file);
    return good;
}

static void
test_a_head_that_makes_no_sense_is_refused (void **state)
{
    (void) state;
    const char *source = getenv ("ZP_SOURCE_DIR");
    if (!source)
        fail_msg ("set ZP_SOURCE_DIR to the top of the source tree");
    char path[4096];
    snprintf (path, sizeof path, "%s/tests/patterns/queue/invalid", source);
    DIR *folder = opendir (path);
    assert_non_null (folder);
    size_t length = strlen (path);
    int count = 0;
    const struct dirent *entry;
    while ((entry = readdir (folder)) != NULL) {
        if (!strstr (entry->d_name, ".json"))
            continue;
        snprintf (path + length, sizeof path - length, "/%s", entry->d_name);
        if (s_read_file (path))
            fail_msg ("this was taken: %s", entry->d_name);
        count++;
    }
    closedir (folder);
    assert_true (count > 30);
}

static void
test_a_text_is_utf8 (void **state)
{
    (void) state;
    assert_true (zp_queue_head_text (s_span ("")));
    assert_true (zp_queue_head_text ((zp_span_t){NULL, 0}));
    assert_true (zp_queue_head_text (s_span ("\xc3\xa4")));
    assert_false (zp_queue_head_text (s_span ("\xc3")));
    assert_false (zp_queue_head_text (s_span ("\xed\xa0\x80")));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (
            test_a_head_has_what_is_not_by_default_in_alphabetical_order),
        cmocka_unit_test (test_the_longest_head_fits),
        cmocka_unit_test (test_what_is_by_default_may_be_said),
        cmocka_unit_test (test_what_is_written_is_read_again),
        cmocka_unit_test (test_a_head_that_makes_no_sense_is_refused),
        cmocka_unit_test (test_a_text_is_utf8),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
