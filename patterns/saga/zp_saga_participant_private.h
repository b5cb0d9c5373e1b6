//  SPDX-License-Identifier: MIT
//
//  What the files of the participant share. Not for anybody else.
//
//  zp_saga_participant.c  its beginning and end, and the end of a turn
//  zp_saga_service.c      what comes of a command
//  zp_saga_request.c      a command in the hands of its handler
//  zp_saga_barrier.c      the table

#ifndef ZP_SAGA_PARTICIPANT_PRIVATE_H
#define ZP_SAGA_PARTICIPANT_PRIVATE_H

#include "zp_fifo.h"
#include "zp_saga_participant.h"
#include "zp_saga_request_private.h"

//  What those are told whose command the disk may have, or not
#define ZP_SAGA_DOUBT "whether it was done is not known: %s"

typedef struct zp_saga_method {
    zp_saga_participant_t *self;  // Whose it is
    zp_saga_side_t side;          // An action, or a compensation
    zp_saga_handler_fn *fn;       // What handles it
    void *arg;                    // Given to that
    struct zp_saga_method *next;  // In the participant's list
} zp_saga_method_t;

//  A reply that waits until the disk has what it says
typedef struct zp_saga_waiting {
    zp_request_t *request;  // Who waits
    zp_saga_said_t says;    // What for
} zp_saga_waiting_t;

struct zp_saga_participant {
    zp_saga_participant_options_t options;  // As given, but for the path
    zp_server_t *server;                    // Who takes the commands
    zp_saga_barrier_t barrier;              // The database
    zp_saga_method_t *methods;              // A list
    zp_fifo_t waiting;                      // zp_saga_waiting_t
    size_t written;                         // Rows in this transaction
    bool handling;                          // A handler runs
    zp_status_t status;                     // Not OK: it has failed
    zp_saga_participant_stats_t stats;      // What happened
};

//  True if it went well; else that was the end: who waits is told so, and
//  nothing is confirmed any more.
bool zp_saga_participant_well (zp_saga_participant_t *self, zp_status_t status);
bool zp_saga_participant_do (zp_saga_participant_t *self,
                             zp_saga_barrier_sql_t which);

//  Commit, if there is a transaction.
bool zp_saga_participant_commit (zp_saga_participant_t *self);

//  Reply with what is said (copied), when that is on disk.
void
zp_saga_participant_wait (zp_saga_participant_t *self, zp_request_t **request_p,
                          const zp_saga_said_t *says);

//  Handle a command, arg being a zp_saga_method_t, and saga.status, arg being
//  the participant.
void zp_saga_service_command (zp_request_t *request, void *arg);
void zp_saga_service_status (zp_request_t *request, void *arg);

#endif
