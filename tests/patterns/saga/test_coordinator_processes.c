//  SPDX-License-Identifier: MIT
//
//  A coordinator and three services, each a process with its own SQLite books,
//  are killed and stopped at random under load. When that ends all sagas end,
//  and the books have what the sagas say: seats and money are conserved, and
//  nothing was done twice. ZP_SECONDS says for how long.

#define _POSIX_C_SOURCE 200809L

#include <signal.h>

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

//  How a saga has ended
typedef enum s_end { OPEN, COMPLETED, COMPENSATED } s_end_t;

typedef struct world {
    zloop_t *loop;              // Where the clients live
    char folder[64];            // Of all books and sockets
    child_t *child[PROCESSES];  // Each in a process
    zp_client_t *client;        // Of the coordinator
    uint64_t seed;              // For what is left to chance
    int begun;                  // Sagas that somebody wants
    int ended;                  // Of these, how many have ended
    uint8_t ends[SAGAS_MAX];    // How each has: s_end_t
    bool ending;                // No more are begun
    int retried;                // How often a parked one was tried again
    int kills[PROCESSES];       // How often each was killed
    int stops;                  // And how often one was stopped
} world_t;

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

static void
s_say (const char *line)
{
    puts (line);
    fflush (stdout);
}

static int
s_coordinate (const char *folder, const char *endpoint)
{
    fixture_t fixture = {.loop = zloop_new ()};
    char journal[100];
    snprintf (journal, sizeof journal, "sqlite:%s/sagas.db", folder);
    fixture.options =
        (zp_saga_coordinator_options_t) ZP_SAGA_COORDINATOR_DEFAULTS;
    fixture.options.journal = journal;
    fixture_open (&fixture);
    zp_saga_coordinator_t *self = fixture.coordinator;
    for (int i = 0; i < COORDINATOR; i++) {
        char service[100];
        assert_int_equal (
            zp_saga_coordinator_service (self, s_names[i],
                                         s_endpoint (service, folder, i)),
            ZP_OK);
    }
    fixture_define (&fixture, "buy");
    zp_status_t status =
        zp_server_bind (zp_saga_coordinator_server (self), endpoint);
    s_say ("ready");
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
//  ended, lets it go on where it is parked, and begins another one

typedef struct s_client {
    world_t *world;  // Where
    int saga;        // Its saga
    bool started;    // That was confirmed
    bool parked;     // It is, and is to be tried again
} s_client_t;

static void s_ask (s_client_t *self);

static void
s_begin (s_client_t *self)
{
    assert_true (self->world->begun < SAGAS_MAX);
    self->saga = self->world->begun++;
    self->started = self->parked = false;
    s_ask (self);
}

static bool
s_says (const zp_reply_t *reply, const char *text)
{
    char *all = strndup (reply->parts[0].data, reply->parts[0].size);
    bool found = strstr (all, text);
    free (all);
    return found;
}

static void
s_on_end (s_client_t *self, s_end_t end)
{
    world_t *world = self->world;
    world->ends[self->saga] = (uint8_t) end;
    world->ended++;
    if (world->ending)
        free (self);
    else
        s_begin (self);
}

static void
s_on_reply (void *arg, const zp_reply_t *reply)
{
    s_client_t *self = arg;
    if (reply->status == ZP_CANCELLED) {
        free (self);  // The test has failed
        return;
    }
    //  What was confirmed is never forgotten
    assert_false (self->started && reply->status == ZP_NOT_FOUND);
    if (reply->status == ZP_OK && !self->started)
        self->started = true;
    else if (reply->status == ZP_OK && !self->parked) {
        if (s_says (reply, "\"state\":\"COMPLETED\"")) {
            s_on_end (self, COMPLETED);
            return;
        }
        if (s_says (reply, "\"state\":\"COMPENSATED\"")) {
            s_on_end (self, COMPENSATED);
            return;
        }
        self->parked = s_says (reply, "\"state\":\"PARKED\"");
    }
    else if (self->parked) {
        self->world->retried += reply->status == ZP_OK;
        self->parked = false;
    }
    s_ask (self);
}

//  Each fifth one asks for more than there is
static int
s_cents (int saga)
{
    return saga % 5 == 0 ? TOO_MUCH : 1 + saga % 20;
}

static void
s_ask (s_client_t *self)
{
    char id[16], input[32];
    snprintf (id, sizeof id, "s%d", self->saga);
    snprintf (input, sizeof input, "{\"cents\":%d}", s_cents (self->saga));
    const zp_span_t start[] = {
        {"buy", 3}, {id, strlen (id)}, {input, strlen (input)}};
    const zp_span_t retry[] = {{id, strlen (id)}, {"test", 4}, {"again", 5}};
    zp_call_t call = {.method = !self->started ? "saga.start"
                                : self->parked ? "saga.retry"
                                               : "saga.wait",
                      .args = self->started ? retry : start,
                      .count = self->started && !self->parked ? 1 : 3,
                      .timeout_ms = 2000,
                      .fn = s_on_reply,
                      .arg = self};
    assert_int_equal (zp_client_start (self->world->client, &call, NULL),
                      ZP_OK);
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

static void
s_storm (world_t *self, int seconds)
{
    int64_t end_ms = zclock_mono () + seconds * INT64_C (1000);
    while (zclock_mono () < end_ms) {
        int ended = self->ended;
        test_until (self->loop, self->ended > ended);
        for (int turns = test_below (&self->seed, 200); turns > 0; turns--)
            test_turn (self->loop);
        s_strike (self);
    }
    self->ending = true;
    test_until (self->loop, self->ended == self->begun);
}

//  How many rows, or cents, that query counts in the books of a service
static int
s_count (world_t *self, int process, const char *sql)
{
    char path[100];
    sqlite3 *db;
    sqlite3_stmt *row;
    s_path (path, self, process);
    assert_int_equal (sqlite3_open (path, &db), SQLITE_OK);
    assert_int_equal (sqlite3_prepare_v2 (db, sql, -1, &row, NULL), SQLITE_OK);
    assert_int_equal (sqlite3_step (row), SQLITE_ROW);
    int64_t count = sqlite3_column_int64 (row, 0);
    sqlite3_finalize (row);
    sqlite3_close (db);
    return (int) count;
}

//  What the shop has is what the sagas say, and no more was made or lost
static void
s_audit (world_t *self, int process, int expected)
{
    assert_int_equal (
        s_count (self, process, "SELECT sum (cents) FROM accounts"), RICH);
    assert_int_equal (
        s_count (self, process,
                 "SELECT cents FROM accounts WHERE name = 'shop'"),
        expected);
    assert_int_equal (
        s_count (self, process, "SELECT total (cents) FROM payments"),
        expected);
    //  Each action and each compensation has taken effect once, or not at all
    assert_int_equal (
        s_count (self, process,
                 "SELECT count (*) FROM"
                 "  (SELECT total (cents > 0) AS done, total (cents < 0)"
                 "    AS undone FROM payments GROUP BY key)"
                 "  WHERE done > 1 OR undone > done"),
        0);
}

//  Of each saga by itself: its steps stand as its end says
static void
s_audit_each (world_t *self)
{
    static const struct {
        int process;       // Whose books
        const char *step;  // The step's id
    } steps[] = {
        {SEATS, "seat"}, {MONEY, "deposit"}, {MONEY, "pay"}, {GRANTS, "grant"}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        char path[100];
        sqlite3 *db;
        sqlite3_stmt *row;
        s_path (path, self, steps[i].process);
        assert_int_equal (sqlite3_open (path, &db), SQLITE_OK);
        sqlite3_prepare_v2 (db,
                            "SELECT key FROM payments WHERE key LIKE '%/' || ?1"
                            "  GROUP BY key HAVING total (sign (cents)) = 1",
                            -1, &row, NULL);
        sqlite3_bind_text (row, 1, steps[i].step, -1, SQLITE_STATIC);
        int count = 0;
        for (; sqlite3_step (row) == SQLITE_ROW; count++) {
            const char *key = (const char *) sqlite3_column_text (row, 0);
            assert_int_equal (self->ends[atoi (key + 1)], COMPLETED);
        }
        for (int saga = 0; saga < self->begun; saga++)
            count -= self->ends[saga] == COMPLETED;
        assert_int_equal (count, 0);
        sqlite3_finalize (row);
        sqlite3_close (db);
    }
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
    self->ending = true;
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
    int done = 0, cents = 0;
    for (int i = 0; i < self->begun; i++)
        if (self->ends[i] == COMPLETED) {
            assert_true (s_cents (i) < TOO_MUCH);
            done++;
            cents += s_cents (i) + 3;
        }
    print_message ("%d sagas: %d completed, %d compensated; killed: seats %d, "
                   "money %d, grants %d, coordinator %d; stopped %d; parked "
                   "and tried again %d\n",
                   self->begun, done, self->begun - done, self->kills[SEATS],
                   self->kills[MONEY], self->kills[GRANTS],
                   self->kills[COORDINATOR], self->stops, self->retried);
    s_audit (self, SEATS, done);
    s_audit (self, MONEY, cents);
    s_audit (self, GRANTS, done);
    s_audit_each (self);
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
