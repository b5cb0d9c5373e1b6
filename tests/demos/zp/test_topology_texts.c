//  SPDX-License-Identifier: MIT
//
//  The texts in a topology: placeholders, and endpoints

#include "endpoint.h"
#include "expand.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *
s_lookup (void *arg, const char *name)
{
    (void) arg;
    if (strcmp (name, "run") == 0)
        return "/r";
    return strcmp (name, "my_shop-2") == 0 ? "tcp://h:1" : NULL;
}

static void
s_assert_expands (const char *text, const char *expected)
{
    char unknown[EXPAND_NAME_MAX];
    char *expanded = expand (text, s_lookup, NULL, unknown);
    assert_non_null (expanded);
    assert_string_equal (expanded, expected);
    free (expanded);
}

static void
test_placeholders_are_filled_in (void **state)
{
    (void) state;
    s_assert_expands ("", "");
    s_assert_expands ("plain", "plain");
    s_assert_expands ("{run}", "/r");
    s_assert_expands ("ipc://{run}/a{run}", "ipc:///r/a/r");
    s_assert_expands ("--shop={my_shop-2}", "--shop=tcp://h:1");
}

static void
test_other_braces_stay (void **state)
{
    (void) state;
    s_assert_expands ("{\"a\": {\"b\": []}}", "{\"a\": {\"b\": []}}");
    s_assert_expands ("{} { {run", "{} { {run");
    s_assert_expands ("{{run}", "{run}");
    s_assert_expands ("{{{run}", "{/r");
}

static void
test_an_unknown_placeholder_is_told (void **state)
{
    (void) state;
    char unknown[EXPAND_NAME_MAX];
    assert_null (expand ("{run}{walk}{fly}", s_lookup, NULL, unknown));
    assert_string_equal (unknown, "walk");
}

static void
test_a_name_too_long_for_a_placeholder_is_plain_text (void **state)
{
    (void) state;
    char text[EXPAND_NAME_MAX + 3];
    memset (text, 'x', sizeof text);
    text[0] = '{';
    text[sizeof text - 2] = '}';
    text[sizeof text - 1] = 0;
    s_assert_expands (text, text);
}

static void
s_assert_right (const char *endpoint)
{
    char *wrong = endpoint_wrong (endpoint);
    assert_null (wrong);
}

static void
s_assert_wrong (const char *endpoint, const char *part)
{
    char *wrong = endpoint_wrong (endpoint);
    assert_non_null (wrong);
    assert_non_null (strstr (wrong, part));
    free (wrong);
}

static void
test_endpoints_that_both_sides_can_use_are_right (void **state)
{
    (void) state;
    s_assert_right ("ipc:///run/shop");
    s_assert_right ("ipc://@abstract");
    s_assert_right ("tcp://127.0.0.1:1");
    s_assert_right ("tcp://localhost:65535");
    s_assert_right ("tcp://[::1]:5555");
}

static void
test_other_endpoints_are_wrong (void **state)
{
    (void) state;
    s_assert_wrong ("", "starts with ipc:// or tcp://");
    s_assert_wrong ("inproc://x", "starts with ipc:// or tcp://");
    s_assert_wrong ("ipc://", "a path that starts with /");
    s_assert_wrong ("ipc://shop", "a path that starts with /");
    s_assert_wrong ("tcp://127.0.0.1", "an address and a port");
    s_assert_wrong ("tcp://:5555", "an address and a port");
    s_assert_wrong ("tcp://*:5555", "not *");
    s_assert_wrong ("tcp://127.0.0.1:*", "the port");
    s_assert_wrong ("tcp://127.0.0.1:0", "the port");
    s_assert_wrong ("tcp://127.0.0.1:65536", "the port");
    s_assert_wrong ("tcp://127.0.0.1:+1", "the port");
    s_assert_wrong ("tcp://127.0.0.1:99999999999999999999", "the port");
}

static void
test_the_longest_path_is_what_the_system_takes (void **state)
{
    (void) state;
    char endpoint[6 + ENDPOINT_PATH_MAX + 2];
    memset (endpoint, 'x', sizeof endpoint);
    memcpy (endpoint, "ipc:///", 7);
    endpoint[sizeof endpoint - 1] = 0;
    s_assert_wrong (endpoint, "108 bytes long");
    endpoint[sizeof endpoint - 2] = 0;
    s_assert_right (endpoint);
}

static void
test_a_port_is_in_use_while_somebody_listens (void **state)
{
    (void) state;
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    int fd = socket (AF_INET, SOCK_STREAM, 0);
    assert_int_equal (bind (fd, (struct sockaddr *) &address, size), 0);
    assert_int_equal (listen (fd, 1), 0);
    getsockname (fd, (struct sockaddr *) &address, &size);
    char endpoint[64];
    snprintf (endpoint, sizeof endpoint, "tcp://127.0.0.1:%d",
              ntohs (address.sin_port));
    assert_true (endpoint_in_use (endpoint));
    close (fd);
    assert_false (endpoint_in_use (endpoint));
    assert_false (endpoint_in_use ("ipc:///run/shop"));
    assert_false (endpoint_in_use ("tcp://no.such.host.invalid:5555"));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_placeholders_are_filled_in),
        cmocka_unit_test (test_other_braces_stay),
        cmocka_unit_test (test_an_unknown_placeholder_is_told),
        cmocka_unit_test (test_a_name_too_long_for_a_placeholder_is_plain_text),
        cmocka_unit_test (test_endpoints_that_both_sides_can_use_are_right),
        cmocka_unit_test (test_other_endpoints_are_wrong),
        cmocka_unit_test (test_the_longest_path_is_what_the_system_takes),
        cmocka_unit_test (test_a_port_is_in_use_while_somebody_listens),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
