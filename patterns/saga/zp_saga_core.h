//  SPDX-License-Identifier: MIT
//
//  zp_saga_core - what a coordinator of sagas decides, without doing any of it
//
//  Pure: no socket, no file, no clock. Time is an argument (milliseconds since
//  1970, never going back), random numbers come from a seed, what is to be
//  written goes to a log, and what is to be sent is asked for with
//  zp_saga_core_next, which gives nothing away before the log has it on disk.
//
//    start --> RUNNING ---- all steps are done -----> COMPLETED
//                |   \                                     ^
//                |    +-- no way on ----+                  | complete
//   a step is    |                      v                  |
//   refused, not |    retry, skip <-- PARKED --------------+
//   answered;    |    or a late         ^                  |
//   deadline;    |    answer            |                  | complete
//   abort        |    +-- no way back --+                  v
//                v   /                              COMPENSATED
//          COMPENSATING --- all is undone -------------> ^
//
//  Only a service that says so has refused. All else that is not "done",
//  silence and garbage too, is an unknown outcome: the command is sent again
//  under the same key. When the attempts run out, a compensatable step is
//  undone, since it may have been done, with all before it; a pivot can't be,
//  so the saga is PARKED: a person must look.
//
//  How often a command was tried is not in the log: after a restart all its
//  attempts are there again. All else survives. The log is the state: what is
//  decided is made a record, and a record is all that ever changes a saga, now
//  or when it is read again.
//
//  The rest of the core: zp_saga_reply.h (what a service says),
//  zp_saga_view.h (what an operator sees and
//  does).

#ifndef ZP_SAGA_CORE_H
#define ZP_SAGA_CORE_H

#include "zp_journal_log.h"
#include "zp_saga_def.h"
#include "zp_saga_reply.h"
#include "zp_status.h"

typedef struct zp_saga_core zp_saga_core_t;
typedef struct zp_saga zp_saga_t;  // One that was started

typedef struct zp_saga_options {
    size_t max_sagas;        // That are in memory, ended ones too
    size_t max_input_bytes;  // Of an input, a result, or a signal's value
    int64_t retention_ms;    // Ended sagas can be read for that long at least
} zp_saga_options_t;

#define ZP_SAGA_DEFAULTS                                                       \
    {                                                                          \
        .max_sagas = 1000000, .max_input_bytes = 65536,                        \
        .retention_ms = 86400000                                               \
    }

//  Make a core without sagas. Copies options and log.
//
//  In the log, the key is the saga's id, the head what happened, see
//  zp_saga_record.h, the body the input and the definition, a result, or
//  nothing. Nothing is amended. What one call of the core writes is never
//  divided by a crash.
zp_saga_core_t *zp_saga_core_new (const zp_saga_options_t *options,
                                  const zp_journal_log_t *log, uint64_t seed);
void zp_saga_core_destroy (zp_saga_core_t **self_p);

//  Take back a record of the log at the start, in the order of the numbers,
//  which was appended at time_ms; restored after the last. Nothing is written.
//  A saga whose records make no sense is PARKED with the reason, and all others
//  go on. ZP_DATA_LOSS, and nothing is done, if a record can be told to no saga
//  at all.
zp_status_t
zp_saga_core_restore (zp_saga_core_t *self, uint64_t number, int64_t time_ms,
                      zp_span_t key, zp_span_t head, zp_span_t body);

//  All records were given back: what is open goes on.
void zp_saga_core_restored (zp_saga_core_t *self, int64_t now_ms);

//  How the last call failed that did, and why: a line for a person.
zp_status_t zp_saga_core_status (const zp_saga_core_t *self);
const char *zp_saga_core_error (const zp_saga_core_t *self);

//  From now on sagas of that name are started as def says, which is taken.
//  Those that run go on as they began.
void zp_saga_core_define (zp_saga_core_t *self, zp_saga_def_t **def_p);

//  The definition by which sagas of that name are started, or NULL.
const zp_saga_def_t *
zp_saga_core_definition (const zp_saga_core_t *self, zp_span_t name);

//  All of these, as many as *count_p says.
zp_saga_def_t *const *
zp_saga_core_definitions (const zp_saga_core_t *self, size_t *count_p);

