//  SPDX-License-Identifier: MIT
//
//  Compact messages that are none: cut, lying, or of another kind. Each file of
//  invalid/records is the first frame of one; where there is a file .large of
//  the same name, that is its second.

#define _POSIX_C_SOURCE 200809L

#include "data.h"

#define RECORD_MIN (4 + ZP_ENVELOPE_SIZE + 1)

//  What golden/records.bin is made of
static const size_t s_golden_ends[] = {4, 82, 139, 217};
#define GOLDEN_RECORDS 3
static const uint8_t s_golden_large[ZP_ENVELOPE_INLINE + 1];

//  True if a part lies inside the frames, and so AddressSanitizer may look
static bool
s_inside (const zp_span_t *part, const zp_span_t *frames, size_t count)
{
    uintptr_t start = (uintptr_t) part->data;
    for (size_t i = 0; i < count; i++) {
        uintptr_t frame = (uintptr_t) frames[i].data;
        if (start >= frame && start + part->size <= frame + frames[i].size)
            return true;
    }
    return false;
}

//  Read all the records and count them; -1 if they end badly. What fails must
//  change nothing, for good.
static int
s_count (const zp_span_t *frames, size_t count)
{
    zp_records_t records;
    zp_records_init (&records, frames, count);
    for (int found = 0;; found++) {
        zp_envelope_t envelope, before;
        memset (&envelope, 0xA5, sizeof envelope);
        memset (&before, 0xA5, sizeof before);
        zp_span_t parts[ZP_ENVELOPE_PARTS_MAX];
        size_t parts_count = 12345;
        int rc = zp_records_next (&records, &envelope, parts, &parts_count);
        if (rc == 1) {
            assert_true (parts_count <= ZP_ENVELOPE_PARTS_MAX);
            for (size_t i = 0; i < parts_count; i++)
                assert_true (s_inside (&parts[i], frames, count));
            continue;
        }
        for (int again = 0; again < 3; again++) {
            assert_memory_equal (&envelope, &before, sizeof envelope);
            assert_int_equal (parts_count, 12345);
            assert_int_equal (
                zp_records_next (&records, &envelope, parts, &parts_count), rc);
        }
        return rc ? -1 : found;
    }
}

static void
s_refused (const char *name)
{
    zp_span_t frames[2];
    assert_true (data_load (name, &frames[0]));
    char large[256];
    snprintf (large, sizeof large, "%.*s.large", (int) strlen (name) - 4, name);
    size_t count = data_load (large, &frames[1]) ? 2 : 1;
    if (!zp_records_here (frames[0].data, frames[0].size))
        fail_msg ("does not even start as a compact frame: %s", name);
    if (s_count (frames, count) != -1)
        fail_msg ("taken for a compact message: %s", name);
    while (count)
        free ((void *) frames[--count].data);
}

static void
malformed_messages_are_refused (void **state)
{
    (void) state;
    data_each ("invalid/records", s_refused);
}

static void
s_starts_otherwise (const char *name)
{
    zp_span_t file;
    assert_true (data_load (name, &file));
    if (zp_records_here (file.data, file.size))
        fail_msg ("taken for the start of a compact frame: %s", name);
    free ((void *) file.data);
}

static void
other_frames_do_not_start_as_a_compact_one (void **state)
{
    (void) state;
    data_each ("invalid/start", s_starts_otherwise);
    assert_false (zp_records_here (NULL, 0));
}

//  Count the records of golden/records.bin, changed at one place, with its
//  large part
static int
s_count_golden (size_t size, size_t place, const void *bytes, size_t length)
{
    zp_span_t golden;
    assert_true (data_load ("golden/records.bin", &golden));
    assert_int_equal (golden.size, s_golden_ends[GOLDEN_RECORDS]);
    if (length)
        memcpy ((uint8_t *) golden.data + place, bytes, length);
    uint8_t *data = data_copy (golden.data, size);
    zp_span_t frames[] = {{data, size},
                          {s_golden_large, sizeof s_golden_large}};
    int count = s_count (frames, 2);
    free (data);
    free ((void *) golden.data);
    return count;
}

static void
a_message_cut_anywhere_is_refused (void **state)
{
    (void) state;
    size_t whole = s_golden_ends[GOLDEN_RECORDS];
    assert_int_equal (s_count_golden (whole, 0, NULL, 0), GOLDEN_RECORDS);
    for (size_t size = s_golden_ends[0]; size < whole; size++)
        assert_int_equal (s_count_golden (size, 0, NULL, 0), -1);
}

