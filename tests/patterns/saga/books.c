//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "books.h"

static const char s_tables[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS accounts"
    "  (name TEXT PRIMARY KEY, cents INTEGER CHECK (cents >= 0));"
    "CREATE TABLE IF NOT EXISTS payments (key TEXT, cents INTEGER);"
    "INSERT OR IGNORE INTO accounts VALUES ('customer', 1000), ('shop', 0);"
    "COMMIT;";

//  Move money, and write down for which key. False if the disk fails or there
//  is too little.
static bool
s_move (sqlite3 *db, const char *key, int cents)
{
    char *sql = sqlite3_mprintf (
        "UPDATE accounts SET cents = cents + %d WHERE name = 'shop';"
        "INSERT INTO payments VALUES (%Q, %d);"
        "UPDATE accounts SET cents = cents - %d WHERE name = 'customer';",
        cents, key, cents, cents);
    int rc = sqlite3_exec (db, sql, NULL, NULL, NULL);
    sqlite3_free (sql);
    return rc == SQLITE_OK;
}

static void
s_conclude (zp_saga_request_t *request, sqlite3 *db, int cents)
{
    char result[32];
    snprintf (result, sizeof result, "{\"paid\":%d}", abs (cents));
    if (s_move (db, zp_saga_request_key (request), cents))
        zp_saga_request_done (request, result);
    else if ((sqlite3_errcode (db) & 0xff) == SQLITE_CONSTRAINT)
        zp_saga_request_refuse (request, "NO_MONEY", "%d cents are missing",
                                abs (cents));
    else
        zp_saga_request_fail (request, ZP_UNAVAILABLE, "%s",
                              sqlite3_errmsg (db));
}

static int
s_cents (const json_t *json, const char *name)
{
    return (int) json_integer_value (json_object_get (json, name));
}

static void
s_charge (zp_saga_request_t *request, sqlite3 *db, void *arg)
{
    (void) arg;
    assert_false (zp_saga_request_compensates (request));
    assert_null (zp_saga_request_result (request));
    s_conclude (request, db,
                s_cents (zp_saga_request_input (request), "cents"));
}

static void
s_refund (zp_saga_request_t *request, sqlite3 *db, void *arg)
{
    (void) arg;
    assert_true (zp_saga_request_compensates (request));
    s_conclude (request, db,
                -s_cents (zp_saga_request_result (request), "paid"));
}

static void
s_order (zp_saga_request_t *request, sqlite3 *db, void *arg)
{
    (void) db;
    (void) arg;
    zp_saga_request_ongoing (request, 250);
}

static void
s_broken (zp_saga_request_t *request, sqlite3 *db, void *arg)
{
    (void) arg;
    const json_t *input = zp_saga_request_input (request);
    const char *how = json_string_value (input);
    s_move (db, zp_saga_request_key (request), 1);
    if (strcmp (how, "fail") == 0)
        zp_saga_request_fail (request, ZP_ABORTED, "not now");
    else if (strcmp (how, "no json") == 0)
        zp_saga_request_done (request, "{");
    else if (strcmp (how, "rollback") == 0)
        sqlite3_exec (db, "ROLLBACK", NULL, NULL, NULL);
}

static void
s_on_failed (void *arg, zp_status_t status, const char *text)
{
    books_t *self = arg;
    self->failures++;
    self->failure = status;
    snprintf (self->failed, sizeof self->failed, "%s", text);
}

int
books_set_up (void **state)
{
    books_t *self = zmalloc (sizeof *self);
    strcpy (self->folder, "/tmp/zp-saga-XXXXXX");
    assert_non_null (mkdtemp (self->folder));
    snprintf (self->path, sizeof self->path, "%s/books.db", self->folder);
    self->loop = zloop_new ();
    self->options =
        (zp_saga_participant_options_t) ZP_SAGA_PARTICIPANT_DEFAULTS;
    self->options.path = self->path;
    self->options.failed = s_on_failed;
    self->options.arg = self;
    *state = self;
    return 0;
}

int
books_tear_down (void **state)
{
    books_t *self = *state;
    books_stop (self);
    zloop_destroy (&self->loop);
    zdir_t *folder = zdir_new (self->folder, NULL);
    zdir_remove (folder, true);
    zdir_destroy (&folder);
    free (self->endpoint);
    free (self);
    return 0;
}

void
books_stop (books_t *self)
{
    zp_client_destroy (&self->client);
    zp_server_destroy (&self->server);
    zp_saga_participant_destroy (&self->participant);
}

bool
books_try_start (books_t *self, zp_status_t *status_p, char **error_p)
{
    static const struct {
        const char *name;        // Of the method
        zp_saga_handler_fn *fn;  // What handles it
        bool compensation;       // It undoes
    } methods[] = {
        {"charge", s_charge, false}, {"refund", s_refund, true},
        {"order", s_order, false},   {"cancel", s_order, true},
        {"broken", s_broken, false},
    };
    books_stop (self);
    self->failures = 0;
    self->server = zp_server_new (self->loop, NULL);
    self->participant = zp_saga_participant_new (self->server, &self->options,
                                                 status_p, error_p);
    if (!self->participant)
        return false;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (methods[i].compensation)
            zp_saga_participant_compensation (
                self->participant, methods[i].name, methods[i].fn, self);
        else
            zp_saga_participant_action (self->participant, methods[i].name,
                                        methods[i].fn, self);
    return true;
}

void
books_open (books_t *self)
{
    zp_status_t status;
    char *error = NULL;
    if (!books_try_start (self, &status, &error))
        fail_msg ("%s: %s", zp_status_name (status), error);
    assert_int_equal (status, ZP_OK);
    assert_null (error);
    sqlite3 *db = zp_saga_participant_db (self->participant);
    assert_int_equal (sqlite3_exec (db, s_tables, NULL, NULL, NULL), SQLITE_OK);
}

int
books_serve (const char *path, const char *endpoint, int cents)
{
    books_t *self = zmalloc (sizeof *self);
    self->options =
        (zp_saga_participant_options_t) ZP_SAGA_PARTICIPANT_DEFAULTS;
    self->options.path = path;
    self->loop = zloop_new ();
    books_open (self);
    char *sql = sqlite3_mprintf (
        "UPDATE accounts SET cents = %d WHERE name = 'customer'"
        "  AND NOT EXISTS (SELECT * FROM payments)",
        cents);
    assert_int_equal (sqlite3_exec (zp_saga_participant_db (self->participant),
                                    sql, NULL, NULL, NULL),
                      SQLITE_OK);
    sqlite3_free (sql);
    zp_status_t status = zp_server_bind (self->server, endpoint);
    if (status == ZP_OK)
        status = zp_saga_participant_run (self->participant);
    books_stop (self);
    zloop_destroy (&self->loop);
    free (self);
    return status;
}

void
books_start (books_t *self)
{
    books_open (self);
    free (self->endpoint);
    self->endpoint = strdup (peer_new_endpoint ());
    assert_int_equal (zp_server_bind (self->server, self->endpoint), ZP_OK);
    zp_client_options_t options = ZP_CLIENT_DEFAULTS;
    options.max_attempts = 1;
    options.no_breaker = true;
    self->client = zp_client_new (self->loop, &options);
    assert_int_equal (zp_client_connect (self->client, self->endpoint), ZP_OK);
}

static const char *
s_wait (books_t *self)
{
    test_until (self->loop, self->told.ended);
    assert_int_equal (self->told.ended, 1);
    return self->told.text;
}

void
books_begin (books_t *self, const char *method, const char *key,
             const char *input, const char *result, told_t *told)
{
    bool undo =
        strcmp (method, "refund") == 0 || strcmp (method, "cancel") == 0;
    const char *args[] = {key, undo ? "compensate" : "action",
                          input ? input : "null", result ? result : "null",
                          "1"};
    told_begin (told, self->client, method, args, 5);
}

const char *
books_ask (books_t *self, const char *method, const char *key,
           const char *input, const char *result)
{
    books_begin (self, method, key, input, result, &self->told);
    return s_wait (self);
}

const char *
books_charge (books_t *self, const char *key, int cents)
{
    char input[32];
    snprintf (input, sizeof input, "{\"cents\":%d}", cents);
    return books_ask (self, "charge", key, input, NULL);
}

const char *
books_say (books_t *self, const char *method, ...)
{
    const char *args[8];
    size_t count = 0;
    va_list list;
    va_start (list, method);
    while (count < 8 && (args[count] = va_arg (list, const char *)) != NULL)
        count++;
    va_end (list);
    told_begin (&self->told, self->client, method, args, count);
    return s_wait (self);
}

const char *
books_status (books_t *self, const char *key, const char *kind)
{
    return books_say (self, "saga.status", key, kind, NULL);
}

static void
s_ship (zp_saga_request_t *request, sqlite3 *db, void *arg)
{
    const char *how = arg;
    assert_null (zp_saga_request_input (request));
    assert_int_equal (zp_saga_request_attempt (request), 0);
    s_move (db, zp_saga_request_key (request),
            zp_saga_request_compensates (request) ? -100 : 100);
    if (strcmp (how, "done") == 0)
        zp_saga_request_done (request, "{\"paid\":100}");
    else if (strcmp (how, "refused") == 0)
        zp_saga_request_refuse (request, "BROKEN", "it fell down");
    else if (strcmp (how, "failed") == 0)
        zp_saga_request_fail (request, ZP_ABORTED, "later");
    else
        zp_saga_request_ongoing (request, 500);
}

zp_status_t
books_ship (books_t *self, const char *key, const char *how)
{
    return zp_saga_participant_finish (self->participant, key, s_ship,
                                       (void *) how);
}

int
books_number (books_t *self, const char *sql)
{
    sqlite3 *db = zp_saga_participant_db (self->participant);
    sqlite3_stmt *row;
    assert_int_equal (sqlite3_prepare_v2 (db, sql, -1, &row, NULL), SQLITE_OK);
    assert_int_equal (sqlite3_step (row), SQLITE_ROW);
    int number = sqlite3_column_int (row, 0);
    sqlite3_finalize (row);
    return number;
}

int
books_shop (books_t *self)
{
    assert_int_equal (books_number (self, "SELECT sum (cents) FROM accounts"),
                      BOOKS_MONEY);
    int shop =
        books_number (self, "SELECT cents FROM accounts WHERE name = 'shop'");
    assert_int_equal (
        books_number (self, "SELECT ifnull (sum (cents), 0) FROM payments"),
        shop);
    return shop;
}

int
books_charged (books_t *self, const char *key)
{
    books_shop (self);
    char *sql = sqlite3_mprintf (
        "SELECT total (sign (cents)) FROM payments WHERE key = %Q", key);
    int count = books_number (self, sql);
    sqlite3_free (sql);
    return count;
}
