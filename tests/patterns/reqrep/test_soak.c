//  SPDX-License-Identifier: MIT
//
//  Many random calls while all kinds of things go wrong. Whatever happens, each
//  call ends once and in time, a reply is that of its own request, a stream
//  that ends well is whole, and a server with a reply cache runs nothing twice.

#include <stdatomic.h>

#include "fixture.h"
#include "server_thread.h"
#include "test_seed.h"

#define CALLS     3000
#define IN_FLIGHT 200
#define PIECES    5
#define LATE_MS   10000  // What no machine is too slow for

static atomic_int s_effects[CALLS];  // Of each call, by its number

//  Note the effect of the call whose number is the first argument
static void
s_note_effect (zp_request_t *request)
{
    uint32_t number;
    memcpy (&number, zp_request_arg (request, 0).data, sizeof number);
    atomic_fetch_add (&s_effects[number], 1);
}

static void
s_handle_effect (zp_request_t *request, void *arg)
{
    s_note_effect (request);
    handle_echo (request, arg);
}

//  Sends pieces 0, 1 ... and says how many
static void
s_handle_pieces (zp_request_t *request, void *arg)
{
    (void) arg;
    s_note_effect (request);
    zp_status_t status = ZP_OK;
    for (uint8_t i = 0; status == ZP_OK && i < PIECES; i++)
        status = zp_request_partial (request, &i, 1);
    uint8_t pieces = PIECES;
    if (status == ZP_OK)
        zp_request_reply (&request, &pieces, 1);
    else
        zp_request_fail (&request, status, "a piece was lost");
}

static void
s_add_methods (zp_server_t *server, void *workers)
{
    zp_server_method (server, "effect", s_handle_effect, NULL);
    zp_server_method (server, "pieces", s_handle_pieces, NULL);
    if (workers) {
        zp_server_worker_method (server, "slow effect", s_handle_effect, NULL);
        zp_server_worker_method (server, "slow pieces", s_handle_pieces, NULL);
    }
}

//  The calls

typedef struct s_soak s_soak_t;

typedef struct {
    s_soak_t *soak;       // What it belongs to
    uint32_t number;      // Which call it is
    zp_client_t *client;  // Whose
    uint64_t id;          // There
    int timeout_ms;       // Its time
    bool stream;          // Its reply comes in pieces
    zp_span_t args[2];    // Its number, and something
    uint8_t pieces;       // How many came
    int ended;            // How often it was told the end
    zp_status_t status;   // How it ended
} s_soak_call_t;

struct s_soak {
    fixture_t *fixture;       // The loop
    uint64_t random;          // What all follows from
    zp_client_t *clients[2];  // Who call
    const char *methods[4];   // What they call
    size_t methods_count;     // How many
    s_soak_call_t *calls;     // All calls
    uint32_t started;         // How many began
    uint32_t ended;           // How many ended
    uint32_t ok;              // Of these, well
    uint8_t junk[20000];      // For arguments
};

static void
s_on_reply (void *arg, const zp_reply_t *reply)
{
    s_soak_call_t *call = arg;
    assert_int_equal (call->ended, 0);
    assert_in_range (reply->elapsed_ms, 0, call->timeout_ms + LATE_MS);
    if (reply->more) {
        //  In order, and none is missing
        assert_true (call->stream);
        assert_int_equal (*(const uint8_t *) reply->parts[0].data,
                          call->pieces);
        call->pieces++;
        return;
    }
    call->ended++;
    call->status = reply->status;
    call->soak->ended++;
    if (reply->status != ZP_OK)
        return;
    call->soak->ok++;
    if (call->stream) {
        assert_int_equal (call->pieces, PIECES);
        return;
    }
    assert_int_equal (reply->count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal (reply->parts[i].size, call->args[i].size);
        assert_memory_equal (reply->parts[i].data, call->args[i].data,
                             call->args[i].size);
    }
}

static void
s_start (s_soak_t *self)
{
    s_soak_call_t *call = &self->calls[self->started];
    uint64_t *random = &self->random;
    const char *method =
        self->methods[test_below (random, (int) self->methods_count)];
    int bound = test_below (random, 10) ? 100 : (int) sizeof self->junk;
    *call = (s_soak_call_t){
        .soak = self,
        .number = self->started,
        .client = self->clients[test_below (random, 2)],
        .timeout_ms = 20 + test_below (random, 1000),
        .stream = strstr (method, "pieces") != NULL,
        .args = {{&call->number, sizeof call->number},
                 {self->junk, (size_t) test_below (random, bound)}}};
    zp_call_t what = {.method = method,
                      .args = call->args,
                      .count = 2,
                      .timeout_ms = call->timeout_ms,
                      .fn = s_on_reply,
                      .arg = call,
                      .once = test_below (random, 10) == 0};
    assert_int_equal (zp_client_start (call->client, &what, &call->id), ZP_OK);
    self->started++;
}

//  Make some calls, and cancel one now and then
static void
s_step (s_soak_t *self)
{
    int more = test_below (&self->random, 20);
    while (more-- && self->started < CALLS &&
           self->started - self->ended < IN_FLIGHT)
        s_start (self);
    if (self->started && test_below (&self->random, 10) == 0) {
        int number = test_below (&self->random, (int) self->started);
        zp_client_cancel (self->calls[number].client, self->calls[number].id);
    }
    test_turn (self->fixture->loop);
}

