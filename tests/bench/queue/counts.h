//  SPDX-License-Identifier: MIT
//
//  counts - how often a broker syncs a file, and commits
//
//  counts.c has fsync and fdatasync, which stand before those of the C library:
//  in our own program, since it has them, and in others, since they are started
//  with it as a library that is loaded first.

#ifndef COUNTS_H
#define COUNTS_H

#include <stdatomic.h>
#include <stdint.h>

//  The variable of the environment that names the file where they are
#define COUNTS_FILE "BENCH_COUNTS"

typedef struct counts {
    _Atomic uint64_t syncs;    // By any program that was started with this
    _Atomic uint64_t commits;  // By those who say so
} counts_t;

//  The counts in that file, which is made if it is not there. They stay mapped.
counts_t *counts_map (const char *file);

//  So often has this program committed.
void counts_set_commits (uint64_t commits);

#endif
