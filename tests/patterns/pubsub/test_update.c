//  SPDX-License-Identifier: MIT
//
//  Updates and heartbeats on the wire. What is none is kept in invalid/.

#include <czmq.h>
#include <glob.h>

#include "test_seed.h"
#include "zp_update.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static const uint8_t s_golden_update[] =
    "storm/north\0zp\x01\x02\0\0\x03\xe8"
    "\x11\x12\x13\x14\x15\x16\x17\x18\0\0\0\0\0\0\x01\x02"
    "\0\0\0\0\0\0\0\x07\0\0\x01\x02\0\0\0\x03"
    "gale";

static const uint8_t s_golden_heartbeat[] =
    "\xfestorm/\0zp\x01\x04\0\0\x03\xe8"
    "\x11\x12\x13\x14\x15\x16\x17\x18\0\0\0\0\0\0\x01\x02"
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x01\x01";

static zp_update_t
s_update (void)
{
    zp_update_t update = {.kind = ZP_UPDATE_VALUE,
                          .ttl_ms = 1000,
                          .stream = 0x1112131415161718,
                          .sequence = 0x102,
                          .time_us = 7,
                          .topic = {"storm/north", 11},
                          .payload = {"gale", 4},
                          .distance = {1, 0x102, 3}};
    update.cuts = zp_topic_cut ("storm/north", 11, update.cut);
    return update;
}

//  As it is read from memory of just that size
static bool
s_read (const void *data, size_t size, zp_update_t *update, uint8_t **copy_p)
{
    *copy_p = malloc (size ? size : 1);
    if (size)
        memcpy (*copy_p, data, size);
    return zp_update_read (update, *copy_p, size);
}

static bool
s_is_update (const void *data, size_t size)
{
    zp_update_t update;
    uint8_t *copy;
    bool good = s_read (data, size, &update, &copy);
    free (copy);
    return good;
}

static bool
s_is_heartbeat (const void *data, size_t size)
{
    zp_heartbeat_t heartbeat;
    uint8_t *copy = malloc (size ? size : 1);
    if (size)
        memcpy (copy, data, size);
    bool good = zp_heartbeat_read (&heartbeat, copy, size);
    free (copy);
    return good;
}

static void
s_same (const zp_update_t *one, const zp_update_t *other)
{
    assert_int_equal (one->kind, other->kind);
    assert_int_equal (one->ttl_ms, other->ttl_ms);
    assert_true (one->stream == other->stream);
    assert_true (one->sequence == other->sequence);
    assert_true (one->time_us == other->time_us);
    assert_int_equal (one->topic.size, other->topic.size);
    assert_memory_equal (one->topic.data, other->topic.data, one->topic.size);
    assert_int_equal (one->payload.size, other->payload.size);
    if (one->payload.size)
        assert_memory_equal (one->payload.data, other->payload.data,
                             one->payload.size);
    assert_int_equal (one->cuts, other->cuts);
    assert_memory_equal (one->cut, other->cut, one->cuts * sizeof *one->cut);
    assert_memory_equal (one->distance, other->distance,
                         one->cuts * sizeof *one->distance);
}

static void
test_the_bytes_on_the_wire_are_pinned (void **state)
{
    (void) state;
    zp_update_t update = s_update (), read;
    uint8_t data[sizeof s_golden_update], *copy;
    assert_int_equal (zp_update_size (&update), sizeof data - 1);
    zp_update_write (&update, data);
    assert_memory_equal (data, s_golden_update, sizeof data - 1);
    assert_true (s_read (data, sizeof data - 1, &read, &copy));
    s_same (&update, &read);
    free (copy);

    zp_heartbeat_t heartbeat = {.stem = "storm/",
                                .stem_size = 6,
                                .stream = 0x1112131415161718,
                                .sequence = 0x102,
                                .last = 0x101,
                                .every_ms = 1000,
                                .gone = true};
    uint8_t beat[ZP_HEARTBEAT_MAX];
    size_t size = zp_heartbeat_write (&heartbeat, beat);
    assert_int_equal (size, sizeof s_golden_heartbeat - 1);
    assert_memory_equal (beat, s_golden_heartbeat, size);
}

static void
test_what_is_written_is_read_again (void **state)
{
    (void) state;
    static const char *const topics[] = {"a", "a/b", "1/2/3/4/5/6/7/8",
                                         "\xc3\xa4/\xe2\x82\xac"};
    uint64_t seed = test_seed ();
    for (int i = 0; i < 10000; i++) {
        const char *topic = topics[test_below (&seed, 4)];
        zp_update_t update = {
            .kind = (zp_update_kind_t) (1 + test_below (&seed, 3)),
            .ttl_ms = (uint32_t) test_random (&seed),
            .stream = test_random (&seed),
            .sequence = test_random (&seed) | (uint64_t) 1 << 32,
            .time_us = (int64_t) test_random (&seed),
            .topic = {topic, strlen (topic)},
            .payload = {s_golden_update, (size_t) test_below (&seed, 20)},
            .distance = {1}};
        update.cuts = zp_topic_cut (topic, strlen (topic), update.cut);
        for (size_t k = 1; k < update.cuts; k++)
            update.distance[k] = (uint32_t) test_random (&seed) | 1;
        size_t size = zp_update_size (&update);
        uint8_t *data = malloc (size), *copy;
        zp_update_write (&update, data);
        zp_update_t read;
        assert_true (s_read (data, size, &read, &copy));
        s_same (&update, &read);
        assert_false (s_is_heartbeat (data, size));
        free (copy);
        free (data);
    }
}

