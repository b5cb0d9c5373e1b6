//  SPDX-License-Identifier: MIT

#include "zp_status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

//  As https://grpc.io/docs/guides/status-codes/ lists them

static const char *const s_grpc[] = {
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
};

#define CODES ((int) (sizeof s_grpc / sizeof s_grpc[0]))

static void
test_names_and_numbers_are_those_of_grpc (void **state)
{
    (void) state;
    for (int code = 0; code < CODES; code++)
        assert_string_equal (zp_status_name ((zp_status_t) code), s_grpc[code]);
}

static void
test_each_code_has_a_text_of_its_own (void **state)
{
    (void) state;
    for (int code = 0; code < CODES; code++) {
        const char *text = zp_status_text ((zp_status_t) code);
        assert_true (strlen (text) > 0);
        for (int other = 0; other < code; other++)
            assert_string_not_equal (text,
                                     zp_status_text ((zp_status_t) other));
    }
}

static void
test_a_number_that_is_no_code_is_named_unknown (void **state)
{
    (void) state;
    const int numbers[] = {-1, CODES, 255, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        zp_status_t status = (zp_status_t) numbers[i];
        assert_false (zp_status_valid (numbers[i]));
        assert_string_equal (zp_status_name (status), "UNKNOWN");
        assert_string_equal (zp_status_text (status),
                             zp_status_text (ZP_UNKNOWN));
    }
}

static void
test_all_codes_are_valid (void **state)
{
    (void) state;
    for (int code = 0; code < CODES; code++)
        assert_true (zp_status_valid (code));
}

static void
test_a_name_is_parsed_to_its_code (void **state)
{
    (void) state;
    for (int code = 0; code < CODES; code++)
        assert_int_equal (zp_status_parse (s_grpc[code]), code);
}

static void
test_a_name_that_is_none_is_parsed_as_unknown (void **state)
{
    (void) state;
    assert_int_equal (zp_status_parse (""), ZP_UNKNOWN);
    assert_int_equal (zp_status_parse ("ok"), ZP_UNKNOWN);
    assert_int_equal (zp_status_parse ("OK "), ZP_UNKNOWN);
    assert_int_equal (zp_status_parse ("ZP_OK"), ZP_UNKNOWN);
    assert_int_equal (zp_status_parse ("NOT_FOUN"), ZP_UNKNOWN);
}

static void
test_only_unavailable_and_exhausted_are_retryable (void **state)
{
    (void) state;
    for (int code = -1; code <= CODES; code++)
        assert_int_equal (zp_status_retryable ((zp_status_t) code),
                          code == ZP_UNAVAILABLE ||
                              code == ZP_RESOURCE_EXHAUSTED);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_names_and_numbers_are_those_of_grpc),
        cmocka_unit_test (test_each_code_has_a_text_of_its_own),
        cmocka_unit_test (test_a_number_that_is_no_code_is_named_unknown),
        cmocka_unit_test (test_all_codes_are_valid),
        cmocka_unit_test (test_a_name_is_parsed_to_its_code),
        cmocka_unit_test (test_a_name_that_is_none_is_parsed_as_unknown),
        cmocka_unit_test (test_only_unavailable_and_exhausted_are_retryable),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
