//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "book.h"

#include "rows.h"

#define START        "start"
#define ASK_AGAIN_MS 50          // What is ongoing
#define APPLICATION  0x7a707374  // "zpst", in the header of the database

//  A method of this book
typedef struct bound {
    book_t *book;                 // This
    const book_method_t *method;  // And the method
} bound_t;

struct book {
    service_t *service;               // To say things
    zp_saga_participant_t *part;      // Has the database
    bound_t bound[BOOK_METHODS_MAX];  // The methods
    void *arg;                        // Given to each
    zp_saga_request_t *request;       // The step in hand; NULL: none
    const char *method;               // And what was called
    bool wrong;  // Something was wrong with the database since it began
    bool said;   // The step is refused or ongoing, and that was said
};

static sqlite3 *
s_db (book_t *self)
{
    return zp_saga_participant_db (self->part);
}

static void
s_bind (sqlite3_stmt *statement, const json_t *values)
{
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *) values, name, value)
    {
        char place[64];
        snprintf (place, sizeof place, ":%s", name);
        int number = sqlite3_bind_parameter_index (statement, place);
        if (json_is_integer (value))
            sqlite3_bind_int64 (statement, number, json_integer_value (value));
        else if (json_is_string (value))
            sqlite3_bind_text (statement, number, json_string_value (value), -1,
                               SQLITE_STATIC);
    }
}

json_t *
book_sql (book_t *self, const char *sql, json_t *values)
{
    sqlite3_stmt *statement = NULL;
    json_t *rows = json_array ();
    int code = sqlite3_prepare_v2 (s_db (self), sql, -1, &statement, NULL);
    if (code == SQLITE_OK) {
        s_bind (statement, values);
        code = rows_take (statement, rows);
    }
    if (code != SQLITE_DONE) {
        self->wrong = true;
        json_array_clear (rows);
    }
    sqlite3_finalize (statement);
    json_decref (values);
    return rows;
}

json_int_t
book_number (book_t *self, const char *sql, json_t *values)
{
    json_t *rows = book_sql (self, sql, values);
    json_t *row = json_array_get (rows, 0);
    json_int_t number =
        json_integer_value (json_object_iter_value (json_object_iter (row)));
    json_decref (rows);
    return number;
}

//  Let fn handle a step, and say what came of it
static void
s_handle (book_t *self, zp_saga_request_t *request, book_fn *fn, void *arg)
{
    self->request = request;
    self->wrong = self->said = false;
    json_t *result = fn (self, (json_t *) zp_saga_request_input (request), arg);
    if (self->wrong && !self->said)
        zp_saga_request_fail (request, ZP_UNAVAILABLE, "%s",
                              sqlite3_errmsg (s_db (self)));
    else if (!self->said) {
        char *text = json_dumps (result, JSON_COMPACT | JSON_ENCODE_ANY);
        zp_saga_request_done (request, text);
        free (text);
    }
    json_decref (result);
    self->request = NULL;
}

static void
s_on_step (zp_saga_request_t *request, sqlite3 *db, void *arg)
{
    (void) db;
    const bound_t *bound = arg;
    book_t *self = bound->book;
    char *wrong = fields_wrong ((json_t *) zp_saga_request_input (request),
                                bound->method->fields);
    self->method = bound->method->name;
    if (wrong)
        zp_saga_request_refuse (request, "INPUT", "%s", wrong);
    else
        s_handle (self, request, bound->method->fn, self->arg);
    free (wrong);
}

const char *
book_key (book_t *self)
{
    return self->request ? zp_saga_request_key (self->request) : START;
}

const char *
book_method (book_t *self)
{
    return self->method;
}

json_t *
book_refuse (book_t *self, const char *code, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    char *text = zsys_vprintf (format, arguments);
    va_end (arguments);
    if (!self->wrong) {
        zp_saga_request_refuse (self->request, code, "%s", text);
        self->said = true;
    }
    free (text);
    return NULL;
}

json_t *
book_ongoing (book_t *self)
{
    if (!self->wrong) {
        zp_saga_request_ongoing (self->request, ASK_AGAIN_MS);
        self->said = true;
    }
    return NULL;
}

//  What is to be done with a step that has ended
typedef struct ending {
    book_t *book;  // Of this book
    book_fn *fn;   // By whom
    void *arg;     // Given to that
} ending_t;

static void
s_on_ending (zp_saga_request_t *request, sqlite3 *db, void *arg)
{
    (void) db;
    const ending_t *ending = arg;
    s_handle (ending->book, request, ending->fn, ending->arg);
}

bool
book_finish (book_t *self, const char *key, book_fn *fn, void *arg)
{
    ending_t ending = {self, fn, arg};
    zp_saga_participant_finish (self->part, key, s_on_ending, &ending);
    return !*zp_saga_participant_error (self->part);
}

book_t *
book_new (service_t *service, const service_option_t *path, const char *tables,
          const book_method_t *methods, void *arg)
{
    book_t *self = zmalloc (sizeof *self);
    *self = (book_t){.service = service, .arg = arg, .method = START};
    zp_saga_participant_options_t options = ZP_SAGA_PARTICIPANT_DEFAULTS;
    options.path = path->value;
    options.application_id = APPLICATION;
    char *why = NULL;
    self->part = zp_saga_participant_new (service_server (service), &options,
                                          NULL, &why);
    if (self->part && sqlite3_exec (s_db (self), tables, NULL, NULL, NULL))
        why =
            zsys_sprintf ("%s: %s", path->value, sqlite3_errmsg (s_db (self)));
    for (size_t i = 0; !why && methods[i].name; i++) {
        assert (i < BOOK_METHODS_MAX);
        self->bound[i] = (bound_t){self, &methods[i]};
        (methods[i].undoes ? zp_saga_participant_compensation
                           : zp_saga_participant_action) (
            self->part, methods[i].name, s_on_step, &self->bound[i]);
    }
    if (why) {
        service_say (service, "%s; give another with --%s", why, path->name);
        free (why);
        book_destroy (&self);
    }
    return self;
}

void
book_destroy (book_t **self_p)
{
    assert (self_p);
    book_t *self = *self_p;
    if (!self)
        return;
    zp_saga_participant_destroy (&self->part);
    free (self);
    *self_p = NULL;
}

service_t *
book_service (book_t *self)
{
    return self->service;
}

int
book_run (book_t *self)
{
    int result = service_run (self->service);
    const char *error = zp_saga_participant_error (self->part);
    if (!*error)
        return result;
    service_say (self->service, "%s", error);
    return 1;
}
