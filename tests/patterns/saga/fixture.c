//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "fixture.h"

#include <jansson.h>
#include <sqlite3.h>

static const char *const s_definitions[] = {
    "line", "quick", "hasty",  "short",  "waits", "parent",
    "deep", "pair",  "unline", "orphan", NULL};

int
fixture_set_up (void **state)
{
    fixture_t *self = zmalloc (sizeof *self);
    strcpy (self->folder, "/tmp/zp-saga-XXXXXX");
    assert_non_null (mkdtemp (self->folder));
    snprintf (self->path, sizeof self->path, "%s/saga.db", self->folder);
    snprintf (self->journal, sizeof self->journal, "sqlite:%s", self->path);
    self->loop = zloop_new ();
    self->options =
        (zp_saga_coordinator_options_t) ZP_SAGA_COORDINATOR_DEFAULTS;
    self->options.journal = self->journal;
    self->player = player_new (self->loop, NULL);
    *state = self;
    return 0;
}

int
fixture_tear_down (void **state)
{
    fixture_t *self = *state;
    fixture_stop (self);
    player_destroy (&self->player);
    zloop_destroy (&self->loop);
    zdir_t *folder = zdir_new (self->folder, NULL);
    zdir_remove (folder, true);
    zdir_destroy (&folder);
    free (self->endpoint);
    free (self);
    return 0;
}

void
fixture_stop (fixture_t *self)
{
    zp_client_destroy (&self->client);
    zp_saga_coordinator_destroy (&self->coordinator);
}

void
fixture_open (fixture_t *self)
{
    char *error = NULL;
    zp_status_t status;
    self->coordinator =
        zp_saga_coordinator_new (self->loop, &self->options, &status, &error);
    if (!self->coordinator)
        fail_msg ("%s: %s", zp_status_name (status), error);
    assert_int_equal (status, ZP_OK);
    assert_null (error);
}

void
fixture_listen (fixture_t *self)
{
    //  What was sent in vain before could still be on its way to the old place
    free (self->endpoint);
    self->endpoint = strdup (peer_new_endpoint ());
    assert_int_equal (
        zp_server_bind (zp_saga_coordinator_server (self->coordinator),
                        self->endpoint),
        ZP_OK);
    zp_client_options_t options = ZP_CLIENT_DEFAULTS;
    options.max_attempts = 1;
    options.no_breaker = true;
    options.max_in_flight = 100000;
    self->client = zp_client_new (self->loop, &options);
    assert_int_equal (zp_client_connect (self->client, self->endpoint), ZP_OK);
}

void
fixture_start (fixture_t *self)
{
    fixture_stop (self);
    fixture_open (self);
    assert_int_equal (
        zp_saga_coordinator_service (self->coordinator, "s",
                                     player_endpoint (self->player)),
        ZP_OK);
    for (size_t i = 0; s_definitions[i]; i++)
        fixture_define (self, s_definitions[i]);
    fixture_listen (self);
}

void
fixture_sql (fixture_t *self, const char *sql)
{
    fixture_stop (self);
    sqlite3 *db;
    char *error = NULL;
    assert_int_equal (sqlite3_open (self->path, &db), SQLITE_OK);
    if (sqlite3_exec (db, sql, NULL, NULL, &error) != SQLITE_OK)
        fail_msg ("%s: %s", sql, error);
    assert_true (sqlite3_total_changes (db) > 0);
    sqlite3_close (db);
}

char *
fixture_read (const char *name)
{
    const char *source = getenv ("ZP_SOURCE_DIR");
    char path[1024];
    snprintf (path, sizeof path, "%s/tests/patterns/saga/%s",
              source ? source : ".", name);
    FILE *file = fopen (path, "r");
    if (!file)
        fail_msg ("%s: can't be read", path);
    char *text = zmalloc (65536);
    assert_true (fread (text, 1, 65535, file) < 65535);
    fclose (file);
    return text;
}

void
fixture_define (fixture_t *self, const char *name)
{
    char path[100], *mistakes = NULL;
    snprintf (path, sizeof path, "definitions/%s.json", name);
    char *text = fixture_read (path);
    zp_span_t span = {text, strlen (text)};
    if (zp_saga_coordinator_define (self->coordinator, span, &mistakes) !=
        ZP_OK)
        fail_msg ("%s: %s", path, mistakes);
    assert_null (mistakes);
    free (text);
}

static void
s_begin (fixture_t *self, told_t *told, const char *method, va_list list)
{
    const char *args[TOLD_ARGS_MAX], *arg;
    size_t count = 0;
    while ((arg = va_arg (list, const char *)) != NULL) {
        assert_true (count < TOLD_ARGS_MAX);
        args[count++] = arg;
    }
    told_begin (told, self->client, method, args, count);
}

void
fixture_begin (fixture_t *self, told_t *told, const char *method, ...)
{
    va_list list;
    va_start (list, method);
    s_begin (self, told, method, list);
    va_end (list);
}

zp_status_t
fixture_ask (fixture_t *self, const char *method, ...)
{
    va_list list;
    va_start (list, method);
    s_begin (self, &self->told, method, list);
    va_end (list);
    test_until (self->loop, self->told.ended);
    assert_int_equal (self->told.ended, 1);
    return self->told.status;
}

//  Go into JSON by a path; NULL if it leads nowhere
static json_t *
s_walk (json_t *json, const char *path)
{
    while (json && *path) {
        size_t size = strcspn (++path, "/");
        char name[100];
        snprintf (name, sizeof name, "%.*s", (int) size, path);
        json = json_is_array (json)
                   ? json_array_get (json, strtoul (name, NULL, 10))
                   : json_object_get (json, name);
        path += size;
    }
    return json;
}

const char *
fixture_field (fixture_t *self, const char *path)
{
    json_t *whole = json_loads (self->told.text, JSON_DECODE_ANY, NULL);
    if (!whole)
        fail_msg ("this is no JSON: %s", self->told.text);
    json_t *value = s_walk (whole, path);
    char *text =
        value ? json_dumps (value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    const char *said =
        json_is_string (value) ? json_string_value (value) : text;
    snprintf (self->field, sizeof self->field, "%s", said ? said : "");
    free (text);
    json_decref (whole);
    return self->field;
}

const char *
fixture_end (fixture_t *self, const char *id)
{
    assert_int_equal (
        fixture_ask (self, "saga.wait", id, "{\"wait_ms\":25000}", NULL),
        ZP_OK);
    return fixture_field (self, "/state");
}

const char *
fixture_state (fixture_t *self, const char *id)
{
    assert_int_equal (
        fixture_ask (self, "saga.wait", id, "{\"wait_ms\":0}", NULL), ZP_OK);
    return fixture_field (self, "/state");
}

void
fixture_step (fixture_t *self, const char *id, int number, const char *state)
{
    char path[32];
    snprintf (path, sizeof path, "/steps/%d/state", number);
    test_until (self->loop, *fixture_state (self, id) &&
                                streq (fixture_field (self, path), state));
}

void
fixture_comes (fixture_t *self, const char *id, const char *expected)
{
    test_until (self->loop,
                strlen (player_came (self->player, id)) >= strlen (expected));
    assert_string_equal (player_came (self->player, id), expected);
}

int
fixture_stat (fixture_t *self, const char *path)
{
    assert_int_equal (fixture_ask (self, "saga.stat", NULL), ZP_OK);
    const char *value = fixture_field (self, path);
    assert_true (*value >= '0' && *value <= '9');
    return atoi (value);
}
