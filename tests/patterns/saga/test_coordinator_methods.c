//  SPDX-License-Identifier: MIT
//
//  What a coordinator's callers ask for, right and wrong.

#include "fixture.h"

static void
test_a_saga_is_started_done_and_shown (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_expect (self, "film-7", "saga.start", "line", "film-7",
                    "{ \"n\": 1 }");
    assert_string_equal (fixture_end (self, "film-7"), "COMPLETED");
    assert_string_equal (fixture_field (self, "/id"), "film-7");
    assert_string_equal (fixture_field (self, "/saga"), "line");
    assert_string_equal (fixture_field (self, "/version"), "1");
    assert_string_equal (fixture_field (self, "/reason"), "");
    assert_string_equal (fixture_field (self, "/input"), "{\"n\":1}");
    assert_string_equal (
        fixture_field (self, "/steps/1"),
        "{\"id\":\"b\",\"kind\":\"compensatable\",\"state\":\"done\","
        "\"attempts\":1,\"result\":{\"key\":\"film-7/b\"}}");
    assert_string_equal (fixture_field (self, "/history"), "");
    assert_string_equal (player_came (self->player, "film-7"), "a! b! c! d!");
    assert_string_equal (player_given (self->player), "{\"n\":1} null 1");

    //  With its history: N steps are N and one records
    assert_int_equal (fixture_ask (self, "saga.show", "film-7", NULL), ZP_OK);
    assert_string_equal (fixture_field (self, "/state"), "COMPLETED");
    assert_string_equal (fixture_field (self, "/history/5"), "");
    assert_string_equal (fixture_field (self, "/history/0/event"), "begin");
    assert_string_equal (fixture_field (self, "/history/0/input"), "{\"n\":1}");
    assert_string_equal (fixture_field (self, "/history/0/start"), "[\"a\"]");
    assert_string_equal (fixture_field (self, "/history/1/event"), "done");
    assert_string_equal (fixture_field (self, "/history/1/result"),
                         "{\"key\":\"film-7/a\"}");
    assert_string_equal (fixture_field (self, "/history/4/state"), "COMPLETED");
    assert_string_equal (fixture_field (self, "/history/4/number"), "5");
    int64_t began = atoll (fixture_field (self, "/begun_ms"));
    int64_t first = atoll (fixture_field (self, "/history/0/time_ms"));
    assert_in_range (first + 60000 - began, 0, 120000);
    assert_string_equal (fixture_field (self, "/definition/saga"), "line");
}

//  The file has a request in a line, and in the next how it is refused
static void
s_check_request (fixture_t *self, char *line, const char *expected)
{
    const char *parts[TOLD_ARGS_MAX];
    size_t count = 0;
    for (char *at = line, *next; at; at = next) {
        next = strstr (at, " | ");
        if (next) {
            *next = 0;
            next += 3;
        }
        parts[count++] = at;
    }
    told_begin (&self->told, self->client, parts[0], parts + 1, count - 1);
    test_until (self->loop, self->told.ended);
    char *said = zsys_sprintf ("%s: %s", zp_status_name (self->told.status),
                               self->told.text);
    if (!streq (said, expected))
        fail_msg ("%s:\n%s\nis not\n%s", line, said, expected);
    zstr_free (&said);
}

static void
test_each_wrong_request_is_refused_with_a_reason (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    player_plan (self->player, "ended/a!", 1, PLAYER_REFUSE);
    fixture_expect (self, "open", "saga.start", "waits", "open", "{}");
    fixture_expect (self, "ended", "saga.start", "waits", "ended", "{}");
    assert_string_equal (fixture_end (self, "ended"), "COMPENSATED");
    fixture_comes (self, "open", "a!");
    char *text = fixture_read ("invalid/requests.txt");
    int count = 0;
    for (char *at = text; at && *at; count++) {
        char *end = strchr (at, '\n'), *next = strchr (end + 1, '\n');
        *end = 0;
        if (*at == '#') {
            at = end + 1;
            count--;
            continue;
        }
        *next = 0;
        s_check_request (self, at, end + 3);
        at = next + 1;
    }
    free (text);
    assert_true (count > 60);
    //  A call that failed has changed nothing
    assert_string_equal (fixture_state (self, "open"), "RUNNING");
    assert_int_equal (fixture_stat (self, "/started"), 2);
    assert_int_equal (fixture_stat (self, "/records"), 4);
}

static void
test_an_input_that_is_too_large_is_refused (void **state)
{
    fixture_t *self = *state;
    self->options.sagas.max_input_bytes = 10;
    fixture_start (self);
    fixture_expect (self, "x", "saga.start", "line", "x", "\"12345678\"");
    fixture_refused (self, ZP_INVALID_ARGUMENT,
                     "an input is JSON of at most 10 bytes", "saga.start",
                     "line", "y", "\"123456789\"");
}

