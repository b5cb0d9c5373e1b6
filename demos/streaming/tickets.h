//  SPDX-License-Identifier: MIT
//
//  tickets - what the desks of support have answered
//
//  One SQLite database for all desks, each of which is a process. A ticket is
//  called by the number of its job, so one that comes twice, to whichever desk,
//  is the same; it is answered once, and its desk counts it once, in the same
//  transaction.
//
//  Several write to it, which a write-ahead log must not have (SQLite before
//  3.51.3 can lose what is in it then); so it has a rollback journal.

#ifndef TICKETS_H
#define TICKETS_H

#include <jansson.h>

#include "service.h"

typedef struct tickets tickets_t;

//  Open the database whose path was given as that option, or make it. For one
//  thread. NULL, and said why, if that can't be done.
tickets_t *tickets_new (service_t *service, const service_option_t *path);

//  Tolerates NULL.
void tickets_destroy (tickets_t **self_p);

//  Answer a ticket; or, if it was answered, count that it came again. False if
//  that is not on disk: tickets_error says why.
bool tickets_answer (tickets_t *self, json_int_t ticket, const char *desk,
                     const char *answer);

//  {ticket, desk, answer, came}, which the caller owns, or NULL if there is
//  none. It came so many times.
json_t *tickets_get (tickets_t *self, json_int_t ticket);

//  The next ones after that number, at most 500: an array of the same.
json_t *tickets_page (tickets_t *self, json_int_t after);

//  {answered, again}: by all desks, and how many came again after that.
json_t *tickets_sums (tickets_t *self);

//  What went wrong last; tickets_get and the others give NULL then.
const char *tickets_error (tickets_t *self);

#endif
