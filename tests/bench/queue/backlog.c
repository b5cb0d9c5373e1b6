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

static double
s_rate (uint64_t messages, uint64_t start_ns, uint64_t end_ns)
{
    return (double) messages * 1e9 / (double) (end_ns - start_ns);
}

backlog_t
backlog_measure (const contender_t *contender, const char *folder, size_t size,
                 size_t in_flight, uint64_t count)
{
    trial_t trial;
    trial_init (&trial, contender, folder, size, in_flight);
    trial_start (&trial);
    uint64_t empty = trial_memory (&trial, false);
    did_t put = trial_put (&trial, 0, count);
    uint64_t memory = trial_memory (&trial, false);
    uint64_t peak = trial_memory (&trial, true);
    uint64_t disk = folder_bytes (folder);
    trial_stop (&trial);
    double start_s = trial_start (&trial);
    trial_work (&trial, 0, count);
    did_t taken = trial_worked (&trial);
    uint64_t second_peak = trial_memory (&trial, true);
    trial_stop (&trial);
    return (backlog_t){
        .put_rate = s_rate (put.messages, put.first_ns, put.last_ns),
        .memory = memory,
        .per_message = ((double) memory - (double) empty) / (double) count,
        .disk = disk,
        .start_s = start_s,
        .taken_rate = s_rate (taken.messages, taken.first_ns, taken.last_ns),
        .memory_peak = peak > second_peak ? peak : second_peak};
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
