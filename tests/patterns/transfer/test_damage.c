//  SPDX-License-Identifier: MIT
//
//  A proxy that damages, loses and repeats what goes through it, and a sender
//  that says nonsense

#define _GNU_SOURCE

#include "fixture.h"
#include "test_seed.h"

#define SIZE  ((size_t) 6 << 20)
#define LARGE 1000  // A frame of so many bytes is data

typedef enum damage { NOTHING, FLIP, LOSE, REPEAT } damage_t;

typedef struct proxy {
    zsock_t *front;   // ROUTER, for clients
    zsock_t *back;    // DEALER, to the server
    damage_t damage;  // What is done to messages with data
    int percent;      // Of them
    uint64_t seed;    // Decides
    int done;         // So often
} proxy_t;

//  True if the message has data; if it is to be damaged it is
static bool
s_damage (proxy_t *self, zmsg_t *message)
{
    for (zframe_t *frame = zmsg_first (message); frame;
         frame = zmsg_next (message)) {
        size_t size = zframe_size (frame);
        if (size < LARGE || test_below (&self->seed, 100) >= self->percent)
            continue;
        self->done++;
        if (self->damage == FLIP)
            zframe_data (frame)[test_random (&self->seed) % size] ^= 4;
        return true;
    }
    return false;
}

static int
s_pass (zloop_t *loop, zsock_t *from, void *arg)
{
    (void) loop;
    proxy_t *self = arg;
    zsock_t *to = from == self->front ? self->back : self->front;
    zmsg_t *message = zmsg_recv (from);
    bool hit = message && s_damage (self, message);
    if (hit && self->damage == REPEAT) {
        zmsg_t *copy = zmsg_dup (message);
        zmsg_send (&copy, to);
    }
    if (hit && self->damage == LOSE)
        zmsg_destroy (&message);
    else
        zmsg_send (&message, to);
    return 0;
}

//  Let receiver and uploader go through a proxy
static proxy_t *
s_proxy_new (fixture_t *fixture, damage_t damage, int percent)
{
    proxy_t *self = zmalloc (sizeof *self);
    self->damage = damage;
    self->percent = percent;
    self->seed = test_seed ();
    self->front = zsock_new (ZMQ_ROUTER);
    int port = zsock_bind (self->front, "tcp://127.0.0.1:*");
    self->back = zsock_new (ZMQ_DEALER);
    zsock_connect (self->back, "%s", zp_server_endpoint (fixture->server));
    zloop_reader (fixture->loop, self->front, s_pass, self);
    zloop_reader (fixture->loop, self->back, s_pass, self);
    char endpoint[64];
    snprintf (endpoint, sizeof endpoint, "tcp://127.0.0.1:%d", port);
    zp_receiver_destroy (&fixture->receiver);
    zp_uploader_destroy (&fixture->uploader);
    fixture->receiver = zp_receiver_new (fixture->loop, NULL);
    zp_receiver_connect (fixture->receiver, endpoint);
    fixture->uploader =
        zp_uploader_new (fixture->loop, endpoint, TEST_PATIENCE_MS);
    return self;
}

static void
s_proxy_destroy (proxy_t **self_p, fixture_t *fixture)
{
    proxy_t *self = *self_p;
    *self_p = NULL;
    zloop_reader_end (fixture->loop, self->front);
    zloop_reader_end (fixture->loop, self->back);
    zsock_destroy (&self->front);
    zsock_destroy (&self->back);
    free (self);
}

static void
s_check (fixture_t *self, damage_t damage, int percent)
{
    proxy_t *proxy = s_proxy_new (self, damage, percent);
    fixture_write (fixture_path (self, "film"), 1, SIZE);
    fixture_write (fixture_away (self, "mine"), 2, SIZE);
    ended_t ended;
    do
        fixture_fetch (self, "film", fixture_away (self, "copy"), &ended);
    while (ended.status == ZP_OK && !proxy->done);
    assert_int_equal (ended.status, ZP_OK);
    assert_true (fixture_is (fixture_away (self, "copy"), 1, SIZE));
    proxy->done = 0;
    do
        fixture_put (self, fixture_away (self, "mine"), "new", &ended);
    while (ended.status == ZP_OK && !proxy->done);
    assert_int_equal (ended.status, ZP_OK);
    assert_true (fixture_is (fixture_path (self, "new"), 2, SIZE));
    s_proxy_destroy (&proxy, self);
}

static void
test_damaged_chunks_are_noticed_and_sent_again (void **state)
{
    s_check (*state, FLIP, 5);
    zp_receiver_stats_t stats;
    zp_receiver_stats (((fixture_t *) *state)->receiver, &stats);
    assert_true (stats.corrupt > 0);
}

static void
test_repeated_chunks_do_no_harm (void **state)
{
    s_check (*state, REPEAT, 5);
}

static void
test_what_is_always_damaged_ends_with_data_loss (void **state)
{
    fixture_t *self = *state;
    proxy_t *proxy = s_proxy_new (self, FLIP, 100);
    fixture_write (fixture_path (self, "film"), 1, SIZE);
    got_t got;
    fixture_get (self, (zp_get_t){.name = "film"}, 1, &got);
    assert_int_equal (got.status, ZP_DATA_LOSS);
    assert_int_equal (got.bytes, 0);
    s_proxy_destroy (&proxy, self);
}

