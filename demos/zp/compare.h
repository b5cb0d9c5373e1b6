//  SPDX-License-Identifier: MIT
//
//  compare - the same jobs, given out in several ways, under the same fault
//
//  A way is a pattern: somebody wants jobs done, a worker, which is a process
//  of its own, does them, and the pattern lies between. Each job has a number,
//  and the worker writes down when it has done it (compare_book.h), so that all
//  are counted, whatever happens to anybody.

#ifndef COMPARE_H
#define COMPARE_H

#include <jansson.h>

#include "command.h"
#include "compare_book.h"

//  The queue and the log that the jobs go through
#define COMPARE_NAME "jobs"

//  For a worker and its line: how long what nobody has acked stays with it
#define COMPARE_LEASE_MS 1000

typedef enum compare_way {
    COMPARE_CALL,    // Request and reply
    COMPARE_QUEUE,   // The durable queue
    COMPARE_PUBSUB,  // Publish and subscribe
    COMPARE_LOG,     // The event log
    COMPARE_WAYS     // How many there are
} compare_way_t;

typedef enum compare_fault {
    COMPARE_NONE,   // All is well
    COMPARE_KILL,   // The worker is killed, and started again
    COMPARE_PAUSE,  // It stands still for a while
    COMPARE_SLOW,   // For a while it takes much longer for a job
    COMPARE_DROP    // For a while its line loses messages
} compare_fault_t;

//  As typed and printed, in the order of these, ended by NULL
extern const char *const compare_ways[], *const compare_faults[];

//  Which of these it is; NULL is the first.
int compare_find (const char *const *names, const char *name);

typedef struct compare_options {
    compare_fault_t fault;  // What goes wrong
    int percent;            // DROP: of all messages
    int64_t load_us;        // How long jobs are given out
    int rate;               // Jobs a second, on average
    uint64_t seed;          // When each is given out, and what is lost
} compare_options_t;

//  What became of all jobs of one way. Times in microseconds.
typedef struct compare_figures {
    uint32_t sent;     // Jobs that were to be done
    uint32_t done;     // Of these were, at least once
    uint32_t twice;    // Were done more than once
    uint32_t failed;   // Were not, and who wanted them knows
    uint32_t lost;     // Were not, and nobody knows
    uint32_t unsure;   // Were, and who wanted them was told that they failed
    int64_t p50, p99;  // From when a job was wanted until it was done
    int64_t max;       // The longest
    int64_t told_p99;  // From when it was wanted until its sender could go on
    double rate;       // Done a second
} compare_figures_t;

//  The fault begins after a third of the load, and lasts for a third of it; but
//  of a worker that is gone for at most a second.
int64_t compare_fault_us (const compare_options_t *options);

//  Try one way, in a folder that is there. What went wrong was said.
exit_code_t compare_try (compare_way_t way, const compare_options_t *options,
                         const char *folder, compare_figures_t *figures);

//  Count what is written in a book about jobs from 1 to sent.
void compare_count (const compare_book_t *book, uint32_t sent,
                    compare_figures_t *figures);

//  Print all of it, as a table and what was seen in words, or as JSON.
void compare_print (const compare_options_t *options,
                    const compare_figures_t *figures);
void compare_print_json (const compare_options_t *options,
                         const compare_figures_t *figures);

#endif
