//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "parts.h"

#include <time.h>
#include <unistd.h>

#include "part.h"
#include "zp_saga_coordinator.h"
#include "zp_saga_participant.h"

static const char s_definition[] =
    "{ \"saga\": \"film\", \"version\": 1,"
    "  \"steps\": ["
    "    { \"id\": \"reserve\", \"kind\": \"compensatable\","
    "      \"service\": \"licence\", \"action\": \"do\","
    "      \"compensation\": \"undo\","
    "      \"input\": { \"title\": \"$.input.title\" } },"
    "    { \"id\": \"charge\", \"kind\": \"pivot\", \"service\": \"billing\","
    "      \"action\": \"do\" },"
    "    { \"id\": \"grant\", \"kind\": \"retriable\","
    "      \"service\": \"entitlement\", \"action\": \"do\","
    "      \"input\": { \"seat\": \"$.steps.reserve.result.seat\" } },"
    "    { \"id\": \"notify\", \"kind\": \"retriable\","
    "      \"service\": \"notifications\", \"action\": \"do\" } ] }";

static const char *const s_services[SERVICES] = {
    "licence", "billing", "entitlement", "notifications"};

static double
s_clock (clockid_t clock)
{
    struct timespec now;
    clock_gettime (clock, &now);
    return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

double
parts_seconds (void)
{
    return s_clock (CLOCK_MONOTONIC);
}

uint64_t
parts_memory (void)
{
    unsigned long long total = 0, resident = 0;
    FILE *file = fopen ("/proc/self/statm", "r");
    part_check (file && fscanf (file, "%llu %llu", &total, &resident) == 2,
                "/proc/self/statm");
    fclose (file);
    return resident * (uint64_t) sysconf (_SC_PAGESIZE);
}

static void
s_tell (const void *data, size_t size)
{
    part_check (write (STDOUT_FILENO, data, size) == (ssize_t) size,
                "the pipe to the starter");
}

//  Where its services are, and what it does
static void
s_prepare (zp_saga_coordinator_t *coordinator, const char *endpoint,
           char *const *services)
{
    for (int i = 0; i < SERVICES; i++)
        part_check (zp_saga_coordinator_service (coordinator, s_services[i],
                                                 services[i]) == ZP_OK,
                    services[i]);
    char *mistakes = NULL;
    zp_span_t text = {s_definition, strlen (s_definition)};
    part_check (zp_saga_coordinator_define (coordinator, text, &mistakes) ==
                    ZP_OK,
                mistakes);
    zp_server_t *server = zp_saga_coordinator_server (coordinator);
    part_check (zp_server_bind (server, endpoint) == ZP_OK, endpoint);
}

int
parts_coordinator (const char *path, const char *endpoint,
                   char *const *services)
{
    char journal[4200], *error = NULL;
    snprintf (journal, sizeof journal, "sqlite:%s", path);
    zp_saga_coordinator_options_t options = ZP_SAGA_COORDINATOR_DEFAULTS;
    options.journal = journal;
    coordinator_start_t start = {.seconds = parts_seconds ()};
    zp_saga_coordinator_t *coordinator =
        zp_saga_coordinator_new (NULL, &options, NULL, &error);
    part_check (coordinator != NULL, error);
    s_prepare (coordinator, endpoint, services);
    start.seconds = parts_seconds () - start.seconds;
    start.memory = parts_memory ();
    s_tell (&start, sizeof start);
    zp_saga_coordinator_run (coordinator);
    zp_journal_stats_t stats;
    zp_journal_stats (zp_saga_coordinator_journal (coordinator), &stats);
    coordinator_result_t result = {stats.commits, stats.position,
                                   s_clock (CLOCK_PROCESS_CPUTIME_ID)};
    s_tell (&result, sizeof result);
    zp_saga_coordinator_destroy (&coordinator);
    return 0;
}

//  One that has nothing to do
static void
s_nothing (zp_request_t *request, void *arg)
{
    (void) arg;
    const zp_span_t parts[] = {{"done", 4}, {"{\"seat\":7}", 10}};
    zp_request_reply_parts (&request, parts, 2);
}

//  One that keeps a ledger
static void
s_book (zp_saga_request_t *request, sqlite3 *db, void *arg)
{
    sqlite3_stmt *insert = arg;
    sqlite3_bind_text (insert, 1, zp_saga_request_key (request), -1,
                       SQLITE_TRANSIENT);
    sqlite3_bind_int (insert, 2,
                      zp_saga_request_compensates (request) ? -1 : 1);
    if (sqlite3_step (insert) == SQLITE_DONE)
        zp_saga_request_done (request, "{\"seat\":7}");
    else
        zp_saga_request_fail (request, ZP_INTERNAL, "%s", sqlite3_errmsg (db));
    sqlite3_reset (insert);
}

static int
s_serve (zp_server_t *server, const char *endpoint)
{
    part_check (zp_server_bind (server, endpoint) == ZP_OK, endpoint);
    part_ready (STDOUT_FILENO);
    zp_server_run (server);
    return 0;
}

static int
s_keep_ledger (zp_server_t *server, const char *endpoint, const char *path)
{
    zp_saga_participant_options_t options = ZP_SAGA_PARTICIPANT_DEFAULTS;
    options.path = path;
    char *error = NULL;
    zp_saga_participant_t *participant =
        zp_saga_participant_new (server, &options, NULL, &error);
    part_check (participant != NULL, error);
    sqlite3 *db = zp_saga_participant_db (participant);
    sqlite3_stmt *insert = NULL;
    sqlite3_exec (db, "CREATE TABLE ledger (key TEXT NOT NULL, amount INTEGER)",
                  NULL, NULL, NULL);
    sqlite3_prepare_v2 (db, "INSERT INTO ledger VALUES (?, ?)", -1, &insert,
                        NULL);
    part_check (insert != NULL, sqlite3_errmsg (db));
    zp_saga_participant_action (participant, "do", s_book, insert);
    zp_saga_participant_compensation (participant, "undo", s_book, insert);
    s_serve (server, endpoint);
    zp_server_destroy (&server);
    sqlite3_finalize (insert);
    zp_saga_participant_destroy (&participant);
    return 0;
}

int
parts_service (const char *endpoint, const char *path)
{
    zp_server_t *server = zp_server_new (NULL, NULL);
    if (*path)
        return s_keep_ledger (server, endpoint, path);
    zp_server_method (server, "do", s_nothing, NULL);
    zp_server_method (server, "undo", s_nothing, NULL);
    s_serve (server, endpoint);
    zp_server_destroy (&server);
    return 0;
}
