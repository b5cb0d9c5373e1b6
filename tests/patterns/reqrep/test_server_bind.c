//  SPDX-License-Identifier: MIT
//
//  Where a server can listen, and what it says if it can't.

#define _POSIX_C_SOURCE 200809L

#include <sys/stat.h>
#include <unistd.h>

#include "child.h"
#include "fixture.h"

//  Expect binding to fail in this way, with the endpoint and the advice in the
//  text, and nothing to have changed
static void
s_expect_failure (zp_server_t *server, const char *endpoint, zp_status_t status,
                  const char *advice)
{
    char before[256] = "";
    if (zp_server_endpoint (server))
        snprintf (before, sizeof before, "%s", zp_server_endpoint (server));
    zp_status_t got = zp_server_bind (server, endpoint);
    if (got != status || !strstr (zp_server_error (server), endpoint) ||
        !strstr (zp_server_error (server), advice))
        fail_msg ("%s: %s, %s", endpoint, zp_status_name (got),
                  zp_server_error (server));
    if (before[0])
        assert_string_equal (zp_server_endpoint (server), before);
    else
        assert_null (zp_server_endpoint (server));
}

static void
s_expect_served (fixture_t *self, const char *endpoint)
{
    self->caller[0] = peer_new_caller (self->loop, endpoint);
    peer_request (self->caller[0], 1, "zp.ping", "");
    test_until (self->loop, peer_count (self->caller[0]) == 1);
    peer_destroy (&self->caller[0]);
}

static void
test_any_free_port_is_told_as_the_endpoint (void **state)
{
    fixture_t *self = *state;
    self->server = zp_server_new (self->loop, NULL);
    assert_null (zp_server_endpoint (self->server));
    assert_int_equal (zp_server_bind (self->server, "tcp://127.0.0.1:*"),
                      ZP_OK);
    assert_string_equal (zp_server_error (self->server), "");
    const char *endpoint = zp_server_endpoint (self->server);
    assert_int_equal (strncmp (endpoint, "tcp://127.0.0.1:", 16), 0);
    assert_in_range (atoi (endpoint + 16), 1, 65535);
    s_expect_served (self, endpoint);
}

static void
test_a_port_in_use_is_not_taken (void **state)
{
    fixture_t *self = *state;
    self->server = zp_server_new (self->loop, NULL);
    zp_server_bind (self->server, "tcp://127.0.0.1:*");
    const char *endpoint = zp_server_endpoint (self->server);
    zp_server_t *second = zp_server_new (self->loop, NULL);
    s_expect_failure (second, endpoint, ZP_ALREADY_EXISTS,
                      "choose another endpoint");
    s_expect_served (self, endpoint);
    //  It can still listen elsewhere, and has nothing to complain of then
    assert_int_equal (zp_server_bind (second, "tcp://127.0.0.1:*"), ZP_OK);
    assert_string_equal (zp_server_error (second), "");
    zp_server_destroy (&second);
}

//  A folder for sockets, and the endpoint of one in it

typedef struct {
    char folder[32];    // Path of the folder
    char path[64];      // Of the socket
    char endpoint[80];  // With "ipc://" before that
} s_folder_t;

static s_folder_t
s_make_folder (void)
{
    s_folder_t self = {.folder = "/tmp/zp-test-XXXXXX"};
    assert_non_null (mkdtemp (self.folder));
    snprintf (self.path, sizeof self.path, "%s/socket", self.folder);
    snprintf (self.endpoint, sizeof self.endpoint, "ipc://%s", self.path);
    return self;
}

static void
s_remove_folder (s_folder_t *self)
{
    unlink (self->path);
    assert_int_equal (rmdir (self->folder), 0);
}

static void
test_a_path_where_a_server_listens_is_not_stolen (void **state)
{
    fixture_t *self = *state;
    s_folder_t place = s_make_folder ();
    self->server = zp_server_new (self->loop, NULL);
    assert_int_equal (zp_server_bind (self->server, place.endpoint), ZP_OK);
    zp_server_t *second = zp_server_new (self->loop, NULL);
    s_expect_failure (second, place.endpoint, ZP_ALREADY_EXISTS,
                      "stop what listens there");
    zp_server_destroy (&second);
    s_expect_served (self, place.endpoint);
    zp_server_destroy (&self->server);
    s_remove_folder (&place);
}

