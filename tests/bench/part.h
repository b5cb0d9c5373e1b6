//  SPDX-License-Identifier: MIT
//
//  part - the processes that a benchmark starts
//
//  Each is this program, executed anew, so that none inherits the threads, the
//  heap or the luck of another; it may in turn execute something else. It
//  writes what it has to tell to its standard output, a pipe. It dies with the
//  one who started it.

#ifndef PART_H
#define PART_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef struct part {
    pid_t pid;   // The process
    int output;  // Where it writes
} part_t;

//  Which processors a process may use
typedef enum part_half { PART_FIRST, PART_SECOND, PART_ALL } part_half_t;

//  Start a part with these arguments; argv[0] is its name.
part_t part_start (char *argv[], part_half_t half);

//  Read what the part writes. False if it ended without, or if this program was
//  interrupted.
bool part_read (part_t *self, void *data, size_t size);

//  Kill the part, if there still is one. Then it is to be waited for.
void part_end (part_t *self);

//  Wait until all that were started have ended, and all that they started.
void part_wait (void);

//  From now on SIGINT, SIGTERM and SIGHUP do not end this program, but make
//  part_read return false.
void part_catch_signals (void);

//  The signal that came, or 0.
int part_interrupted (void);

//  A port of 127.0.0.1 that was free a moment ago
int part_free_port (void);

//  In a part: tell the one who started it, at the other end of the pipe, that
//  it is ready.
void part_ready (int output);

//  End this process, with a line about what failed, unless it worked.
void part_check (bool worked, const char *what);

#endif
