//  SPDX-License-Identifier: MIT
//
//  A coordinator and three services, each a process with its own SQLite books,
//  are killed and stopped at random under load. When that ends all sagas end,
//  those that are steps of others as well, and the books have what they say:
//  seats and money are conserved, and nothing was done twice. ZP_SECONDS says
//  for how long.

#define _POSIX_C_SOURCE 200809L

#include <jansson.h>
#include <signal.h>

#include "audit.h"
#include "books.h"
#include "child.h"
#include "fixture.h"
#include "test_seed.h"

#define SECONDS   4
#define AT_ONCE   64
#define SAGAS_MAX 2000000
#define RICH      1000000000  // Cents of a customer at first
#define TOO_MUCH  2000000000  // More than that

enum { SEATS, MONEY, GRANTS, COORDINATOR, PROCESSES };

static const char *const s_names[] = {"seats", "money", "grants",
                                      "coordinator"};

typedef struct world {
    zloop_t *loop;              // Where the clients live
    char folder[64];            // Of all books and sockets
    child_t *child[PROCESSES];  // Each in a process
    zp_client_t *client;        // Of the coordinator
    uint64_t seed;              // For what is left to chance
    int begun;                  // Sagas that somebody wants
    int ended;                  // Of these, how many have ended
    bool done[SAGAS_MAX];       // Each: it is COMPLETED
    bool ending;                // No more are begun
    bool looking;               // An operator looks for parked ones
    int retried;                // How often one was tried again
    int kills[PROCESSES];       // How often each was killed
    int stops;                  // And how often one was stopped
} world_t;

//  What a saga is about. Each third one is a trip, which has another, "buy", as
//  a step. Some cost more than there is, at the pivot of one or of the other.

static bool
s_is_trip (int saga)
{
    return saga % 3 == 0;
}

static int
s_cents (int saga)
{
    bool dear = saga % 7 == 0 || (saga % 5 == 0 && !s_is_trip (saga));
    return dear ? TOO_MUCH : 1 + saga % 20;
}

static int
s_tip (int saga)
{
    return saga % 5 == 0 ? TOO_MUCH : 2;
}

//  What it leaves in the books of a service
static int
s_worth (const world_t *self, int saga, int process)
{
    if (!self->done[saga])
        return 0;
    int tip = s_is_trip (saga) ? s_tip (saga) : 0;
    return process == MONEY ? 3 + s_cents (saga) + tip : 1;
}

//  Where a process has its books, and where it listens

static char *
s_path (char path[100], const world_t *self, int process)
{
    snprintf (path, 100, "%s/%s.db", self->folder, s_names[process]);
    return path;
}

static char *
s_endpoint (char endpoint[100], const char *folder, int process)
{
    snprintf (endpoint, 100, "ipc://%s/%s", folder, s_names[process]);
    return endpoint;
}

//  The processes

static int
s_coordinate (const char *folder, const char *endpoint)
{
    fixture_t fixture = {.loop = zloop_new ()};
    char journal[100], service[100];
    snprintf (journal, sizeof journal, "sqlite:%s/sagas.db", folder);
    fixture.options =
        (zp_saga_coordinator_options_t) ZP_SAGA_COORDINATOR_DEFAULTS;
    fixture.options.journal = journal;
    fixture_open (&fixture);
    zp_saga_coordinator_t *self = fixture.coordinator;
    for (int i = 0; i < COORDINATOR; i++)
        zp_saga_coordinator_service (self, s_names[i],
                                     s_endpoint (service, folder, i));
    fixture_define (&fixture, "buy");
    fixture_define (&fixture, "unbuy");
    fixture_define (&fixture, "trip");
    zp_status_t status =
        zp_server_bind (zp_saga_coordinator_server (self), endpoint);
    if (status == ZP_OK)
        status = zp_saga_coordinator_run (self);
    zp_saga_coordinator_destroy (&self);
    zloop_destroy (&fixture.loop);
    return status;
}

static void
s_spawn (world_t *self, int process)
{
    char endpoint[100], path[100];
    s_endpoint (endpoint, self->folder, process);
    bool books = process != COORDINATOR;
    self->child[process] = child_new (
        books ? "books" : "coordinator",
        books ? s_path (path, self, process) : self->folder, endpoint);
}

//  The clients. Each starts a saga until that is confirmed, waits until it has
//  ended, and begins another one