static s_soak_t *
s_new (fixture_t *fixture, uint64_t seed, const zp_client_options_t *options)
{
    s_soak_t *self = zmalloc (sizeof *self);
    self->fixture = fixture;
    self->random = seed;
    self->calls = zmalloc (CALLS * sizeof *self->calls);
    for (size_t i = 0; i < sizeof self->junk; i++)
        self->junk[i] = (uint8_t) test_random (&self->random);
    for (int i = 0; i < CALLS; i++)
        atomic_store (&s_effects[i], 0);
    for (int i = 0; i < 2; i++)
        self->clients[i] = zp_client_new (fixture->loop, options);
    return self;
}

static void
s_destroy (s_soak_t *self)
{
    for (int i = 0; i < 2; i++) {
        zp_client_stats_t stats;
        zp_client_stats (self->clients[i], &stats);
        assert_int_equal (stats.in_flight, 0);
        assert_int_equal (stats.garbage, 0);
        zp_client_destroy (&self->clients[i]);
    }
    for (int i = 0; i < CALLS; i++)
        assert_int_equal (self->calls[i].ended, 1);
    //  It was rough, but not that rough
    assert_in_range (self->ok, CALLS / 3, CALLS);
    free (self->calls);
    free (self);
}

//  Let the server at that endpoint do these wrongs
static void
s_load_faults (fixture_t *fixture, const char *endpoint, const char *rules)
{
    peer_t *caller = peer_new_caller (fixture->loop, endpoint);
    peer_request (caller, 1, "zp.faults", rules);
    test_until (fixture->loop, peer_count (caller) == 1);
    assert_int_equal (peer_letter (caller, 0)->envelope.status, ZP_OK);
    peer_destroy (&caller);
}

static void
test_with_a_reply_cache_and_faults_nothing_is_done_twice (void **state)
{
    fixture_t *fixture = *state;
    uint64_t seed = test_seed ();
    zp_server_options_t server = ZP_SERVER_DEFAULTS;
    server.workers = 2;
    server.cache_replies = CALLS;
    server.fault_seed = seed | 1;
    server.max_in_flight = 150;
    server.retry_after_ms = 5;
    const char *endpoint = peer_new_endpoint ();
    zactor_t *actor =
        server_thread_new (endpoint, &server, s_add_methods, &server);
    s_load_faults (fixture, endpoint,
                   "[{\"method\": \"effect\", \"percent\": 10,"
                   "  \"drop\": \"before\"},"
                   " {\"method\": \"slow e*\", \"percent\": 10,"
                   "  \"drop\": \"after\"},"
                   " {\"method\": \"pieces\", \"percent\": 10,"
                   "  \"error\": \"UNAVAILABLE\"},"
                   " {\"percent\": 20, \"delay_ms\": 30}]");

    zp_client_options_t client = fixture_client_options ();
    client.attempt_timeout_ms = 40;
    client.max_attempts = 10;
    s_soak_t *soak = s_new (fixture, seed, &client);
    soak->methods_count = 4;
    memcpy (soak->methods,
            (const char *[]){"effect", "pieces", "slow effect", "slow pieces"},
            sizeof soak->methods);
    for (int i = 0; i < 2; i++)
        zp_client_connect (soak->clients[i], endpoint);
    while (soak->ended < CALLS)
        s_step (soak);
    zactor_destroy (&actor);
    for (int i = 0; i < CALLS; i++) {
        if (!soak->calls[i].stream)
            assert_in_range (atomic_load (&s_effects[i]),
                             soak->calls[i].status == ZP_OK, 1);
    }
    s_destroy (soak);
}

//  Servers that come and go

typedef struct {
    char endpoint[2][64];     // Where they listen
    zp_server_t *servers[2];  // NULL: not now
} s_servers_t;

static void
s_start_server (s_servers_t *self, fixture_t *fixture, int number)
{
    self->servers[number] = zp_server_new (fixture->loop, NULL);
    s_add_methods (self->servers[number], NULL);
    //  ZeroMQ lets go of the last one's place some time after it is gone
    test_until (fixture->loop,
                zp_server_bind (self->servers[number],
                                self->endpoint[number]) == ZP_OK);
}

static void
test_with_servers_that_come_and_go_all_calls_end (void **state)
{
    fixture_t *fixture = *state;
    zp_client_options_t client = ZP_CLIENT_DEFAULTS;
    client.backoff = (zp_backoff_t){5, 50, 2};
    client.hedge_ms = 20;
    client.retry_percent = 100;
    client.breaker.open_ms = 50;
    s_soak_t *soak = s_new (fixture, test_seed (), &client);
    soak->methods_count = 2;
    soak->methods[0] = "effect";
    soak->methods[1] = "pieces";
    s_servers_t servers = {.servers = {NULL}};
    for (int i = 0; i < 2; i++) {
        snprintf (servers.endpoint[i], sizeof servers.endpoint[i], "%s",
                  peer_new_endpoint ());
        for (int j = 0; j < 2; j++)
            zp_client_connect (soak->clients[j], servers.endpoint[i]);
        s_start_server (&servers, fixture, i);
    }
    while (soak->ended < CALLS) {
        s_step (soak);
        if (test_below (&soak->random, 30))
            continue;
        //  One of them dies or comes back, but one is always there
        int number = test_below (&soak->random, 2);
        if (!servers.servers[number])
            s_start_server (&servers, fixture, number);
        else if (servers.servers[1 - number])
            zp_server_destroy (&servers.servers[number]);
    }
    s_destroy (soak);
    for (int i = 0; i < 2; i++)
        zp_server_destroy (&servers.servers[i]);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_with_a_reply_cache_and_faults_nothing_is_done_twice),
        fixture_test (test_with_servers_that_come_and_go_all_calls_end),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
