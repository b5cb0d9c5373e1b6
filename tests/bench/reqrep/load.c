//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STRIDE 17  // One request in so many is timed
#define FILLER 'z'

uint64_t
load_clock (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return (uint64_t) now.tv_sec * 1000000000u + (uint64_t) now.tv_nsec;
}

void
load_request (load_t *self, void *data)
{
    bool timed = self->in_flight == 1 || self->requests % STRIDE == 0;
    uint64_t sent_ns = timed ? load_clock () : 0;
    memset (data, FILLER, self->size);
    memcpy (data, &sent_ns, sizeof sent_ns);
    self->requests++;
}

//  The clock has just been read: begin or end to measure, if it is time.
static void
s_tick (load_t *self, uint64_t now_ns)
{
    uint64_t wanted_ns = (uint64_t) (self->seconds * 1e9);
    if (!self->start_ns)
        self->start_ns = now_ns + wanted_ns / 10;
    else if (!self->started_ns && now_ns >= self->start_ns) {
        self->started_ns = now_ns;
        self->replies = 0;
        zp_histogram_reset (self->latencies);
    }
    else if (self->started_ns && now_ns >= self->started_ns + wanted_ns)
        self->ended_ns = now_ns;
}

bool
load_reply (load_t *self, const void *data, size_t size)
{
    const char *bytes = data;
    if (size != self->size || bytes[size - 1] != FILLER) {
        fprintf (stderr, "E: a reply is not the echo of a request\n");
        exit (1);
    }
    uint64_t sent_ns;
    memcpy (&sent_ns, data, sizeof sent_ns);
    self->replies++;
    if (sent_ns) {
        uint64_t now_ns = load_clock ();
        zp_histogram_record (self->latencies, now_ns - sent_ns);
        if (!self->count)
            s_tick (self, now_ns);
    }
    return self->count ? self->replies < self->count : !self->ended_ns;
}

result_t
load_result (const load_t *self)
{
    double elapsed_ns = (double) (self->ended_ns - self->started_ns);
    return (result_t){
        .rate = (double) self->replies * 1e9 / elapsed_ns,
        .p50_us = (double) zp_histogram_percentile (self->latencies, 50) / 1e3,
        .p99_us = (double) zp_histogram_percentile (self->latencies, 99) / 1e3,
        .requests = (double) self->requests,
    };
}
