//  SPDX-License-Identifier: MIT
//
//  What travels as text, and the check of a chunk

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "test_seed.h"
#include "zp_args.h"
#include "zp_chunk.h"
#include "zp_crc32c.h"
#include "zp_digest.h"

static zp_span_t
s_span (const char *text)
{
    return (zp_span_t){text, strlen (text)};
}

static void
test_crc_of_known_bytes (void **state)
{
    (void) state;
    //  RFC 3720, B.4, and the usual check value
    unsigned char bytes[32] = {0};
    assert_int_equal (zp_crc32c (bytes, 32), 0x8a9136aa);
    memset (bytes, 0xff, 32);
    assert_int_equal (zp_crc32c (bytes, 32), 0x62a8ab43);
    for (int i = 0; i < 32; i++)
        bytes[i] = (unsigned char) i;
    assert_int_equal (zp_crc32c (bytes, 32), 0x46dd794e);
    assert_int_equal (zp_crc32c ("123456789", 9), 0xe3069283);
    assert_int_equal (zp_crc32c (NULL, 0), 0);
}

static void
test_processor_and_table_agree (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    unsigned char bytes[30000];
    for (int round = 0; round < 300; round++) {
        size_t from = (size_t) test_below (&seed, 16);
        int most = round % 2 ? 280 : (int) sizeof bytes - 16;
        size_t size = (size_t) test_below (&seed, most);
        for (size_t i = 0; i < from + size; i++)
            bytes[i] = (unsigned char) test_below (&seed, 256);
        assert_int_equal (zp_crc32c (bytes + from, size),
                          zp_crc32c_table (bytes + from, size));
    }
}

static void
test_the_hash_is_blake2b (void **state)
{
    (void) state;
    char hash[ZP_TRANSFER_HASH + 1];
    zp_digest_t *digest = zp_digest_new ();
    zp_digest_pass (digest, 0, s_span ("a"));
    zp_digest_pass (digest, 2, s_span ("x"));  // Not its turn
    zp_digest_pass (digest, 1, s_span ("bc"));
    assert_int_equal (zp_digest_at (digest), 3);
    zp_digest_end (digest, hash);
    zp_digest_destroy (&digest);
    //  printf abc | b2sum -l 256
    assert_string_equal (hash, "bddd813c634239723171ef3fee98579b"
                               "94964e3bb1cb3e427262c8c068d52319");
}

static void
test_a_chunk_is_read_as_it_was_written (void **state)
{
    (void) state;
    const uint64_t offsets[] = {0, 1, 1234567890123, ZP_TRANSFER_SIZE_MAX - 5};
    const uint64_t windows[] = {0, 65536, ZP_TRANSFER_SIZE_MAX};
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 3; j++) {
            zp_chunk_t chunk = {offsets[i], windows[j], s_span ("12345")};
            char head[ZP_CHUNK_HEAD];
            size_t size = zp_chunk_write (&chunk, head);
            assert_true (size < sizeof head);
            zp_chunk_t read;
            assert_true (
                zp_chunk_read (&read, (zp_span_t){head, size}, chunk.data));
            assert_int_equal (read.offset, chunk.offset);
            assert_int_equal (read.window, chunk.window);
            assert_int_equal (read.data.size, 5);
        }
}

static void
test_a_chunk_with_any_bit_changed_is_refused (void **state)
{
    (void) state;
    char data[100], head[ZP_CHUNK_HEAD];
    memset (data, 7, sizeof data);
    zp_chunk_t chunk = {0, 0, {data, sizeof data}}, read;
    size_t size = zp_chunk_write (&chunk, head);
    for (size_t bit = 0; bit < 8 * sizeof data; bit++) {
        data[bit / 8] = (char) (data[bit / 8] ^ 1 << bit % 8);
        assert_false (
            zp_chunk_read (&read, (zp_span_t){head, size}, chunk.data));
        data[bit / 8] = (char) (data[bit / 8] ^ 1 << bit % 8);
    }
    assert_true (zp_chunk_read (&read, (zp_span_t){head, size}, chunk.data));
    assert_false (zp_chunk_read (&read, (zp_span_t){head, size},
                                 (zp_span_t){data, sizeof data - 1}));
}

