//  SPDX-License-Identifier: MIT

#include "metrics_lint.h"
#include "test_seed.h"
#include "zp_gateway_metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

//  All of the metrics, which must be clean, as text; free it
static char *
s_text (zp_gateway_metrics_t *metrics)
{
    size_t size;
    char *text = zp_gateway_metrics_text (metrics, &size);
    assert_int_equal (size, strlen (text));
    const char *mistake = metrics_lint (text);
    if (mistake)
        fail_msg ("%s\n%s", mistake, text);
    return text;
}

static void
test_there_may_be_nothing_to_say (void **state)
{
    (void) state;
    zp_gateway_metrics_t *metrics = zp_gateway_metrics_new ();
    char *text = s_text (metrics);
    assert_string_equal (text, "");
    free (text);
    zp_gateway_metrics_destroy (&metrics);
    assert_null (metrics);
    zp_gateway_metrics_destroy (&metrics);
}

static void
test_counters_and_gauges_are_written (void **state)
{
    (void) state;
    zp_gateway_metrics_t *metrics = zp_gateway_metrics_new ();
    zp_gateway_family_t *requests = zp_gateway_metrics_counter (
        metrics, "zp_requests_total", "Requests answered.",
        (const char *[]){"route", "code", NULL}, 10);
    zp_gateway_family_t *open = zp_gateway_metrics_gauge (
        metrics, "zp_connections", "Open now.", NULL, 1);
    zp_gateway_series_t *films = zp_gateway_family_series (
        requests, (const char *[]){"/films/{id}", "200"});
    zp_gateway_series_add (films, 1);
    zp_gateway_series_add (films, 1);
    zp_gateway_series_set (
        zp_gateway_family_series (requests, (const char *[]){"/", "404"}),
        12345678901234);
    zp_gateway_series_t *now = zp_gateway_family_series (open, NULL);
    zp_gateway_series_add (now, 3);
    zp_gateway_series_add (now, -3.5);
    assert_ptr_equal (now, zp_gateway_family_series (open, NULL));
    assert_ptr_equal (films,
                      zp_gateway_family_series (
                          requests, (const char *[]){"/films/{id}", "200"}));
    char *text = s_text (metrics);
    assert_string_equal (
        text, "# HELP zp_requests_total Requests answered.\n"
              "# TYPE zp_requests_total counter\n"
              "zp_requests_total{route=\"/films/{id}\",code=\"200\"} 2\n"
              "zp_requests_total{route=\"/\",code=\"404\"} 12345678901234\n"
              "# HELP zp_connections Open now.\n"
              "# TYPE zp_connections gauge\n"
              "zp_connections -0.5\n");
    free (text);
    zp_gateway_metrics_destroy (&metrics);
}