//  Without large parts a cut between two records can't be seen; all others are
static void
a_frame_cut_inside_a_record_is_refused (void **state)
{
    (void) state;
    zp_span_t golden;
    assert_true (data_load ("golden/records.bin", &golden));
    int whole = 0;  // Records before the cut
    for (size_t size = s_golden_ends[0]; size < golden.size; size++) {
        uint8_t *data = data_copy (golden.data, size);
        zp_span_t frame = {data, size};
        bool between = size == s_golden_ends[whole];
        assert_int_equal (s_count (&frame, 1), between ? whole : -1);
        whole += between;
        free (data);
    }
    assert_int_equal (whole, GOLDEN_RECORDS);
    free ((void *) golden.data);
}

static void
any_other_length_of_a_record_is_a_lie (void **state)
{
    (void) state;
    for (int i = 0; i < GOLDEN_RECORDS; i++) {
        size_t size = s_golden_ends[i + 1] - s_golden_ends[i] - 4;
        assert_true (size < 256);
        for (int byte = 0; byte < 256; byte++) {
            uint8_t length[] = {0, 0, 0, (uint8_t) byte};
            int count = s_count_golden (s_golden_ends[GOLDEN_RECORDS],
                                        s_golden_ends[i], length, 4);
            assert_int_equal (count, (size_t) byte == size ? 3 : -1);
        }
        for (int place = 0; place < 3; place++)
            for (int byte = 1; byte < 256; byte++) {
                uint8_t high = (uint8_t) byte;
                int count = s_count_golden (s_golden_ends[GOLDEN_RECORDS],
                                            s_golden_ends[i] + (size_t) place,
                                            &high, 1);
                assert_int_equal (count, -1);
            }
    }
}

static void
any_other_count_of_parts_is_a_lie (void **state)
{
    (void) state;
    for (int i = 0; i < GOLDEN_RECORDS; i++)
        for (int byte = 0; byte < 256; byte++) {
            uint8_t count = (uint8_t) byte;
            int found =
                s_count_golden (s_golden_ends[GOLDEN_RECORDS],
                                s_golden_ends[i] + RECORD_MIN - 1, &count, 1);
            assert_int_equal (found, byte == (i == 1 ? 0 : 3) ? 3 : -1);
        }
}

static void
large_parts_must_be_all_there_and_no_more (void **state)
{
    (void) state;
    zp_span_t frames[3];
    assert_true (data_load ("golden/records.bin", &frames[0]));
    frames[1] = (zp_span_t){s_golden_large, sizeof s_golden_large};
    frames[2] = frames[1];
    assert_int_equal (s_count (frames, 1), -1);
    assert_int_equal (s_count (frames, 2), GOLDEN_RECORDS);
    assert_int_equal (s_count (frames, 3), -1);
    frames[1].size--;
    assert_int_equal (s_count (frames, 2), -1);
    free ((void *) frames[0].data);
}

//  Bits are lost in memory and in bad peers; some changes leave another good
//  message, but none makes the reader look outside the frames
static void
flipped_bits_never_lead_outside (void **state)
{
    (void) state;
    uint64_t random = test_seed ();
    zp_span_t golden;
    assert_true (data_load ("golden/records.bin", &golden));
    int refused = 0;
    for (int round = 0; round < 100000; round++) {
        uint8_t *data = data_copy (golden.data, golden.size);
        for (int flips = 1 + test_below (&random, 8); flips > 0; flips--)
            data[4 + test_below (&random, (int) golden.size - 4)] ^=
                (uint8_t) (1 << test_below (&random, 8));
        zp_span_t frames[] = {{data, golden.size},
                              {s_golden_large, sizeof s_golden_large}};
        refused += s_count (frames, (size_t) (1 + round % 2)) == -1;
        free (data);
    }
    assert_true (refused > 0 && refused < 100000);
    free ((void *) golden.data);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (malformed_messages_are_refused),
        cmocka_unit_test (other_frames_do_not_start_as_a_compact_one),
        cmocka_unit_test (a_message_cut_anywhere_is_refused),
        cmocka_unit_test (a_frame_cut_inside_a_record_is_refused),
        cmocka_unit_test (any_other_length_of_a_record_is_a_lie),
        cmocka_unit_test (any_other_count_of_parts_is_a_lie),
        cmocka_unit_test (large_parts_must_be_all_there_and_no_more),
        cmocka_unit_test (flipped_bits_never_lead_outside),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
