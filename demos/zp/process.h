//  SPDX-License-Identifier: MIT
//
//  process - what the system knows of a process (proc(5))

#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

typedef struct process {
    pid_t parent;  // Who started it, or has it now
    long rss_kb;   // Memory that is resident
    long cpu_ms;   // Time on a processor, of all its threads
} process_t;

//  Read all that. False if there is no such process any more.
bool process_read (process_t *self, pid_t pid);

//  How many files it has open; -1: that is not ours to know.
long process_files (pid_t pid);

#endif
