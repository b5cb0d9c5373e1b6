//  SPDX-License-Identifier: MIT

#include "routes_file.h"
#include "zp_gateway_arguments.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static zp_gateway_routes_t *
s_films (void)
{
    char *text = routes_file_read ("valid/films.json");
    assert_non_null (text);
    zp_gateway_routes_t *routes = routes_file_load (text);
    free (text);
    return routes;
}

static void
s_check_mistakes (char *name)
{
    char path[300];
    *strchr (name, '.') = 0;
    snprintf (path, sizeof path, "invalid/%s.json", name);
    char *text = routes_file_read (path), *mistakes;
    snprintf (path, sizeof path, "invalid/%s.txt", name);
    char *expected = routes_file_read (path);
    assert_non_null (text);
    assert_non_null (expected);
    assert_null (
        zp_gateway_routes_new ((zp_span_t){text, strlen (text)}, &mistakes));
    if (strcmp (mistakes, expected) != 0)
        fail_msg ("%s.json:\n%sis not\n%s", name, mistakes, expected);
    free (mistakes);
    free (expected);
    free (text);
}

static void
test_each_mistake_is_told_with_line_and_column (void **state)
{
    (void) state;
    DIR *dir = opendir (routes_file_path ("invalid"));
    assert_non_null (dir);
    int count = 0;
    for (struct dirent *entry; (entry = readdir (dir));)
        if (strstr (entry->d_name, ".json")) {
            s_check_mistakes (entry->d_name);
            count++;
        }
    closedir (dir);
    assert_true (count > 40);
}

static void
test_mistakes_need_not_be_asked_for (void **state)
{
    (void) state;
    assert_null (zp_gateway_routes_new ((zp_span_t){"[", 1}, NULL));
    assert_null (zp_gateway_routes_new ((zp_span_t){NULL, 0}, NULL));
}

static void
test_a_file_that_is_too_large_is_not_read (void **state)
{
    (void) state;
    size_t size = ZP_GATEWAY_ROUTES_BYTES + 1;
    char *text = malloc (size), *mistakes;
    memset (text, ' ', size);
    memcpy (text, "{}", 2);
    assert_null (zp_gateway_routes_new ((zp_span_t){text, size}, &mistakes));
    assert_string_equal (
        mistakes,
        "1:1: a routes file has at most 1048576 bytes, not 1048577\n");
    free (mistakes);
    free (text);
}

static void
test_services_are_read (void **state)
{
    (void) state;
    zp_gateway_routes_t *routes = s_films ();
    assert_int_equal (routes->services_count, 6);
    const zp_gateway_service_t *catalog = &routes->services[0];
    assert_string_equal (catalog->name, "catalog");
    assert_int_equal (catalog->count, 1);
    assert_string_equal (catalog->endpoints[0], "tcp://127.0.0.1:5711");
    assert_string_equal (catalog->updates[0], "tcp://127.0.0.1:5712");
    assert_int_equal (catalog->timeout_ms, 800);
    assert_int_equal (catalog->retries, 1);
    assert_int_equal (catalog->hedge_ms, 50);
    assert_true (catalog->breaker);
    const zp_gateway_service_t *profiles = &routes->services[1];
    assert_int_equal (profiles->count, 2);
    assert_string_equal (profiles->endpoints[1], "tcp://127.0.0.1:5714");
    assert_null (profiles->updates);
    assert_int_equal (profiles->timeout_ms, 2000);
    assert_int_equal (profiles->retries, 2);
    assert_int_equal (profiles->hedge_ms, 0);
    assert_false (profiles->breaker);
    zp_gateway_routes_destroy (&routes);
    assert_null (routes);
    zp_gateway_routes_destroy (&routes);
}

static void
test_limits_are_read (void **state)
{
    (void) state;
    zp_gateway_routes_t *routes = s_films ();
    const zp_gateway_limits_t *limits = &routes->limits;
    assert_int_equal (limits->body_bytes, 1000);
    assert_int_equal (limits->header_bytes, 8192);
    assert_int_equal (limits->connections, 20);
    assert_int_equal (limits->connections_client, 10);
    assert_int_equal (limits->in_flight, 30);
    assert_int_equal (limits->streams, 40);
    assert_int_equal (limits->stream_bytes, 5000);
    assert_int_equal (limits->heartbeat_ms, 600);
    assert_int_equal (limits->header_ms, 700);
    assert_int_equal (limits->body_ms, 800);
    assert_int_equal (limits->send_ms, 900);
    assert_int_equal (limits->idle_ms, 1100);
    assert_int_equal (limits->clients, 12);
    assert_true (limits->rate.per_second == 2.5);
    assert_int_equal (limits->rate.burst, 3);
    assert_string_equal (routes->proxies[0], "127.0.0.1");
    assert_string_equal (routes->proxies[1], "::1");
    assert_null (routes->proxies[2]);
    zp_gateway_routes_destroy (&routes);
}

