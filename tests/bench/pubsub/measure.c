//  SPDX-License-Identifier: MIT
//
//  A publisher writes a byte when it begins to publish as much as it can, and
//  then what it said; a subscriber what it heard. Through a pipe between them
//  subscribers say that they have heard.

#define _GNU_SOURCE

#include "measure.h"

#include <czmq.h>
#include <pthread.h>

#include "part.h"

#define ALONE   400  // Updates for the latency
#define GRACE_S 60   // Who takes so much longer has failed

typedef struct said {
    uint64_t count;     // Published
    uint64_t first_ns;  // When that began
    double cpu_ns;      // Processor time since then
} said_t;

typedef struct heard {
    uint64_t count;    // Heard
    uint64_t last_ns;  // When the end was
    double cpu_ns;     // Processor time until then
    double p50_us;     // Latencies
    double p99_us;     // The same
} heard_t;

//  A contender's processes
typedef struct trial {
    const contender_t *contender;        // Whose
    part_t broker;                       // If it has one
    part_t publisher;                    // The one
    part_t subscriber[SUBSCRIBERS_MAX];  // The others
    int subscribers;                     // How many
    int ends[2];                         // The pipe
} trial_t;

static void
s_read (part_t *part, void *data, size_t size, const char *who)
{
    if (part_read (part, data, size))
        return;
    if (part_interrupted ())
        exit (128 + part_interrupted ());
    fprintf (stderr, "E: the %s ended without a result\n", who);
    exit (1);
}

static void
s_start (trial_t *self, const cell_t *cell, double seconds)
{
    char updates[32], requests[32], size[24], count[16], duration[32], pipe[16];
    char *name = (char *) self->contender->name;
    snprintf (updates, sizeof updates, "tcp://127.0.0.1:%d", part_free_port ());
    snprintf (requests, sizeof requests, "tcp://127.0.0.1:%d",
              part_free_port ());
    snprintf (size, sizeof size, "%zu", cell->size);
    snprintf (count, sizeof count, "%d", cell->subscribers);
    snprintf (duration, sizeof duration, "%f", seconds);
    if (self->contender->serve)
        self->broker = part_start ((char *[]){"bench-pubsub", "--serve", name,
                                              updates, requests, NULL},
                                   PART_ALL);
    snprintf (pipe, sizeof pipe, "%d", self->ends[0]);
    self->publisher =
        part_start ((char *[]){"bench-pubsub", "--publish", name, updates,
                               requests, size, count, duration, pipe, NULL},
                    PART_ALL);
    snprintf (pipe, sizeof pipe, "%d", self->ends[1]);
    for (int i = 0; i < cell->subscribers; i++)
        self->subscriber[i] =
            part_start ((char *[]){"bench-pubsub", "--subscribe", name, updates,
                                   requests, size, pipe, NULL},
                        PART_ALL);
    self->subscribers = cell->subscribers;
}

static void
s_stop (trial_t *self)
{
    part_end (&self->publisher);
    for (int i = 0; i < self->subscribers; i++)
        part_end (&self->subscriber[i]);
    part_end (&self->broker);
    part_wait ();
    close (self->ends[0]);
    close (self->ends[1]);
}

static double
s_broker_ns (const trial_t *self)
{
    clockid_t clock;
    struct timespec spent = {0};
    if (self->broker.pid && clock_getcpuclockid (self->broker.pid, &clock) == 0)
        clock_gettime (clock, &spent);
    return (double) spent.tv_sec * 1e9 + (double) spent.tv_nsec;
}

static heard_t
s_hear (trial_t *self)
{
    heard_t sum = {0};
    for (int i = 0; i < self->subscribers; i++) {
        heard_t one;
        s_read (&self->subscriber[i], &one, sizeof one, "subscriber");
        sum.count += one.count;
        sum.cpu_ns += one.cpu_ns;
        sum.p50_us += one.p50_us / self->subscribers;
        sum.p99_us += one.p99_us / self->subscribers;
        if (one.last_ns > sum.last_ns)
            sum.last_ns = one.last_ns;
    }
    return sum;
}

