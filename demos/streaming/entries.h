//  SPDX-License-Identifier: MIT
//
//  entries - double-entry bookkeeping in a service's book
//
//  Whatever moves, money or seats, moves from one account to another: two
//  entries with the same key, of which one is the other's negative. Entries are
//  added, and never changed or deleted; so all of them add up to 0, and the
//  book tells how it came to what it says. For each account a balance is kept,
//  by the database itself.
//
//  Anybody may read, in pages, in the order of the numbers:
//
//      ledger.entries   {after} -> {rows: [{number, time_ms, key, what,
//                       account, profile, plan, amount}]}
//      ledger.balances  {after} -> {rows: [{number, account, profile, plan,
//                       balance}]}

#ifndef ENTRIES_H
#define ENTRIES_H

#include "book.h"

//  What makes the tables; other tables may follow
extern const char entries_tables[];

//  An account
typedef struct account {
    const char *name;     // What is counted there, such as "free"
    const char *profile;  // Whose; "": the house's
    const char *plan;     // Of which plan
} account_t;

//  Let entries and balances be read.
void entries_serve (book_t *book);

//  Move so much from one account to another: in a step, or before anything is
//  served. Returns the number of the second of the two entries.
json_int_t
entries_move (book_t *book, account_t from, account_t to, json_int_t amount);

//  A compensation: what the action with this key has moved goes back.
json_t *entries_undo (book_t *book, json_t *input, void *arg);

json_int_t entries_balance (book_t *book, account_t account);

#endif