static void
test_more_sagas_than_there_may_be_are_refused_until_there_is_room (void **state)
{
    fixture_t *self = *state;
    self->options.sagas.max_sagas = 2;
    self->options.sagas.retention_ms = 1;
    fixture_start (self);
    fixture_expect (self, "x", "saga.start", "waits", "x", "1");
    fixture_expect (self, "y", "saga.start", "waits", "y", "1");
    fixture_refused (self, ZP_RESOURCE_EXHAUSTED,
                     "there are 2 sagas, and may not be more (max_sagas): "
                     "start it again later",
                     "saga.start", "waits", "z", "1");
    fixture_expect (self, "y", "saga.start", "waits", "y", "1");
    fixture_comes (self, "x", "a!");
    fixture_expect (self, "COMPENSATING", "saga.abort", "x", "ann", "no");
    //  When it has ended it is erased
    test_until (self->loop, fixture_ask (self, "saga.start", "waits", "z", "1",
                                         NULL) == ZP_OK);
    fixture_refused (self, ZP_NOT_FOUND,
                     "there is no saga 'x', or not any more", "saga.show", "x");
}

static void
test_the_same_start_again_is_the_same_saga (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_expect (self, "x", "saga.start", "line", "x", "{\"n\":1,\"m\":2}");
    fixture_expect (self, "x", "saga.start", "line", "x", "{\"m\":2, \"n\":1}");
    assert_string_equal (fixture_end (self, "x"), "COMPLETED");
    fixture_expect (self, "x", "saga.start", "line", "x", "{\"n\":1,\"m\":2}");
    fixture_refused (self, ZP_ALREADY_EXISTS,
                     "there is a saga x already, of another name or with "
                     "another input",
                     "saga.start", "line", "x", "{\"n\":2}");
    fixture_start (self);  // After a restart, too
    fixture_expect (self, "x", "saga.start", "line", "x", "{\"n\":1,\"m\":2}");
    fixture_refused (self, ZP_ALREADY_EXISTS,
                     "there is a saga x already, of another name or with "
                     "another input",
                     "saga.start", "short", "x", "{\"n\":1,\"m\":2}");
    assert_string_equal (player_came (self->player, "x"), "a! b! c! d!");
    assert_int_equal (fixture_stat (self, "/started"), 0);
}

static void
test_a_request_that_comes_again_starts_one_saga (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    peer_t *caller = peer_new_caller (self->loop, self->endpoint);
    zp_envelope_t envelope = peer_envelope (7);
    const zp_span_t parts[] = {
        {"saga.start", 10}, {"line", 4}, {"", 0}, {"{}", 2}};
    //  Once more while it runs, and once more when it was answered
    for (size_t answers = 0; answers < 2; answers++) {
        for (int i = 0; i < 2; i++, envelope.attempt++)
            peer_send_open (caller, NULL, &envelope, parts, 4);
        test_until (self->loop, peer_count (caller) > answers);
    }
    //  Without an id of its own a saga has that of the request
    static const char id[] = "0000000000c0ffee0000000000000007";
    for (size_t i = 0; i < 2; i++)
        assert_true (letter_says (peer_letter (caller, i), 0, id));
    peer_destroy (&caller);
    assert_string_equal (fixture_end (self, id), "COMPLETED");
    assert_int_equal (fixture_stat (self, "/started"), 1);
    assert_string_equal (player_came (self->player, id), "a! b! c! d!");
}

static void
test_a_plain_req_socket_is_served (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    //  What it sends has no envelope, and so no id
    peer_t *caller = peer_new_caller (self->loop, self->endpoint);
    static const char *const asked[][4] = {{"saga.start", "line", "", "{}"},
                                           {"saga.start", "line", "", "{}"},
                                           {"saga.show", "nobody"}};
    for (size_t i = 0; i < 3; i++) {
        zmsg_t *frames = zmsg_new ();
        zmsg_addstr (frames, "");
        for (size_t part = 0; part < 4 && asked[i][part]; part++)
            zmsg_addstr (frames, asked[i][part]);
        peer_send (caller, NULL, frames);
        test_until (self->loop, peer_count (caller) == i + 1);
    }
    char id[2][40];
    for (size_t i = 0; i < 2; i++) {
        const letter_t *letter = peer_letter (caller, i);
        assert_int_equal (letter->count, 1);
        assert_int_equal (letter->part[0].size, 32);
        snprintf (id[i], sizeof id[i], "%.32s",
                  (const char *) letter->part[0].data);
        assert_string_equal (fixture_end (self, id[i]), "COMPLETED");
    }
    assert_string_not_equal (id[0], id[1]);
    const letter_t *refused = peer_letter (caller, 2);
    assert_true (letter_says (refused, 0, "ERROR"));
    assert_true (letter_says (refused, 1, "NOT_FOUND"));
    assert_true (
        letter_says (refused, 2, "there is no saga 'nobody', or not any more"));
    peer_destroy (&caller);
}

//  The ids of the sagas in a list
static const char *
s_ids (fixture_t *self, const char *options)
{
    static char ids[200];
    assert_int_equal (fixture_ask (self, "saga.ls", options, NULL), ZP_OK);
    ids[0] = 0;
    for (int i = 0; i < 20; i++) {
        char path[20];
        snprintf (path, sizeof path, "/%d/id", i);
        strcat (ids, fixture_field (self, path));
    }
    return ids;
}

