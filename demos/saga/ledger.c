//  SPDX-License-Identifier: MIT

#define _DEFAULT_SOURCE

#include "ledger.h"

#define PAUSE_MS 100  // So that one can watch

const ledger_action_t ledger_actions[] = {
    {"licence", "reserve_seat", false, "free", NULL, 1, "SOLD_OUT",
     "no seat is free"},
    {"licence", "release_seat", true, NULL, "free", 1, "CLOSED",
     "nobody is there to take it back"},
    {"billing", "charge", false, NULL, "earned", 999, "CARD_EXPIRED",
     "there is no card that is good for it"},
    {"entitlement", "grant", false, "rights", NULL, 1, "NO_RIGHTS",
     "there are none to give"},
    {"notify", "send", false, "stamps", NULL, 1, "NO_STAMPS",
     "the letter can't leave"},
    {0}};

//  What there is in the beginning. Who is not here has no card, or one that has
//  expired
static const struct {
    const char *service, *account;
    int amount;
} s_opening[] = {{"licence", "free", 20},       {"billing", "ada", 5000},
                 {"billing", "carl", 9000},     {"billing", "dora", 5000},
                 {"entitlement", "rights", 20}, {"notify", "stamps", 100}};

static const size_t s_count = sizeof s_opening / sizeof *s_opening;

const ledger_action_t *
ledger_find (const char *name)
{
    const ledger_action_t *at = ledger_actions;
    while (!streq (at->name, name))
        at++;
    return at;
}

static int
s_on_row (void *arg, int count, char **values, char **names)
{
    (void) names;
    char **value_p = arg;
    if (value_p && !*value_p && count && values[0])
        *value_p = strdup (values[0]);
    return 0;
}

int
ledger_sql (sqlite3 *db, char **value_p, const char *format, ...)
{
    va_list values;
    va_start (values, format);
    char *sql = sqlite3_vmprintf (format, values);
    va_end (values);
    if (value_p)
        *value_p = NULL;
    int rc = sqlite3_exec (db, sql, s_on_row, value_p, NULL);
    sqlite3_free (sql);
    return rc;
}

int
ledger_open (sqlite3 *db, const char *service, const char *closed)
{
    setlinebuf (stdout);
    int rc = ledger_sql (db, NULL,
                         "CREATE TABLE IF NOT EXISTS accounts"
                         "  (name TEXT PRIMARY KEY, amount INTEGER NOT NULL);"
                         "CREATE TEMP TABLE closed AS SELECT '%q' AS action",
                         closed ? closed : "");
    for (size_t i = 0; i < s_count && rc == SQLITE_OK; i++)
        if (streq (s_opening[i].service, service))
            rc = ledger_sql (db, NULL,
                             "INSERT OR IGNORE INTO accounts VALUES (%Q, %d)",
                             s_opening[i].account, s_opening[i].amount);
    return rc;
}

static zp_status_t
s_move (sqlite3 *db, const ledger_action_t *action, const char *from,
        const char *to)
{
    int rc = ledger_sql (db, NULL,
                         "UPDATE accounts SET amount = amount - %d"
                         "  WHERE name = %Q AND amount >= %d"
                         "  AND %Q NOT IN (SELECT action FROM closed)",
                         action->amount, from, action->amount, action->name);
    if (rc == SQLITE_OK && sqlite3_changes (db) == 0)
        return ZP_FAILED_PRECONDITION;
    if (rc == SQLITE_OK)
        rc = ledger_sql (db, NULL,
                         "INSERT INTO accounts VALUES (%Q, %d)"
                         "  ON CONFLICT (name) DO UPDATE"
                         "  SET amount = amount + excluded.amount",
                         to, action->amount);
    return rc == SQLITE_OK ? ZP_OK : ZP_UNAVAILABLE;
}

zp_status_t
ledger_do (sqlite3 *db, const ledger_action_t *action, const char *saga,
           const char *viewer, int *left_p)
{
    const char *from = action->from ? action->from : viewer;
    const char *to = action->to ? action->to : viewer;
    char *left;
    zclock_sleep (PAUSE_MS);
    zp_status_t status = s_move (db, action, from, to);
    if (ledger_sql (db, &left, "SELECT amount FROM accounts WHERE name = %Q",
                    from) != SQLITE_OK)
        status = ZP_UNAVAILABLE;
    *left_p = left ? atoi (left) : 0;
    free (left);
    printf ("%s: %s for %s: %s\n", action->service, action->name, saga,
            status == ZP_OK                    ? "done"
            : status == ZP_FAILED_PRECONDITION ? action->code
                                               : sqlite3_errmsg (db));
    return status;
}

int
ledger_sum (const char *service)
{
    int sum = 0;
    for (size_t i = 0; i < s_count; i++)
        if (streq (s_opening[i].service, service))
            sum += s_opening[i].amount;
    return sum;
}

static void
s_tell (zp_request_t *request, void *db)
{
    char *books;
    ledger_sql (db, &books,
                "SELECT json_group_object (name, amount)"
                "  FROM (SELECT * FROM accounts ORDER BY name)");
    if (books)
        zp_request_reply (&request, books, strlen (books));
    else
        zp_request_fail (&request, ZP_UNAVAILABLE, "%s", sqlite3_errmsg (db));
    free (books);
}

zp_status_t
ledger_serve (sqlite3 *db, const char *service, zp_server_t *server)
{
    char endpoint[64];
    snprintf (endpoint, sizeof endpoint, "ipc://%s", service);
    zp_server_method (server, "books", s_tell, db);
    zp_status_t status = zp_server_bind (server, endpoint);
    if (status != ZP_OK)
        fprintf (stderr, "%s\n", zp_server_error (server));
    return status;
}
