//  SPDX-License-Identifier: MIT
//
//  zp_saga_view - what an operator sees of sagas, and does
//
//  Its history, with the time of each event, is its records: read them from the
//  log.

#ifndef ZP_SAGA_VIEW_H
#define ZP_SAGA_VIEW_H

#include "zp_saga_core.h"

typedef enum zp_saga_state {
    ZP_SAGA_RUNNING,
    ZP_SAGA_COMPENSATING,
    ZP_SAGA_COMPLETED,    // All steps are done
    ZP_SAGA_COMPENSATED,  // All that may have been done was undone
    ZP_SAGA_PARKED,       // A person must look
    ZP_SAGA_STATES
} zp_saga_state_t;

//  In capitals, such as "RUNNING".
const char *zp_saga_state_name (zp_saga_state_t state);

//  Where a saga stands. Sets have the steps of which that is true.
typedef struct zp_saga_view {
    const char *id;            // Its id
    const char *name;          // Of its definition
    const zp_saga_def_t *def;  // This; NULL: it could not be read
    zp_saga_state_t state;     // One of five
    bool broken;               // Its records make no sense: it can only be
                               // completed
    bool backward;             // It is being undone, or was
    const char *reason;        // Why it went backward or was parked; "": for
                               // nothing
    const char *parent;        // The key of the step that it is; "": of none
    const char *input;         // JSON
    int64_t begun_ms;          // When it was started
    int64_t changed_ms;        // When it had its last record
    zp_saga_steps_t started;   // May have been sent
    zp_saga_steps_t done;      // Done, or skipped
    zp_saga_steps_t passed;    // Could not be done, and need not
    zp_saga_steps_t refused;   // Refused
    zp_saga_steps_t undo;      // Its compensation may have been sent
    zp_saga_steps_t undone;    // And is done, or skipped
    zp_saga_steps_t stuck;     // It is PARKED because of these
    const uint64_t *records;   // Their numbers in the log
    size_t record_count;       // How many
} zp_saga_view_t;

//  The saga with that id, or NULL.
const zp_saga_t *zp_saga_core_find (const zp_saga_core_t *self, zp_span_t id);

//  Look at it. What view points at is the core's, until its next call.
void zp_saga_view (const zp_saga_t *saga, zp_saga_view_t *view);

//  What step number step gave, as JSON; "null" if it gave nothing.
const char *zp_saga_result (const zp_saga_t *saga, int step);

//  How often the action of step number step, or its compensation if that was
//  begun, was sent since the core began.
int zp_saga_attempts (const zp_saga_t *saga, int step);

//  Room for a pointer of whoever has the core, at first NULL. He need not keep
//  it when the saga ends: it is erased later.
void **zp_saga_arg (const zp_saga_t *saga);

//  The trace that it is a part of, of whoever has the core: all zero at first,
//  and after a restart.
zp_trace_t *zp_saga_trace (const zp_saga_t *saga);

//  All sagas, those that began first first: NULL gives the first, and after the
//  last comes NULL.
const zp_saga_t *
zp_saga_core_each (const zp_saga_core_t *self, const zp_saga_t *before);

//  How many there are in that state.
size_t zp_saga_core_count (const zp_saga_core_t *self, zp_saga_state_t state);

typedef enum zp_saga_order {
    ZP_SAGA_RETRY,    // PARKED: try again what did not work
    ZP_SAGA_SKIP,     // PARKED: it was done, or undone, by hand; go on
    ZP_SAGA_ABORT,    // RUNNING, not past the point of no return: undo all
    ZP_SAGA_COMPLETE  // PARKED: all that is left was done by hand; it ends as
                      // COMPENSATED if it was being undone, else COMPLETED
} zp_saga_order_t;

//  Do what an operator wants. step says which one to skip, if several do not
//  work; else it may be empty. who and why are printable ASCII, 1 to 64 and 256
//  bytes, and kept in the log. ZP_NOT_FOUND, ZP_INVALID_ARGUMENT,
//  ZP_FAILED_PRECONDITION.
zp_status_t zp_saga_core_order (zp_saga_core_t *self, zp_span_t id,
                                zp_saga_order_t order, zp_span_t step,
                                zp_span_t who, zp_span_t why, int64_t now_ms);

#endif
