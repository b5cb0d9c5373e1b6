//  SPDX-License-Identifier: MIT

#define _DEFAULT_SOURCE  // getrusage

#include "side.h"

#include <sys/resource.h>
#include <time.h>

#define WARM_SECONDS 0.3

static double
s_now (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + (double) now.tv_nsec * 1e-9;
}

static double
s_cpu (void)
{
    struct rusage used;
    getrusage (RUSAGE_SELF, &used);
    return (double) (used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double) (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6;
}

bool
side_over (side_run_t *self, uint64_t rows)
{
    double now = s_now ();
    if (self->warm == 0)
        self->warm = now + WARM_SECONDS;
    if (self->started == 0) {
        if (now < self->warm || rows < 2 * SIDE_BACKLOG)
            return false;
        self->started = now;
        self->rows = rows;
        self->cpu = s_cpu ();
    }
    if (now - self->started < self->seconds)
        return false;
    self->seconds = now - self->started;
    self->rows = rows - self->rows;
    self->cpu = s_cpu () - self->cpu;
    return true;
}