static void
test_an_abstract_name_where_a_server_listens_is_not_stolen (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    const char *endpoint = zp_server_endpoint (self->server);
    zp_server_t *second = zp_server_new (self->loop, NULL);
    s_expect_failure (second, endpoint, ZP_ALREADY_EXISTS,
                      "stop what listens there");
    zp_server_destroy (&second);
    s_expect_served (self, endpoint);
}

static void
test_a_path_that_a_dead_server_left_behind_is_used_again (void **state)
{
    fixture_t *self = *state;
    s_folder_t place = s_make_folder ();
    child_t *child = child_new ("bind", place.endpoint, NULL);
    assert_true (child_says (child, "OK"));
    child_destroy (&child);  // Killed
    assert_int_equal (access (place.path, F_OK), 0);
    self->server = zp_server_new (self->loop, NULL);
    assert_int_equal (zp_server_bind (self->server, place.endpoint), ZP_OK);
    s_expect_served (self, place.endpoint);
    zp_server_destroy (&self->server);
    s_remove_folder (&place);
}

static void
test_a_folder_that_is_not_ones_own_is_no_place (void **state)
{
    (void) state;
    s_folder_t place = s_make_folder ();
    assert_int_equal (chmod (place.folder, 0555), 0);
    child_t *child = child_new ("bind as nobody", place.endpoint, NULL);
    assert_true (child_says (child, "PERMISSION_DENIED"));
    child_destroy (&child);
    s_remove_folder (&place);
}

static void
test_a_folder_that_is_not_there_is_no_place (void **state)
{
    fixture_t *self = *state;
    self->server = zp_server_new (self->loop, NULL);
    s_expect_failure (self->server, "ipc:///no/such/folder/socket",
                      ZP_INVALID_ARGUMENT, "make its folder first");
}

static void
test_a_path_can_be_too_long (void **state)
{
    fixture_t *self = *state;
    self->server = zp_server_new (self->loop, NULL);
    char endpoint[150] = "ipc:///tmp/";
    memset (endpoint + 11, 'x', sizeof endpoint - 12);
    s_expect_failure (self->server, endpoint, ZP_INVALID_ARGUMENT,
                      "choose a shorter path");
}

static void
test_an_address_of_another_machine_is_no_place (void **state)
{
    fixture_t *self = *state;
    self->server = zp_server_new (self->loop, NULL);
    //  192.0.2.0/24 is for documentation: RFC 5737
    s_expect_failure (self->server, "tcp://192.0.2.1:5555", ZP_INVALID_ARGUMENT,
                      "this machine has no such address");
    s_expect_failure (self->server, "tcp://nosuchinterface:5555",
                      ZP_INVALID_ARGUMENT, "this machine has no such address");
}

static void
test_endpoints_that_make_no_sense_are_invalid_arguments (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    const char *bad[] = {
        "",       "nonsense", "tcp://",           "tcp://127.0.0.1",
        "http:x", "%s%s%n",   "tcp://127.0.0.1:", "tcp://127.0.0.1:port",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        s_expect_failure (self->server, bad[i], ZP_INVALID_ARGUMENT,
                          "give one such as tcp://127.0.0.1:5555");
    s_expect_served (self, zp_server_endpoint (self->server));
}

//  The child: binds, says how that went, and waits to be killed
static int
s_be_child (const char *role, const char *endpoint)
{
    if (strcmp (role, "bind as nobody") == 0 && geteuid () == 0 &&
        setuid (65534) == -1)
        return 1;
    zp_server_t *server = zp_server_new (NULL, NULL);
    printf ("%s\n", zp_status_name (zp_server_bind (server, endpoint)));
    fflush (stdout);
    pause ();
    zp_server_destroy (&server);
    return 0;
}

int
main (int argc, char **argv)
{
    if (argc > 2)
        return s_be_child (argv[1], argv[2]);
    const struct CMUnitTest tests[] = {
        fixture_test (test_any_free_port_is_told_as_the_endpoint),
        fixture_test (test_a_port_in_use_is_not_taken),
        fixture_test (test_a_path_where_a_server_listens_is_not_stolen),
        fixture_test (
            test_an_abstract_name_where_a_server_listens_is_not_stolen),
        fixture_test (test_a_path_that_a_dead_server_left_behind_is_used_again),
        fixture_test (test_a_folder_that_is_not_ones_own_is_no_place),
        fixture_test (test_a_folder_that_is_not_there_is_no_place),
        fixture_test (test_a_path_can_be_too_long),
        fixture_test (test_an_address_of_another_machine_is_no_place),
        fixture_test (test_endpoints_that_make_no_sense_are_invalid_arguments),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
