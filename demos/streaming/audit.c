//  SPDX-License-Identifier: MIT
//
//  zp-audit - reads the books of all, and says if they agree
//
//      zp-audit LICENCE BILLING ENTITLEMENT SAGA
//               [QUEUE SUPPORT EXPORTER VIEWERS]
//
//  Each is the endpoint of a service. All entries are copied into one database
//  in memory, and each check is a query that finds what is wrong. Between two
//  steps of a saga the books differ, as they must: so while sagas are open
//  nothing is said of them.
//
//  With the last four it looks as well if all that was accepted for later is
//  done, and asks those who know best: the viewers, who were promised it. Let
//  none come meanwhile (load.set), since while jobs are open nothing is said
//  either.
//
//  Ends with 0 if all is well, 1 if something is wrong or a service could not
//  be asked, 2 if it was called wrongly, 3 if sagas or jobs are open.

#define _POSIX_C_SOURCE 200809L

#include "copies.h"

#define SHOWN 10  // Of what is wrong, for each check

enum { ALL_IS_WELL, WRONG, MISUSED, OPEN };

//  Whom it asks
enum { BILLING = 1, SAGA = 3, BOOKS, COUNT = 8 };

//  Those who are in one and not in the other
#define DIFFERENCE(is, text, is_not)                                           \
    "SELECT 'saga ' || saga || ': ' || profile || '" text                      \
    "' || plan FROM (SELECT * FROM " is " EXCEPT SELECT * FROM " is_not ")"

typedef struct check {
    const char *title;  // What should be so; NULL ends a table
    const char *sql;    // Finds what is not
} check_t;

static const check_t s_checks[] = {
    {"no entry is missing",
     "SELECT book || ' has ' || count (*) || ' entries, and the last one is '"
     "  || 'number ' || max (number) FROM entries"
     "  GROUP BY book HAVING count (*) <> max (number)"},
    {"what leaves one account comes to another",
     "SELECT book || ': ' || what || ' of ' || key || ' is out by '"
     "  || sum (amount) FROM entries"
     "  GROUP BY book, key, what HAVING sum (amount) <> 0"},
    {"each balance is the sum of its entries",
     "SELECT book || ': ' || account || ' ' || profile || ' ' || plan"
     "  || ' is out by ' || -sum (amount) FROM"
     "  (SELECT book, account, profile, plan, amount FROM entries UNION ALL"
     "   SELECT book, account, profile, plan, -balance FROM balances)"
     "  GROUP BY book, account, profile, plan HAVING sum (amount) <> 0"},
    {"each seat is free or held once",
     "SELECT account || ' ' || profile || ' ' || plan || ': ' || sum (amount)"
     "  FROM entries WHERE book = 'licence' GROUP BY account, profile, plan"
     "  HAVING account = 'free' AND sum (amount) < 0"
     "      OR account = 'held' AND sum (amount) NOT IN (0, 1)"},
    {"nobody has two plans",
     "SELECT profile || ' has ' || sum (amount) FROM entries"
     "  WHERE account = 'may' GROUP BY profile HAVING sum (amount) > 1"},
    {"who holds a seat may watch, and nobody else",
     "SELECT profile || ': ' || sum (iif (account = 'held', amount, 0))"
     "  || ' seats of ' || plan || ', and it may be watched '"
     "  || sum (iif (account = 'may', amount, 0)) || ' times' FROM entries"
     "  WHERE account IN ('held', 'may') GROUP BY profile, plan"
     "  HAVING sum (iif (account = 'held', amount, -amount)) <> 0"},
    {"what was paid for was given, or refunded",
     DIFFERENCE ("paid", " has paid, and was not given, ", "given")},
    {"what was given was paid for",
     DIFFERENCE ("given", " was given, and has not paid, ", "paid")},
    {"a seat was taken for what was given, or released",
     DIFFERENCE ("seated", " took a seat, and was not given, ", "given")},
    {"what was given has a seat",
     DIFFERENCE ("given", " was given, and took no seat, ", "seated")},
    {"who has left was paid back",
     DIFFERENCE ("departed", " has left, and was not paid back, ", "repaid")},
    {"who was paid back has left",
     DIFFERENCE ("repaid", " was paid back, and has not left, ", "departed")},
    {0},
};

//  Of what was accepted for later
static const check_t s_work_checks[] = {
    {"no job was given up",
     "SELECT queue || ': ' || (open + buried) FROM jobs"
     "  WHERE buried > 0 OR queue LIKE '%.dead' AND open > 0"},
    {"each charge has its invoice, and each invoice its charge",
     "SELECT profile || ' has ' || sum (invoices) || ' invoices of '"
     "  || sum (charges) FROM"
     "  (SELECT profile, 1 charges, 0 invoices FROM paid UNION ALL"
     "   SELECT profile, 0, 1 FROM invoices)"
     "  GROUP BY profile HAVING sum (charges) <> sum (invoices)"},
    {"each ticket is counted once",
     "SELECT answered || ' were counted, and there are ' || answers FROM"
     "  sums, (SELECT count (*) answers FROM answers)"
     "  WHERE answered <> answers"},
    {"each export is whole",
     "SELECT 'export ' || export || ' is ' || state FROM exports"
     "  WHERE state NOT IN ('ready', 'failed')"},
    {"viewers got all that they were promised",
     "SELECT act || ': ' || accepted || ' accepted, ' || finished || ' done, '"
     "  || lost || ' lost' FROM promises WHERE finished <> accepted"},
    {"and what they got is written down",
     "SELECT act || ': ' || finished || ' done' FROM promises"
     "  WHERE act = 'support'"
     "        AND finished > (SELECT count (*) FROM answers)"
     "     OR act = 'export'"
     "        AND finished > (SELECT count (*) FROM exports)"},
    {0},
};

