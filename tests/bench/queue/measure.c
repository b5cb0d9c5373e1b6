//  SPDX-License-Identifier: MIT

#include "measure.h"

#include <stdio.h>

#include "trial.h"

//  What the broker has cost so far
typedef struct cost {
    double cpu_us;   // Processor time
    double syncs;    // How often it synced
    double commits;  // How often it committed
} cost_t;

static cost_t
s_cost (const trial_t *trial)
{
    return (cost_t){trial_cpu_us (trial), (double) trial->counts->syncs,
                    (double) trial->counts->commits};
}

//  What those found who put and took, and the cost of the broker before and
//  after that
static result_t
s_result (const did_t *put, const did_t *taken, cost_t before, cost_t after)
{
    double messages = (double) put->messages;
    double elapsed_ns = (double) (taken->last_ns - put->first_ns);
    double syncs = after.syncs - before.syncs;
    double commits = after.commits - before.commits;
    return (result_t){.rate = messages * 1e9 / elapsed_ns,
                      .p50_us = taken->p50_us,
                      .p99_us = taken->p99_us,
                      .producer_us = put->cpu_us / messages,
                      .worker_us = taken->cpu_us / messages,
                      .broker_us = (after.cpu_us - before.cpu_us) / messages,
                      .per_sync = syncs > 0 ? messages / syncs : 0,
                      .per_commit = commits > 0 ? messages / commits : 0};
}

//  One that has no broker does all by itself.
static result_t
s_measure_alone (trial_t *trial, double seconds)
{
    did_t put = trial_put (trial, seconds, 0);
    did_t taken = {.last_ns = put.last_ns};
    cost_t cost = {.syncs = (double) trial->counts->syncs};
    trial_stop (trial);
    return s_result (&put, &taken, (cost_t){0}, cost);
}

result_t
measure (const contender_t *contender, const char *folder, const cell_t *cell,
         double seconds)
{
    trial_t trial;
    trial_init (&trial, contender, folder, cell->size, cell->in_flight);
    if (!contender->serve)
        return s_measure_alone (&trial, seconds);
    trial_start (&trial);
    trial_work (&trial, seconds, 0);
    cost_t before = s_cost (&trial);
    did_t put = trial_put (&trial, seconds, 0);
    did_t taken = trial_worked (&trial);
    cost_t after = s_cost (&trial);
    trial_stop (&trial);
    return s_result (&put, &taken, before, after);
}
