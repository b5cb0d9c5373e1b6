//  SPDX-License-Identifier: MIT

#include "reaction.h"

#include <jansson.h>

typedef struct reaction {
    const char *service;  // Who
    const char *hears;    // The event
    const char *does;     // Its action
    const char *says;     // The event that follows
    const char *or_says;  // That, if the action is refused; NULL: it is tried
                          // again until it is not
    const char *tells;    // What is left goes with the event, under that name;
                          // NULL: nobody further on needs it
} reaction_t;

//  Each line is what one service knows. Nobody knows them all
static const reaction_t s_reactions[] = {
    {"licence", "wanted", "reserve_seat", "seat-reserved", "sold-out", NULL},
    {"billing", "seat-reserved", "charge", "charged", "not-charged", "left"},
    {"licence", "not-charged", "release_seat", "seat-released", NULL, NULL},
    {"entitlement", "charged", "grant", "granted", NULL, NULL},
    {"notify", "granted", "send", "notified", NULL, NULL}};

static const reaction_t *
s_find (const char *service, const char *event)
{
    for (size_t i = 0; i < sizeof s_reactions / sizeof *s_reactions; i++)
        if (streq (s_reactions[i].service, service) &&
            streq (s_reactions[i].hears, event))
            return &s_reactions[i];
    return NULL;
}

static const char *
s_text (const json_t *event, const char *key)
{
    const char *text = json_string_value (json_object_get (event, key));
    return text ? text : "";
}

//  What is on a disk that failed is not known: end, and begin anew
static void
s_must (sqlite3 *db, int rc)
{
    if (rc == SQLITE_OK)
        return;
    fprintf (stderr, "%s\n", sqlite3_errmsg (db));
    exit (1);
}

sqlite3 *
reaction_open (const char *service, const char *closed)
{
    char path[64];
    snprintf (path, sizeof path, "%s.db", service);
    sqlite3 *db;
    int rc = sqlite3_open (path, &db);
    if (rc == SQLITE_OK)
        rc = ledger_sql (db, NULL,
                         "PRAGMA locking_mode = EXCLUSIVE;"
                         "PRAGMA journal_mode = WAL;"
                         "PRAGMA synchronous = FULL;"
                         "CREATE TABLE IF NOT EXISTS said"
                         "  (saga TEXT, heard TEXT, said TEXT,"
                         "   PRIMARY KEY (saga, heard))");
    if (rc == SQLITE_OK)
        rc = ledger_open (db, service, closed);
    s_must (db, rc);
    return db;
}

//  What is to be said after the action; NULL: nothing
static char *
s_act (const reaction_t *self, sqlite3 *db, json_t *event)
{
    int left;
    zp_status_t status =
        ledger_do (db, ledger_find (self->does), s_text (event, "saga"),
                   s_text (event, "viewer"), &left);
    s_must (db, status == ZP_UNAVAILABLE ? SQLITE_ERROR : SQLITE_OK);
    const char *says = status == ZP_OK ? self->says : self->or_says;
    if (!says)
        return NULL;
    json_object_set_new (event, "event", json_string (says));
    if (self->tells && status == ZP_OK)
        json_object_set_new (event, self->tells, json_integer (left));
    return json_dumps (event, JSON_COMPACT);
}

bool
reaction_do (const char *service, sqlite3 *db, zp_span_t text, char **said_p)
{
    json_t *event = json_loadb (text.data, text.size, 0, NULL);
    const reaction_t *self = s_find (service, s_text (event, "event"));
    const char *saga = s_text (event, "saga");
    *said_p = NULL;
    if (self) {
        int rc = ledger_sql (db, said_p,
                             "BEGIN IMMEDIATE; SELECT said FROM said"
                             "  WHERE saga = %Q AND heard = %Q",
                             saga, self->hears);
        s_must (db, rc);
        if (!*said_p && (*said_p = s_act (self, db, event)))
            rc = ledger_sql (db, NULL, "INSERT INTO said VALUES (%Q, %Q, %Q)",
                             saga, self->hears, *said_p);
        s_must (db, rc);
        s_must (db, sqlite3_exec (db, "COMMIT", NULL, NULL, NULL));
    }
    json_decref (event);
    return !self || *said_p;
}