static void
test_heads_that_are_none (void **state)
{
    (void) state;
    const char *const heads[] = {"",
                                 "0",
                                 "0 ",
                                 "0 00000000",  // Not its check
                                 "0 E3069283",
                                 "00 e3069283",
                                 "-1 e3069283",
                                 " 0 e3069283",
                                 "0  e3069283",
                                 "0 e3069283 ",
                                 "0 e3069283 x",
                                 "0 e3069283 1 ",
                                 "0 e306928",
                                 "0 e30692833",
                                 "9223372036854775807 e3069283",
                                 "99999999999999999999 e3069283"};
    zp_chunk_t chunk;
    assert_true (
        zp_chunk_read (&chunk, s_span ("0 e3069283 12"), s_span ("123456789")));
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        assert_false (
            zp_chunk_read (&chunk, s_span (heads[i]), s_span ("123456789")));
    assert_int_equal (chunk.window, 12);
}

static void
test_an_info_is_read_as_it_was_written (void **state)
{
    (void) state;
    zp_chunk_info_t info = {.id = 7,
                            .info = {.size = 100, .mtime_ms = -5},
                            .offset = 60,
                            .length = 40};
    strcpy (info.info.version, "100-5 #!");
    char text[ZP_CHUNK_INFO];
    size_t size = zp_chunk_info_write (&info, text);
    zp_chunk_info_t read = {.id = 0};
    assert_true (zp_chunk_info_read (&read, (zp_span_t){text, size}));
    assert_memory_equal (&read.info.version, "100-5 #!", 9);
    assert_int_equal (read.id, 7);
    assert_int_equal (read.info.size, 100);
    assert_int_equal (read.info.mtime_ms, -5);
    assert_int_equal (read.offset + read.length, 100);
}

static void
test_infos_that_make_no_sense (void **state)
{
    (void) state;
    const char *const texts[] = {
        "",
        "{}",
        "[]",
        "{\"id\":1}",
        "{\"id\":1,\"size\":10,\"offset\":11,\"length\":0}",
        "{\"id\":1,\"size\":10,\"offset\":5,\"length\":6}",
        "{\"id\":-1,\"size\":10,\"offset\":0,\"length\":10}",
        "{\"id\":1,\"size\":1e3,\"offset\":0,\"length\":10}",
        "{\"id\":1,\"size\":9,\"offset\":0,\"length\":9,\"version\":\"\\n\"}"};
    zp_chunk_info_t info;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_false (zp_chunk_info_read (&info, s_span (texts[i])));
}

static void
test_wishes (void **state)
{
    (void) state;
    zp_chunk_wish_t wish = ZP_CHUNK_WISH, read = ZP_CHUNK_WISH;
    wish.offset = 5;
    wish.length = 7;
    wish.credit = 9;
    wish.chunk = 100;
    wish.hash = true;
    strcpy (wish.version, "v");
    char text[ZP_CHUNK_INFO], error[ZP_ARGS_ERROR];
    size_t size = zp_chunk_wish_write (&wish, text);
    assert_true (zp_chunk_wish_read (&read, (zp_span_t){text, size}, error));
    assert_memory_equal (&read, &wish, sizeof wish);
    const char *const wrong[] = {"{\"offset\":-1}", "{\"credit\":0}",
                                 "{\"chunk\":0}",   "{\"what\":1}",
                                 "{\"version\":5}", "x"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false (zp_chunk_wish_read (&read, s_span (wrong[i]), error));
}

static void
test_grants_and_pairs (void **state)
{
    (void) state;
    zp_chunk_grant_t grant = {1, 2, 3, 4}, read = {0, 0, 0, 0};
    char text[ZP_CHUNK_INFO];
    size_t size = zp_chunk_grant_write (&grant, text);
    assert_true (zp_chunk_grant_read (&read, (zp_span_t){text, size}));
    assert_memory_equal (&read, &grant, sizeof grant);
    assert_false (zp_chunk_grant_read (&read, s_span ("{\"id\":1}")));
    uint64_t at = 0, credit = 0;
    assert_true (zp_chunk_pair_read (s_span ("17 4"), &at, &credit));
    assert_int_equal (at, 17);
    assert_int_equal (credit, 4);
    const char *const wrong[] = {"", "17", "17 ", " 17 4", "17 4 ", "a 4"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false (zp_chunk_pair_read (s_span (wrong[i]), &at, &credit));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_crc_of_known_bytes),
        cmocka_unit_test (test_processor_and_table_agree),
        cmocka_unit_test (test_the_hash_is_blake2b),
        cmocka_unit_test (test_a_chunk_is_read_as_it_was_written),
        cmocka_unit_test (test_a_chunk_with_any_bit_changed_is_refused),
        cmocka_unit_test (test_heads_that_are_none),
        cmocka_unit_test (test_an_info_is_read_as_it_was_written),
        cmocka_unit_test (test_infos_that_make_no_sense),
        cmocka_unit_test (test_wishes),
        cmocka_unit_test (test_grants_and_pairs),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
