//  SPDX-License-Identifier: MIT
//
//  A part whose service fails is what it was a while ago, if the route allows
//  that.

#define _GNU_SOURCE

#include "fixture.h"

#define ENOUGH 30  // Failures that open a breaker

//  What the service "advice" does
typedef struct advice {
    const char *result;  // It replies; NULL: it does not
    zp_status_t status;  // Or it fails so, if that is not ZP_OK
} advice_t;

static void
s_advise (peer_t *peer, size_t number, void *arg)
{
    const advice_t *self = arg;
    if (self->status != ZP_OK)
        peer_fail (peer, number, self->status, 0, "so be it");
    else if (self->result)
        peer_reply (peer, number, self->result);
}

//  "/home/{user}" has a part from "films", which never fails, and one from
//  "advice" with these options; "/alone/{user}" has only that one
static void
s_start (fixture_t *self, advice_t *advice, const char *part)
{
    self->peer = peer_new_service (self->loop, NULL);
    peer_script (self->peer, s_advise, advice);
    char *service = zsys_sprintf ("'advice':{'endpoints':['%s'],'retries':0}",
                                  peer_endpoint (self->peer));
    char *call = zsys_sprintf ("'advice':{'service':'advice','method':'advise',"
                               "'arguments':{'user':'path.user'},%s}",
                               part);
    char *routes = zsys_sprintf (
        "{'method':'GET','path':'/home/{user}','parts':{%s,"
        "'films':{'service':'films','method':'echo','arguments':{}}}},"
        "{'method':'GET','path':'/alone/{user}','parts':{%s}}",
        call, call);
    char *text = fixture_text (self, service, NULL, routes);
    fixture_start (self, text);
    zstr_free (&text);
    zstr_free (&routes);
    zstr_free (&call);
    zstr_free (&service);
}

static void
test_an_older_result_takes_the_place_of_one_that_fails (void **state)
{
    fixture_t *self = *state;
    advice_t advice = {.result = "[7]"};
    s_start (self, &advice, "'stale_ms':60000");
    assert_int_equal (fixture_get (self, "/home/ann"), 200);
    assert_string_equal (http_body (self->http),
                         "{\"advice\":[7],\"films\":{}}");
    assert_null (http_field (self->http, "X-Stale"));
    static const zp_status_t at_fault[] = {ZP_INTERNAL, ZP_UNKNOWN,
                                           ZP_RESOURCE_EXHAUSTED, ZP_DATA_LOSS,
                                           ZP_DEADLINE_EXCEEDED};
    for (size_t i = 0; i < sizeof at_fault / sizeof *at_fault; i++) {
        advice.status = at_fault[i];
        assert_int_equal (fixture_get (self, "/home/ann"), 200);
        assert_string_equal (
            http_body (self->http),
            "{\"advice\":[7],\"films\":{},\"stale\":[\"advice\"]}");
        assert_string_equal (http_field (self->http, "X-Stale"), "advice");
        assert_null (http_field (self->http, "X-Missing"));
        test_until (self->loop, self->log_count == i + 2);
        char *error = fixture_logged (self, "error");
        assert_string_equal (error, "stale: advice");
        free (error);
    }
    assert_float_equal (
        fixture_figure (self, "zp_gateway_stale_total{service='advice'}"), 5,
        0);
    //  The newest good one is the next to be kept
    advice = (advice_t){.result = "[8]"};
    fixture_get (self, "/home/ann");
    advice.status = ZP_INTERNAL;
    fixture_get (self, "/home/ann");
    assert_string_equal (
        http_body (self->http),
        "{\"advice\":[8],\"films\":{},\"stale\":[\"advice\"]}");
}

static void
test_an_older_result_takes_the_place_of_one_that_is_late (void **state)
{
    fixture_t *self = *state;
    advice_t advice = {.result = "[7]"};
    s_start (self, &advice, "'stale_ms':60000,'timeout_ms':100");
    test_until (self->loop, fixture_get (self, "/home/ann") == 200 &&
                                !http_field (self->http, "X-Missing"));
    advice.result = NULL;
    assert_int_equal (fixture_get (self, "/home/ann"), 200);
    assert_string_equal (http_field (self->http, "X-Stale"), "advice");
}

