//  SPDX-License-Identifier: MIT
//
//  zp_saga_request - an action or a compensation in the hands of its handler
//
//  A handler runs inside a transaction of the service's database. It changes
//  what it must with that connection, and says once, before it returns, how it
//  ended: done, refused, ongoing or fail. What it changed and what it said are
//  then on disk together, or neither is. It must neither commit nor roll back,
//  nor do anything that lasts elsewhere: it may run again.
//
//      static void
//      s_reserve (zp_saga_request_t *request, sqlite3 *db, void *arg)
//      {
//          ... UPDATE titles SET free = free - 1 WHERE free > 0 ...
//          if (sqlite3_changes (db) == 0)
//              zp_saga_request_refuse (request, "SOLD_OUT", "no seat is left");
//          else
//              zp_saga_request_done (request, "{\"seat\":7}");
//      }

#ifndef ZP_SAGA_REQUEST_H
#define ZP_SAGA_REQUEST_H

#include <czmq.h>
#include <jansson.h>
#include <sqlite3.h>

#include "zp_status.h"

typedef struct zp_saga_request zp_saga_request_t;

typedef void (zp_saga_handler_fn) (zp_saga_request_t *request, sqlite3 *db,
                                   void *arg);

//  SAGA/STEP: the same for an action, its compensation, and all repetitions.
const char *zp_saga_request_key (zp_saga_request_t *self);

//  True if an action is to be undone.
bool zp_saga_request_compensates (zp_saga_request_t *self);

//  What it is asked with; the request's. NULL in zp_saga_participant_finish.
const json_t *zp_saga_request_input (zp_saga_request_t *self);

//  To undo an action: what that gave, as this service has kept it; the
//  request's. NULL in an action.
const json_t *zp_saga_request_result (zp_saga_request_t *self);

//  The how manieth time it is asked for, as the coordinator says; 0 in
//  zp_saga_participant_finish.
uint64_t zp_saga_request_attempt (zp_saga_request_t *self);

//  It is done. json (copied) is the result, NULL is "null".
void zp_saga_request_done (zp_saga_request_t *self, const char *json);

//  It can't be done, ever: what the handler changed is taken back. An action
//  stays refused under its key. A compensation does not: it is tried again, and
//  needs a person if that does not help. The code is for programs (1 to
//  ZP_SAGA_CODE_MAX printable characters without spaces), format makes a line
//  for a person (ZP_SAGA_TEXT_MAX).
void zp_saga_request_refuse (zp_saga_request_t *self, const char *code,
                             const char *format, ...) CHECK_PRINTF (3);

//  It has begun, and zp_saga_participant_finish will say how it ended; until
//  then ask again every so many milliseconds (1 to ZP_SAGA_ONGOING_MAX). What
//  the handler changed stays: it should have written down what is to be done,
//  since nobody will call it again.
void zp_saga_request_ongoing (zp_saga_request_t *self, int after_ms);

//  It could not be done now: all is as if it had never come, and the
//  coordinator tries again. The status is not ZP_OK, format makes a line for a
//  person. A handler that says nothing has failed with ZP_INTERNAL.
void zp_saga_request_fail (zp_saga_request_t *self, zp_status_t status,
                           const char *format, ...) CHECK_PRINTF (3);

#endif
