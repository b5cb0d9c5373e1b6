//  SPDX-License-Identifier: MIT
//
//  compare_book - what became of each job, in a file that several processes
//  have in memory
//
//  Workers write down here what they have done, and whoever gave the jobs out
//  reads it. A worker that is killed takes nothing with it: the memory is the
//  file's.

#ifndef COMPARE_BOOK_H
#define COMPARE_BOOK_H

#include <czmq.h>

#include "zp_envelope.h"

//  Times are those of zclock_usecs, which is the same in all processes. 0: that
//  was not yet.
typedef struct compare_job {
    int64_t wanted_us;        // It was to be done
    int64_t told_us;          // Who wanted it was told how it ended
    bool failed;              // He was told that it failed
    _Atomic int64_t done_us;  // It was done for the first time
    _Atomic uint32_t times;   // How often it was done
} compare_job_t;

typedef struct compare_book {
    uint32_t count;        // Jobs that there are
    _Atomic int ready;     // Not 0: the worker has begun to take jobs
    _Atomic int work_us;   // How long a job takes
    compare_job_t jobs[];  // These
} compare_book_t;

//  Make the file, with room for so many jobs; or open one that is there. NULL,
//  and errno, if that can't be.
compare_book_t *compare_book_new (const char *path, uint32_t count);
compare_book_t *compare_book_open (const char *path);

void compare_book_close (compare_book_t **self_p);

//  Do the job that a message is about, and write that down. False if there is
//  no such job.
bool compare_book_do (compare_book_t *self, zp_span_t message);

//  The message about a job: some bytes, of which the first are its number.
//  Returns room.
#define COMPARE_MESSAGE 64
zp_span_t compare_message (uint32_t job, char room[COMPARE_MESSAGE]);

#endif
