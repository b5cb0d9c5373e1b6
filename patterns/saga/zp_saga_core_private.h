//  SPDX-License-Identifier: MIT
//
//  What the files of the core share. Not for anybody else.
//
//  zp_saga_core.c     its beginning and end, definitions, start, time
//  zp_saga_life.c     a saga: what happens is written down and applied
//  zp_saga_send.c     what is to be sent, when, and what comes back
//  zp_saga_view.c     what an operator sees and does; signals
//  zp_saga_restore.c  sagas are taken back from the log
//  zp_saga_plan.c     what follows from what
//  zp_saga_record.c   what the log says
//  zp_saga_table.c    sagas by id and by time

#ifndef ZP_SAGA_CORE_PRIVATE_H
#define ZP_SAGA_CORE_PRIVATE_H

#include <sys/queue.h>

#include "zp_random.h"
#include "zp_saga_def_private.h"
#include "zp_saga_plan.h"
#include "zp_saga_table.h"

#define ZP_SAGA_NOTHING ((zp_span_t){NULL, 0})

typedef enum zp_saga_phase {
    ZP_SAGA_IDLE,
    ZP_SAGA_READY,     // To be sent, when its record is on disk
    ZP_SAGA_SENT,      // No answer yet
    ZP_SAGA_PAUSED,    // To be sent at due_ms
    ZP_SAGA_LISTENING  // For a signal, until due_ms
} zp_saga_phase_t;

//  One step of a saga. All but the result is forgotten by a restart.
typedef struct zp_saga_slot {
    char *result;      // JSON; NULL: none
    int64_t due_ms;    // When to do something, if not IDLE or READY
    uint32_t attempt;  // How often it was sent
    uint32_t tries;    // The same since it was last heard of
    uint8_t phase;     // One of the above
    bool ask;          // Send a question, not the command
} zp_saga_slot_t;

struct zp_saga {
    zp_saga_t *next;               // In the table, with the same hash
    TAILQ_ENTRY (zp_saga) all;     // By when it began
    TAILQ_ENTRY (zp_saga) listed;  // In one of two lists:
    bool writing;                  // What it has written is not on disk
    bool ready;                    // There is something to do
    bool tell;                     // That it has ended, or is PARKED
    size_t place;                  // In the heap, from 1; 0: it is not there
    int64_t due_ms;                // Why it is there
    zp_saga_def_t *def;            // Its definition; NULL: not readable
    zp_saga_marks_t marks;         // How far it is
    bool broken;                   // Its records make no sense
    char *reason;                  // Why it is not going forward; NULL: it is
    char *parent;                  // The key of the step that it is; NULL: of
                                   // none
    char *input;                   // JSON
    uint64_t *records;             // Their numbers
    uint32_t record_count;         // How many
    uint32_t record_room;          // For so many
    int64_t begun_ms;              // When it was started
    int64_t changed_ms;            // When it had its last record
    zp_saga_slot_t *slots;         // Its steps
    void *arg;                     // Of whoever has the core
    zp_trace_t trace;              // The same
    char id[];                     // Ends with a 0
};

TAILQ_HEAD (zp_sagas, zp_saga);

struct zp_saga_core {
    zp_saga_options_t options;      // As given
    zp_journal_log_t log;           // What is decided goes there
    zp_random_t random;             // For jitter
    int64_t now_ms;                 // The latest time heard of
    uint64_t written;               // Records up to this are on disk
    uint64_t last;                  // The last that there is
    zp_saga_def_t **defs;           // By which sagas are started
    size_t def_count;               // How many
    zp_saga_def_t **read;           // Those that were read from the log
    size_t read_count;              // How many
    zp_saga_table_t table;          // All sagas, by id
    zp_saga_heap_t heap;            // Those that wait for a time
    struct zp_sagas all;            // Those that began first first
    struct zp_sagas writing;        // By the last record
    struct zp_sagas ready;          // Next first
    size_t counts[ZP_SAGA_STATES];  // Of those in each state
    char *input;                    // What the last command is given
    char key[ZP_SAGA_KEY_MAX + 1];  // And its key
    zp_status_t status;             // Of the last failure
    char error[400];                // And why
};

//  Note how a call failed; returns status.
zp_status_t
zp_saga_core_fail (zp_saga_core_t *self, zp_status_t status, const char *format,
                   ...) __attribute__ ((format (printf, 3, 4)));

//  The latest time heard of; now_ms may be behind it.
int64_t zp_saga_core_clock (zp_saga_core_t *self, int64_t now_ms);

//  A saga without records; def is taken, and may be NULL.
zp_saga_t *zp_saga_life_new (zp_saga_core_t *core, zp_span_t id,
                             zp_saga_def_t **def_p, int64_t now_ms);
void zp_saga_life_destroy (zp_saga_core_t *core, zp_saga_t **self_p);

//  If it is possible, let a thing happen: complete the record, write it and
//  apply it; returns whether it was. The body is a result or a value.
bool zp_saga_life_happen (zp_saga_core_t *core, zp_saga_t *self,
                          zp_saga_record_t *record);

//  A record is applied that is in the log under that number since time_ms.
void zp_saga_life_apply (zp_saga_core_t *core, zp_saga_t *self,
                         const zp_saga_record_t *record, uint64_t number,
                         int64_t time_ms);

//  It can't be read, and a person must look.
void
zp_saga_life_break (zp_saga_core_t *core, zp_saga_t *self, const char *why);

//  Its time, or what it has to do, has changed.
void zp_saga_life_schedule (zp_saga_core_t *core, zp_saga_t *self);

//  Its time has come.
void zp_saga_send_due (zp_saga_core_t *core, zp_saga_t *self);

#endif
