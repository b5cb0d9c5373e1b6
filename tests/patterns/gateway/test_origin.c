//  SPDX-License-Identifier: MIT
//
//  Routes that only the gateway's own pages may use.

#define _GNU_SOURCE

#include "fixture.h"

#define ROUTES                                                                 \
    "{'method':'GET','path':'/own','same_origin':true,'private':true,"         \
    "'call':{'service':'films','method':'echo','arguments':{}}},"              \
    "{'method':'GET','path':'/any',"                                           \
    "'call':{'service':'films','method':'echo','arguments':{}}}"

//  Ask with these, in which %d is the gateway's port; NULL: without
static int
s_ask (fixture_t *self, const char *target, const char *host,
       const char *origin)
{
    char lines[300] = "", line[100];
    const char *format[] = {host, origin};
    for (int i = 0; i < 2; i++)
        if (format[i]) {
            char *text =
                zsys_sprintf (format[i], zp_gateway_port (self->gateway));
            snprintf (line, sizeof line, "%s: %s\r\n", i ? "Origin" : "Host",
                      text);
            strcat (lines, line);
            zstr_free (&text);
        }
    if (http_answered (self->http))
        http_next (self->http);
    http_say (self->http, "GET %s HTTP/1.1\r\nX-API-Key: %s\r\n%s\r\n", target,
              self->key, lines);
    test_until (self->loop, http_answered (self->http));
    return http_status (self->http);
}

static void
test_its_own_pages_may (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, NULL, ROUTES);
    static const char *const hosts[] = {"127.0.0.1:%d", "localhost:%d",
                                        "LocalHost:%d",
                                        "[::ffff:127.0.0.1]:%d"};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        char *origin = zsys_sprintf ("http://%s", hosts[i]);
        assert_int_equal (s_ask (self, "/own", hosts[i], NULL), 200);
        assert_int_equal (s_ask (self, "/own", hosts[i], origin), 200);
        assert_int_equal (s_ask (self, "/own", "127.0.0.1:%d", origin), 200);
        zstr_free (&origin);
    }
}

static void
test_pages_from_elsewhere_may_not (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, NULL, ROUTES);
    static const char *const origins[] = {"http://evil.example",
                                          "http://evil.example:%d",
                                          "https://127.0.0.1:%d",
                                          "http://127.0.0.1",
                                          "http://127.0.0.1:1",
                                          "http://127.0.0.1:%d.evil.example",
                                          "http://127.0.0.2:%d",
                                          "http://localhost",
                                          "http://localhost.evil:%d",
                                          "null",
                                          "http://",
                                          "http://127.0.0.1:%d/",
                                          "http://a@127.0.0.1:%d",
                                          "127.0.0.1:%d"};
    for (size_t i = 0; i < sizeof origins / sizeof *origins; i++) {
        assert_int_equal (s_ask (self, "/any", "127.0.0.1:%d", origins[i]),
                          200);
        s_ask (self, "/own", "127.0.0.1:%d", origins[i]);
        if (!fixture_problem (self, 403, "PERMISSION_DENIED"))
            fail_msg ("%s", origins[i]);
    }
    assert_float_equal (
        fixture_figure (self, "zp_gateway_refused_total{reason='origin'}"),
        sizeof origins / sizeof *origins, 0);
}

static void
test_names_that_were_made_to_lead_here_may_not (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, NULL, ROUTES);
    static const char *const hosts[] = {
        "evil.example",   "evil.example:%d", "127.0.0.1",    "localhost",
        "127.0.0.1:",     "127.0.0.1:1",     "[::1]:%d",     "[::1",
        "[]:%d",          "10.0.0.1:%d",     "0.0.0.0:%d",   ":%d",
        "127.0.0.1:%d:1", "127.0.0.1:+%d",   "2130706433:%d"};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        char *origin = zsys_sprintf ("http://%s", hosts[i]);
        assert_int_equal (s_ask (self, "/any", hosts[i], NULL), 200);
        if (s_ask (self, "/own", hosts[i], NULL) != 403 ||
            s_ask (self, "/own", hosts[i], origin) != 403)
            fail_msg ("%s", hosts[i]);
        zstr_free (&origin);
    }
}

static void
test_a_key_is_needed_all_the_same (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, NULL, ROUTES);
    strcpy (self->key, "zpk_none");
    assert_int_equal (s_ask (self, "/own", "127.0.0.1:%d", NULL), 401);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_its_own_pages_may),
        fixture_test (test_pages_from_elsewhere_may_not),
        fixture_test (test_names_that_were_made_to_lead_here_may_not),
        fixture_test (test_a_key_is_needed_all_the_same),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
