//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "outbox.h"

#include "zp_client.h"

#define ARGS_MAX 4     // Of a call
#define WAIT_MS  2000  // For it
#define SOON_MS  1     // After the transaction, which ends with the turn
#define AGAIN_MS 1000  // After a call that failed

const char outbox_table[] =
    "CREATE TABLE IF NOT EXISTS outbox"
    "  (key TEXT NOT NULL PRIMARY KEY, args TEXT NOT NULL);";

struct outbox {
    book_t *book;         // Has the table
    const char *method;   // How to say it
    zp_client_t *client;  // To whom
    bool awake;           // It looks soon, or calls are out
    size_t out;           // How many
    bool failed;          // One of those of this look
};

//  A call that is out
typedef struct saying {
    outbox_t *outbox;  // Of this
    char *key;         // For this step
} saying_t;

static void s_wake (outbox_t *self, size_t after_ms);

//  It is said: forget it
static json_t *
s_forget (book_t *book, json_t *input, void *arg)
{
    (void) input;
    (void) arg;
    json_decref (book_sql (book, "DELETE FROM outbox WHERE key = :key",
                           json_pack ("{s:s}", "key", book_key (book))));
    return json_null ();
}

static void
s_on_said (void *arg, const zp_reply_t *reply)
{
    saying_t *saying = arg;
    outbox_t *self = saying->outbox;
    if (reply->status == ZP_OK)
        book_finish (self->book, saying->key, s_forget, NULL);
    else if (reply->status != ZP_CANCELLED) {
        service_say (book_service (self->book),
                     "%s of %s failed: %s: %s; again in a second", self->method,
                     saying->key, zp_status_name (reply->status), reply->text);
        self->failed = true;
    }
    free (saying->key);
    free (saying);
    if (--self->out == 0 && reply->status != ZP_CANCELLED)
        s_wake (self, self->failed ? AGAIN_MS : SOON_MS);
}

static void
s_say (outbox_t *self, json_t *row)
{
    json_t *args =
        json_loads (json_string_value (json_object_get (row, "args")), 0, NULL);
    zp_span_t spans[ARGS_MAX];
    size_t count = 0;
    for (; count < ARGS_MAX && count < json_array_size (args); count++) {
        json_t *text = json_array_get (args, count);
        spans[count] =
            (zp_span_t){json_string_value (text), json_string_length (text)};
    }
    saying_t *saying = zmalloc (sizeof *saying);
    *saying = (saying_t){
        self, strdup (json_string_value (json_object_get (row, "key")))};
    zp_call_t call = {.method = self->method,
                      .args = spans,
                      .count = count,
                      .timeout_ms = WAIT_MS,
                      .fn = s_on_said,
                      .arg = saying};
    zp_status_t status = zp_client_start (self->client, &call, NULL);
    assert (status == ZP_OK);
    self->out++;
    json_decref (args);
}

static int
s_look (zloop_t *loop, int timer, void *arg)
{
    (void) loop;
    (void) timer;
    outbox_t *self = arg;
    json_t *rows = book_sql (
        self->book, "SELECT key, args FROM outbox ORDER BY rowid LIMIT 100",
        NULL);
    size_t i;
    json_t *row;
    self->failed = false;
    json_array_foreach (rows, i, row) s_say (self, row);
    self->awake = self->out > 0;
    json_decref (rows);
    return 0;
}

static void
s_wake (outbox_t *self, size_t after_ms)
{
    self->awake = true;
    zloop_timer (service_loop (book_service (self->book)), after_ms, 1, s_look,
                 self);
}

outbox_t *
outbox_new (book_t *book, const service_option_t *to, const char *method)
{
    outbox_t *self = zmalloc (sizeof *self);
    *self = (outbox_t){.book = book, .method = method};
    self->client = service_client (book_service (book),
                                   service_loop (book_service (book)), NULL);
    if (zp_client_connect (self->client, to->value) == ZP_OK)
        s_wake (self, SOON_MS);
    else {
        service_say (book_service (book), "--%s: %s is no endpoint", to->name,
                     to->value);
        outbox_destroy (&self);
    }
    return self;
}

void
outbox_destroy (outbox_t **self_p)
{
    assert (self_p);
    outbox_t *self = *self_p;
    if (!self)
        return;
    zp_client_destroy (&self->client);
    free (self);
    *self_p = NULL;
}

//  An argument as a string
static json_t *
s_text (json_t *arg)
{
    char *text = json_is_string (arg) ? NULL : json_dumps (arg, JSON_COMPACT);
    json_t *string = text ? json_string (text) : json_incref (arg);
    free (text);
    return string;
}

json_t *
outbox_put (outbox_t *self, json_t *args)
{
    assert (json_array_size (args) <= ARGS_MAX);
    json_t *texts = json_array ();
    size_t i;
    json_t *arg;
    json_array_foreach (args, i, arg)
        json_array_append_new (texts, s_text (arg));
    char *text = json_dumps (texts, JSON_COMPACT);
    json_decref (texts);
    json_decref (book_sql (
        self->book, "INSERT INTO outbox VALUES (:key, :args)",
        json_pack ("{s:s s:s}", "key", book_key (self->book), "args", text)));
    free (text);
    json_decref (args);
    if (!self->awake)
        s_wake (self, SOON_MS);
    return book_ongoing (self->book);
}
