//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "roles.h"

#include <czmq.h>
#include <fcntl.h>
#include <pthread.h>

#include "contender.h"
#include "part.h"

#define GRACE_S 30    // Who takes so much longer than asked has failed,
#define COUNT_S 7200  // or so much to do what was counted

//  What argv says
typedef struct role {
    const contender_t *contender;  // Of which
    place_t place;                 // Where
    size_t size;                   // Bytes of a message
    double seconds;                // How long
    uint64_t count;                // How many; 0: so long
} role_t;

static double
s_cpu_us (void)
{
    struct timespec spent;
    clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &spent);
    return (double) spent.tv_sec * 1e6 + (double) spent.tv_nsec / 1e3;
}

static void
s_tell (const did_t *did)
{
    part_check (write (STDOUT_FILENO, did, sizeof *did) == sizeof *did,
                "the pipe to the starter");
}

static void
s_broker (const role_t *self)
{
    char *log;
    part_check (asprintf (&log, "%s/log", self->place.folder) > 0, "memory");
    int handle = open (log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    part_check (handle >= 0 && dup2 (handle, STDOUT_FILENO) >= 0 &&
                    dup2 (handle, STDERR_FILENO) >= 0,
                log);
    free (log);
    close (handle);
    self->contender->serve (&self->place);
}

static void
s_await (const role_t *self)
{
    alarm (GRACE_S);
    self->contender->await (&self->place);
    part_ready (STDOUT_FILENO);
}

static source_t
s_source (const role_t *self)
{
    return (source_t){.size = self->size,
                      .in_flight = self->place.in_flight,
                      .seconds = self->seconds,
                      .count = self->count};
}

static void
s_producer (const role_t *self)
{
    alarm (self->count ? COUNT_S : (unsigned) self->seconds + GRACE_S);
    source_t source = s_source (self);
    double before_us = s_cpu_us ();
    self->contender->put (&self->place, &source);
    s_tell (&(did_t){.messages = source.made,
                     .first_ns = source.first_ns,
                     .last_ns = source.last_ns,
                     .cpu_us = s_cpu_us () - before_us});
}

static void
s_worker (const role_t *self)
{
    alarm (self->count ? COUNT_S : (unsigned) self->seconds + GRACE_S);
    zp_histogram_t *latencies = zp_histogram_new ();
    sink_t sink = {.size = self->size,
                   .in_flight = self->place.in_flight,
                   .latencies = latencies};
    uint64_t first_ns = flow_clock ();
    double before_us = s_cpu_us ();
    self->contender->work (&self->place, &sink, STDOUT_FILENO);
    s_tell (&(did_t){
        .messages = sink.taken,
        .first_ns = first_ns,
        .last_ns = sink.last_ns,
        .cpu_us = s_cpu_us () - before_us,
        .p50_us = (double) zp_histogram_percentile (latencies, 50) / 1e3,
        .p99_us = (double) zp_histogram_percentile (latencies, 99) / 1e3});
    zp_histogram_destroy (&latencies);
}

//  All in one process. Threads are made in this order, and before others.

typedef struct all {
    const role_t *role;         // What to do
    pthread_barrier_t started;  // All threads have
    int ends[2];                // The worker says through it that it is ready
} all_t;

static void *
s_broker_thread (void *arg)
{
    all_t *self = arg;
    pthread_barrier_wait (&self->started);
    self->role->contender->serve (&self->role->place);
    return NULL;
}

static void *
s_worker_thread (void *arg)
{
    all_t *self = arg;
    const role_t *role = self->role;
    sink_t sink = {.size = role->size,
                   .in_flight = role->place.in_flight,
                   .latencies = zp_histogram_new ()};
    pthread_barrier_wait (&self->started);
    role->contender->await (&role->place);
    role->contender->work (&role->place, &sink, self->ends[1]);
    zp_histogram_destroy (&sink.latencies);
    return NULL;
}

static pthread_t
s_thread (void *(*run) (void *), all_t *all)
{
    pthread_t thread = 0;
    part_check (pthread_create (&thread, NULL, run, all) == 0, "a thread");
    return thread;
}

static void
s_all (const role_t *self)
{
    all_t all = {.role = self};
    source_t source = s_source (self);
    part_check (pipe (all.ends) == 0, "a pipe");
    pthread_barrier_init (&all.started, NULL, 3);
    s_thread (s_broker_thread, &all);
    pthread_t worker = s_thread (s_worker_thread, &all);
    zsys_init ();
    pthread_barrier_wait (&all.started);
    part_check (read (all.ends[0], &(char){0}, 1) == 1, "the worker");
    self->contender->put (&self->place, &source);
    pthread_join (worker, NULL);
}

void
roles_play (int argc, char *argv[])
{
    static const struct {
        const char *name;                   // As in argv
        void (*play) (const role_t *role);  // What it does
    } roles[] = {
        {"--broker", s_broker},     {"--await", s_await},
        {"--producer", s_producer}, {"--worker", s_worker},
        {"--all", s_all},
    };
    const contender_t *contender = argc == 9 ? contender_find (argv[2]) : NULL;
    if (!contender)
        return;
    const char *colon = strrchr (argv[4], ':');
    role_t role = {.contender = contender,
                   .place = {.folder = argv[3],
                             .endpoint = argv[4],
                             .port = colon ? colon + 1 : NULL,
                             .in_flight = strtoul (argv[5], NULL, 10)},
                   .size = strtoul (argv[6], NULL, 10),
                   .seconds = strtod (argv[7], NULL),
                   .count = strtoull (argv[8], NULL, 10)};
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (strcmp (roles[i].name, argv[1]) == 0) {
            roles[i].play (&role);
            _exit (0);  // Some leave threads behind, at work
        }
}
