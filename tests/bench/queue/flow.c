//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "flow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STRIDE 17  // One message in so many is timed
#define FILLER 'z'

//  How a message begins; the rest is FILLER
typedef struct head {
    uint64_t number;   // From 0
    uint64_t made_ns;  // 0: not timed
    uint64_t total;    // In the last message: how many there were; else 0
} head_t;

uint64_t
flow_clock (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return (uint64_t) now.tv_sec * 1000000000u + (uint64_t) now.tv_nsec;
}

bool
source_room (const source_t *self)
{
    return !self->over && self->made - self->confirmed < self->in_flight;
}

void
source_make (source_t *self, void *data)
{
    head_t head = {.number = self->made};
    if (self->in_flight == 1 || self->made % STRIDE == 0) {
        head.made_ns = flow_clock ();
        if (self->made == 0)
            self->first_ns = head.made_ns;
        double elapsed_ns = (double) (head.made_ns - self->first_ns);
        self->over = !self->count && elapsed_ns >= self->seconds * 1e9;
    }
    self->made++;
    self->over |= self->made == self->count;
    head.total = self->over ? self->made : 0;
    memset (data, FILLER, self->size);
    memcpy (data, &head, sizeof head);
}

bool
source_confirmed (source_t *self, uint64_t count)
{
    self->confirmed += count;
    if (!self->over || self->confirmed < self->made)
        return true;
    self->last_ns = flow_clock ();
    return false;
}

static void
s_wrong (const char *what)
{
    fprintf (stderr, "E: %s\n", what);
    exit (1);
}

void
sink_take (sink_t *self, const void *data, size_t size)
{
    const char *bytes = data;
    head_t head;
    if (size != self->size || bytes[size - 1] != FILLER)
        s_wrong ("a message is not as it was put");
    memcpy (&head, data, sizeof head);
    if (head.made_ns)
        zp_histogram_record (self->latencies, flow_clock () - head.made_ns);
    if (head.total)
        self->total = head.total;
    self->numbers += head.number;
    self->taken++;
    if (sink_full (self) &&
        self->numbers != self->total * (self->total - 1) / 2)
        s_wrong ("a message was lost, and another one came twice");
}

bool
sink_full (const sink_t *self)
{
    return self->total && self->taken == self->total;
}

bool
sink_acked (sink_t *self, uint64_t count)
{
    self->acked += count;
    if (!self->total || self->acked < self->total)
        return true;
    self->last_ns = flow_clock ();
    return false;
}
