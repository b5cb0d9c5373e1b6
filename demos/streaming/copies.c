//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "copies.h"

//  `paid`, `seated`, `given` and `departed` have a line for each saga that
//  charged for a plan, took a seat, let somebody watch or ended that, and has
//  not taken it back. Of a profile and a plan, only one side of an entry has a
//  name.
const char copies_tables[] =
    "CREATE TABLE entries (book, number, key, what, account, profile, plan,"
    "  amount, saga AS (substr (key, 1, instr (key, '/') - 1)));"
    "CREATE TABLE balances (book, account, profile, plan, balance);"
    "CREATE TABLE invoices (book, profile, invoice);"
    "CREATE TABLE jobs (book, queue, open, buried);"
    "CREATE TABLE answers (book, ticket, answer);"
    "CREATE TABLE sums (book, answered);"
    "CREATE TABLE exports (book, export, state);"
    "CREATE TABLE promises (act, accepted, finished, lost, open);"
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

//  Copy one row
static void
s_copy (sqlite3 *db, const char *sql, const char *book, json_t *row)
{
    sqlite3_stmt *insert;
    sqlite3_prepare_v2 (db, sql, -1, &insert, NULL);
    s_add (insert, book, row);
    sqlite3_finalize (insert);
}

//  Copy all pages of what a service has, whose rows are called by key. False if
//  it could not be asked.
static bool
s_read (sqlite3 *db, peer_t *peer, const char *method, const char *key,
        const char *sql)
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
            after = json_integer_value (json_object_get (row, key));
        }
        json_decref (page);
    } while (page && count);
    sqlite3_finalize (insert);
    return page != NULL;
}

bool
copies_books (sqlite3 *db, peer_t *peer)
{
    return s_read (db, peer, "ledger.entries", "number",
                   "INSERT INTO entries (book, number, key, what, account,"
                   "                     profile, plan, amount)"
                   "  VALUES (:book, :number, :key, :what, :account, :profile,"
                   "          :plan, :amount)") &&
           s_read (db, peer, "ledger.balances", "number",
                   "INSERT INTO balances VALUES"
                   "  (:book, :account, :profile, :plan, :balance)");
}

//  The invoices of all who have ever paid
static bool
s_read_invoices (sqlite3 *db, peer_t *billing)
{
    sqlite3_stmt *payers;
    sqlite3_prepare_v2 (db,
                        "SELECT DISTINCT profile FROM entries"
                        "  WHERE account = 'card'",
                        -1, &payers, NULL);
    bool well = true;
    while (well && sqlite3_step (payers) == SQLITE_ROW) {
        const char *profile = (const char *) sqlite3_column_text (payers, 0);
        json_t *said = peer_ask (billing, "billing.invoices",
                                 json_pack ("{s:s}", "profile", profile));
        size_t i;
        json_t *row;
        json_array_foreach (json_object_get (said, "invoices"), i, row) s_copy (
            db, "INSERT INTO invoices VALUES (:book, :profile, :invoice)",
            billing->name, row);
        well = said != NULL;
        json_decref (said);
    }
    sqlite3_finalize (payers);
    return well;
}

static bool
s_read_jobs (sqlite3 *db, peer_t *queue)
{
    json_t *list = peer_ask (queue, "queue.list", NULL), *row;
    size_t i;
    json_array_foreach (list, i, row)
        s_copy (db,
                "INSERT INTO jobs SELECT :book, :name,"
                "  :ready + :delayed + :leased + :writing, :buried",
                queue->name, row);
    json_decref (list);
    return list != NULL;
}

static bool
s_read_answers (sqlite3 *db, peer_t *support)
{
    json_t *sums = peer_ask (support, "gauges", NULL);
    if (sums)
        s_copy (db, "INSERT INTO sums VALUES (:book, :answered)", support->name,
                sums);
    json_decref (sums);
    return sums && s_read (db, support, "support.tickets", "ticket",
                           "INSERT INTO answers VALUES"
                           "  (:book, :ticket, :answer)");
}

//  Which exports there are, and then each of them
static bool
s_read_exports (sqlite3 *db, peer_t *exporter)
{
    bool well = s_read (db, exporter, "exporter.list", "export",
                        "INSERT INTO exports (book, export)"
                        "  VALUES (:book, :export)");
    sqlite3_stmt *exports;
    sqlite3_prepare_v2 (db, "SELECT export FROM exports", -1, &exports, NULL);
    while (well && sqlite3_step (exports) == SQLITE_ROW) {
        json_t *row = peer_ask (
            exporter, "exporter.get",
            json_pack ("{s:I}", "export",
                       (json_int_t) sqlite3_column_int64 (exports, 0)));
        well = row != NULL;
        if (well)
            s_copy (db,
                    "UPDATE exports SET book = :book, state = :state"
                    "  WHERE export = :export",
                    exporter->name, row);
        json_decref (row);
    }
    sqlite3_finalize (exports);
    return well;
}

static bool
s_read_promises (sqlite3 *db, peer_t *viewers)
{
    static const char *const acts[] = {"support", "export", "upload"};
    json_t *stats = peer_ask (viewers, "load.stats", NULL);
    for (size_t i = 0; stats && i < sizeof acts / sizeof *acts; i++)
        s_copy (db,
                "INSERT INTO promises VALUES"
                "  (:act, :accepted, :finished, :lost, :open)",
                acts[i],
                json_object_get (json_object_get (stats, "acts"), acts[i]));
    json_decref (stats);
    return stats != NULL;
}

bool
copies_work (sqlite3 *db, peer_t *billing, peer_t *work)
{
    return s_read_invoices (db, billing) && s_read_jobs (db, &work[0]) &&
           s_read_answers (db, &work[1]) && s_read_exports (db, &work[2]) &&
           s_read_promises (db, &work[3]);
}