//  Run SQL that must be right, and return its one number, if it gives one.
static int64_t
s_run (sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement;
    int code = sqlite3_prepare_v2 (db, sql, -1, &statement, NULL);
    assert (code == SQLITE_OK);
    int64_t number = sqlite3_step (statement) == SQLITE_ROW
                         ? sqlite3_column_int64 (statement, 0)
                         : 0;
    sqlite3_finalize (statement);
    return number;
}

//  Make a check, and tell what came of it. True if all is well.
static bool
s_check (sqlite3 *db, const check_t *check)
{
    sqlite3_stmt *statement;
    int code = sqlite3_prepare_v2 (db, check->sql, -1, &statement, NULL);
    assert (code == SQLITE_OK);
    int found = 0;
    while (sqlite3_step (statement) == SQLITE_ROW) {
        if (found++ == 0)
            printf ("WRONG  %s:\n", check->title);
        if (found <= SHOWN)
            printf ("         %s\n", sqlite3_column_text (statement, 0));
    }
    sqlite3_finalize (statement);
    if (found == 0)
        printf ("ok     %s\n", check->title);
    else if (found > SHOWN)
        printf ("         and %d more\n", found - SHOWN);
    return found == 0;
}

static bool
s_check_all (sqlite3 *db, const check_t *checks)
{
    bool well = true;
    for (; checks->title; checks++)
        well &= s_check (db, checks);
    return well;
}

static void
s_sum_up (sqlite3 *db)
{
    printf ("%lld entries; %lld seats, of which %lld are held; %lld cents\n",
            (long long) s_run (db, "SELECT count (*) FROM entries"),
            (long long) s_run (db, "SELECT -sum (amount) FROM entries"
                                   "  WHERE account = 'issued'"),
            (long long) s_run (db, "SELECT sum (amount) FROM entries"
                                   "  WHERE account = 'held'"),
            (long long) s_run (db, "SELECT sum (amount) FROM entries"
                                   "  WHERE account = 'income'"));
}

//  How many sagas are in that state, which is said if there are any
static json_int_t
s_open (json_t *sagas, const char *state)
{
    json_int_t count = json_integer_value (json_object_get (sagas, state));
    if (count)
        printf ("open   sagas that are %s: %lld\n", state, (long long) count);
    return count;
}

//  True if no saga is open, and none was while the books were read
static bool
s_at_rest (json_t *before, json_t *after)
{
    json_int_t open = s_open (after, "running") +
                      s_open (after, "compensating") + s_open (after, "parked");
    bool moved = !json_equal (json_object_get (before, "records"),
                              json_object_get (after, "records"));
    if (moved)
        printf ("open   sagas went on while the books were read\n");
    return open == 0 && !moved;
}

//  True if no job is open, and viewers wait for nothing
static bool
s_all_done (sqlite3 *db)
{
    int64_t jobs = s_run (db, "SELECT sum (open) FROM jobs"
                              "  WHERE queue NOT LIKE '%.dead'"),
            waiting = s_run (db, "SELECT sum (open) FROM promises");
    if (jobs)
        printf ("open   jobs that are not done: %lld\n", (long long) jobs);
    if (waiting)
        printf ("open   what viewers wait for: %lld\n", (long long) waiting);
    return jobs == 0 && waiting == 0;
}

//  Copy all there is, and say if it agrees; work is NULL if that is not asked
static int
s_audit (sqlite3 *db, peer_t *peers, peer_t *work)
{
    json_t *before = peer_ask (&peers[SAGA], "saga.stat", NULL), *after = NULL;
    bool read = before != NULL;
    for (int i = 0; read && i < SAGA; i++)
        read = copies_books (db, &peers[i]);
    if (read && (!work || copies_work (db, &peers[BILLING], work)))
        after = peer_ask (&peers[SAGA], "saga.stat", NULL);
    int result = WRONG;
    if (after && (!s_at_rest (before, after) || (work && !s_all_done (db))))
        result = OPEN;
    else if (after) {
        bool well = s_check_all (db, s_checks);
        if (work)
            well &= s_check_all (db, s_work_checks);
        s_sum_up (db);
        result = well ? ALL_IS_WELL : WRONG;
    }
    json_decref (before);
    json_decref (after);
    return result;
}

int
main (int argc, char **argv)
{
    static const char *const names[COUNT] = {
        "licence", "billing", "entitlement", "saga",
        "queue",   "support", "exporter",    "viewers"};
    int count = argc - 1;
    if (count != BOOKS && count != COUNT) {
        fprintf (stderr,
                 "Usage: %s LICENCE BILLING ENTITLEMENT SAGA\n"
                 "         [QUEUE SUPPORT EXPORTER VIEWERS]\n"
                 "Each is an endpoint, such as tcp://127.0.0.1:5712\n",
                 argv[0]);
        return MISUSED;
    }
    peer_t peers[COUNT] = {{0}};
    bool well = true;
    for (int i = 0; i < count && well; i++)
        well = peer_connect (&peers[i], names[i], argv[i + 1]);
    sqlite3 *db;
    sqlite3_open (":memory:", &db);
    int code = sqlite3_exec (db, copies_tables, NULL, NULL, NULL);
    assert (code == SQLITE_OK);
    int result = WRONG;
    if (well)
        result = s_audit (db, peers, count == COUNT ? &peers[BOOKS] : NULL);
    sqlite3_close (db);
    for (int i = 0; i < count; i++)
        zp_client_destroy (&peers[i].client);
    return result;
}
