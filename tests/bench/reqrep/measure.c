//  SPDX-License-Identifier: MIT
//
//  The server writes a byte when it is ready, the client its result.

#include "measure.h"

#include <czmq.h>
#include <pthread.h>
#include <sys/resource.h>

#include "part.h"

#define GRACE_S 20  // A client that takes so much longer has failed

//  Processor time of all processes that were waited for
static double
s_cpu_us (void)
{
    struct rusage usage;
    getrusage (RUSAGE_CHILDREN, &usage);
    return (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

result_t
measure (const contender_t *contender, const cell_t *cell, double seconds,
         bool pinned)
{
    char *name = (char *) contender->name;
    char *file = zsys_sprintf ("/tmp/bench-reqrep-%d", (int) getpid ());
    char *endpoint =
        streq (cell->transport, "ipc")
            ? zsys_sprintf ("ipc://%s", file)
            : zsys_sprintf ("tcp://127.0.0.1:%d", part_free_port ());
    char *in_flight = zsys_sprintf ("%zu", cell->in_flight);
    char *size = zsys_sprintf ("%zu", cell->size);
    char *duration = zsys_sprintf ("%f", seconds);

    double before_us = s_cpu_us ();
    result_t result;
    part_t server = part_start (
        (char *[]){"bench", "--serve", name, endpoint, in_flight, NULL},
        pinned ? PART_FIRST : PART_ALL);
    bool served = part_read (&server, &(char){0}, 1);
    part_t client = part_start ((char *[]){"bench", "--client", name, endpoint,
                                           in_flight, size, duration, NULL},
                                pinned ? PART_SECOND : PART_ALL);
    bool worked = served && part_read (&client, &result, sizeof result);
    part_end (&client);
    part_end (&server);
    part_wait ();
    unlink (file);
    if (!worked) {
        fprintf (stderr, "E: the %s of %s ended without a result\n",
                 served ? "client" : "server", name);
        exit (1);
    }
    result.cpu_us = (s_cpu_us () - before_us) / result.requests;
    zstr_free (&file);
    zstr_free (&endpoint);
    zstr_free (&in_flight);
    zstr_free (&size);
    zstr_free (&duration);
    return result;
}

//  What the processes do

static load_t
s_load (char *argv[])
{
    return (load_t){.in_flight = strtoul (argv[4], NULL, 10),
                    .size = strtoul (argv[5], NULL, 10),
                    .latencies = zp_histogram_new ()};
}

static void
s_client (const contender_t *contender, char *argv[])
{
    load_t load = s_load (argv);
    load.seconds = strtod (argv[6], NULL);
    alarm ((unsigned) load.seconds + GRACE_S);
    contender->run (argv[3], &load);
    result_t result = load_result (&load);
    part_check (write (STDOUT_FILENO, &result, sizeof result) == sizeof result,
                "the pipe to the starter");
}

typedef struct server {
    const contender_t *contender;  // Whose
    const char *endpoint;          // Where to serve
    size_t in_flight;              // Requests to expect
    int ready;                     // Where to say so
} server_t;

static void *
s_server (void *arg)
{
    server_t *self = arg;
    self->contender->serve (self->endpoint, self->in_flight, self->ready);
    return NULL;
}

static void
s_both (const contender_t *contender, char *argv[])
{
    load_t load = s_load (argv);
    load.count = strtoull (argv[6], NULL, 10);
    int ends[2];
    part_check (pipe (ends) == 0, "pipe");
    zsys_init ();
    server_t server = {contender, argv[3], load.in_flight, ends[1]};
    pthread_t thread;
    part_check (pthread_create (&thread, NULL, s_server, &server) == 0,
                "thread");
    char ready;
    part_check (read (ends[0], &ready, 1) == 1, "the server");
    contender->run (argv[3], &load);
}

void
measure_part (int argc, char *argv[])
{
    const contender_t *contender = argc > 4 ? contender_find (argv[2]) : NULL;
    if (!contender)
        return;
    if (argc == 5 && streq (argv[1], "--serve"))
        contender->serve (argv[3], strtoul (argv[4], NULL, 10), STDOUT_FILENO);
    else if (argc == 7 && streq (argv[1], "--client"))
        s_client (contender, argv);
    else if (argc == 7 && streq (argv[1], "--both"))
        s_both (contender, argv);
    else
        return;
    _exit (0);  // Some leave threads behind, at work
}
