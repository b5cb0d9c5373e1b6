//  SPDX-License-Identifier: MIT
//
//  Files: whole, in parts, and those that nobody shall have.

#define _GNU_SOURCE

#include "fixture.h"

#include <sys/stat.h>

#define TEXT "0123456789abcdefghij"

static char s_folder[64];

static void
s_write (const char *name, const char *text, size_t size)
{
    char path[200];
    snprintf (path, sizeof path, "%s/%s", s_folder, name);
    FILE *file = fopen (path, "w");
    assert_non_null (file);
    assert_int_equal (fwrite (text, 1, size, file), size);
    fclose (file);
}

static void
s_start (fixture_t *self)
{
    char path[200], routes[400];
    snprintf (path, sizeof path, "%s/web", s_folder);
    mkdir (path, 0700);
    snprintf (path, sizeof path, "%s/web/css", s_folder);
    mkdir (path, 0700);
    s_write ("secret", "s", 1);
    s_write ("web/page.html", TEXT, strlen (TEXT));
    s_write ("web/index.html", "<p>", 3);
    s_write ("web/css/a.css", "p{}", 3);
    s_write ("web/.hidden", "h", 1);
    s_write ("web/empty", "", 0);
    snprintf (path, sizeof path, "%s/web/out", s_folder);
    assert_true (symlink ("../secret", path) == 0 || errno == EEXIST);
    snprintf (path, sizeof path, "%s/web/pipe", s_folder);
    mkfifo (path, 0600);
    snprintf (routes, sizeof routes,
              "{'method':'GET','path':'/web/{file...}','files':{'folder':"
              "'%s/web','file':'{file}','index':'index.html'}}",
              s_folder);
    fixture_gateway (self, NULL, routes);
}

static void
test_a_file_is_answered_with_its_type (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    assert_int_equal (fixture_get (self, "/web/page.html"), 200);
    assert_string_equal (http_body (self->http), TEXT);
    assert_string_equal (http_field (self->http, "Content-Type"),
                         "text/html; charset=utf-8");
    assert_string_equal (http_field (self->http, "X-Content-Type-Options"),
                         "nosniff");
    assert_int_equal (fixture_get (self, "/web/css/a.css"), 200);
    assert_int_equal (fixture_get (self, "/web/"), 200);
    assert_string_equal (http_body (self->http), "<p>");
    assert_int_equal (fixture_get (self, "/web/empty"), 200);
    assert_int_equal (http_body_size (self->http), 0);
}

static void
test_what_is_no_file_for_everybody_is_not_there (void **state)
{
    static const char *const paths[] = {
        "/web/none",       "/web/css",       "/web/.hidden",
        "/web/out",        "/web/pipe",      "/web/css/",
        "/web/page.html/", "/web/%2ehidden", "/web/css/.",
    };
    fixture_t *self = *state;
    s_start (self);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        int code = fixture_get (self, paths[i]);
        if (code != 404 && code != 400)
            fail_msg ("%s: %d", paths[i], code);
    }
    assert_int_equal (fixture_get (self, "/web/../secret"), 400);
    assert_int_equal (fixture_get (self, "/web/%2e%2e/secret"), 400);
    assert_int_equal (fixture_get (self, "/web/..%2fsecret"), 400);
}

static void
test_a_part_of_a_file_can_be_had (void **state)
{
    static const struct {
        const char *range, *body, *said;
    } parts[] = {{"bytes=0-3", "0123", "bytes 0-3/20"},
                 {"bytes=18-", "ij", "bytes 18-19/20"},
                 {"bytes=-5", "fghij", "bytes 15-19/20"},
                 {"bytes=19-100", "j", "bytes 19-19/20"}};
    fixture_t *self = *state;
    s_start (self);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char header[60];
        snprintf (header, sizeof header, "Range: %s\r\n", parts[i].range);
        assert_int_equal (
            fixture_ask (self, "GET", "/web/page.html", header, NULL), 206);
        assert_string_equal (http_body (self->http), parts[i].body);
        assert_string_equal (http_field (self->http, "Content-Range"),
                             parts[i].said);
    }
    assert_int_equal (fixture_ask (self, "GET", "/web/page.html",
                                   "Range: bytes=20-\r\n", NULL),
                      416);
    assert_string_equal (http_field (self->http, "Content-Range"),
                         "bytes */20");
    assert_int_equal (fixture_ask (self, "HEAD", "/web/page.html", NULL, NULL),
                      200);
    assert_string_equal (http_field (self->http, "Content-Length"), "20");
    assert_string_equal (http_field (self->http, "Accept-Ranges"), "bytes");
}

