//  SPDX-License-Identifier: MIT
//
//  zp_saga_participant - the service's side of a saga
//
//  It gives a zp_server methods that a coordinator can call as often as it
//  must: of an action and its compensation, each takes effect at most once a
//  key, in whatever order they come and however often. For that, a row with
//  what was said is kept in the service's own SQLite database, in the same
//  transaction as the effect (Garcia-Molina and Salem, "Sagas", SIGMOD 1987;
//  Helland, "Life beyond Distributed Transactions", CIDR 2007). Commands that
//  come in one turn of the loop share one transaction, and so one sync; their
//  replies leave when it is on disk. While the disk syncs, the loop waits.
//
//  The contract. A command is a request to the method with these arguments:
//
//      KEY      "SAGA/STEP": 1 to 64 and 1 to 32 of letters, digits, . _ -
//      KIND     "action" or "compensate"
//      INPUT    JSON
//      RESULT   JSON: what the action gave, for "compensate"; null: not known
//      ATTEMPT  decimal
//
//  and the reply, with status OK, is
//
//      "done" RESULT            JSON
//      "refused" CODE TEXT      nothing was done
//      "ongoing" MILLISECONDS   ask again after that
//
//  All else (another status, garbage, silence) leaves the outcome unknown. The
//  method saga.status KEY KIND gives the same reply without any effect, or
//
//      "unknown"                it never arrived; it may still come
//
//      what comes         what is known of the key     what happens
//      -----------------  ---------------------------  ----------------------
//      an action          nothing                      its handler runs
//                         it was done, refused,        it is said again
//                         or is ongoing
//      a compensation     nothing, RESULT is null      done, without effect; an
//                                                      action that comes later
//                                                      is refused: COMPENSATED
//                         nothing, RESULT is not null  FAILED_PRECONDITION: the
//                                                      row is lost
//                         the action was refused       done, without effect
//                         the action is ongoing        ongoing, without effect
//                         the action was done          its handler runs
//                         it was done, or is ongoing   it is said again

#ifndef ZP_SAGA_PARTICIPANT_H
#define ZP_SAGA_PARTICIPANT_H

#include "zp_saga_request.h"
#include "zp_server.h"

typedef struct zp_saga_participant zp_saga_participant_t;

//  Nothing will be confirmed any more; text says why and what to do. The
//  program should end.
typedef void (zp_saga_failed_fn) (void *arg, zp_status_t status,
                                  const char *text);

typedef struct zp_saga_participant_options {
    const char *path;         // Of the database; needed, copied
    uint32_t application_id;  // Of the database: one with another is refused
    uint32_t version;         // Of the service's tables, as PRAGMA
                              // user_version: one with a higher is refused,
                              // one with a lower is the service's to change
    int64_t keep_ms;  // How long a row is kept after it last changed, on the
                      // wall clock. Longer than a saga can stay open, parked
                      // ones included: a command of one that is not known any
                      // more is taken for a new one. What is ongoing stays
    zp_saga_failed_fn *failed;  // Called once; NULL: the server is drained, and
                                // the loop then ends
    void *arg;                  // Given to that
} zp_saga_participant_options_t;

#define ZP_SAGA_PARTICIPANT_DEFAULTS                                           \
    {                                                                          \
        .keep_ms = INT64_C (604800000)                                         \
    }

//  Open the database, or make it, and give the server the method saga.status;
//  its zp_server_on_turn is the participant's. One process can have the
//  database open, with one connection. On failure NULL is returned, the
//  database is as it was, and *status_p and *error_p (may be NULL; zstr_free)
//  have the reason, as in zp_sqlite_open.
zp_saga_participant_t *
zp_saga_participant_new (zp_server_t *server,
                         const zp_saga_participant_options_t *options,
                         zp_status_t *status_p, char **error_p);

//  Close the database. After the server was destroyed.
void zp_saga_participant_destroy (zp_saga_participant_t **self_p);

//  The connection: to make the service's own tables before anything is served,
//  and to read. Changes belong into handlers.
sqlite3 *zp_saga_participant_db (zp_saga_participant_t *self);

//  Let fn handle an action, or a compensation; the method is copied.
void
zp_saga_participant_action (zp_saga_participant_t *self, const char *method,
                            zp_saga_handler_fn *fn, void *arg);
void zp_saga_participant_compensation (zp_saga_participant_t *self,
                                       const char *method,
                                       zp_saga_handler_fn *fn, void *arg);

//  What is ongoing under that key has ended, or goes on: fn runs in a
//  transaction of its own, and says what came of it as a handler does. When
//  ZP_OK is returned that is on disk. ZP_NOT_FOUND: nobody knows the key;
//  ZP_FAILED_PRECONDITION: nothing is ongoing under it; what fn failed with;
//  or zp_saga_participant_error says what. Not from a handler.
zp_status_t
zp_saga_participant_finish (zp_saga_participant_t *self, const char *key,
                            zp_saga_handler_fn *fn, void *arg);

//  Run the server, as zp_server_run. If the database fails it ends at once,
//  with that status, and zp_saga_participant_error has the text.
zp_status_t zp_saga_participant_run (zp_saga_participant_t *self);

//  Why it failed: a line for a person, and what to do. "" if it did not.
const char *zp_saga_participant_error (zp_saga_participant_t *self);

typedef struct zp_saga_participant_stats {
    uint64_t commands;    // Actions and compensations that came
    uint64_t handled;     // Of these, those whose handlers ran
    uint64_t repeated;    // Answered from what is kept
    uint64_t commits;     // Transactions on disk
    uint64_t size_bytes;  // What the database takes there
} zp_saga_participant_stats_t;

void zp_saga_participant_stats (zp_saga_participant_t *self,
                                zp_saga_participant_stats_t *stats);

#endif