result_t
measure (const contender_t *contender, const cell_t *cell, double seconds)
{
    trial_t trial = {.contender = contender};
    part_check (pipe (trial.ends) == 0, "pipe");
    s_start (&trial, cell, seconds);
    said_t said;
    s_read (&trial.publisher, &(char){0}, 1, "publisher");
    double broker_ns = s_broker_ns (&trial);
    heard_t heard = s_hear (&trial);
    s_read (&trial.publisher, &said, sizeof said, "publisher");
    broker_ns = s_broker_ns (&trial) - broker_ns;
    s_stop (&trial);
    double elapsed_s = (double) (heard.last_ns - said.first_ns) / 1e9;
    double published = (double) said.count, delivered = (double) heard.count;
    return (result_t){
        .published = published / elapsed_s,
        .delivered = delivered / elapsed_s,
        .arrived = delivered / (published * cell->subscribers),
        .publisher_ns = said.cpu_ns / published,
        .subscriber_ns = heard.cpu_ns / delivered,
        .cpu_ns = (said.cpu_ns + heard.cpu_ns + broker_ns) / delivered,
        .p50_us = heard.p50_us,
        .p99_us = heard.p99_us,
    };
}

//  What the processes do

static void
s_tell (const void *data, size_t size)
{
    part_check (write (STDOUT_FILENO, data, size) == (ssize_t) size,
                "the pipe to the starter");
}

static void
s_publish (const contender_t *contender, const place_t *place, char *argv[])
{
    speech_t speech = {.size = strtoul (argv[5], NULL, 10),
                       .subscribers = atoi (argv[6]),
                       .lossless = contender->lossless,
                       .alone = ALONE,
                       .seconds = strtod (argv[7], NULL),
                       .heard = atoi (argv[8]),
                       .ready = STDOUT_FILENO};
    alarm ((unsigned) speech.seconds + GRACE_S);
    contender->publish (place, &speech);
    said_t said = {speech.said, speech.first_ns, speech.cpu_ns};
    s_tell (&said, sizeof said);
}

static void
s_subscribe (const contender_t *contender, const place_t *place, char *argv[])
{
    zp_histogram_t *latencies = zp_histogram_new ();
    ear_t ear = {.size = strtoul (argv[5], NULL, 10),
                 .lossless = contender->lossless,
                 .heard = atoi (argv[6]),
                 .latencies = latencies};
    contender->subscribe (place, &ear);
    heard_t heard = {ear.count, ear.last_ns, ear.cpu_ns,
                     (double) zp_histogram_percentile (latencies, 50) / 1e3,
                     (double) zp_histogram_percentile (latencies, 99) / 1e3};
    s_tell (&heard, sizeof heard);
    zp_histogram_destroy (&latencies);
}

typedef struct listener {
    const contender_t *contender;  // Whose
    const place_t *place;          // Where its publisher is
    ear_t ear;                     // What it hears
} listener_t;

static void *
s_listen (void *arg)
{
    listener_t *self = arg;
    self->contender->subscribe (self->place, &self->ear);
    return NULL;
}

static void
s_both (const contender_t *contender, const place_t *place, char *argv[])
{
    int ends[2];
    part_check (pipe (ends) == 0, "pipe");
    zsys_init ();
    size_t size = strtoul (argv[5], NULL, 10);
    speech_t speech = {.size = size,
                       .subscribers = 1,
                       .lossless = true,
                       .count = strtoull (argv[6], NULL, 10),
                       .heard = ends[0],
                       .ready = -1};
    listener_t listener = {
        contender, place, {.size = size, .lossless = true, .heard = ends[1]}};
    pthread_t thread;
    part_check (pthread_create (&thread, NULL, s_listen, &listener) == 0,
                "thread");
    contender->publish (place, &speech);
    pthread_join (thread, NULL);
}

void
measure_part (int argc, char *argv[])
{
    const contender_t *contender = argc > 4 ? contender_find (argv[2]) : NULL;
    if (!contender)
        return;
    place_t place = {argv[3], argv[4]};
    if (argc == 5 && streq (argv[1], "--serve"))
        contender->serve (&place);
    else if (argc == 9 && streq (argv[1], "--publish"))
        s_publish (contender, &place, argv);
    else if (argc == 7 && streq (argv[1], "--subscribe"))
        s_subscribe (contender, &place, argv);
    else if (argc == 7 && streq (argv[1], "--both"))
        s_both (contender, &place, argv);
    else
        return;
    _exit (0);  // Some leave threads behind, at work
}
