//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "trial.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folder.h"

void
trial_init (trial_t *self, const contender_t *contender, const char *folder,
            size_t size, size_t in_flight)
{
    *self = (trial_t){.contender = contender, .folder = folder};
    folder_clean (folder);
    snprintf (self->endpoint, sizeof self->endpoint, "tcp://127.0.0.1:%d",
              part_free_port ());
    snprintf (self->size, sizeof self->size, "%zu", size);
    snprintf (self->in_flight, sizeof self->in_flight, "%zu", in_flight);
    char file[PATH_MAX];
    snprintf (file, sizeof file, "%s/counts", folder);
    self->counts = counts_map (file);
    setenv (COUNTS_FILE, file, 1);
}

//  Start a process in a role.
static part_t
s_start (trial_t *self, const char *role, double seconds, uint64_t count)
{
    char duration[32], number[24];
    snprintf (duration, sizeof duration, "%f", seconds);
    snprintf (number, sizeof number, "%llu", (unsigned long long) count);
    return part_start (
        (char *[]){"bench-queue", (char *) role, (char *) self->contender->name,
                   (char *) self->folder, self->endpoint, self->in_flight,
                   self->size, duration, number, NULL},
        PART_ALL);
}

void
trial_stop (trial_t *self)
{
    part_end (&self->worker);
    part_end (&self->broker);
    part_wait ();
}

static void
s_print_log (const trial_t *self)
{
    char name[PATH_MAX], line[256];
    snprintf (name, sizeof name, "%s/log", self->folder);
    FILE *log = fopen (name, "r");
    while (log && fgets (line, sizeof line, log))
        fprintf (stderr, "   %s", line);
    if (log)
        fclose (log);
}

//  Read what a part writes.
static void
s_read (trial_t *self, const char *who, part_t *part, void *data, size_t size)
{
    if (part_read (part, data, size))
        return;
    part_end (part);
    trial_stop (self);
    if (part_interrupted ())
        exit (128 + part_interrupted ());
    fprintf (stderr, "E: the %s of %s ended without a result\n", who,
             self->contender->name);
    s_print_log (self);
    exit (1);
}

double
trial_start (trial_t *self)
{
    uint64_t start_ns = flow_clock ();
    self->broker = s_start (self, "--broker", 0, 0);
    clock_getcpuclockid (self->broker.pid, &self->clock);
    part_t await = s_start (self, "--await", 0, 0);
    s_read (self, "broker", &await, &(char){0}, 1);
    uint64_t end_ns = flow_clock ();
    part_end (&await);
    return (double) (end_ns - start_ns) / 1e9;
}

double
trial_cpu_us (const trial_t *self)
{
    struct timespec spent = {0};
    clock_gettime (self->clock, &spent);
    return (double) spent.tv_sec * 1e6 + (double) spent.tv_nsec / 1e3;
}

uint64_t
trial_memory (const trial_t *self, bool peak)
{
    char name[32], line[256];
    const char *wanted = peak ? "VmHWM: %llu kB" : "VmRSS: %llu kB";
    unsigned long long found = 0;
    snprintf (name, sizeof name, "/proc/%d/status", (int) self->broker.pid);
    FILE *file = fopen (name, "r");
    while (file && !found && fgets (line, sizeof line, file))
        sscanf (line, wanted, &found);
    if (file)
        fclose (file);
    return found * 1024;
}

did_t
trial_put (trial_t *self, double seconds, uint64_t count)
{
    did_t did;
    part_t producer = s_start (self, "--producer", seconds, count);
    s_read (self, "producer", &producer, &did, sizeof did);
    part_end (&producer);
    return did;
}

void
trial_work (trial_t *self, double seconds, uint64_t count)
{
    self->worker = s_start (self, "--worker", seconds, count);
    s_read (self, "worker", &self->worker, &(char){0}, 1);
}

did_t
trial_worked (trial_t *self)
{
    did_t did;
    s_read (self, "worker", &self->worker, &did, sizeof did);
    part_end (&self->worker);
    return did;
}
