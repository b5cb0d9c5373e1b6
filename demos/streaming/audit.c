//  SPDX-License-Identifier: MIT
//
//  zp-audit - reads the books of all, and says if they agree
//
//      zp-audit LICENCE BILLING ENTITLEMENT SAGA
//
//  Each is the endpoint of a service. All entries are copied into one database
//  in memory, and each check is a query that finds what is wrong. Between two
//  steps of a saga the books differ, as they must: so while sagas are open
//  nothing is said of them.
//
//  Ends with 0 if all is well, 1 if something is wrong or a service could not
//  be asked, 2 if it was called wrongly, 3 if sagas are open.

#define _POSIX_C_SOURCE 200809L

#include "peer.h"

#include <sqlite3.h>

#define SHOWN 10  // Of what is wrong, for each check

enum { ALL_IS_WELL, WRONG, MISUSED, OPEN };

//  `paid`, `seated`, `given` and `departed` have a line for each saga that
//  charged for a plan, took a seat, let somebody watch or ended that, and has
//  not taken it back. Of a profile and a plan, only one side of an entry has a
//  name.
static const char s_tables[] =
    "CREATE TABLE entries (book, number, key, what, account, profile, plan,"
    "  amount, saga AS (substr (key, 1, instr (key, '/') - 1)));"
    "CREATE TABLE balances (book, account, profile, plan, balance);"
    "CREATE VIEW paid AS"
    "  SELECT saga, max (profile) profile, max (plan) plan FROM entries"
    "  WHERE what IN ('billing.charge', 'billing.refund') GROUP BY saga"
    "  HAVING sum (iif (account = 'income', amount, 0)) > 0;"
    "CREATE VIEW seated AS"
    "  SELECT saga, max (profile) profile, max (plan) plan FROM entries"
    "  WHERE what IN ('licence.reserve_seat', 'licence.release_seat')"
    "  GROUP BY saga HAVING sum (iif (account = 'held', amount, 0)) > 0;"
    "CREATE VIEW given AS"
    "  SELECT saga, profile, plan FROM entries"
    "  WHERE book = 'entitlement' AND account = 'may' AND amount = 1;"
    "CREATE VIEW departed AS"
    "  SELECT saga, profile, plan FROM entries"
    "  WHERE what = 'entitlement.revoke' AND account = 'may';"
    "CREATE VIEW repaid AS"
    "  SELECT saga, max (profile) profile, max (plan) plan FROM entries"
    "  WHERE what = 'billing.pay_back' GROUP BY saga;";

//  Those who are in one and not in the other
#define DIFFERENCE(is, text, is_not)                                           \
    "SELECT 'saga ' || saga || ': ' || profile || '" text                      \
    "' || plan FROM (SELECT * FROM " is " EXCEPT SELECT * FROM " is_not ")"

