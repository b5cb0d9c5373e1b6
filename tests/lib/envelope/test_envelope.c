//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "data.h"

//  The envelope in golden/envelope.bin
static const zp_envelope_t s_golden = {
    .kind = ZP_REPLY,
    .status = ZP_RESOURCE_EXHAUSTED,
    .attempt = 3,
    .marks = ZP_MARK_SERVER | ZP_MARK_COMPACT,
    .time_ms = 0x01020304,
    .client = 0x1112131415161718,
    .serial = 0x2122232425262728,
    .trace = {.trace_id = "0123456789:;<=>?",
              .span_id = {'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O'},
              .flags = 1},
};

static bool
s_decodes (const void *bytes, size_t size)
{
    uint8_t *data = data_copy (bytes, size);
    zp_envelope_t envelope;
    bool decoded = zp_envelope_decode (&envelope, data, size);
    free (data);
    return decoded;
}

//  True if the golden envelope still is one with another byte at a place
static bool
s_decodes_with (size_t place, uint8_t byte)
{
    uint8_t data[ZP_ENVELOPE_SIZE];
    zp_envelope_encode (&s_golden, data);
    data[place] = byte;
    return s_decodes (data, sizeof data);
}

static void
the_bytes_on_the_wire_are_pinned (void **state)
{
    (void) state;
    zp_span_t golden;
    assert_true (data_load ("golden/envelope.bin", &golden));
    assert_int_equal (golden.size, ZP_ENVELOPE_SIZE);
    uint8_t data[ZP_ENVELOPE_SIZE];
    zp_envelope_encode (&s_golden, data);
    assert_memory_equal (data, golden.data, sizeof data);

    zp_envelope_t envelope;
    assert_true (zp_envelope_decode (&envelope, golden.data, golden.size));
    data_assert_same (&envelope, &s_golden);
    free ((void *) golden.data);
}

static void
any_envelope_survives_the_wire (void **state)
{
    (void) state;
    uint64_t random = test_seed ();
    for (int round = 0; round < 10000; round++) {
        zp_envelope_t sent = data_envelope (&random);
        uint8_t *data = malloc (ZP_ENVELOPE_SIZE);
        zp_envelope_encode (&sent, data);
        zp_envelope_t received;
        assert_true (zp_envelope_decode (&received, data, ZP_ENVELOPE_SIZE));
        data_assert_same (&sent, &received);
        free (data);
    }
}

static void
one_size_only_is_an_envelope (void **state)
{
    (void) state;
    uint8_t data[300] = {0};
    zp_envelope_encode (&s_golden, data);
    for (size_t size = 0; size <= sizeof data; size++)
        assert_int_equal (s_decodes (data, size), size == ZP_ENVELOPE_SIZE);
    zp_envelope_t envelope;
    assert_false (zp_envelope_decode (&envelope, NULL, 0));
}

static void
other_magic_and_version_are_refused (void **state)
{
    (void) state;
    for (int byte = 0; byte < 256; byte++) {
        assert_int_equal (s_decodes_with (0, (uint8_t) byte), byte == 'Z');
        assert_int_equal (s_decodes_with (1, (uint8_t) byte), byte == 'P');
        assert_int_equal (s_decodes_with (2, (uint8_t) byte), byte == 1);
    }
}

static void
unknown_kinds_and_statuses_are_refused (void **state)
{
    (void) state;
    for (int byte = 0; byte < 256; byte++) {
        assert_int_equal (s_decodes_with (3, (uint8_t) byte),
                          byte >= ZP_REQUEST && byte <= ZP_CANCEL);
        assert_int_equal (s_decodes_with (4, (uint8_t) byte),
                          byte <= ZP_UNAUTHENTICATED);
    }
}

//  A later version may set more marks: peers of today must not mind
static void
unknown_marks_and_flags_are_accepted (void **state)
{
    (void) state;
    for (int byte = 0; byte < 256; byte++) {
        assert_true (s_decodes_with (6, (uint8_t) byte));
        assert_true (s_decodes_with (7, (uint8_t) byte));
    }
}

static void
s_refused (const char *name)
{
    zp_span_t file;
    assert_true (data_load (name, &file));
    zp_envelope_t envelope;
    memset (&envelope, 0xA5, sizeof envelope);
    zp_envelope_t before;
    memset (&before, 0xA5, sizeof before);
    if (zp_envelope_decode (&envelope, file.data, file.size))
        fail_msg ("taken for an envelope: %s", name);
    assert_memory_equal (&envelope, &before, sizeof envelope);
    free ((void *) file.data);
}

static void
a_refused_envelope_changes_nothing (void **state)
{
    (void) state;
    data_each ("invalid/envelope", s_refused);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (the_bytes_on_the_wire_are_pinned),
        cmocka_unit_test (any_envelope_survives_the_wire),
        cmocka_unit_test (one_size_only_is_an_envelope),
        cmocka_unit_test (other_magic_and_version_are_refused),
        cmocka_unit_test (unknown_kinds_and_statuses_are_refused),
        cmocka_unit_test (unknown_marks_and_flags_are_accepted),
        cmocka_unit_test (a_refused_envelope_changes_nothing),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
