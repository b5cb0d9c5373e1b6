//  SPDX-License-Identifier: MIT
//
//  What services say that makes no sense costs the stage neither its sums nor
//  its memory

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "stage_edges.h"
#include "stage_json.h"
#include "stage_queues.h"
#include "stage_requests.h"
#include "stage_watch_private.h"

#define HUGE_COUNT ((json_int_t) INT64_MAX)

static void
test_a_number_beyond_all_sense_is_none (void **state)
{
    (void) state;
    json_t *json = json_pack ("{sI sI sf sf sI}", "huge", HUGE_COUNT, "least",
                              (json_int_t) INT64_MIN, "real", 1e300, "minus",
                              -1.5, "good", (json_int_t) 999999999999999);
    assert_int_equal (stage_number (json, "huge"), 0);
    assert_int_equal (stage_number (json, "least"), 0);
    assert_int_equal (stage_number (json, "real"), 0);
    assert_int_equal (stage_number (json, "minus"), 0);
    assert_int_equal (stage_number (json, "good"), 999999999999999);
    json_decref (json);
}

static void
test_sums_of_nonsense_do_not_overflow (void **state)
{
    (void) state;
    stage_queues_t *queues = stage_queues_new ();
    json_t *said =
        json_pack ("[{ss sI sI sI}]", "name", "work", "ready", HUGE_COUNT,
                   "leased", HUGE_COUNT, "delayed", (json_int_t) 3);
    stage_queues_take (queues, said, 1);
    json_decref (said);
    json_t *json = stage_queues_json (queues);
    assert_int_equal (stage_number (json_object_get (json, "work"), "depth"),
                      3);
    json_decref (json);
    stage_queues_destroy (&queues);

    stage_watch_t *watch = stage_watch_new (NULL, "films", "", NULL, NULL);
    said = json_pack ("{s{s{sI} s{sI} s{sI}}}", "methods", "a", "requests",
                      HUGE_COUNT, "b", "requests", HUGE_COUNT, "c", "requests",
                      (json_int_t) 2);
    stage_watch_take_stats (watch, said, 1);
    json_decref (said);
    json = stage_watch_json (watch, 1);
    assert_int_equal (stage_number (json, "requests"), 2);
    json_decref (json);
    stage_watch_destroy (&watch);
}

static const char *
s_nobody (void *arg, const char *endpoint)
{
    (void) arg, (void) endpoint;
    return NULL;
}

static bool
s_runs (void *arg, const char *name)
{
    (void) arg, (void) name;
    return true;
}

static void
test_a_name_of_endless_length_is_not_remembered (void **state)
{
    (void) state;
    char name[STAGE_NAME_SIZE + 1];
    memset (name, 'n', sizeof name - 1);
    for (size_t over = 0; over < 2; over++) {
        name[STAGE_NAME_SIZE - 1 + over] = 0;
        stage_queues_t *queues = stage_queues_new ();
        stage_edges_t *edges = stage_edges_new ();
        json_t *said = json_pack ("[{ss ss}]", "name", name, "endpoint", name);
        stage_queues_take (queues, said, 1);
        stage_edges_take (edges, "films", said, s_nobody, NULL, 1);
        json_t *json = stage_queues_json (queues);
        json_t *list = stage_edges_json (edges, s_runs, NULL, 1);
        assert_int_equal (json_object_size (json), 1 - over);
        assert_int_equal (json_array_size (list), 1 - over);
        json_decref (list);
        json_decref (json);
        json_decref (said);
        stage_edges_destroy (&edges);
        stage_queues_destroy (&queues);
        name[STAGE_NAME_SIZE - 1] = 'n';
    }
}

static void
test_what_is_no_trace_is_no_request (void **state)
{
    (void) state;
    static const char *const traces[] = {
        "0af7651916cd43dd8448eb211c80319c", "0af7651916cd43dd8448eb211c80319",
        "<script>alert(1)</script>0123456", "\"}{\"trace\":\"0af7651916cd43dd8",
        "0af7651916cd43dd8448eb211c80319cc"};
    stage_requests_t *requests = stage_requests_new ();
    uint64_t count = 0, failures = 0;
    for (size_t i = 0; i < sizeof traces / sizeof *traces; i++) {
        json_t *said =
            json_pack ("{s[{ss ss ss}]}", "events", "what", "took", "method",
                       "GET /api/home/ada", "trace", traces[i]);
        stage_requests_take (requests, said, &count, &failures);
        json_decref (said);
    }
    assert_int_equal (count, 1);
    json_t *json = stage_requests_json (requests, 1);
    assert_int_equal (json_array_size (json), 1);
    json_decref (json);
    stage_requests_destroy (&requests);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_number_beyond_all_sense_is_none),
        cmocka_unit_test (test_sums_of_nonsense_do_not_overflow),
        cmocka_unit_test (test_a_name_of_endless_length_is_not_remembered),
        cmocka_unit_test (test_what_is_no_trace_is_no_request),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