static void
test_heartbeats_of_all_stems_are_read_again (void **state)
{
    (void) state;
    char most[ZP_TOPIC_MAX + 1];
    memset (most, 'x', sizeof most);
    most[ZP_TOPIC_MAX] = '/';
    static const struct {
        const char *stem;
        size_t size;
    } stems[] = {{"", 0}, {"a/", 2}, {"a\0", 2}, {"a/b\0", 4}, {NULL, 256}};
    for (size_t i = 0; i < sizeof stems / sizeof *stems; i++) {
        zp_heartbeat_t heartbeat = {.stem =
                                        stems[i].stem ? stems[i].stem : most,
                                    .stem_size = stems[i].size,
                                    .stream = UINT64_MAX,
                                    .sequence = 7,
                                    .last = 7};
        uint8_t *data = malloc (ZP_HEARTBEAT_MAX);
        size_t size = zp_heartbeat_write (&heartbeat, data);
        zp_heartbeat_t read;
        assert_true (zp_heartbeat_read (&read, data, size));
        assert_int_equal (read.stem_size, stems[i].size);
        assert_memory_equal (read.stem, heartbeat.stem, read.stem_size);
        assert_true (read.stream == UINT64_MAX && read.sequence == 7);
        assert_true (read.last == 7 && read.every_ms == 0 && !read.gone);
        //  It comes to those who subscribed to this, and no update does
        uint8_t topic[ZP_TOPIC_MAX + 3];
        size_t begin =
            zp_heartbeat_topic (heartbeat.stem, heartbeat.stem_size, topic);
        assert_memory_equal (data, topic, begin);
        assert_int_equal (size, begin + ZP_UPDATE_HEAD + 9);
        zp_span_t stem;
        assert_true (zp_heartbeat_stem (topic, begin, &stem));
        assert_int_equal (stem.size, stems[i].size);
        assert_memory_equal (stem.data, heartbeat.stem, stem.size);
        assert_false (zp_heartbeat_stem (topic, begin - 1, &stem));
        for (size_t cut = 0; cut < size; cut++)
            assert_false (s_is_heartbeat (data, cut));
        assert_false (s_is_update (data, size));
        free (data);
    }
}

static void
test_an_update_can_be_cut_in_its_payload_only (void **state)
{
    (void) state;
    size_t size = sizeof s_golden_update - 1;
    for (size_t cut = 0; cut <= size; cut++)
        assert_int_equal (s_is_update (s_golden_update, cut), cut >= size - 4);
}

//  Of each byte, all that it can be
static void
test_no_changed_byte_is_read_as_something_else (void **state)
{
    (void) state;
    uint8_t data[sizeof s_golden_update];
    int taken = 0;
    for (size_t i = 0; i < sizeof data - 1; i++)
        for (int byte = 0; byte < 256; byte++) {
            memcpy (data, s_golden_update, sizeof data);
            data[i] = (uint8_t) byte;
            zp_update_t update;
            uint8_t *copy;
            if (s_read (data, sizeof data - 1, &update, &copy)) {
                uint8_t again[sizeof data];
                assert_int_equal (zp_update_size (&update), sizeof data - 1);
                zp_update_write (&update, again);
                assert_memory_equal (again, data, sizeof data - 1);
                taken++;
            }
            free (copy);
        }
    assert_true (taken > 1000);
}

static void
test_random_bytes_harm_nobody (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    for (int i = 0; i < 100000; i++) {
        size_t size = (size_t) test_below (&seed, 80);
        uint8_t data[80];
        bool beat = test_below (&seed, 2);
        if (beat)
            memcpy (data, s_golden_heartbeat, sizeof s_golden_heartbeat);
        else
            memcpy (data, s_golden_update, sizeof s_golden_update);
        for (int left = test_below (&seed, 6); left > 0; left--)
            data[test_below (&seed, 40)] = (uint8_t) test_random (&seed);
        s_is_update (data, size < 60 ? size : 60);
        s_is_heartbeat (data, size < 50 ? size : 50);
    }
}

//  Each file of that folder
static void
s_refused (const char *folder, bool (*fn) (const void *data, size_t size))
{
    const char *source = getenv ("ZP_SOURCE_DIR");
    if (!source)
        fail_msg ("set ZP_SOURCE_DIR to the top of the source tree");
    char pattern[4096];
    snprintf (pattern, sizeof pattern, "%s/tests/patterns/pubsub/%s/*.bin",
              source, folder);
    glob_t found;
    assert_int_equal (glob (pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        zchunk_t *chunk = zchunk_slurp (found.gl_pathv[i], 0);
        assert_non_null (chunk);
        if (fn (zchunk_data (chunk), zchunk_size (chunk)))
            fail_msg ("taken: %s", found.gl_pathv[i]);
        zchunk_destroy (&chunk);
    }
    globfree (&found);
}

static void
test_frames_that_make_no_sense_are_refused (void **state)
{
    (void) state;
    s_refused ("invalid/update", s_is_update);
    s_refused ("invalid/heartbeat", s_is_heartbeat);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_the_bytes_on_the_wire_are_pinned),
        cmocka_unit_test (test_what_is_written_is_read_again),
        cmocka_unit_test (test_heartbeats_of_all_stems_are_read_again),
        cmocka_unit_test (test_an_update_can_be_cut_in_its_payload_only),
        cmocka_unit_test (test_no_changed_byte_is_read_as_something_else),
        cmocka_unit_test (test_random_bytes_harm_nobody),
        cmocka_unit_test (test_frames_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
