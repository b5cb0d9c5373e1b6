//  SPDX-License-Identifier: MIT

#include "test_seed.h"
#include "zp_gateway_limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

static const uint8_t s_secret[ZP_GATEWAY_SECRET] = {1, 2, 3};

static const zp_gateway_rate_t s_rate = {.per_second = 10, .burst = 3};

static zp_gateway_limit_t *
s_limit (size_t clients)
{
    zp_gateway_limit_t *limit = zp_gateway_limit_new (clients, s_secret);
    assert_non_null (limit);
    return limit;
}

static int64_t
s_take (zp_gateway_limit_t *limit, const char *client, int64_t now_ms)
{
    return zp_gateway_limit_take (
        limit, 0, (zp_span_t){client, strlen (client)}, &s_rate, now_ms);
}

static void
test_a_burst_goes_through_and_then_the_rate (void **state)
{
    (void) state;
    zp_gateway_limit_t *limit = s_limit (10);
    for (int i = 0; i < 3; i++)
        assert_int_equal (s_take (limit, "a", 1000), 0);
    assert_int_equal (s_take (limit, "a", 1000), 100);
    assert_int_equal (s_take (limit, "a", 1050), 50);
    //  Nobody had to pay for being refused
    assert_int_equal (s_take (limit, "a", 1100), 0);
    assert_int_equal (s_take (limit, "a", 1100), 100);
    assert_int_equal (s_take (limit, "a", 1350), 0);
    assert_int_equal (s_take (limit, "a", 1350), 0);
    assert_int_equal (s_take (limit, "a", 1350), 50);
    zp_gateway_limit_destroy (&limit);
    assert_null (limit);
    zp_gateway_limit_destroy (&limit);
}

static void
test_a_bucket_is_never_more_than_full (void **state)
{
    (void) state;
    zp_gateway_limit_t *limit = s_limit (10);
    for (int hour = 0; hour < 3; hour++) {
        for (int i = 0; i < 3; i++)
            assert_int_equal (s_take (limit, "a", hour * 3600000), 0);
        assert_true (s_take (limit, "a", hour * 3600000) > 0);
    }
    zp_gateway_limit_destroy (&limit);
}

static void
test_each_client_has_a_bucket_in_each_scope (void **state)
{
    (void) state;
    zp_gateway_limit_t *limit = s_limit (10);
    zp_gateway_rate_t once = {.per_second = 1, .burst = 1};
    zp_span_t a = {"a", 1}, b = {"b", 1}, nobody = {NULL, 0};
    assert_int_equal (zp_gateway_limit_take (limit, 0, a, &once, 0), 0);
    assert_int_equal (zp_gateway_limit_take (limit, 0, a, &once, 0), 1000);
    assert_int_equal (zp_gateway_limit_take (limit, 0, b, &once, 0), 0);
    assert_int_equal (zp_gateway_limit_take (limit, 1, a, &once, 0), 0);
    assert_int_equal (zp_gateway_limit_take (limit, 0, nobody, &once, 0), 0);
    assert_int_equal (zp_gateway_limit_take (limit, 1, a, &once, 0), 1000);
    assert_int_equal (zp_gateway_limit_clients (limit), 4);
    zp_gateway_limit_destroy (&limit);
}

static void
test_without_a_rate_all_goes_through_and_nobody_is_known (void **state)
{
    (void) state;
    zp_gateway_limit_t *limit = s_limit (10);
    zp_gateway_rate_t any = {0};
    for (int i = 0; i < 1000; i++)
        assert_int_equal (
            zp_gateway_limit_take (limit, 0, (zp_span_t){"a", 1}, &any, 0), 0);
    assert_int_equal (zp_gateway_limit_clients (limit), 0);
    zp_gateway_limit_destroy (&limit);
}

static void
test_a_rate_can_be_very_small_and_very_large (void **state)
{
    (void) state;
    zp_gateway_limit_t *limit = s_limit (10);
    zp_gateway_rate_t small = {.per_second = 1e-300, .burst = 1000000};
    zp_gateway_rate_t large = {.per_second = 1000000, .burst = 1};
    zp_span_t a = {"a", 1}, b = {"b", 1};
    for (int i = 0; i < 10; i++)
        assert_int_equal (zp_gateway_limit_take (limit, 0, a, &small, i), 0);
    for (int i = 0; i < 1000; i++)
        assert_int_equal (zp_gateway_limit_take (limit, 0, b, &large, i), 0);
    assert_int_equal (zp_gateway_limit_take (limit, 0, b, &large, 999), 1);
    zp_gateway_limit_destroy (&limit);
}