static void
test_lost_chunks_are_noticed_and_sent_again (void **state)
{
    fixture_t *self = *state;
    proxy_t *proxy = s_proxy_new (self, LOSE, 5);
    fixture_write (fixture_path (self, "film"), 1, SIZE);
    got_t got;
    do
        fixture_get (self, (zp_get_t){.name = "film"}, 1, &got);
    while (got.status == ZP_OK && !proxy->done);
    assert_int_equal (got.status, ZP_OK);
    assert_int_equal (got.bytes, SIZE);
    assert_false (got.wrong);
    s_proxy_destroy (&proxy, self);
}

//  What a sender says that is mad
typedef struct mad {
    const char *pieces[3];  // Ended by NULL, each of one part, or of two if
                            // there is a '|'
    const char *reply;      // At last; NULL: a failure
} mad_t;

static void
s_say (zp_request_t *request, const char *piece)
{
    const char *bar = strchr (piece, '|');
    zp_span_t parts[] = {{piece, bar ? (size_t) (bar - piece) : strlen (piece)},
                         {bar ? bar + 1 : "", bar ? strlen (bar + 1) : 0}};
    zp_request_partial_parts (request, parts, bar ? 2 : 1);
}

static void
s_be_mad (zp_request_t *request, void *arg)
{
    const mad_t *mad = arg;
    for (int i = 0; i < 3 && mad->pieces[i]; i++)
        s_say (request, mad->pieces[i]);
    if (mad->reply)
        zp_request_reply (&request, mad->reply, strlen (mad->reply));
    else
        zp_request_fail (&request, ZP_INTERNAL, "mad");
}

#define INFO                                                                   \
    "{\"id\":1,\"size\":9,\"mtime_ms\":0,\"version\":\"v\",\"offset\":0,"      \
    "\"length\":9}"

static void
test_a_sender_that_says_nonsense_is_believed_nothing (void **state)
{
    fixture_t *self = *state;
    static const mad_t mads[] = {
        {{"nonsense"}, ""},
        {{"{}"}, ""},
        {{"0 e3069283|123456789"}, ""},        //  No info
        {{INFO}, ""},                          //  No data
        {{INFO, "0 e3069283|123456780"}, ""},  //  Another check
        {{INFO, "1 e3069283|123456789"}, ""},  //  A gap
        {{INFO, "0 5a16a2d2|a lot more than that"}, ""},
        {{INFO, "x|y"}, ""},
        {{INFO, "|"}, ""},
        {{INFO, INFO, INFO}, ""},
        {{NULL}, ""},
        {{INFO, "0 e3069283|123456789"}, "a hash that was not wanted"},
        {{NULL}, NULL}};
    for (size_t i = 0; i < sizeof mads / sizeof *mads; i++) {
        zp_server_method (self->server, "file.get", s_be_mad,
                          (void *) &mads[i]);
        got_t got;
        fixture_get (self, (zp_get_t){.name = "film"}, 1, &got);
        assert_true (got.status == ZP_DATA_LOSS || got.status == ZP_INTERNAL);
    }
}

static void
test_requests_that_are_wrong (void **state)
{
    fixture_t *self = *state;
    fixture_write (fixture_path (self, "film"), 1, 100);
    static const char *const options[] = {"x",
                                          "[]",
                                          "{\"offset\":-1}",
                                          "{\"offset\":1.5}",
                                          "{\"credit\":0}",
                                          "{\"chunk\":0}",
                                          "{\"what\":1}",
                                          "{\"hash\":1}",
                                          "{\"length\":9223372036854775808}"};
    char text[512];
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        assert_int_equal (
            fixture_ask (self, text, "file.get", "film", options[i], NULL),
            ZP_INVALID_ARGUMENT);
    assert_int_equal (fixture_ask (self, text, "file.get", NULL),
                      ZP_INVALID_ARGUMENT);
    assert_int_equal (fixture_ask (self, text, "file.seen", "1", NULL),
                      ZP_INVALID_ARGUMENT);
    assert_int_equal (fixture_ask (self, text, "file.seen", "x", "1", NULL),
                      ZP_INVALID_ARGUMENT);
    assert_int_equal (fixture_ask (self, text, "file.seen", "1", "1", NULL),
                      ZP_NOT_FOUND);
    assert_int_equal (
        fixture_ask (self, text, "file.read", "film", "{\"offset\":101}", NULL),
        ZP_OUT_OF_RANGE);
    assert_int_equal (fixture_ask (self, text, "file.read", "film", "{}", NULL),
                      ZP_OK);
}

int
main (void)
{
    zsys_handler_set (NULL);
    const struct CMUnitTest tests[] = {
        TEST (test_damaged_chunks_are_noticed_and_sent_again),
        TEST (test_repeated_chunks_do_no_harm),
        TEST (test_what_is_always_damaged_ends_with_data_loss),
        TEST (test_lost_chunks_are_noticed_and_sent_again),
        TEST (test_a_sender_that_says_nonsense_is_believed_nothing),
        TEST (test_requests_that_are_wrong),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
