//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "zp_bind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

typedef struct {
    zsock_t *socket[2];  // To be bound
    zp_bind_t bind[2];   // Where they are
    char folder[32];     // For sockets
    char ipc[64];        // The endpoint of one there
} s_place_t;

static int
s_set_up (void **state)
{
    s_place_t *self = zmalloc (sizeof *self);
    for (int i = 0; i < 2; i++)
        self->socket[i] = zsock_new (ZMQ_PULL);
    strcpy (self->folder, "/tmp/zp-test-XXXXXX");
    assert_non_null (mkdtemp (self->folder));
    snprintf (self->ipc, sizeof self->ipc, "ipc://%s/socket", self->folder);
    *state = self;
    return 0;
}

static int
s_tear_down (void **state)
{
    s_place_t *self = *state;
    for (int i = 0; i < 2; i++)
        zsock_destroy (&self->socket[i]);
    unlink (self->ipc + 6);
    rmdir (self->folder);
    free (self);
    return 0;
}

//  Expect the second socket not to be bound, for this reason, with the endpoint
//  and the advice in the text, and nothing else changed
static void
s_expect_failure (s_place_t *self, const char *endpoint, zp_status_t status,
                  const char *advice)
{
    char before[512];
    strcpy (before, self->bind[1].endpoint);
    zp_status_t got =
        zp_bind_socket (&self->bind[1], self->socket[1], endpoint);
    const char *error = self->bind[1].error;
    if (got != status || !strstr (error, endpoint) || !strstr (error, advice))
        fail_msg ("%s: %s, %s", endpoint, zp_status_name (got), error);
    assert_string_equal (self->bind[1].endpoint, before);
}

static void
test_any_free_port_is_told (void **state)
{
    s_place_t *self = *state;
    assert_int_equal (
        zp_bind_socket (&self->bind[0], self->socket[0], "tcp://127.0.0.1:*"),
        ZP_OK);
    assert_string_equal (self->bind[0].error, "");
    assert_in_range (atoi (strrchr (self->bind[0].endpoint, ':') + 1), 1,
                     65535);
}

static void
test_a_port_in_use_is_not_taken_and_another_one_may_be (void **state)
{
    s_place_t *self = *state;
    zp_bind_socket (&self->bind[0], self->socket[0], "tcp://127.0.0.1:*");
    s_expect_failure (self, self->bind[0].endpoint, ZP_ALREADY_EXISTS,
                      "choose another endpoint");
    assert_int_equal (
        zp_bind_socket (&self->bind[1], self->socket[1], "tcp://127.0.0.1:*"),
        ZP_OK);
    assert_string_equal (self->bind[1].error, "");
    s_expect_failure (self, self->bind[0].endpoint, ZP_ALREADY_EXISTS,
                      "choose another endpoint");
}

static void
test_a_path_where_somebody_listens_is_not_stolen (void **state)
{
    s_place_t *self = *state;
    assert_int_equal (
        zp_bind_socket (&self->bind[0], self->socket[0], self->ipc), ZP_OK);
    assert_string_equal (self->bind[0].endpoint, self->ipc);
    s_expect_failure (self, self->ipc, ZP_ALREADY_EXISTS,
                      "stop what listens there");
}

static void
test_an_abstract_name_is_not_stolen (void **state)
{
    s_place_t *self = *state;
    char name[64];
    snprintf (name, sizeof name, "ipc://@zp-bind-%d", (int) getpid ());
    assert_int_equal (zp_bind_socket (&self->bind[0], self->socket[0], name),
                      ZP_OK);
    s_expect_failure (self, name, ZP_ALREADY_EXISTS, "stop what listens there");
}

static void
test_a_path_that_was_left_behind_is_used_again (void **state)
{
    s_place_t *self = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy (address.sun_path, self->ipc + 6);
    int fd = socket (AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal (bind (fd, (struct sockaddr *) &address, sizeof address),
                      0);
    close (fd);
    assert_int_equal (
        zp_bind_socket (&self->bind[0], self->socket[0], self->ipc), ZP_OK);
}

static void
test_each_mistake_has_its_advice (void **state)
{
    s_place_t *self = *state;
    char path[300] = "ipc:///tmp/";
    memset (path + strlen (path), 'x', 200);
    s_expect_failure (self, path, ZP_INVALID_ARGUMENT, "shorter path");
    s_expect_failure (self, "nonsense", ZP_INVALID_ARGUMENT, "such as tcp://");
    s_expect_failure (self, "", ZP_INVALID_ARGUMENT, "such as tcp://");
    s_expect_failure (self, "tcp://192.0.2.1:5555", ZP_INVALID_ARGUMENT,
                      "no such address");
    s_expect_failure (self, "ipc:///tmp/no/such/folder/socket",
                      ZP_INVALID_ARGUMENT, "make its folder first");
    if (geteuid () != 0) {
        chmod (self->folder, 0500);
        s_expect_failure (self, self->ipc, ZP_PERMISSION_DENIED,
                          "a folder that is yours");
    }
}

int
main (void)
{
#define place_test(test)                                                       \
    cmocka_unit_test_setup_teardown (test, s_set_up, s_tear_down)
    const struct CMUnitTest tests[] = {
        place_test (test_any_free_port_is_told),
        place_test (test_a_port_in_use_is_not_taken_and_another_one_may_be),
        place_test (test_a_path_where_somebody_listens_is_not_stolen),
        place_test (test_an_abstract_name_is_not_stolen),
        place_test (test_a_path_that_was_left_behind_is_used_again),
        place_test (test_each_mistake_has_its_advice),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