//  Start a saga of that name. The id is the caller's; started again with the
//  same name and input it is the same saga, ended or not, in its retention
//  time. Tell nobody before what was written is on disk. The input is JSON.
//  ZP_NOT_FOUND (no definition of that name), ZP_INVALID_ARGUMENT (id, input),
//  ZP_ALREADY_EXISTS (other name or input), ZP_RESOURCE_EXHAUSTED.
zp_status_t zp_saga_core_start (zp_saga_core_t *self, zp_span_t name,
                                zp_span_t id, zp_span_t input, int64_t now_ms);

//  The same for a saga that is a step of another one; parent is the key of that
//  step. It can be read as long as its parent is open, however long ago it has
//  ended, since that will ask for it. A saga that somebody else started under
//  the id is another one.
zp_status_t
zp_saga_core_start_step (zp_saga_core_t *self, zp_span_t parent, zp_span_t name,
                         zp_span_t id, zp_span_t input, int64_t now_ms);

//  The number of the last record; 0 if there is none.
uint64_t zp_saga_core_last (const zp_saga_core_t *self);

//  All records up to that number are on disk.
void zp_saga_core_written (zp_saga_core_t *self, uint64_t number);

typedef enum zp_saga_verb {
    ZP_SAGA_ACTION,      // Do it
    ZP_SAGA_COMPENSATE,  // Undo it
    ZP_SAGA_ENDED        // Nothing is to be sent: the saga has ended, or is
                         // PARKED; tell those who wait for it
} zp_saga_verb_t;

//  What is to be done. The texts are the core's, until its next call. A step
//  that is a saga has no service: who sends starts that saga himself, under an
//  id made of the key, and replies as a service would.
typedef struct zp_saga_command {
    zp_saga_verb_t verb;         // What
    bool ask;                    // Only ask what became of it (saga.status)
    const zp_saga_t *saga;       // Of which saga
    const zp_saga_step_t *step;  // Of which step; NULL: ENDED
    const char *key;             // "SAGA/STEP": the same for each attempt; or
                                 // "SAGA"
    const char *input;           // JSON
    const char *result;          // JSON: what the action gave; "null": unknown
    int attempt;                 // From 1
    int64_t timeout_ms;          // No answer by then is none; the core counts
                                 // that itself
} zp_saga_command_t;

//  The next thing to do; false if there is none now. Ask until it is false
//  after each call that changes something, and each `written` and `tick`.
bool zp_saga_core_next (zp_saga_core_t *self, int64_t now_ms,
                        zp_saga_command_t *command);

//  The command that zp_saga_core_next gave last can't leave now: its time
//  stands still until it is resumed.
void zp_saga_core_hold (zp_saga_core_t *self, const zp_saga_command_t *command);

//  Now it can leave, and its time begins. False: it must not any more.
bool
zp_saga_core_resume (zp_saga_core_t *self, zp_span_t key, zp_saga_verb_t verb,
                     int attempt, int64_t now_ms, zp_saga_command_t *command);

//  What came back for a command with that key, verb (not ENDED) and attempt.
//  Whatever it is: late, twice, or about nothing that is known, it does no
//  harm. True if it has changed something.
bool
zp_saga_core_reply (zp_saga_core_t *self, zp_span_t key, zp_saga_verb_t verb,
                    int attempt, const zp_saga_reply_t *reply, int64_t now_ms);

//  A signal from outside, with a value (JSON; empty: null). The first of a name
//  counts, and may come before its step waits for it. ZP_NOT_FOUND (no such
//  saga), ZP_INVALID_ARGUMENT (no step waits for that, or no JSON),
//  ZP_FAILED_PRECONDITION (the saga has ended, or compensates).
zp_status_t
zp_saga_core_signal (zp_saga_core_t *self, zp_span_t id, zp_span_t name,
                     zp_span_t value, int64_t now_ms);

//  Do what time demands: attempts, waits and deadlines that are over, ended
//  sagas to be erased.
void zp_saga_core_tick (zp_saga_core_t *self, int64_t now_ms);

//  When to tick next; INT64_MAX if there is nothing to wait for.
int64_t zp_saga_core_next_tick (const zp_saga_core_t *self);

#endif
