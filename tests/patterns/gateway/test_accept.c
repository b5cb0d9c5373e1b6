//  SPDX-License-Identifier: MIT
//
//  Work that goes on: 202, and where to ask what becomes of it.

#define _GNU_SOURCE

#include "fixture.h"

#define JSON_TYPE "Content-Type: application/json\r\n"

static const char s_routes[] =
    "{'method':'POST','path':'/films/{id}/encode',"
    "'accept':{'service':'odd','queue':'encode','arguments':"
    "{'film':'path.id','*':'body'},'id':'header.idempotency-key',"
    "'status':'/films/{id}'}},"
    "{'method':'POST','path':'/subscriptions','accept':{'service':'odd',"
    "'saga':'subscribe','arguments':'body','status':'/subscriptions/{id}'}},"
    "{'method':'POST','path':'/away','accept':{'service':'away',"
    "'saga':'subscribe','arguments':'body','status':'/subscriptions/{id}'}},"
    "{'method':'GET','path':'/films/{id}','call':{'service':'odd',"
    "'method':'film','arguments':['path.id']}},"
    "{'method':'GET','path':'/subscriptions/{id}','call':{'service':'odd',"
    "'method':'saga.wait','arguments':['path.id']}}";

//  Ask, and wait for what the service is asked for it
static const letter_t *
s_ask (fixture_t *self, const char *target, const char *header,
       const char *body)
{
    size_t number = peer_count (self->peer);
    http_ask (self->http, "POST", target, header, body);
    test_until (self->loop, peer_count (self->peer) > number);
    return peer_letter (self->peer, number);
}

static void
test_a_message_is_put_on_a_queue (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, NULL, s_routes);
    const letter_t *letter =
        s_ask (self, "/films/7/encode", JSON_TYPE "Idempotency-Key: a\"b\r\n",
               "{\"size\":720}");
    assert_int_equal (letter->count, 4);
    assert_true (letter_says (letter, 0, "queue.put"));
    assert_true (letter_says (letter, 1, "encode"));
    assert_true (letter_says (letter, 2, "{\"size\":720,\"film\":\"7\"}") ||
                 letter_says (letter, 2, "{\"film\":\"7\",\"size\":720}"));
    assert_true (letter_says (letter, 3, "{\"id\":\"a\\\"b\"}"));
    assert_false (http_begun (self->http));
    peer_reply (self->peer, 0, "4711");
    test_until (self->loop, http_answered (self->http));
    assert_int_equal (http_status (self->http), 202);
    assert_string_equal (http_field (self->http, "Location"), "/films/7");
    assert_string_equal (http_body (self->http),
                         "{\"id\":\"4711\",\"status\":\"/films/7\"}");
}

static void
test_a_saga_is_begun (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, NULL, s_routes);
    const letter_t *letter =
        s_ask (self, "/subscriptions", JSON_TYPE, "{\"plan\":\"gold\"}");
    assert_int_equal (letter->count, 4);
    assert_true (letter_says (letter, 0, "saga.start"));
    assert_true (letter_says (letter, 1, "subscribe"));
    assert_true (letter_says (letter, 2, ""));
    assert_true (letter_says (letter, 3, "{\"plan\":\"gold\"}"));
    peer_reply (self->peer, 0, "saga-1/?x");
    test_until (self->loop, http_answered (self->http));
    assert_int_equal (http_status (self->http), 202);
    assert_string_equal (http_field (self->http, "Location"),
                         "/subscriptions/saga-1%2F%3Fx");
}

static void
test_what_was_not_taken_over_is_not_accepted (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, NULL, s_routes);
    s_ask (self, "/subscriptions", JSON_TYPE, "{}");
    peer_fail (self->peer, 0, ZP_ALREADY_EXISTS, 0, "it is another one");
    test_until (self->loop, http_answered (self->http));
    assert_true (fixture_problem (self, 409, "ALREADY_EXISTS"));
    fixture_ask (self, "POST", "/away", JSON_TYPE, "{}");
    assert_true (fixture_problem (self, 503, "UNAVAILABLE"));
}

static void
test_an_id_that_makes_no_sense_is_502 (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, NULL, s_routes);
    s_ask (self, "/subscriptions", JSON_TYPE, "{}");
    peer_reply (self->peer, 0, "\xff\xfe");
    test_until (self->loop, http_answered (self->http));
    assert_true (fixture_problem (self, 502, "UNKNOWN"));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_message_is_put_on_a_queue),
        fixture_test (test_a_saga_is_begun),
        fixture_test (test_what_was_not_taken_over_is_not_accepted),
        fixture_test (test_an_id_that_makes_no_sense_is_502),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
