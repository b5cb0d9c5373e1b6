//  SPDX-License-Identifier: MIT
//
//  side - those who write the same rows: our journal, and SQLite alone
//
//  Each transaction appends so many rows, and erases as many of the oldest, so
//  that SIDE_BACKLOG stay. What comes before all that is there, and for a
//  moment after it, does not count.

#ifndef SIDE_H
#define SIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIDE_BACKLOG 10000

//  What is to be written, and how it went
typedef struct side_run {
    const char *path;  // Of the database, which is not there
    uint64_t batch;    // Rows to append in a transaction
    const void *body;  // Of each
    size_t size;       // Bytes of the body
    double seconds;    // For how long to measure
    double started;    // When the measuring began; 0: it did not
    double warm;       // When it may begin; 0: not known yet
    uint64_t rows;     // Appended when it began, then while it lasted
    double cpu;        // Processor time in the same way, in seconds
} side_run_t;

typedef struct side {
    const char *name;              // For the table
    void (*write) (side_run_t *);  // Write until side_over
} side_t;

extern const side_t side_journal;
extern const side_t side_sqlite;

//  So many rows were appended up to now: true if that is all.
bool side_over (side_run_t *self, uint64_t rows);

#endif