typedef struct s_client {
    world_t *world;  // Where
    int saga;        // Its saga
    bool started;    // That was confirmed
} s_client_t;

static void s_ask (s_client_t *self);

static void
s_begin (s_client_t *self)
{
    assert_true (self->world->begun < SAGAS_MAX);
    self->saga = self->world->begun++;
    self->started = false;
    s_ask (self);
}

//  True if the saga has ended
static bool
s_has_ended (s_client_t *self, const zp_reply_t *reply)
{
    char *said = strndup (reply->parts[0].data, reply->parts[0].size);
    bool done = strstr (said, "\"state\":\"COMPLETED\"");
    bool ended = done || strstr (said, "\"state\":\"COMPENSATED\"");
    self->world->done[self->saga] = done;
    self->world->ended += ended;
    free (said);
    return ended;
}

static void
s_on_reply (void *arg, const zp_reply_t *reply)
{
    s_client_t *self = arg;
    //  What was confirmed is never forgotten
    assert_false (self->started && reply->status == ZP_NOT_FOUND);
    bool ended =
        self->started && reply->status == ZP_OK && s_has_ended (self, reply);
    self->started |= reply->status == ZP_OK;
    if (reply->status == ZP_CANCELLED || (ended && self->world->ending))
        free (self);
    else if (ended)
        s_begin (self);
    else
        s_ask (self);
}

static void
s_call (world_t *self, const char *method, const zp_span_t *args, size_t count,
        zp_client_fn *fn, void *arg)
{
    zp_call_t call = {.method = method,
                      .args = args,
                      .count = count,
                      .timeout_ms = 2000,
                      .fn = fn,
                      .arg = arg};
    assert_int_equal (zp_client_start (self->client, &call, NULL), ZP_OK);
}

static void
s_ask (s_client_t *self)
{
    const char *name = s_is_trip (self->saga) ? "trip" : "buy";
    char id[16], input[100];
    int cents = s_cents (self->saga);
    snprintf (id, sizeof id, "s%d", self->saga);
    snprintf (input, sizeof input, "{\"cents\":%d,\"back\":%d,\"tip\":%d}",
              cents, -cents, s_tip (self->saga));
    const zp_span_t args[] = {
        {name, strlen (name)}, {id, strlen (id)}, {input, strlen (input)}};
    if (self->started)
        s_call (self->world, "saga.wait", args + 1, 1, s_on_reply, self);
    else
        s_call (self->world, "saga.start", args, 3, s_on_reply, self);
}

//  An operator, who lets all go on that are parked

static void
s_on_retry (void *arg, const zp_reply_t *reply)
{
    world_t *self = arg;
    self->retried += reply->status == ZP_OK;
}

static void
s_on_list (void *arg, const zp_reply_t *reply)
{
    world_t *self = arg;
    self->looking = false;
    json_t *list =
        reply->status == ZP_OK
            ? json_loadb (reply->parts[0].data, reply->parts[0].size, 0, NULL)
            : NULL;
    size_t i;
    json_t *saga;
    json_array_foreach (list, i, saga)
    {
        const char *id = json_string_value (json_object_get (saga, "id"));
        const zp_span_t args[] = {{id, strlen (id)}, {"ann", 3}, {"go on", 5}};
        s_call (self, "saga.retry", args, 3, s_on_retry, self);
    }
    json_decref (list);
}

static void
s_turn (world_t *self)
{
    static const zp_span_t parked = {"{\"state\":\"PARKED\"}", 18};
    if (!self->looking)
        s_call (self, "saga.ls", &parked, 1, s_on_list, self);
    self->looking = true;
    for (int i = 0; i < 20; i++)
        test_turn (self->loop);
}

//  What goes wrong: one of them is killed, or stands still for a while

static void
s_strike (world_t *self)
{
    int victim = test_below (&self->seed, PROCESSES);
    int turns = test_below (&self->seed, 40);
    if (test_below (&self->seed, 4) == 0) {
        child_signal (self->child[victim], SIGSTOP);
        for (turns *= 30; turns > 0; turns--)
            test_turn (self->loop);
        child_signal (self->child[victim], SIGCONT);
        self->stops++;
        return;
    }
    child_destroy (&self->child[victim]);
    self->kills[victim]++;
    for (; turns > 0; turns--)
        test_turn (self->loop);
    s_spawn (self, victim);
}

