//  SPDX-License-Identifier: MIT
//
//  load - appends to an event log, reads of all that is in it, and the same
//  rows through SQLite alone

#ifndef LOAD_H
#define LOAD_H

#include <stddef.h>
#include <stdint.h>

//  What a server did, which it tells when it ends
typedef struct server_result {
    uint64_t commits;  // Transactions
    double cpu;        // Processor time, in seconds
} server_result_t;

//  The main function of a server, in a process of its own: says "!" on its
//  standard output when it is ready, and what it did when SIGTERM comes.
int load_server (const char *path, const char *endpoint);

//  Append events of size bytes for so many seconds, `window` at a time. Returns
//  how many were confirmed.
uint64_t
load_append (const char *endpoint, size_t size, int window, double seconds);

//  Read `count` events from the start. Returns how many seconds that took.
double load_read (const char *endpoint, uint64_t count);

//  Rows a second through SQLite alone, `batch` in a transaction.
double
load_sqlite (const char *path, size_t size, uint64_t batch, double seconds);

#endif