static void
test_times_are_in_buckets_that_add_up (void **state)
{
    (void) state;
    zp_gateway_metrics_t *metrics = zp_gateway_metrics_new ();
    zp_gateway_family_t *times = zp_gateway_metrics_times (
        metrics, "zp_request_seconds", "How long requests took.",
        (const char *[]){"route", NULL}, 10);
    zp_gateway_series_t *films =
        zp_gateway_family_series (times, (const char *[]){"/films"});
    static const uint64_t us[] = {0,       500,      501,      1000000,
                                  1000001, 30000000, 30000001, 999999999999};
    for (size_t i = 0; i < sizeof us / sizeof *us; i++)
        zp_gateway_series_time (films, us[i]);
    char *text = s_text (metrics);
    static const char *const lines[] = {
        "_bucket{route=\"/films\",le=\"0.0005\"} 2\n",
        "_bucket{route=\"/films\",le=\"0.001\"} 3\n",
        "_bucket{route=\"/films\",le=\"0.5\"} 3\n",
        "_bucket{route=\"/films\",le=\"1\"} 4\n",
        "_bucket{route=\"/films\",le=\"2.5\"} 5\n",
        "_bucket{route=\"/films\",le=\"30\"} 6\n",
        "_bucket{route=\"/films\",le=\"+Inf\"} 8\n",
        "_sum{route=\"/films\"} 1000062.001002\n",
        "_count{route=\"/films\"} 8\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (!strstr (text, lines[i]))
            fail_msg ("%s is not in\n%s", lines[i], text);
    free (text);
    zp_gateway_metrics_destroy (&metrics);
}

static void
test_values_of_labels_can_be_anything (void **state)
{
    (void) state;
    zp_gateway_metrics_t *metrics = zp_gateway_metrics_new ();
    zp_gateway_family_t *family = zp_gateway_metrics_counter (
        metrics, "zp_total", "A back\\slash\nand a line.",
        (const char *[]){"a", NULL}, 10);
    static const char *const values[] = {"\"} 1\nevil 2\n#", "\\", "",
                                         "\303\251", "\377\303\251"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        zp_gateway_family_series (family, &values[i]);
    char *text = s_text (metrics);
    assert_string_equal (text, "# HELP zp_total A back\\\\slash\\nand a line.\n"
                               "# TYPE zp_total counter\n"
                               "zp_total{a=\"\\\"} 1\\nevil 2\\n#\"} 0\n"
                               "zp_total{a=\"\\\\\"} 0\n"
                               "zp_total{a=\"\"} 0\n"
                               "zp_total{a=\"\303\251\"} 0\n"
                               "zp_total{a=\"???\"} 0\n");
    free (text);
    zp_gateway_metrics_destroy (&metrics);
}

static void
test_a_family_has_so_many_series_and_all_others_are_one (void **state)
{
    (void) state;
    zp_gateway_metrics_t *metrics = zp_gateway_metrics_new ();
    zp_gateway_family_t *family =
        zp_gateway_metrics_counter (metrics, "zp_things_total", "Things.",
                                    (const char *[]){"a", "b", NULL}, 3);
    for (int i = 0; i < 1000; i++) {
        char value[16];
        snprintf (value, sizeof value, "v%d", i);
        zp_gateway_series_add (
            zp_gateway_family_series (family, (const char *[]){value, "x"}), 1);
    }
    zp_gateway_series_add (
        zp_gateway_family_series (family, (const char *[]){"v1", "x"}), 5);
    char *text = s_text (metrics);
    assert_non_null (strstr (text, "{a=\"v0\",b=\"x\"} 1\n"));
    assert_non_null (strstr (text, "{a=\"v1\",b=\"x\"} 6\n"));
    assert_non_null (strstr (text, "{a=\"v2\",b=\"x\"} 1\n"));
    assert_non_null (strstr (text, "{a=\"other\",b=\"other\"} 997\n"));
    assert_null (strstr (text, "v3"));
    free (text);
    zp_gateway_metrics_destroy (&metrics);
}

static void
test_promtool_finds_nothing (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    zp_gateway_metrics_t *metrics = zp_gateway_metrics_new ();
    zp_gateway_family_t *requests = zp_gateway_metrics_counter (
        metrics, "zp_requests_total", "Requests answered.",
        (const char *[]){"route", "code", NULL}, 50);
    zp_gateway_family_t *times = zp_gateway_metrics_times (
        metrics, "zp_request_seconds", "How long requests took.",
        (const char *[]){"route", NULL}, 50);
    zp_gateway_family_t *bytes = zp_gateway_metrics_gauge (
        metrics, "zp_waiting_bytes", "What waits.", NULL, 1);
    for (int i = 0; i < 1000; i++) {
        char route[4] = {(char) (test_below (&seed, 255) + 1),
                         (char) (test_below (&seed, 127) + 1), '\\', 0};
        zp_gateway_series_add (
            zp_gateway_family_series (requests, (const char *[]){route, "200"}),
            test_below (&seed, 1000000));
        zp_gateway_series_time (
            zp_gateway_family_series (times, (const char *[]){route}),
            test_random (&seed) >> test_below (&seed, 60) >> 4);
        zp_gateway_series_add (zp_gateway_family_series (bytes, NULL),
                               test_below (&seed, 100) / 7.0 - 7);
    }
    char *text = s_text (metrics);
    const char *mistake = metrics_lint_promtool (text);
    if (mistake)
        fail_msg ("%s\n%s", mistake, text);
    free (text);
    zp_gateway_metrics_destroy (&metrics);
}

//  The rules themselves: a text that breaks one is found
static void
test_the_linter_finds_what_is_wrong (void **state)
{
    (void) state;
#define FAMILY(name, type) "# HELP " name " x\n# TYPE " name " " type "\n"
    static const char *const wrong[] = {
        "x_total 1",
        "x_total 1\n",
        "# HELP x_total\n# TYPE x_total counter\n",
        "# TYPE x_total counter\n",
        "# HELP x_total x\n# HELP y_total y\n",
        FAMILY ("x_total", "count"),
        FAMILY ("x", "counter"),
        FAMILY ("x_total", "gauge"),
        FAMILY ("x_count", "gauge"),
        FAMILY ("x_ms", "gauge"),
        FAMILY ("x_gauge_now", "gauge"),
        FAMILY ("xY", "gauge"),
        FAMILY ("x", "gauge") "\n",
        FAMILY ("x", "gauge") "x 1",
        FAMILY ("x", "gauge") "x\n",
        FAMILY ("x", "gauge") "x one\n",
        FAMILY ("x", "gauge") "x 1\nx 2\n",
        FAMILY ("x", "gauge") "y 1\n",
        FAMILY ("x", "gauge") "x_sum 1\n",
        FAMILY ("x", "gauge") "x{a=1} 1\n",
        FAMILY ("x", "gauge") "x{a=\"1} 1\n",
        FAMILY ("x", "gauge") "x{a=\"\\t\"} 1\n",
        FAMILY ("x", "gauge") "x{a=\"1\" b=\"2\"} 1\n",
        FAMILY ("x_total", "counter") "x_total -1\n",
        FAMILY ("x", "gauge") FAMILY ("x", "gauge"),
        FAMILY ("x_seconds", "histogram") "x_seconds_sum 1\n",
        FAMILY ("x_seconds", "histogram") "x_seconds_bucket{le=\"1\"} 2\n"
                                          "x_seconds_bucket{le=\"2\"} 1\n",
        FAMILY ("x_seconds", "histogram") "x_seconds_bucket{le=\"2\"} 1\n"
                                          "x_seconds_bucket{le=\"1\"} 1\n",
        FAMILY ("x_seconds", "histogram") "x_seconds_bucket{le=\"+Inf\"} 1\n"
                                          "x_seconds_count 2\n",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (!metrics_lint (wrong[i]))
            fail_msg ("%s", wrong[i]);
    assert_null (metrics_lint (FAMILY ("x", "gauge") "x{a=\"}\"} +Inf\n"));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_there_may_be_nothing_to_say),
        cmocka_unit_test (test_counters_and_gauges_are_written),
        cmocka_unit_test (test_times_are_in_buckets_that_add_up),
        cmocka_unit_test (test_values_of_labels_can_be_anything),
        cmocka_unit_test (
            test_a_family_has_so_many_series_and_all_others_are_one),
        cmocka_unit_test (test_promtool_finds_nothing),
        cmocka_unit_test (test_the_linter_finds_what_is_wrong),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