static void
test_without_limits_there_are_the_defaults (void **state)
{
    (void) state;
    zp_gateway_limits_t defaults = ZP_GATEWAY_LIMITS;
    zp_gateway_routes_t *routes = routes_file_load (
        "{\"routes\": [{\"method\": \"GET\", \"path\": \"/\", \"files\":"
        " {\"folder\": \"web\", \"file\": \"index.html\"}}]}");
    assert_memory_equal (&routes->limits, &defaults, sizeof defaults);
    assert_null (routes->proxies[0]);
    assert_int_equal (routes->routes[0].body_bytes, defaults.body_bytes);
    assert_true (routes->routes[0].rate.per_second == 0);
    zp_gateway_routes_destroy (&routes);
}

static void
test_whom_a_route_is_for_and_how_much_of_it (void **state)
{
    (void) state;
    zp_gateway_routes_t *routes = s_films ();
    const zp_gateway_route_t *get = &routes->routes[0],
                             *post = &routes->routes[2],
                             *put = &routes->routes[3];
    assert_false (get->closed);
    assert_string_equal (get->cache_control, "max-age=60");
    assert_int_equal (get->body_bytes, 1000);
    assert_true (get->rate.per_second == 2.5);
    assert_false (get->own_rate);
    assert_false (get->body);
    assert_int_equal (get->in_flight, 0);
    assert_true (post->closed);
    assert_string_equal (post->group, "staff");
    assert_int_equal (post->body_bytes, 2000);
    assert_int_equal (post->in_flight, 3);
    assert_true (post->own_rate);
    assert_int_equal (post->rate.burst, 5);
    assert_true (post->body);
    assert_false (post->same_origin);
    assert_true (put->closed);
    assert_true (put->same_origin);
    assert_null (put->group);
    assert_null (put->cache_control);
    assert_int_equal (put->number, 3);
    zp_gateway_routes_destroy (&routes);
}

static void
test_a_call_has_a_service_a_method_and_arguments (void **state)
{
    (void) state;
    zp_gateway_routes_t *routes = s_films ();
    const zp_gateway_call_t *get = routes->routes[0].calls,
                            *list = routes->routes[1].calls,
                            *post = routes->routes[2].calls,
                            *wait = routes->routes[11].calls;
    assert_int_equal (routes->routes[0].kind, ZP_GATEWAY_CALL);
    assert_ptr_equal (get->service, &routes->services[0]);
    assert_string_equal (get->method, "catalog.get");
    assert_int_equal (get->timeout_ms, 800);
    assert_false (get->once);
    assert_int_equal (get->arguments.count, 1);
    assert_int_equal (list->timeout_ms, 300);
    const zp_gateway_source_t *count = &list->arguments.sources[0];
    assert_string_equal (count->to, "count");
    assert_int_equal (count->from, ZP_GATEWAY_FROM_QUERY);
    assert_string_equal (count->name, "count");
    assert_int_equal (count->type, JSON_INTEGER);
    assert_true (count->min == 1 && count->max == 100);
    assert_int_equal (json_integer_value (count->value), 10);
    assert_true (post->once);
    assert_true (post->arguments.others);
    assert_int_equal (post->arguments.count, 1);
    assert_true (routes->routes[3].calls->arguments.whole);
    assert_true (wait->arguments.list);
    assert_int_equal (wait->arguments.count, 2);
    zp_gateway_routes_destroy (&routes);
}