static void
test_it_takes_no_time_when_the_breaker_is_open (void **state)
{
    fixture_t *self = *state;
    advice_t advice = {.result = "[7]"};
    s_start (self, &advice, "'stale_ms':60000,'timeout_ms':30000");
    fixture_get (self, "/home/ann");
    advice.status = ZP_INTERNAL;
    for (int i = 0; i < ENOUGH; i++)
        fixture_get (self, "/home/ann");
    //  Who waited for the service now would wait for half a minute
    advice = (advice_t){.result = NULL};
    size_t asked = peer_count (self->peer);
    assert_int_equal (fixture_get (self, "/home/ann"), 200);
    assert_string_equal (
        http_body (self->http),
        "{\"advice\":[7],\"films\":{},\"stale\":[\"advice\"]}");
    assert_int_equal (peer_count (self->peer), asked);
}

static void
test_other_arguments_have_other_results (void **state)
{
    fixture_t *self = *state;
    advice_t advice = {.result = "[7]"};
    s_start (self, &advice, "'stale_ms':60000");
    fixture_get (self, "/home/ann");
    advice.status = ZP_INTERNAL;
    assert_int_equal (fixture_get (self, "/home/bob"), 200);
    assert_string_equal (
        http_body (self->http),
        "{\"films\":{},\"missing\":{\"advice\":\"INTERNAL\"}}");
    assert_null (http_field (self->http, "X-Stale"));
    assert_int_equal (fixture_get (self, "/alone/ann"), 500);
}

static void
test_a_service_that_says_no_is_believed (void **state)
{
    fixture_t *self = *state;
    advice_t advice = {.result = "[7]"};
    s_start (self, &advice, "'stale_ms':60000");
    fixture_get (self, "/home/ann");
    static const zp_status_t no[] = {ZP_NOT_FOUND, ZP_PERMISSION_DENIED,
                                     ZP_INVALID_ARGUMENT, ZP_UNIMPLEMENTED};
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        advice.status = no[i];
        fixture_get (self, "/home/ann");
        assert_string_equal (http_field (self->http, "X-Missing"), "advice");
        assert_null (http_field (self->http, "X-Stale"));
    }
}

static void
test_a_result_that_is_too_old_is_none (void **state)
{
    fixture_t *self = *state;
    advice_t advice = {.result = "[7]"};
    s_start (self, &advice, "'stale_ms':1");
    fixture_get (self, "/home/ann");
    int64_t then_ms = zclock_mono ();
    advice.status = ZP_INTERNAL;
    test_until (self->loop, zclock_mono () > then_ms + 1);
    fixture_get (self, "/home/ann");
    assert_string_equal (http_field (self->http, "X-Missing"), "advice");
}

static void
test_an_older_result_does_for_a_required_and_for_the_only_part (void **state)
{
    fixture_t *self = *state;
    advice_t advice = {.result = "[7]"};
    s_start (self, &advice, "'stale_ms':60000,'required':true");
    fixture_get (self, "/home/ann");
    fixture_get (self, "/alone/ann");
    advice.status = ZP_INTERNAL;
    assert_int_equal (fixture_get (self, "/home/ann"), 200);
    assert_int_equal (fixture_get (self, "/alone/ann"), 200);
    assert_string_equal (http_body (self->http),
                         "{\"advice\":[7],\"stale\":[\"advice\"]}");
    assert_int_equal (fixture_get (self, "/home/bob"), 500);
}

static void
test_without_that_option_no_result_is_kept (void **state)
{
    fixture_t *self = *state;
    advice_t advice = {.result = "[7]"};
    s_start (self, &advice, "'once':false");
    fixture_get (self, "/home/ann");
    advice.status = ZP_INTERNAL;
    fixture_get (self, "/home/ann");
    assert_string_equal (http_field (self->http, "X-Missing"), "advice");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_an_older_result_takes_the_place_of_one_that_fails),
        fixture_test (test_an_older_result_takes_the_place_of_one_that_is_late),
        fixture_test (test_it_takes_no_time_when_the_breaker_is_open),
        fixture_test (test_other_arguments_have_other_results),
        fixture_test (test_a_service_that_says_no_is_believed),
        fixture_test (test_a_result_that_is_too_old_is_none),
        fixture_test (
            test_an_older_result_does_for_a_required_and_for_the_only_part),
        fixture_test (test_without_that_option_no_result_is_kept),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