static const struct {
    const char *title;  // What should be so
    const char *sql;    // Finds what is not
} s_checks[] = {
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

//  Copy a row into a table, by the names of its columns
static void
s_add (sqlite3_stmt *insert, const char *book, json_t *row)
{
    sqlite3_reset (insert);
    sqlite3_clear_bindings (insert);
    sqlite3_bind_text (insert, 1, book, -1, SQLITE_STATIC);
    for (int i = 2; i <= sqlite3_bind_parameter_count (insert); i++) {
        json_t *value =
            json_object_get (row, sqlite3_bind_parameter_name (insert, i) + 1);
        if (json_is_integer (value))
            sqlite3_bind_int64 (insert, i, json_integer_value (value));
        else
            sqlite3_bind_text (insert, i, json_string_value (value), -1,
                               SQLITE_STATIC);
    }
    sqlite3_step (insert);
}

//  Read all pages of a service's book. False if it could not be asked.
static bool
s_read (sqlite3 *db, peer_t *peer, const char *method, const char *sql)
{
    sqlite3_stmt *insert;
    sqlite3_prepare_v2 (db, sql, -1, &insert, NULL);
    json_int_t after = 0;
    size_t count;
    json_t *page;
    do {
        page = peer_ask (peer, method, json_pack ("{s:I}", "after", after));
        json_t *rows = json_object_get (page, "rows"), *row;
        count = json_array_size (rows);
        size_t i;
        json_array_foreach (rows, i, row)
        {
            s_add (insert, peer->name, row);
            after = json_integer_value (json_object_get (row, "number"));
        }
        json_decref (page);
    } while (page && count);
    sqlite3_finalize (insert);
    return page != NULL;
}

static bool
s_read_book (sqlite3 *db, peer_t *peer)
{
    return s_read (db, peer, "ledger.entries",
                   "INSERT INTO entries (book, number, key, what, account,"
                   "                     profile, plan, amount)"
                   "  VALUES (:book, :number, :key, :what, :account, :profile,"
                   "          :plan, :amount)") &&
           s_read (db, peer, "ledger.balances",
                   "INSERT INTO balances VALUES"
                   "  (:book, :account, :profile, :plan, :balance)");
}

//  Make a check, and tell what came of it. True if all is well.
static bool
s_check (sqlite3 *db, size_t number)
{
    sqlite3_stmt *statement;
    int code =
        sqlite3_prepare_v2 (db, s_checks[number].sql, -1, &statement, NULL);
    assert (code == SQLITE_OK);
    int found = 0;
    while (sqlite3_step (statement) == SQLITE_ROW) {
        if (found++ == 0)
            printf ("WRONG  %s:\n", s_checks[number].title);
        if (found <= SHOWN)
            printf ("         %s\n", sqlite3_column_text (statement, 0));
    }
    sqlite3_finalize (statement);
    if (found == 0)
        printf ("ok     %s\n", s_checks[number].title);
    else if (found > SHOWN)
        printf ("         and %d more\n", found - SHOWN);
    return found == 0;
}

static bool
s_check_all (sqlite3 *db)
{
    bool well = true;
    for (size_t i = 0; i < sizeof s_checks / sizeof s_checks[0]; i++)
        well &= s_check (db, i);
    printf ("%lld entries; %lld seats, of which %lld are held; %lld cents\n",
            (long long) s_run (db, "SELECT count (*) FROM entries"),
            (long long) s_run (db, "SELECT -sum (amount) FROM entries"
                                   "  WHERE account = 'issued'"),
            (long long) s_run (db, "SELECT sum (amount) FROM entries"
                                   "  WHERE account = 'held'"),
            (long long) s_run (db, "SELECT sum (amount) FROM entries"
                                   "  WHERE account = 'income'"));
    return well;
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

static int
s_audit (peer_t *books, size_t count, peer_t *sagas)
{
    sqlite3 *db;
    sqlite3_open (":memory:", &db);
    int code = sqlite3_exec (db, s_tables, NULL, NULL, NULL);
    assert (code == SQLITE_OK);
    json_t *before = peer_ask (sagas, "saga.stat", NULL), *after = NULL;
    bool read = before != NULL;
    for (size_t i = 0; read && i < count; i++)
        read = s_read_book (db, &books[i]);
    if (read)
        after = peer_ask (sagas, "saga.stat", NULL);
    int result = WRONG;
    if (after)
        result = !s_at_rest (before, after) ? OPEN
                 : s_check_all (db)         ? ALL_IS_WELL
                                            : WRONG;
    json_decref (before);
    json_decref (after);
    sqlite3_close (db);
    return result;
}

int
main (int argc, char **argv)
{
    static const char *const names[] = {"licence", "billing", "entitlement",
                                        "saga"};
    enum { COUNT = sizeof names / sizeof names[0] };
    if (argc != COUNT + 1) {
        fprintf (stderr,
                 "Usage: %s LICENCE BILLING ENTITLEMENT SAGA\n"
                 "Each is an endpoint, such as tcp://127.0.0.1:5712\n",
                 argv[0]);
        return MISUSED;
    }
    peer_t peers[COUNT] = {{0}};
    bool well = true;
    for (int i = 0; i < COUNT && well; i++)
        well = peer_connect (&peers[i], names[i], argv[i + 1]);
    int result = well ? s_audit (peers, COUNT - 1, &peers[COUNT - 1]) : WRONG;
    for (int i = 0; i < COUNT; i++)
        zp_client_destroy (&peers[i].client);
    return result;
}
