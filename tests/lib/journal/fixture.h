//  SPDX-License-Identifier: MIT
//
//  fixture - a journal in a folder of its own, and what it told
//
//  All events are written down in a log, such as
//
//      committed(3) found(2:key:head:body) missing(7) failed(DATA_LOSS)

#ifndef FIXTURE_H
#define FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "test_loop.h"
#include "zp_journal.h"

typedef struct fixture {
    char *folder;           // Where the journal is; gone after the test
    char *path;             // Of the database in it
    char *url;              // Of the journal
    zloop_t *loop;          // Where it lives
    zp_journal_t *journal;  // NULL: not open
    zp_status_t status;     // Of the last attempt to open it, or its failure
    char *error;            // The text for that
    char log[4096];         // Events, as long as there is room
    uint64_t committed;     // The last position of that event
    int fetched;            // How many records came
    int failures;           // How often it failed
} fixture_t;

int fixture_set_up (void **state);
int fixture_tear_down (void **state);

#define fixture_test(test)                                                     \
    cmocka_unit_test_setup_teardown (test, fixture_set_up, fixture_tear_down)

//  Open the journal at self->url, which must work; or false if it does not.
void fixture_open (fixture_t *self);
bool fixture_try_open (fixture_t *self);

//  Destroy the journal, and open it again.
void fixture_reopen (fixture_t *self);

//  Run the loop until all is on disk.
void fixture_commit (fixture_t *self);

//  The bytes of a text, without its 0.
zp_span_t fixture_text (const char *text);

//  Append a record with texts. Returns its number.
uint64_t fixture_append (fixture_t *self, const char *key, const char *head,
                         const char *body);

//  What replay gives, such as "1:key:head:body 3:key:head:body "; valid until
//  the next call.
const char *fixture_replay (fixture_t *self, uint64_t from, bool bodies);

//  The first value that a query at the database gives, as the sqlite3 shell
//  would; the journal must not be open. To be freed.
char *fixture_query (fixture_t *self, const char *sql);

#endif
