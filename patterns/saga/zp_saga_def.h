//  SPDX-License-Identifier: MIT
//
//  zp_saga_def - the definition of a saga: its steps, in which order, and what
//  to do when one fails
//
//  A definition is JSON, written by a person. All that can be known to be wrong
//  is found when it is loaded, each mistake with line and column: a saga that
//  has begun never fails for its definition. The format is in README.md.
//
//  Steps are of three kinds (Garcia-Molina and Salem: "Sagas", SIGMOD 1987;
//  Richardson: "Microservices Patterns", chapter 4):
//
//    compensatable  it can be undone; all of them come before
//    pivot          the point of no return, at most one; all that come after
//    retriable      are repeated until they are done
//
//  and each does one of three things: call the action of a service; wait for a
//  signal from outside; or run another saga to its end.
//
//  A definition never changes once it is loaded, and is for one thread.

#ifndef ZP_SAGA_DEF_H
#define ZP_SAGA_DEF_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "zp_backoff.h"
#include "zp_envelope.h"

#define ZP_SAGA_STEPS_MAX 64         // Steps of a saga
#define ZP_SAGA_ID_MAX    64         // Bytes of the id of a saga, and its name
#define ZP_SAGA_STEP_MAX  32         // Bytes of the id of a step
#define ZP_SAGA_KEY_MAX   97         // Bytes of SAGA/STEP
#define ZP_SAGA_DEF_MAX   1048576    // Bytes of a definition
#define ZP_SAGA_MS_MAX    864000000  // Ten days: the most that a step can take

typedef struct zp_saga_def zp_saga_def_t;

//  A set of steps of one definition: bit i is its step number i.
typedef uint64_t zp_saga_steps_t;

typedef enum zp_saga_kind {
    ZP_SAGA_COMPENSATABLE,
    ZP_SAGA_PIVOT,
    ZP_SAGA_RETRIABLE
} zp_saga_kind_t;

//  How often and when to try again, if nobody knows what became of a command.
typedef struct zp_saga_retry {
    int max_attempts;      // In total, >= 1
    zp_backoff_t backoff;  // How long to wait before the next
    bool jitter;           // Somewhere from 0 to that; false: exactly that
    uint32_t final;        // Statuses, a bit for each, after which there is no
                           // use in trying again
} zp_saga_retry_t;

typedef struct zp_saga_step {
    const char *id;            // Its name in the saga
    zp_saga_kind_t kind;       // One of three
    const char *service;       // Who does it, by a method of his; NULL: nobody,
    const char *wait_for;      // it waits for this signal
    const char *saga;          // or it is a saga of this name
    const char *action;        // The method; NULL if there is no service
    const char *compensation;  // The method, or saga, that undoes it; NULL:
                               // there is nothing to undo
    json_t *input;             // What it is given, see zp_saga_input.h; NULL:
                               // the saga's input
    int64_t timeout_ms;        // Of an attempt, or of the wait
    zp_saga_retry_t retry;     // Of the action
    zp_saga_retry_t undo_retry;  // Of the compensation
    bool optional;          // If it can't be done, the saga goes on without it
    zp_saga_steps_t after;  // Begins when these have ended
    zp_saga_steps_t past;   // All that have ended when it begins
} zp_saga_step_t;

//  Public, to be read.
struct zp_saga_def {
    const char *name;          // Of the saga
    int64_t version;           // Of the definition
    int64_t deadline_ms;       // Sagas that are not past the point of no return
                               // by then are aborted; 0: there is none
    size_t count;              // Steps
    zp_saga_step_t *steps;     // These, in the order of the text
    zp_saga_steps_t all;       // Each of them
    zp_saga_steps_t forward;   // Pivot and retriable: no return once one began
    zp_saga_steps_t undoable;  // Those with a compensation
    json_t *json;              // What the texts above belong to
    char *text;                // The definition as it was loaded
    size_t text_size;          // Its bytes
    unsigned users;            // How often it must be destroyed
};

//  Load a definition. services lists those that there are, with a NULL at its
//  end; NULL: any will do. If anything is wrong NULL is returned, and
//  *mistakes_p (may be NULL; free it) has a line for each mistake in the order
//  of the text, as "LINE:COLUMN: what is wrong\n".
zp_saga_def_t *zp_saga_def_new (zp_span_t text, const char *const *services,
                                char **mistakes_p);

//  One more user of the same; each destroys it.
zp_saga_def_t *zp_saga_def_use (zp_saga_def_t *self);
void zp_saga_def_destroy (zp_saga_def_t **self_p);

//  The number of the step with that id; -1 if there is none.
int zp_saga_def_find (const zp_saga_def_t *self, zp_span_t id);

//  True if it can be the id of a saga, or its name, with max =
//  ZP_SAGA_ID_MAX; or of a step, with ZP_SAGA_STEP_MAX: letters, digits, '.',
//  '_' and '-'.
bool zp_saga_id_valid (zp_span_t id, size_t max);

#endif
