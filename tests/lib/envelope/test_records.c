//  SPDX-License-Identifier: MIT
//
//  Compact messages that are good ones: what is written is what is read

#define _POSIX_C_SOURCE 200809L

#include "data.h"

#define RECORDS_MAX 20
#define PART_MAX    20000

//  A compact message, as it is written and as it is read
typedef struct message {
    uint8_t *data;      // The compact frame
    size_t size;        // Bytes of it
    zp_span_t *frames;  // The compact frame, then the large parts
    size_t count;       // How many frames
} message_t;

static message_t
s_start (void)
{
    message_t self = {.data = malloc (4), .count = 1};
    self.size = (size_t) (zp_records_start (self.data) - self.data);
    assert_int_equal (self.size, 4);
    self.frames =
        calloc (1 + RECORDS_MAX * ZP_ENVELOPE_PARTS_MAX, sizeof *self.frames);
    return self;
}

//  Add a record, in exactly as many bytes as it was said to need
static void
s_write (message_t *self, const zp_envelope_t *envelope, const zp_span_t *parts,
         size_t count)
{
    size_t size = zp_records_size (parts, count);
    self->data = realloc (self->data, self->size + size);
    uint8_t *end =
        zp_records_write (self->data + self->size, envelope, parts, count);
    assert_ptr_equal (end, self->data + self->size + size);
    self->size += size;
    for (size_t i = 0; i < count; i++)
        if (parts[i].size > ZP_ENVELOPE_INLINE)
            self->frames[self->count++] = parts[i];
}

static void
s_read (message_t *self, zp_records_t *records)
{
    assert_true (zp_records_here (self->data, self->size));
    self->frames[0] = (zp_span_t){self->data, self->size};
    zp_records_init (records, self->frames, self->count);
}

static void
s_assert_next (zp_records_t *records, const zp_envelope_t *envelope,
               const zp_span_t *parts, size_t count)
{
    zp_envelope_t found;
    zp_span_t found_parts[ZP_ENVELOPE_PARTS_MAX];
    size_t found_count;
    assert_int_equal (
        zp_records_next (records, &found, found_parts, &found_count), 1);
    data_assert_same (&found, envelope);
    assert_int_equal (found_count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal (found_parts[i].size, parts[i].size);
        if (parts[i].size)
            assert_memory_equal (found_parts[i].data, parts[i].data,
                                 parts[i].size);
    }
}

static void
s_assert_end (zp_records_t *records)
{
    zp_envelope_t envelope;
    zp_span_t parts[ZP_ENVELOPE_PARTS_MAX];
    size_t count;
    assert_int_equal (zp_records_next (records, &envelope, parts, &count), 0);
    assert_int_equal (zp_records_next (records, &envelope, parts, &count), 0);
}

static void
s_free (message_t *self)
{
    free (self->data);
    free (self->frames);
}

//  Write one record, read it back
static void
s_assert_survives (const zp_envelope_t *envelope, const zp_span_t *parts,
                   size_t count)
{
    message_t message = s_start ();
    s_write (&message, envelope, parts, count);
    zp_records_t records;
    s_read (&message, &records);
    s_assert_next (&records, envelope, parts, count);
    s_assert_end (&records);
    s_free (&message);
}

static void
the_bytes_on_the_wire_are_pinned (void **state)
{
    (void) state;
    static const uint8_t large[ZP_ENVELOPE_INLINE + 1];
    zp_envelope_t request = {.kind = ZP_REQUEST,
                             .attempt = 1,
                             .time_ms = 250,
                             .client = 0x1112131415161718,
                             .serial = 1,
                             .trace = {.trace_id = "0123456789:;<=>?",
                                       .span_id = "HIJKLMNO",
                                       .flags = 1}};
    zp_envelope_t cancel = {.kind = ZP_CANCEL,
                            .attempt = 1,
                            .client = 0x1112131415161718,
                            .serial = 2};
    zp_envelope_t reply = {.kind = ZP_REPLY,
                           .attempt = 2,
                           .marks = ZP_MARK_SERVER | ZP_MARK_COMPACT,
                           .client = 0x1112131415161718,
                           .serial = 3};
    zp_span_t asked[] = {{"echo", 4}, {"hello", 5}, {NULL, 0}};
    zp_span_t answered[] = {{"left", 4}, {large, sizeof large}, {"right", 5}};

    message_t message = s_start ();
    s_write (&message, &request, asked, 3);
    s_write (&message, &cancel, NULL, 0);
    s_write (&message, &reply, answered, 3);
    zp_span_t golden;
    assert_true (data_load ("golden/records.bin", &golden));
    assert_int_equal (message.size, golden.size);
    assert_memory_equal (message.data, golden.data, golden.size);
    free ((void *) golden.data);
    s_free (&message);
}

static void
a_message_of_no_records_ends_at_once (void **state)
{
    (void) state;
    message_t message = s_start ();
    zp_records_t records;
    s_read (&message, &records);
    s_assert_end (&records);
    s_free (&message);
}

static void
a_record_may_have_no_parts (void **state)
{
    (void) state;
    zp_envelope_t envelope = {.kind = ZP_CANCEL};
    s_assert_survives (&envelope, NULL, 0);
}