static void
test_who_has_it_is_told_so (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    fixture_get (self, "/web/page.html");
    char header[120], etag[60];
    snprintf (etag, sizeof etag, "%s", http_field (self->http, "ETag"));
    snprintf (header, sizeof header, "If-None-Match: %s\r\n", etag);
    assert_int_equal (fixture_ask (self, "GET", "/web/page.html", header, NULL),
                      304);
    assert_string_equal (http_field (self->http, "ETag"), etag);
    //  A part only of what the client has the beginning of
    snprintf (header, sizeof header, "Range: bytes=5-\r\nIf-Range: %s\r\n",
              etag);
    assert_int_equal (fixture_ask (self, "GET", "/web/page.html", header, NULL),
                      206);
    s_write ("web/page.html", TEXT "!", strlen (TEXT) + 1);
    assert_int_equal (fixture_ask (self, "GET", "/web/page.html", header, NULL),
                      200);
    assert_int_equal (http_body_size (self->http), strlen (TEXT) + 1);
}

static void
test_a_large_file_arrives_whole (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    size_t size = 20 << 20;
    char *data = malloc (size);
    for (size_t i = 0; i < size; i++)
        data[i] = (char) (i * 7919 >> 8);
    s_write ("web/large", data, size);
    assert_int_equal (fixture_get (self, "/web/large"), 200);
    assert_int_equal (http_body_size (self->http), size);
    assert_memory_equal (http_body (self->http), data, size);
    free (data);
}

static void
test_a_file_that_is_cut_off_meanwhile_is_no_whole_answer (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    size_t size = 20 << 20;
    char *data = calloc (1, size);
    s_write ("web/large", data, size);
    http_pause (self->http, true);
    http_ask (self->http, "GET", "/web/large", NULL, NULL);
    assert_int_equal (self->log_count, 0);
    fixture_t other = *self;
    other.http = fixture_connect (self);
    assert_int_equal (fixture_get (&other, "/healthz"), 200);
    http_destroy (&other.http);
    s_write ("web/large", data, 10);
    http_pause (self->http, false);
    test_until (self->loop, http_closed (self->http));
    assert_false (http_answered (self->http));
    free (data);
}

static int
s_set_up (void **state)
{
    strcpy (s_folder, "/tmp/zp-gateway-XXXXXX");
    assert_non_null (mkdtemp (s_folder));
    (void) state;
    return 0;
}

static int
s_tear_down (void **state)
{
    (void) state;
    //  These are no files to zdir
    static const char *const odd[] = {".hidden", "out", "pipe"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        char path[200];
        snprintf (path, sizeof path, "%s/web/%s", s_folder, odd[i]);
        unlink (path);
    }
    zdir_t *folder = zdir_new (s_folder, NULL);
    zdir_remove (folder, true);
    zdir_destroy (&folder);
    return 0;
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_file_is_answered_with_its_type),
        fixture_test (test_what_is_no_file_for_everybody_is_not_there),
        fixture_test (test_a_part_of_a_file_can_be_had),
        fixture_test (test_who_has_it_is_told_so),
        fixture_test (test_a_large_file_arrives_whole),
        fixture_test (test_a_file_that_is_cut_off_meanwhile_is_no_whole_answer),
    };
    return cmocka_run_group_tests (tests, s_set_up, s_tear_down);
}