static void
test_who_was_silent_for_longest_is_forgotten (void **state)
{
    (void) state;
    zp_gateway_limit_t *limit = s_limit (2);
    for (int i = 0; i < 4; i++)
        s_take (limit, "a", 0);
    for (int i = 0; i < 4; i++)
        s_take (limit, "b", 0);
    assert_true (s_take (limit, "a", 0) > 0);
    assert_int_equal (s_take (limit, "c", 0), 0);
    assert_int_equal (zp_gateway_limit_clients (limit), 2);
    //  It was b, which begins anew; that makes a the next
    assert_true (s_take (limit, "a", 0) > 0);
    assert_int_equal (s_take (limit, "b", 0), 0);
    assert_int_equal (s_take (limit, "c", 0), 0);
    zp_gateway_limit_destroy (&limit);
}

//  One client of a model, which counts tokens as such
typedef struct bucket {
    double tokens;     // Left
    int64_t at_ms;     // When that was so
    int64_t asked_at;  // Number of the last request
} bucket_t;

#define CLIENTS 8
#define ROOM    5

//  A model: which buckets are known is who asked last
static void
s_forget (bucket_t *buckets, const zp_gateway_rate_t *rate)
{
    int known = 0, oldest = -1;
    for (int i = 0; i < CLIENTS; i++) {
        if (buckets[i].asked_at == 0)
            continue;
        known++;
        if (oldest < 0 || buckets[i].asked_at < buckets[oldest].asked_at)
            oldest = i;
    }
    if (known > ROOM)
        buckets[oldest] = (bucket_t){.tokens = rate->burst};
}

static void
test_a_table_agrees_with_a_naive_model (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    int passed = 0, refused = 0;
    for (int round = 0; round < 100; round++) {
        //  Intervals of whole milliseconds, so that nothing is rounded
        int interval_ms = test_below (&seed, 50) + 1;
        zp_gateway_rate_t rate = {.per_second = 1000.0 / interval_ms,
                                  .burst = test_below (&seed, 5) + 1};
        zp_gateway_limit_t *limit = s_limit (ROOM);
        bucket_t buckets[CLIENTS];
        for (int i = 0; i < CLIENTS; i++)
            buckets[i] = (bucket_t){.tokens = rate.burst};
        int64_t now_ms = test_below (&seed, 100000);
        for (int i = 1; i < 1000; i++) {
            int number = test_below (&seed, CLIENTS);
            char name = (char) ('a' + number);
            bucket_t *bucket = &buckets[number];
            now_ms += test_below (&seed, 2 * interval_ms / CLIENTS + 2);
            double tokens = bucket->tokens +
                            (double) (now_ms - bucket->at_ms) / interval_ms;
            if (tokens > rate.burst || bucket->asked_at == 0)
                tokens = rate.burst;
            int64_t wait_ms = zp_gateway_limit_take (
                limit, 0, (zp_span_t){&name, 1}, &rate, now_ms);
            double missing_ms = (1 - tokens) * interval_ms;
            //  The model's numbers are rounded
            if (wait_ms == 0)
                assert_true (missing_ms < 0.5);
            else
                assert_true (missing_ms > 0 &&
                             missing_ms > (double) wait_ms - 1.5 &&
                             missing_ms < (double) wait_ms + 0.5);
            *bucket = (bucket_t){tokens - (wait_ms == 0), now_ms, i};
            wait_ms == 0 ? passed++ : refused++;
            s_forget (buckets, &rate);
        }
        assert_int_equal (zp_gateway_limit_clients (limit), ROOM);
        zp_gateway_limit_destroy (&limit);
    }
    assert_true (passed > 1000 && refused > 1000);
}

static void
test_retry_after_is_whole_seconds_and_never_now (void **state)
{
    (void) state;
    assert_int_equal (zp_gateway_retry_after (0), 1);
    assert_int_equal (zp_gateway_retry_after (1), 1);
    assert_int_equal (zp_gateway_retry_after (1000), 1);
    assert_int_equal (zp_gateway_retry_after (1001), 2);
    assert_int_equal (zp_gateway_retry_after (INT64_MAX), INT32_MAX);
    assert_int_equal (zp_gateway_retry_after (-5), 1);
}

static const char *const s_none[] = {NULL};
static const char *const s_proxies[] = {"127.0.0.1", "10.0.0.1", "::1",
                                        "2001:db8::1", NULL};

//  Which client that is
static const char *
s_client (const char *peer, const char *forwarded, const char *const *proxies)
{
    static char room[ZP_GATEWAY_CLIENT_MAX];
    return zp_gateway_client (peer, forwarded, proxies, room);
}