static void
a_record_may_have_the_most_parts (void **state)
{
    (void) state;
    static const uint8_t bytes[ZP_ENVELOPE_INLINE + ZP_ENVELOPE_PARTS_MAX];
    zp_envelope_t envelope = {.kind = ZP_REQUEST};
    zp_span_t parts[ZP_ENVELOPE_PARTS_MAX];
    for (size_t i = 0; i < ZP_ENVELOPE_PARTS_MAX; i++)
        parts[i] = (zp_span_t){bytes, i};
    s_assert_survives (&envelope, parts, ZP_ENVELOPE_PARTS_MAX);

    for (size_t i = 0; i < ZP_ENVELOPE_PARTS_MAX; i++)
        parts[i] = (zp_span_t){bytes, ZP_ENVELOPE_INLINE + 1 + i};
    s_assert_survives (&envelope, parts, ZP_ENVELOPE_PARTS_MAX);
}

static void
only_what_is_larger_than_inline_has_a_frame_of_its_own (void **state)
{
    (void) state;
    static const uint8_t bytes[ZP_ENVELOPE_INLINE + 1];
    zp_envelope_t envelope = {.kind = ZP_REPLY};
    zp_span_t part = {bytes, 0};
    size_t bare = zp_records_size (&part, 1);

    for (size_t i = 0; i <= sizeof bytes; i++) {
        part.size = i;
        bool large = i > ZP_ENVELOPE_INLINE;
        assert_int_equal (zp_records_size (&part, 1), bare + (large ? 0 : i));
    }
    for (part.size = ZP_ENVELOPE_INLINE - 1; part.size <= sizeof bytes;
         part.size++)
        s_assert_survives (&envelope, &part, 1);
}

static void
parts_lie_in_the_frames_uncopied (void **state)
{
    (void) state;
    static const uint8_t bytes[ZP_ENVELOPE_INLINE + 1];
    zp_envelope_t envelope = {.kind = ZP_REQUEST};
    zp_span_t parts[] = {{bytes, 10}, {bytes, sizeof bytes}};
    message_t message = s_start ();
    s_write (&message, &envelope, parts, 2);
    zp_records_t records;
    s_read (&message, &records);
    size_t count;
    assert_int_equal (zp_records_next (&records, &envelope, parts, &count), 1);
    const uint8_t *inside = parts[0].data;
    assert_true (inside > message.data &&
                 inside + 10 <= message.data + message.size);
    assert_ptr_equal (parts[1].data, bytes);
    s_free (&message);
}

//  A peer may draw its own line between small and large
static void
the_reader_leaves_it_to_the_writer_what_is_large (void **state)
{
    (void) state;
    zp_envelope_t envelope = {.kind = ZP_REPLY, .serial = 7};
    zp_span_t part = {"tiny", 4};
    message_t message = s_start ();
    s_write (&message, &envelope, &part, 1);
    message.size -= part.size;  // The part goes to a frame of its own
    message.data[message.size - 4] |= 0x80;
    message.data[7] -= (uint8_t) part.size;
    message.frames[message.count++] = part;
    zp_records_t records;
    s_read (&message, &records);
    s_assert_next (&records, &envelope, &part, 1);
    s_assert_end (&records);
    s_free (&message);
}

typedef struct drawn {
    zp_envelope_t envelope;                  // Any
    zp_span_t parts[ZP_ENVELOPE_PARTS_MAX];  // Of any bytes
    size_t count;                            // How many parts
} drawn_t;

static size_t
s_draw_size (uint64_t *random)
{
    static const size_t sizes[] = {0, 1, ZP_ENVELOPE_INLINE - 1,
                                   ZP_ENVELOPE_INLINE, ZP_ENVELOPE_INLINE + 1};
    int pick = test_below (random, 20);
    if (pick < 5)
        return sizes[pick];
    return (size_t) test_below (random, pick == 5 ? PART_MAX : 100);
}

static void
s_draw (drawn_t *self, uint64_t *random, const uint8_t *bytes)
{
    self->envelope = data_envelope (random);
    int most = test_below (random, 10) ? 5 : ZP_ENVELOPE_PARTS_MAX;
    self->count = (size_t) test_below (random, most + 1);
    for (size_t i = 0; i < self->count; i++) {
        size_t size = s_draw_size (random);
        size_t from = (size_t) test_below (random, (int) (PART_MAX - size) + 1);
        self->parts[i] = (zp_span_t){bytes + from, size};
    }
}

static void
any_records_survive_the_wire_in_their_order (void **state)
{
    (void) state;
    uint64_t random = test_seed ();
    static uint8_t bytes[PART_MAX];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t) test_random (&random);

    for (int round = 0; round < 500; round++) {
        static drawn_t drawn[RECORDS_MAX];
        int count = test_below (&random, RECORDS_MAX + 1);
        message_t message = s_start ();
        for (int i = 0; i < count; i++) {
            s_draw (&drawn[i], &random, bytes);
            s_write (&message, &drawn[i].envelope, drawn[i].parts,
                     drawn[i].count);
        }
        zp_records_t records;
        s_read (&message, &records);
        for (int i = 0; i < count; i++)
            s_assert_next (&records, &drawn[i].envelope, drawn[i].parts,
                           drawn[i].count);
        s_assert_end (&records);
        s_free (&message);
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (the_bytes_on_the_wire_are_pinned),
        cmocka_unit_test (a_message_of_no_records_ends_at_once),
        cmocka_unit_test (a_record_may_have_no_parts),
        cmocka_unit_test (a_record_may_have_the_most_parts),
        cmocka_unit_test (
            only_what_is_larger_than_inline_has_a_frame_of_its_own),
        cmocka_unit_test (parts_lie_in_the_frames_uncopied),
        cmocka_unit_test (the_reader_leaves_it_to_the_writer_what_is_large),
        cmocka_unit_test (any_records_survive_the_wire_in_their_order),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
