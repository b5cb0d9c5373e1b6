//  SPDX-License-Identifier: MIT

#include "entries.h"

#define PAGE "500"  // Rows

const char entries_tables[] =
    "CREATE TABLE IF NOT EXISTS entries"
    "  (number INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL,"
    "   key TEXT NOT NULL, what TEXT NOT NULL, account TEXT NOT NULL,"
    "   profile TEXT NOT NULL, plan TEXT NOT NULL, amount INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS by_key ON entries (key);"
    "CREATE TABLE IF NOT EXISTS balances"
    "  (number INTEGER PRIMARY KEY, account TEXT NOT NULL,"
    "   profile TEXT NOT NULL, plan TEXT NOT NULL, balance INTEGER NOT NULL,"
    "   UNIQUE (profile, account, plan));"
    "CREATE TRIGGER IF NOT EXISTS balance AFTER INSERT ON entries BEGIN"
    "  INSERT INTO balances (account, profile, plan, balance)"
    "    VALUES (new.account, new.profile, new.plan, new.amount)"
    "    ON CONFLICT (profile, account, plan)"
    "    DO UPDATE SET balance = balance + new.amount; END;"
    "CREATE TRIGGER IF NOT EXISTS unchanged BEFORE UPDATE ON entries BEGIN"
    "  SELECT RAISE (ABORT, 'an entry stays as it was written'); END;"
    "CREATE TRIGGER IF NOT EXISTS undeleted BEFORE DELETE ON entries BEGIN"
    "  SELECT RAISE (ABORT, 'an entry stays where it was written'); END;";

//  Name, type, needed, least, most
static const field_t s_page_fields[] = {
    {"after", JSON_INTEGER, false, 0, INT_MAX},
    {0},
};

static void
s_page (zp_request_t *request, book_t *book, const char *sql)
{
    json_t *body = service_body (&request, s_page_fields);
    if (!body)
        return;
    if (!json_object_get (body, "after"))
        json_object_set_new (body, "after", json_integer (0));
    service_reply (&request,
                   json_pack ("{s:o}", "rows", book_sql (book, sql, body)));
}

static void
s_entries (zp_request_t *request, void *book)
{
    s_page (request, book,
            "SELECT * FROM entries WHERE number > :after"
            "  ORDER BY number LIMIT " PAGE);
}

static void
s_balances (zp_request_t *request, void *book)
{
    s_page (request, book,
            "SELECT * FROM balances WHERE number > :after"
            "  ORDER BY number LIMIT " PAGE);
}

void
entries_serve (book_t *book)
{
    zp_server_t *server = service_server (book_service (book));
    zp_server_method (server, "ledger.entries", s_entries, book);
    zp_server_method (server, "ledger.balances", s_balances, book);
}

static json_t *
s_move (account_t from, account_t to, json_int_t amount)
{
    return json_pack ("{s:s s:s s:s s:s s:s s:s s:I s:I}", "from", from.name,
                      "from_profile", from.profile, "from_plan", from.plan,
                      "to", to.name, "to_profile", to.profile, "to_plan",
                      to.plan, "amount", amount, "now", zclock_time ());
}

json_int_t
entries_move (book_t *book, account_t from, account_t to, json_int_t amount)
{
    json_t *values = s_move (from, to, amount);
    json_object_set_new (values, "key", json_string (book_key (book)));
    json_object_set_new (values, "what", json_string (book_method (book)));
    json_decref (book_sql (
        book,
        "INSERT INTO entries (time_ms, key, what, account, profile, plan,"
        "                     amount)"
        "  VALUES (:now, :key, :what, :from, :from_profile, :from_plan,"
        "          -:amount),"
        "         (:now, :key, :what, :to, :to_profile, :to_plan, :amount)",
        values));
    return book_number (book, "SELECT last_insert_rowid ()", NULL);
}

json_t *
entries_undo (book_t *book, json_t *input, void *arg)
{
    (void) input;
    (void) arg;
    json_decref (book_sql (
        book,
        "INSERT INTO entries (time_ms, key, what, account, profile, plan,"
        "                     amount)"
        "  SELECT :now, :key, :what, account, profile, plan, -amount"
        "    FROM entries WHERE key = :key",
        json_pack ("{s:s s:s s:I}", "key", book_key (book), "what",
                   book_method (book), "now", zclock_time ())));
    return json_null ();
}

json_int_t
entries_balance (book_t *book, account_t account)
{
    return book_number (book,
                        "SELECT balance FROM balances WHERE account = :account"
                        "  AND profile = :profile AND plan = :plan",
                        json_pack ("{s:s s:s s:s}", "account", account.name,
                                   "profile", account.profile, "plan",
                                   account.plan));
}
