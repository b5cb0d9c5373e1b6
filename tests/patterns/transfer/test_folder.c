//  SPDX-License-Identifier: MIT
//
//  Names from outside: what a folder lets nobody at

#define _GNU_SOURCE

#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"

static void
s_expect (fixture_t *self, zp_status_t status, const char *name)
{
    char text[512];
    if (fixture_ask (self, text, "file.stat", name, NULL) != status)
        fail_msg ("file.stat of '%s' says %s", name, text);
    zp_status_t put = fixture_ask (self, text, "file.put", name,
                                   "{\"size\":1,\"version\":\"v\"}", NULL);
    if (status == ZP_PERMISSION_DENIED && put != ZP_PERMISSION_DENIED &&
        put != ZP_NOT_FOUND)
        fail_msg ("file.put of '%s' says %s", name, text);
    got_t got;
    fixture_get (self, (zp_get_t){.name = name}, 1, &got);
    assert_int_equal (got.status, status);
}

static void
test_names_that_lead_nowhere_else (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_away (self, "secret"), 1, 10);
    mkdir (fixture_path (self, "sub"), 0755);
    fixture_write (fixture_path (self, "sub/film"), 1, 10);
    fixture_write (fixture_path (self, ".hidden"), 1, 10);
    const char *const names[] = {"..",
                                 "../secret",
                                 "sub/../../secret",
                                 "/etc/passwd",
                                 "//film",
                                 "./sub/film",
                                 "sub/./film",
                                 "sub//film",
                                 "sub/",
                                 ".hidden",
                                 "sub/..",
                                 "sub/../sub/film",
                                 ".hidden/x",
                                 "sub/.hidden/",
                                 ".",
                                 "/"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        s_expect (self, ZP_PERMISSION_DENIED, names[i]);
    s_expect (self, ZP_OK, "sub/film");
    s_expect (self, ZP_NOT_FOUND, "sub/nothing");
    s_expect (self, ZP_NOT_FOUND, "nothing/film");
    s_expect (self, ZP_NOT_FOUND, "sub/film/more");
}

static void
test_links_are_not_followed (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_away (self, "secret"), 1, 10);
    fixture_write (fixture_path (self, "film"), 1, 10);
    assert_int_equal (
        symlink (fixture_away (self, "secret"), fixture_path (self, "out")), 0);
    assert_int_equal (symlink (self->away, fixture_path (self, "folder")), 0);
    assert_int_equal (symlink ("film", fixture_path (self, "in")), 0);
    s_expect (self, ZP_PERMISSION_DENIED, "out");
    s_expect (self, ZP_PERMISSION_DENIED, "in");
    char text[512];
    assert_int_not_equal (
        fixture_ask (self, text, "file.stat", "folder/secret", NULL), ZP_OK);
    assert_int_not_equal (fixture_ask (self, text, "file.put", "folder/new",
                                       "{\"size\":0}", NULL),
                          ZP_OK);
    assert_false (fixture_there (fixture_away (self, "new")));
    assert_true (fixture_is (fixture_away (self, "secret"), 1, 10));
}

static void
test_what_is_no_file_is_refused_at_once (void **state)
{
    fixture_t *self = *state;
    assert_int_equal (mkfifo (fixture_path (self, "pipe"), 0600), 0);
    mkdir (fixture_path (self, "sub"), 0755);
    s_expect (self, ZP_PERMISSION_DENIED, "pipe");
    s_expect (self, ZP_PERMISSION_DENIED, "sub");
    if (mknod (fixture_path (self, "zero"), S_IFCHR | 0600, 0x105) == 0)
        s_expect (self, ZP_PERMISSION_DENIED, "zero");
}

static void
test_names_of_odd_sizes_and_bytes (void **state)
{
    fixture_t *self = *state;
    char text[512], name[1100];
    memset (name, 'x', sizeof name);
    name[1025] = 0;
    assert_int_equal (fixture_ask (self, text, "file.stat", name, NULL),
                      ZP_INVALID_ARGUMENT);
    name[1024] = 0;
    assert_int_not_equal (fixture_ask (self, text, "file.stat", name, NULL),
                          ZP_OK);
    name[255] = 0;
    fixture_write (fixture_path (self, name), 1, 10);
    s_expect (self, ZP_OK, name);
    assert_int_equal (
        fixture_ask (self, text, "file.put", name, "{\"size\":1}", NULL),
        ZP_INVALID_ARGUMENT);  // Not with .part behind it
    assert_int_equal (fixture_ask (self, text, "file.stat", "", NULL),
                      ZP_INVALID_ARGUMENT);
    s_expect (self, ZP_NOT_FOUND, "a\nb\033[2J");
    fixture_write (fixture_path (self, "\xff\xfe"), 1, 10);
    s_expect (self, ZP_OK, "\xff\xfe");
}

int
main (void)
{
    zsys_handler_set (NULL);
    const struct CMUnitTest tests[] = {
        TEST (test_names_that_lead_nowhere_else),
        TEST (test_links_are_not_followed),
        TEST (test_what_is_no_file_is_refused_at_once),
        TEST (test_names_of_odd_sizes_and_bytes),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
