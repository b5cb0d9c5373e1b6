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
static bool
s_measure_alone (trial_t *trial, double seconds, result_t *result)
{
    did_t put, taken = {0};
    if (!trial_put (trial, seconds, 0, &put))
        return trial_fail (trial, "process");
    taken.last_ns = put.last_ns;
    cost_t cost = {.syncs = (double) trial->counts->syncs};
    *result = s_result (&put, &taken, (cost_t){0}, cost);
    trial_stop (trial);
    return true;
}

bool
measure (const contender_t *contender, const char *folder, const cell_t *cell,
         double seconds, result_t *result)
{
    trial_t trial;
    trial_init (&trial, contender, folder, cell->size, cell->in_flight);
    if (!contender->serve)
        return s_measure_alone (&trial, seconds, result);

    part_t worker;
    did_t put, taken;
    if (trial_start (&trial) < 0)
        return trial_fail (&trial, "broker");
    if (!trial_work (&trial, seconds, 0, &worker))
        return trial_fail (&trial, "worker");
    cost_t before = s_cost (&trial);
    if (!trial_put (&trial, seconds, 0, &put))
        return trial_fail (&trial, "producer");
    if (!part_read (&worker, &taken, sizeof taken))
        return trial_fail (&trial, "worker");
    *result = s_result (&put, &taken, before, s_cost (&trial));
    part_end (&worker);
    trial_stop (&trial);
    return true;
}