static void
test_each_kind_of_route_is_read (void **state)
{
    (void) state;
    zp_gateway_routes_t *routes = s_films ();
    const zp_gateway_route_t *route = &routes->routes[4];
    assert_int_equal (route->kind, ZP_GATEWAY_PARTS);
    assert_int_equal (route->count, 2);
    assert_string_equal (route->calls[0].name, "profile");
    assert_true (route->calls[0].required);
    assert_string_equal (route->calls[1].name, "films");
    assert_false (route->calls[1].required);
    assert_int_equal (route->calls[0].stale_ms, 0);
    assert_int_equal (route->calls[1].stale_ms, 60000);
    route = &routes->routes[5];
    assert_int_equal (route->kind, ZP_GATEWAY_EVENTS);
    assert_ptr_equal (route->service, &routes->services[0]);
    assert_string_equal (route->topic, "film/{id}");
    route = &routes->routes[6];
    assert_int_equal (route->kind, ZP_GATEWAY_EVENTS);
    assert_string_equal (route->log, "{log}");
    assert_true (route->from_start);
    route = &routes->routes[7];
    assert_int_equal (route->kind, ZP_GATEWAY_CONTENT);
    assert_string_equal (route->object, "films/{name}");
    assert_string_equal (route->type, "video/webm");
    assert_true (route->rest);
    route = &routes->routes[8];
    assert_int_equal (route->kind, ZP_GATEWAY_FILES);
    assert_string_equal (route->folder, "web");
    assert_string_equal (route->file, "{file}");
    assert_string_equal (route->index, "index.html");
    route = &routes->routes[9];
    assert_int_equal (route->kind, ZP_GATEWAY_ACCEPT);
    assert_string_equal (route->queue, "encode");
    assert_true (route->arguments.others);
    assert_int_equal (route->id->from, ZP_GATEWAY_FROM_HEADER);
    assert_string_equal (route->status, "/films/{id}");
    route = &routes->routes[10];
    assert_string_equal (route->saga, "start-premium-stream");
    assert_true (route->arguments.whole);
    assert_null (route->id);
    zp_gateway_routes_destroy (&routes);
}

static void
test_a_service_can_be_elsewhere_than_the_file_says (void **state)
{
    (void) state;
    zp_gateway_routes_t *routes = s_films ();
    char first[] = "ipc:///run/one";
    const char *const endpoints[] = {first, "ipc:///run/two", "ipc:///run/x"};
    assert_false (zp_gateway_routes_place (routes, "nobody", endpoints, 1));
    //  The catalogue publishes as well, and nobody said where
    assert_false (zp_gateway_routes_place (routes, "catalog", endpoints, 1));
    assert_true (zp_gateway_routes_place (routes, "queue", endpoints, 3));
    assert_true (zp_gateway_routes_place (routes, "queue", endpoints, 2));
    *first = 'x';
    const zp_gateway_service_t *queue = &routes->services[2];
    assert_string_equal (queue->name, "queue");
    assert_int_equal (queue->count, 2);
    assert_string_equal (queue->endpoints[0], "ipc:///run/one");
    assert_string_equal (queue->endpoints[1], "ipc:///run/two");
    assert_null (queue->endpoints[2]);
    zp_gateway_routes_destroy (&routes);
}

//  What the README shows can be loaded
static void
test_the_routes_in_the_readme_are_good (void **state)
{
    (void) state;
    char *text = routes_file_read ("../../../patterns/gateway/README.md");
    assert_non_null (text);
    const char *mark = "<!-- routes -->\n```json\n";
    char *begin = strstr (text, mark);
    assert_non_null (begin);
    begin += strlen (mark);
    char *end = strstr (begin, "```");
    assert_non_null (end);
    *end = 0;
    zp_gateway_routes_t *routes = routes_file_load (begin);
    assert_int_equal (routes->count, 8);
    zp_gateway_routes_destroy (&routes);
    free (text);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_each_mistake_is_told_with_line_and_column),
        cmocka_unit_test (test_mistakes_need_not_be_asked_for),
        cmocka_unit_test (test_a_file_that_is_too_large_is_not_read),
        cmocka_unit_test (test_services_are_read),
        cmocka_unit_test (test_limits_are_read),
        cmocka_unit_test (test_without_limits_there_are_the_defaults),
        cmocka_unit_test (test_whom_a_route_is_for_and_how_much_of_it),
        cmocka_unit_test (test_a_call_has_a_service_a_method_and_arguments),
        cmocka_unit_test (test_each_kind_of_route_is_read),
        cmocka_unit_test (test_the_routes_in_the_readme_are_good),
        cmocka_unit_test (test_a_service_can_be_elsewhere_than_the_file_says),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
