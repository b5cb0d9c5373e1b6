//  SPDX-License-Identifier: MIT
//
//  worklog - what workers in processes of their own were given, and said of it
//
//  Each worker writes to a file of its own, which the kernel keeps when the
//  worker is killed. One line for each thing, before it matters to anybody
//  else:
//
//      B RECEIPT TIME NUMBER    it begins a job, whose body is that number
//      D RECEIPT TIME           it has done the job, and is about to ack it
//      A RECEIPT TIME           the ack was confirmed
//
//  The time is that of zclock_mono, which all processes share.

#ifndef WORKLOG_H
#define WORKLOG_H

#include <stddef.h>
#include <stdint.h>

#include "zp_queue_receipt.h"

//  The main functions of these processes: a zp_queue_worker with threads, which
//  does not tell when its acks are confirmed, and a client that calls the
//  broker's methods by itself, and so knows. SIGTERM ends both.
int worklog_worker_main (const char *endpoint, const char *path);
int worklog_caller_main (const char *endpoint, const char *path);

//  A job that was begun
typedef struct worklog_job {
    zp_queue_receipt_t receipt;  // Says which delivery of which message it was
    int number;                  // The message's body
    int worker;                  // Whose it was
    int64_t begun_ms;            // When it was begun
    int64_t done_ms;             // When it was done; 0: it was not
    int64_t acked_ms;            // When its ack was confirmed; 0: it was not
} worklog_job_t;

typedef struct worklog {
    worklog_job_t *jobs;  // Of all workers
    size_t count;         // How many
} worklog_t;

//  Add what that worker wrote to the file at path. What it was just writing
//  when it was killed is left out.
void worklog_read (worklog_t *self, const char *path, int worker);

//  Sort the jobs by messages, and those of a message in the order in which it
//  was delivered.
void worklog_sort (worklog_t *self);

void worklog_clear (worklog_t *self);

#endif
