//  SPDX-License-Identifier: MIT
//
//  What the four services do. Each has accounts in a database of its own, and
//  all that is ever done is to move an amount from one account to another: so
//  nothing is made or lost, and anybody can check that.

#ifndef LEDGER_H
#define LEDGER_H

#include <sqlite3.h>

#include "zp_server.h"

typedef struct ledger_action {
    const char *service;  // Who can do it; NULL ends the table
    const char *name;     // What it is called
    bool undoes;          // It is a compensation
    const char *from;     // The account that it takes from, which must have so
                          // much; NULL: the viewer's
    const char *to;       // The account that it gives to; NULL: the viewer's
    int amount;           // How many seats, cents, rights or stamps
    const char *code;     // Why it may be refused: for programs
    const char *text;     // And for a person
} ledger_action_t;

extern const ledger_action_t ledger_actions[];

//  The one of that name, which there must be.
const ledger_action_t *ledger_find (const char *name);

//  Make the accounts of a service, unless they are there. As long as db is
//  open, the action called closed (may be NULL) is refused. SQLITE_OK, or why
//  not.
int ledger_open (sqlite3 *db, const char *service, const char *closed);

//  Do it, in the transaction that is open, and print for which saga, and what
//  came of it. Tells what is left in the account that it takes from.
//  ZP_FAILED_PRECONDITION: it is refused, and nothing was done; ZP_UNAVAILABLE:
//  sqlite3_errmsg says why.
zp_status_t ledger_do (sqlite3 *db, const ledger_action_t *action,
                       const char *saga, const char *viewer, int *left_p);

//  Run SQL made as by sqlite3_mprintf. The first value of the first row goes to
//  *value_p (may be NULL; free it), which is NULL if there is none. SQLITE_OK,
//  or why not.
int ledger_sql (sqlite3 *db, char **value_p, const char *format, ...);

//  All amounts of a service together, as they were in the beginning, and ever
//  should be.
int ledger_sum (const char *service);

//  Let a server tell the books, {"ACCOUNT": AMOUNT, ...}, by its method of that
//  name, and listen at ipc://SERVICE. Prints why it can't.
zp_status_t
ledger_serve (sqlite3 *db, const char *service, zp_server_t *server);

#endif
