//  SPDX-License-Identifier: MIT

#include "backlog.h"

#include <stdio.h>

#include "folder.h"
#include "trial.h"

#define MIB (1024.0 * 1024)

//  The goals, for us
#define GOAL_MEMORY  (1024 * MIB)
#define GOAL_START_S 5
#define GOAL_COUNT   1000000  // Messages for which GOAL_START_S holds

//  Empty the queue, after the broker has been killed and has started again.
static bool
s_empty (trial_t *trial, uint64_t count, backlog_t *result)
{
    part_t worker;
    did_t taken;
    if (!trial_work (trial, 0, count, &worker) ||
        !part_read (&worker, &taken, sizeof taken))
        return trial_fail (trial, "worker");
    part_end (&worker);
    result->taken_rate = (double) taken.messages * 1e9 /
                         (double) (taken.last_ns - taken.first_ns);
    uint64_t peak = trial_memory (trial, true);
    if (result->memory_peak < peak)
        result->memory_peak = peak;
    trial_stop (trial);
    return true;
}

bool
backlog_measure (const contender_t *contender, const char *folder, size_t size,
                 size_t in_flight, uint64_t count, backlog_t *result)
{
    trial_t trial;
    trial_init (&trial, contender, folder, size, in_flight);
    if (trial_start (&trial) < 0)
        return trial_fail (&trial, "broker");
    uint64_t before = trial_memory (&trial, false);
    did_t put;
    if (!trial_put (&trial, 0, count, &put))
        return trial_fail (&trial, "producer");
    uint64_t memory = trial_memory (&trial, false);
    *result = (backlog_t){
        .put_rate =
            (double) put.messages * 1e9 / (double) (put.last_ns - put.first_ns),
        .memory = memory,
        .per_message = ((double) memory - (double) before) / (double) count,
        .disk = folder_bytes (folder),
        .memory_peak = trial_memory (&trial, true),
    };
    trial_stop (&trial);
    result->start_s = trial_start (&trial);
    if (result->start_s < 0)
        return trial_fail (&trial, "broker");
    return s_empty (&trial, count, result);
}

static void
s_goal (const char *what, bool met)
{
    printf ("  %s: %s", what, met ? "met" : "NOT MET");
}

void
backlog_table (const backlog_t *results, const bool *ran, size_t size,
               uint64_t count)
{
    printf ("backlog of %llu messages of %zu B\n"
            "  %-10s %9s %9s %9s %9s %9s %9s %9s\n",
            (unsigned long long) count, size, "", "put/s", "MiB", "B/msg",
            "disk MiB", "start s", "taken/s", "peak MiB");
    for (int i = 0; contenders[i]; i++) {
        const backlog_t *result = &results[i];
        if (!ran[i])
            continue;
        printf ("  %-10s %9.0f %9.0f %9.0f %9.0f %9.2f %9.0f %9.0f",
                contenders[i]->name, result->put_rate,
                (double) result->memory / MIB, result->per_message,
                (double) result->disk / MIB, result->start_s,
                result->taken_rate, (double) result->memory_peak / MIB);
        if (i == OURS) {
            s_goal ("peak < 1 GiB", (double) result->memory_peak < GOAL_MEMORY);
            if (count <= GOAL_COUNT)
                s_goal ("start < 5 s", result->start_s < GOAL_START_S);
        }
        printf ("\n");
    }
    printf ("\n");
}

void
backlog_json (const backlog_t *results, const bool *ran, size_t size,
              uint64_t count)
{
    printf ("{\"size_bytes\": %zu, \"messages\": %llu, \"contenders\": [", size,
            (unsigned long long) count);
    const char *comma = "";
    for (int i = 0; contenders[i]; i++) {
        const backlog_t *result = &results[i];
        if (!ran[i])
            continue;
        printf ("%s\n  {\"name\": \"%s\", \"put_rate\": %.0f, "
                "\"memory_bytes\": %llu, \"bytes_per_message\": %.1f, "
                "\"disk_bytes\": %llu, \"start_s\": %.3f, "
                "\"taken_rate\": %.0f, \"memory_peak_bytes\": %llu}",
                comma, contenders[i]->name, result->put_rate,
                (unsigned long long) result->memory, result->per_message,
                (unsigned long long) result->disk, result->start_s,
                result->taken_rate, (unsigned long long) result->memory_peak);
        comma = ",";
    }
    printf ("]}");
}