static void
test_a_list_has_those_that_are_asked_for (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    player_plan (self->player, "b/a!", 1, PLAYER_REFUSE);
    player_plan (self->player, "d/a!", 1, PLAYER_REFUSE);
    player_plan (self->player, "d/a-", -1, PLAYER_REFUSE);
    static const char *const names[] = {"line", "line", "waits", "short"};
    for (int i = 0; i < 4; i++) {
        const char id[] = {(char) ('a' + i), 0};
        fixture_expect (self, id, "saga.start", names[i], id, "{}");
        if (i != 2)
            fixture_end (self, id);
    }
    assert_string_equal (s_ids (self, ""), "abcd");
    assert_string_equal (fixture_field (self, "/0/state"), "COMPLETED");
    assert_string_equal (fixture_field (self, "/0/steps"), "");
    assert_string_equal (fixture_field (self, "/0/reason"), "");
    assert_string_equal (fixture_field (self, "/1/reason"),
                         "a was refused: SOLD_OUT: nothing is left");
    assert_string_equal (s_ids (self, "{\"count\":3}"), "abc");
    assert_string_equal (s_ids (self, "{\"count\":3,\"after\":\"b\"}"), "cd");
    assert_string_equal (s_ids (self, "{\"after\":\"d\"}"), "");
    assert_string_equal (s_ids (self, "{\"saga\":\"line\"}"), "ab");
    assert_string_equal (s_ids (self, "{\"state\":\"RUNNING\"}"), "c");
    assert_string_equal (s_ids (self, "{\"state\":\"COMPENSATED\"}"), "bd");
    assert_string_equal (
        s_ids (self, "{\"state\":\"COMPLETED\",\"saga\":\"short\"}"), "");
    assert_string_equal (s_ids (self, "{\"min_age_ms\":3600000}"), "");
    assert_string_equal (s_ids (self, "{\"max_age_ms\":3600000}"), "abcd");
}

//  Another definition of the same name, with a step in that service
static zp_status_t
s_define (fixture_t *self, const char *service, char **mistakes_p)
{
    char text[200];
    int size = snprintf (text, sizeof text,
                         "{\"saga\":\"line\",\"version\":2,\"steps\":[{"
                         "\"id\":\"z\",\"kind\":\"pivot\",\"service\":"
                         "\"%s\",\"action\":\"do\"}]}",
                         service);
    return zp_saga_coordinator_define (
        self->coordinator, (zp_span_t){text, (size_t) size}, mistakes_p);
}

static void
test_definitions_can_be_read_and_replaced (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    char *text = fixture_read ("definitions/line.json");
    fixture_expect (self, text, "saga.definition", "line");
    free (text);
    assert_int_equal (fixture_ask (self, "saga.definitions", NULL), ZP_OK);
    assert_string_equal (fixture_field (self, "/0"),
                         "{\"saga\":\"line\",\"version\":1,\"steps\":4}");
    assert_int_equal (s_define (self, "s", NULL), ZP_OK);
    assert_int_equal (fixture_ask (self, "saga.definitions", NULL), ZP_OK);
    assert_string_equal (fixture_field (self, "/0"),
                         "{\"saga\":\"line\",\"version\":2,\"steps\":1}");
}

static void
test_a_definition_with_mistakes_changes_nothing (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    char *mistakes;
    assert_int_equal (s_define (self, "q", &mistakes), ZP_INVALID_ARGUMENT);
    assert_string_equal (mistakes, "1:72: there is no service \"q\"\n");
    free (mistakes);
    assert_int_equal (s_define (self, "q", NULL), ZP_INVALID_ARGUMENT);
    assert_int_equal (fixture_ask (self, "saga.definitions", NULL), ZP_OK);
    assert_string_equal (fixture_field (self, "/0/version"), "1");
}

static void
test_an_endpoint_that_is_none_is_refused (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    assert_int_equal (
        zp_saga_coordinator_service (self->coordinator, "q", "nowhere"),
        ZP_INVALID_ARGUMENT);
    assert_ptr_equal (
        strstr (zp_saga_coordinator_error (self->coordinator), "service q: "),
        zp_saga_coordinator_error (self->coordinator));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_saga_is_started_done_and_shown),
        fixture_test (test_each_wrong_request_is_refused_with_a_reason),
        fixture_test (test_an_input_that_is_too_large_is_refused),
        fixture_test (
            test_more_sagas_than_there_may_be_are_refused_until_there_is_room),
        fixture_test (test_the_same_start_again_is_the_same_saga),
        fixture_test (test_a_request_that_comes_again_starts_one_saga),
        fixture_test (test_a_plain_req_socket_is_served),
        fixture_test (test_a_list_has_those_that_are_asked_for),
        fixture_test (test_definitions_can_be_read_and_replaced),
        fixture_test (test_a_definition_with_mistakes_changes_nothing),
        fixture_test (test_an_endpoint_that_is_none_is_refused),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
