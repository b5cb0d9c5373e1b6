//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "speech.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "part.h"

#define TURN     256    // Updates of the flood in one step
#define AGAIN_MS 5      // Until hello, or the end, is said again
#define ALONE_MS 10000  // An update on its own that takes longer is lost
#define HELLO    0      // Numbers that are none
#define END      UINT64_MAX
#define FILLER   'z'

const char *const speech_topics[SPEECH_TOPICS] = {
    SPEECH_STEM "00", SPEECH_STEM "01", SPEECH_STEM "02", SPEECH_STEM "03",
    SPEECH_STEM "04", SPEECH_STEM "05", SPEECH_STEM "06", SPEECH_STEM "07",
    SPEECH_STEM "08", SPEECH_STEM "09", SPEECH_STEM "10", SPEECH_STEM "11",
    SPEECH_STEM "12", SPEECH_STEM "13", SPEECH_STEM "14", SPEECH_STEM "15",
};

static uint64_t
s_clock (clockid_t clock)
{
    struct timespec now;
    clock_gettime (clock, &now);
    return (uint64_t) now.tv_sec * 1000000000u + (uint64_t) now.tv_nsec;
}

uint64_t
speech_clock (void)
{
    return s_clock (CLOCK_MONOTONIC);
}

static double
s_cpu_ns (void)
{
    return (double) s_clock (CLOCK_PROCESS_CPUTIME_ID);
}

//  Say something; it is timed if it is alone
static void
s_say (speech_t *self, uint64_t number, bool alone, speech_fn *say, void *arg)
{
    uint64_t sent_ns = alone ? speech_clock () : 0;
    memcpy (self->payload, &number, sizeof number);
    memcpy (self->payload + sizeof number, &sent_ns, sizeof sent_ns);
    say (arg, (int) (number % SPEECH_TOPICS), self->payload, self->size);
}

//  True if all have heard it, or do so in that time
static bool
s_all_heard (speech_t *self, int timeout_ms)
{
    char bytes[64];
    struct pollfd item = {.fd = self->heard, .events = POLLIN};
    while (self->waiting > 0 && poll (&item, 1, timeout_ms) == 1)
        self->waiting -= (int) read (self->heard, bytes, sizeof bytes);
    return self->waiting <= 0;
}

static void
s_begin (speech_t *self, speech_part_t part)
{
    self->part = part;
    self->waiting = part == SPEECH_ALONE ? 0 : self->subscribers;
    if (part != SPEECH_FLOOD)
        return;
    if (self->ready != -1)
        part_ready (self->ready);
    self->cpu_ns = s_cpu_ns ();
    self->first_ns = speech_clock ();
}

static void
s_flood (speech_t *self, speech_fn *say, void *arg)
{
    uint64_t rest = self->count ? self->count - self->said : TURN;
    for (int i = 0; i < TURN && rest > 0; i++, rest--)
        s_say (self, ++self->said, false, say, arg);
    double took_ns = (double) (speech_clock () - self->first_ns);
    if (self->count ? rest == 0 : took_ns >= self->seconds * 1e9)
        s_begin (self, SPEECH_END);
}

bool
speech_step (speech_t *self, speech_fn *say, void *arg)
{
    if (!self->payload) {
        self->payload = malloc (self->size);
        part_check (self->payload != NULL, "memory");
        memset (self->payload, FILLER, self->size);
        s_begin (self, SPEECH_HELLO);
        return true;
    }
    switch (self->part) {
    case SPEECH_HELLO:
        if (s_all_heard (self, AGAIN_MS))
            s_begin (self, SPEECH_ALONE);
        else
            s_say (self, HELLO, false, say, arg);
        break;
    case SPEECH_ALONE:
        part_check (s_all_heard (self, ALONE_MS), "an update on its own");
        self->waiting = self->subscribers;
        if (self->alone-- > 0)
            s_say (self, 1, true, say, arg);
        else
            s_begin (self, SPEECH_FLOOD);
        break;
    case SPEECH_FLOOD:
        s_flood (self, say, arg);
        break;
    case SPEECH_END:
        if (self->ended && s_all_heard (self, AGAIN_MS)) {
            self->cpu_ns = s_cpu_ns () - self->cpu_ns;
            free (self->payload);
            return false;
        }
        if (!self->ended || !self->lossless)
            s_say (self, END, false, say, arg);
        self->ended = true;
        break;
    }
    return true;
}

static void
s_hear_flood (ear_t *self, uint64_t number)
{
    if (self->count++ == 0)
        self->cpu_ns = s_cpu_ns ();
    if (self->lossless ? number != self->last + 1 : number <= self->last) {
        fprintf (stderr, "E: update %llu came after %llu\n",
                 (unsigned long long) number, (unsigned long long) self->last);
        exit (1);
    }
    self->last = number;
}

bool
ear_hear (ear_t *self, const void *data, size_t size)
{
    const char *bytes = data;
    if (size != self->size || bytes[size - 1] != FILLER) {
        fprintf (stderr, "E: this payload was not published\n");
        exit (1);
    }
    uint64_t number, sent_ns;
    memcpy (&number, bytes, sizeof number);
    memcpy (&sent_ns, bytes + sizeof number, sizeof sent_ns);
    if (sent_ns)
        zp_histogram_record (self->latencies, speech_clock () - sent_ns);
    else if (number == END) {
        self->last_ns = speech_clock ();
        self->cpu_ns = s_cpu_ns () - self->cpu_ns;
    }
    else if (number != HELLO) {
        s_hear_flood (self, number);
        return true;
    }
    else if (self->greeted)
        return true;
    self->greeted = true;
    part_ready (self->heard);
    return number != END;
}
