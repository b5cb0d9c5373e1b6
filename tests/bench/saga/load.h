//  SPDX-License-Identifier: MIT
//
//  load - starts sagas and waits for them; and what SQLite alone does with as
//  many records

#ifndef LOAD_H
#define LOAD_H

#include <stdint.h>

//  Keep `window` sagas going for so many seconds. Returns how many were
//  COMPLETED; any other end ends this program. p50_ms is how long one took.
uint64_t
load_sagas (const char *endpoint, int window, double seconds, double *p50_ms);

//  Start so many, and wait for none.
void load_open (const char *endpoint, int count);

//  Rows a second through SQLite alone, `batch` in a transaction, such as the
//  coordinator writes.
double load_sqlite (const char *path, uint64_t batch, double seconds);

#endif
