//  SPDX-License-Identifier: MIT

#include "zp_queue_receipt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

//  Read a text, from memory of just its size
static bool
s_read (zp_queue_receipt_t *receipt, const char *text, size_t size)
{
    char *copy = malloc (size);
    if (size)
        memcpy (copy, text, size);
    bool good = zp_queue_receipt_read (receipt, (zp_span_t){copy, size});
    free (copy);
    return good;
}

static void
s_writes (zp_queue_receipt_t receipt, const char *expected)
{
    char text[ZP_QUEUE_RECEIPT_MAX];
    assert_int_equal (zp_queue_receipt_write (&receipt, text),
                      strlen (expected));
    assert_string_equal (text, expected);
    zp_queue_receipt_t read;
    assert_true (s_read (&read, text, strlen (text)));
    assert_int_equal (read.id, receipt.id);
    assert_int_equal (read.acquired, receipt.acquired);
    assert_int_equal (read.epoch, receipt.epoch);
}

static void
test_a_receipt_is_three_numbers (void **state)
{
    (void) state;
    s_writes ((zp_queue_receipt_t){1, 2, 3}, "1:2:3");
    s_writes ((zp_queue_receipt_t){1000, 10, 90}, "1000:10:90");
    s_writes ((zp_queue_receipt_t){UINT64_MAX, UINT32_MAX, UINT64_MAX},
              "18446744073709551615:4294967295:18446744073709551615");
}

static void
test_what_is_no_receipt_is_refused (void **state)
{
    (void) state;
    static const char *const texts[] = {"",
                                        "1",
                                        "1:2",
                                        "1:2:",
                                        ":2:3",
                                        "1::3",
                                        "1:2:3:",
                                        "1:2:3 ",
                                        " 1:2:3",
                                        "1:2:3:4",
                                        "0:2:3",
                                        "1:0:3",
                                        "1:2:0",
                                        "01:2:3",
                                        "1:02:3",
                                        "-1:2:3",
                                        "+1:2:3",
                                        "1:2:3x",
                                        "1;2;3",
                                        "a:b:c",
                                        "1:2:\xb3",
                                        "1:2:0x3",
                                        "1 :2:3",
                                        "1.0:2:3",
                                        "::",
                                        "1:2:3\n",
                                        "18446744073709551616:2:3",
                                        "1:4294967296:3",
                                        "1:2:18446744073709551616",
                                        "1:2:99999999999999999999999999999999"};
    zp_queue_receipt_t receipt = {7, 8, 9};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_false (s_read (&receipt, texts[i], strlen (texts[i])));
    assert_false (s_read (&receipt, "1:2:3", 6));  // With the 0
    assert_int_equal (receipt.id, 7);
    assert_int_equal (receipt.acquired, 8);
    assert_int_equal (receipt.epoch, 9);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_receipt_is_three_numbers),
        cmocka_unit_test (test_what_is_no_receipt_is_refused),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