static void
test_a_client_is_the_address_of_its_connection (void **state)
{
    (void) state;
    assert_string_equal (s_client ("1.2.3.4", NULL, s_none), "1.2.3.4");
    assert_string_equal (s_client ("1.2.3.4", "5.6.7.8", s_none), "1.2.3.4");
    assert_string_equal (s_client ("1.2.3.4", "5.6.7.8", s_proxies), "1.2.3.4");
    assert_string_equal (s_client ("nowhere", NULL, s_none), "nowhere");
}

static void
test_a_household_is_one_client (void **state)
{
    (void) state;
    assert_string_equal (s_client ("2001:db8:1:2:3:4:5:6", NULL, s_none),
                         "2001:db8:1:2::");
    assert_string_equal (s_client ("2001:DB8:1:2::9", NULL, s_none),
                         "2001:db8:1:2::");
    assert_string_equal (s_client ("::ffff:1.2.3.4", NULL, s_none), "1.2.3.4");
}

static void
test_behind_a_proxy_a_client_is_whom_the_proxy_saw (void **state)
{
    (void) state;
    assert_string_equal (s_client ("127.0.0.1", "5.6.7.8", s_proxies),
                         "5.6.7.8");
    //  What comes before was said by the client itself
    assert_string_equal (s_client ("127.0.0.1", "1.1.1.1, 5.6.7.8", s_proxies),
                         "5.6.7.8");
    assert_string_equal (
        s_client ("::1", "1.1.1.1, 5.6.7.8 ,10.0.0.1", s_proxies), "5.6.7.8");
    assert_string_equal (s_client ("::ffff:127.0.0.1", "5.6.7.8", s_proxies),
                         "5.6.7.8");
    assert_string_equal (
        s_client ("2001:0db8:0::1", "2001:db8:5:6:7:8:9:a", s_proxies),
        "2001:db8:5:6::");
    assert_string_equal (s_client ("127.0.0.1", NULL, s_proxies), "127.0.0.1");
    assert_string_equal (s_client ("127.0.0.1", "10.0.0.1", s_proxies),
                         "10.0.0.1");
}

static void
test_what_is_no_address_is_nobody (void **state)
{
    (void) state;
    static const char *const none[] = {
        "",
        " ",
        ",",
        "x",
        "1.2.3",
        "1.2.3.4:80",
        "5.6.7.8, ",
        "5.6.7.8,unknown",
        "\"[::2]:80\"",
        "1111111111111111111111111111111111111111111111111111111111",
    };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_string_equal (s_client ("127.0.0.1", none[i], s_proxies),
                             "127.0.0.1");
    assert_string_equal (s_client ("127.0.0.1", "x, 10.0.0.1", s_proxies),
                         "10.0.0.1");
}

static void
test_a_gate_lets_so_many_in (void **state)
{
    (void) state;
    zp_gateway_gate_t gate = {.max = 2}, open = {0};
    assert_true (zp_gateway_gate_enter (&gate));
    assert_true (zp_gateway_gate_enter (&gate));
    assert_false (zp_gateway_gate_enter (&gate));
    assert_int_equal (gate.refused, 1);
    zp_gateway_gate_leave (&gate);
    assert_true (zp_gateway_gate_enter (&gate));
    assert_false (zp_gateway_gate_enter (&gate));
    for (int i = 0; i < 1000; i++)
        assert_true (zp_gateway_gate_enter (&open));
    assert_int_equal (open.inside, 1000);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_burst_goes_through_and_then_the_rate),
        cmocka_unit_test (test_a_bucket_is_never_more_than_full),
        cmocka_unit_test (test_each_client_has_a_bucket_in_each_scope),
        cmocka_unit_test (
            test_without_a_rate_all_goes_through_and_nobody_is_known),
        cmocka_unit_test (test_a_rate_can_be_very_small_and_very_large),
        cmocka_unit_test (test_who_was_silent_for_longest_is_forgotten),
        cmocka_unit_test (test_a_table_agrees_with_a_naive_model),
        cmocka_unit_test (test_retry_after_is_whole_seconds_and_never_now),
        cmocka_unit_test (test_a_client_is_the_address_of_its_connection),
        cmocka_unit_test (test_a_household_is_one_client),
        cmocka_unit_test (test_behind_a_proxy_a_client_is_whom_the_proxy_saw),
        cmocka_unit_test (test_what_is_no_address_is_nobody),
        cmocka_unit_test (test_a_gate_lets_so_many_in),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