//  So many have ended
static void
s_until_ended (world_t *self, int count)
{
    int64_t end_ms = zclock_mono () + TEST_PATIENCE_MS;
    while (self->ended < count && zclock_mono () < end_ms)
        s_turn (self);
    assert_true (self->ended >= count);
}

static void
s_storm (world_t *self, int seconds)
{
    int64_t end_ms = zclock_mono () + seconds * INT64_C (1000);
    while (zclock_mono () < end_ms) {
        s_until_ended (self, self->ended + 1);
        for (int turns = test_below (&self->seed, 10); turns > 0; turns--)
            s_turn (self);
        s_strike (self);
    }
    self->ending = true;
    s_until_ended (self, self->begun);
}

//  Each saga has left in the books what it says, and nothing else was made or
//  lost
static void
s_audit (world_t *self, int process)
{
    char path[100];
    s_path (path, self, process);
    int *left = zmalloc ((size_t) self->begun * sizeof *left), shop = 0;
    audit_sagas (path, left, self->begun);
    for (int i = 0; i < self->begun; i++) {
        assert_int_equal (left[i], s_worth (self, i, process));
        shop += left[i];
    }
    free (left);
    assert_int_equal (audit_number (path, "SELECT sum (cents) FROM accounts"),
                      RICH);
    assert_int_equal (
        audit_number (path, "SELECT cents FROM accounts WHERE name = 'shop'"),
        shop);
    //  Each action and each compensation has taken effect once, or not at all
    assert_int_equal (
        audit_number (path, "SELECT count (*) FROM (SELECT 1 FROM payments"
                            "  GROUP BY key, cents > 0 HAVING count (*) > 1)"),
        0);
}

static int
s_set_up (void **state)
{
    world_t *self = zmalloc (sizeof *self);
    strcpy (self->folder, "/tmp/zp-saga-XXXXXX");
    assert_non_null (mkdtemp (self->folder));
    self->loop = zloop_new ();
    *state = self;
    return 0;
}

static int
s_tear_down (void **state)
{
    world_t *self = *state;
    zp_client_destroy (&self->client);
    for (int i = 0; i < PROCESSES; i++)
        child_destroy (&self->child[i]);
    zloop_destroy (&self->loop);
    zdir_t *folder = zdir_new (self->folder, NULL);
    zdir_remove (folder, true);
    zdir_destroy (&folder);
    free (self);
    return 0;
}

static void
s_start (world_t *self)
{
    for (int i = 0; i < PROCESSES; i++)
        s_spawn (self, i);
    char endpoint[100];
    zp_client_options_t options = ZP_CLIENT_DEFAULTS;
    options.no_breaker = true;
    self->client = zp_client_new (self->loop, &options);
    zp_client_connect (self->client,
                       s_endpoint (endpoint, self->folder, COORDINATOR));
    for (int i = 0; i < AT_ONCE; i++) {
        s_client_t *client = zmalloc (sizeof *client);
        client->world = self;
        s_begin (client);
    }
}

static void
test_seats_and_money_are_conserved_whatever_is_killed (void **state)
{
    world_t *self = *state;
    const char *seconds = getenv ("ZP_SECONDS");
    self->seed = test_seed ();
    s_start (self);
    s_storm (self, seconds ? atoi (seconds) : SECONDS);
    for (int i = PROCESSES; i-- > 0;) {
        child_signal (self->child[i], SIGTERM);
        assert_int_equal (child_end (self->child[i]), 0);
    }
    int done = 0;
    for (int i = 0; i < self->begun; i++)
        done += self->done[i];
    print_message ("%d sagas: %d completed, %d compensated; killed: seats %d, "
                   "money %d, grants %d, coordinator %d; stopped %d; parked "
                   "ones tried again %d\n",
                   self->begun, done, self->begun - done, self->kills[SEATS],
                   self->kills[MONEY], self->kills[GRANTS],
                   self->kills[COORDINATOR], self->stops, self->retried);
    for (int i = 0; i < COORDINATOR; i++)
        s_audit (self, i);
    assert_true (done > 0 && done < self->begun);
}

int
main (int argc, char **argv)
{
    if (argc > 3 && streq (argv[1], "books"))
        return books_serve (argv[2], argv[3], RICH);
    if (argc > 3 && streq (argv[1], "coordinator"))
        return s_coordinate (argv[2], argv[3]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown (
            test_seats_and_money_are_conserved_whatever_is_killed, s_set_up,
            s_tear_down),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
