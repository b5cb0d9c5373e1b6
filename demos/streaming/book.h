//  SPDX-License-Identifier: MIT
//
//  book - what a service keeps, and the steps of sagas that change it
//
//  A SQLite database, in which what a step of a saga changes and what it says
//  of that are on disk together (patterns/saga, zp_saga_participant.h). All on
//  the service's loop.
//
//  A step is handled by a function that gets its input, checked, and returns
//  its result. If something is wrong with the database, that is remembered, and
//  the step fails whatever the function returns: nothing has changed then, and
//  the coordinator tries again.

#ifndef BOOK_H
#define BOOK_H

#include "service.h"
#include "zp_saga_participant.h"

#define BOOK_METHODS_MAX 8

typedef struct book book_t;

//  Handles a step: returns its result, which is taken, or what one of the
//  verbs below returned.
typedef json_t *(book_fn) (book_t *book, json_t *input, void *arg);

//  A method for sagas
typedef struct book_method {
    const char *name;       // NULL ends a table
    const field_t *fields;  // Of its input
    book_fn *fn;            // What handles it
    bool undoes;            // It is a compensation
} book_method_t;

//  Open the database whose path was given as that option, make these tables in
//  it (SQL; they may be there), and let the methods, which stay, be called. arg
//  goes to each. NULL, and said why, if that can't be done.
book_t *book_new (service_t *service, const service_option_t *path,
                  const char *tables, const book_method_t *methods, void *arg);

//  After service_destroy. Tolerates NULL.
void book_destroy (book_t **self_p);

//  As service_run; if the database fails, that is said.
int book_run (book_t *self);

service_t *book_service (book_t *self);

//  Run one statement, whose :names are what is called so in values (an object
//  of strings and integers; taken; NULL: none). The rows that it gives, each an
//  object; the caller owns the array. If it fails there are none.
json_t *book_sql (book_t *self, const char *sql, json_t *values);

//  The number in the one row and column that a statement gives; 0 if there is
//  no row.
json_int_t book_number (book_t *self, const char *sql, json_t *values);

//  The key of the step in hand, SAGA/STEP, and the method that was called;
//  "start" when nothing is served yet.
const char *book_key (book_t *self);
const char *book_method (book_t *self);

//  In a step: it can't be done, ever. The code is for programs.
json_t *book_refuse (book_t *self, const char *code, const char *format, ...)
    CHECK_PRINTF (3);

//  In a step: it has begun, and book_finish says when it has ended.
json_t *book_ongoing (book_t *self);

//  That step has ended: fn (with a NULL input) changes what it must, and
//  returns the result. False if the database has failed: the service ends.
bool book_finish (book_t *self, const char *key, book_fn *fn, void *arg);

#endif
