//  SPDX-License-Identifier: MIT
//
//  Both processes are this program, executed anew, so that none inherits the
//  threads, the heap or the luck of another. They write to their standard
//  output, a pipe: the server a byte when it is ready, the client its result.

#define _GNU_SOURCE

#include "measure.h"

#include <arpa/inet.h>
#include <czmq.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define GRACE_S 20  // A client that takes so much longer has failed

//  One of the two processes

typedef struct part {
    pid_t pid;   // The process
    int output;  // Where it writes
} part_t;

//  Which processors a process may use
typedef enum half { FIRST, SECOND, ALL } half_t;

//  Keep to those from now on.
static void
s_pin (half_t half)
{
    cpu_set_t all, some;
    if (half == ALL || sched_getaffinity (0, sizeof all, &all) != 0)
        return;
    int middle = (CPU_COUNT (&all) + 1) / 2, seen = 0;
    CPU_ZERO (&some);
    for (int i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET (i, &all) && (seen++ < middle) == (half == FIRST))
            CPU_SET (i, &some);
    //  Of one processor there is no second half: then this does nothing.
    sched_setaffinity (0, sizeof some, &some);
}

static part_t
s_start (char *argv[], half_t half)
{
    int ends[2];
    contender_check (pipe2 (ends, O_CLOEXEC) == 0, "pipe");
    pid_t parent = getpid ();
    pid_t pid = fork ();
    contender_check (pid >= 0, "fork");
    if (pid == 0) {
        prctl (PR_SET_PDEATHSIG, SIGKILL);
        s_pin (half);
        if (getppid () == parent && dup2 (ends[1], STDOUT_FILENO) >= 0)
            execv ("/proc/self/exe", argv);
        _exit (127);
    }
    close (ends[1]);
    return (part_t){pid, ends[0]};
}

//  Read what the part writes. False if it ended without.
static bool
s_read (part_t *self, void *data, size_t size)
{
    ssize_t got;
    do
        got = read (self->output, data, size);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t) size;
}

static void
s_end (part_t *self)
{
    kill (self->pid, SIGKILL);
    close (self->output);
}

//  Processor time of all processes that were waited for
static double
s_cpu_us (void)
{
    struct rusage usage;
    getrusage (RUSAGE_CHILDREN, &usage);
    return (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

//  A port that was free a moment ago
static int
s_free_port (void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int handle = socket (AF_INET, SOCK_STREAM, 0);
    contender_check (
        handle >= 0 &&
            bind (handle, (struct sockaddr *) &address, length) == 0 &&
            getsockname (handle, (struct sockaddr *) &address, &length) == 0,
        "a free port");
    close (handle);
    return ntohs (address.sin_port);
}

result_t
measure (const contender_t *contender, const cell_t *cell, double seconds,
         bool pinned)
{
    char *name = (char *) contender->name;
    char *file = zsys_sprintf ("/tmp/bench-reqrep-%d", (int) getpid ());
    char *endpoint = streq (cell->transport, "ipc")
                         ? zsys_sprintf ("ipc://%s", file)
                         : zsys_sprintf ("tcp://127.0.0.1:%d", s_free_port ());
    char *in_flight = zsys_sprintf ("%zu", cell->in_flight);
    char *size = zsys_sprintf ("%zu", cell->size);
    char *duration = zsys_sprintf ("%f", seconds);

    double before_us = s_cpu_us ();
    prctl (PR_SET_CHILD_SUBREAPER, 1);  // To wait for what a part started, too
    result_t result;
    part_t server = s_start (
        (char *[]){"bench", "--serve", name, endpoint, in_flight, NULL},
        pinned ? FIRST : ALL);
    bool served = s_read (&server, &(char){0}, 1);
    part_t client = s_start ((char *[]){"bench", "--client", name, endpoint,
                                        in_flight, size, duration, NULL},
                             pinned ? SECOND : ALL);
    bool worked = served && s_read (&client, &result, sizeof result);
    s_end (&client);
    s_end (&server);
    while (waitpid (-1, NULL, 0) > 0) {}
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
    contender_check (write (STDOUT_FILENO, &result, sizeof result) ==
                         sizeof result,
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
    contender_check (pipe (ends) == 0, "pipe");
    zsys_init ();
    server_t server = {contender, argv[3], load.in_flight, ends[1]};
    pthread_t thread;
    contender_check (pthread_create (&thread, NULL, s_server, &server) == 0,
                     "thread");
    char ready;
    contender_check (read (ends[0], &ready, 1) == 1, "the server");
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
