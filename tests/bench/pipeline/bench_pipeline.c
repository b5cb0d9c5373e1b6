//  SPDX-License-Identifier: MIT
//
//  bench_pipeline - our pipeline measured against bare PUSH and PULL sockets
//
//  A ventilator, two workers that do nothing, and a sink, each a process, once
//  with our classes and once with bare sockets that send the same frames: which
//  lose what a worker has that dies, and never know if all is there. What is
//  measured is the time from the first task to the last result.

#define _GNU_SOURCE

#include <czmq.h>
#include <getopt.h>
#include <time.h>

#include "figure.h"
#include "part.h"
#include "words.h"
#include "zp_sink.h"
#include "zp_ventilator.h"
#include "zp_worker.h"

#define WORKERS 2

typedef struct {
    size_t size;          // Bytes of a task
    uint64_t count;       // Tasks
    const char *tasks;    // Endpoint of the ventilator
    const char *results;  // Of the sink, for workers
    const char *control;  // Of the sink, for the ventilator
} s_cell_t;

static double
s_now (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

//  A part tells the time, to the one who started it
static void
s_tell (double when)
{
    part_check (write (STDOUT_FILENO, &when, sizeof when) == sizeof when,
                "write");
}

//  The parts with bare sockets

static zsock_t *
s_bare (int type, const char *endpoint, bool bind)
{
    zsock_t *self = zsock_new (type);
    part_check ((bind ? zsock_bind (self, "%s", endpoint)
                      : zsock_connect (self, "%s", endpoint)) != -1,
                endpoint);
    return self;
}

static void
s_send (zsock_t *socket, const void *body, size_t size)
{
    static const char head[ZP_ENVELOPE_SIZE];
    zmq_send (zsock_resolve (socket), head, sizeof head, ZMQ_SNDMORE);
    zmq_send (zsock_resolve (socket), body, size, 0);
}

static void
s_recv (zsock_t *socket)
{
    zmq_msg_t frame;
    zmq_msg_init (&frame);
    do
        part_check (zmq_msg_recv (&frame, zsock_resolve (socket), 0) != -1,
                    "zmq_msg_recv");
    while (zmq_msg_more (&frame));
    zmq_msg_close (&frame);
}

static void
s_bare_ventilator (const s_cell_t *cell)
{
    zsock_t *tasks = s_bare (ZMQ_PUSH, cell->tasks, true);
    char *body = zmalloc (cell->size);
    s_send (tasks, body, cell->size);  // Waits for a worker
    s_tell (s_now ());
    for (uint64_t i = 1; i < cell->count; i++)
        s_send (tasks, body, cell->size);
    pause ();
}

static void
s_bare_worker (const s_cell_t *cell)
{
    zsock_t *tasks = s_bare (ZMQ_PULL, cell->tasks, false);
    zsock_t *results = s_bare (ZMQ_PUSH, cell->results, false);
    while (true) {
        s_recv (tasks);
        s_send (results, "x", 1);
    }
}

static void
s_bare_sink (const s_cell_t *cell)
{
    zsock_t *results = s_bare (ZMQ_PULL, cell->results, true);
    for (uint64_t i = 0; i < cell->count; i++)
        s_recv (results);
    s_tell (s_now ());
    pause ();
}

//  The same with ours

static zframe_t *
s_source (void *arg, uint64_t number)
{
    const s_cell_t *cell = arg;
    if (number == 0)
        s_tell (s_now ());
    return number < cell->count ? zframe_new (NULL, cell->size) : NULL;
}

static void
s_our_ventilator (const s_cell_t *cell)
{
    zp_ventilator_t *self = zp_ventilator_new (NULL, NULL);
    part_check (zp_ventilator_bind (self, cell->tasks) == ZP_OK, "bind");
    zp_ventilator_connect (self, cell->control);
    zp_ventilator_run (self, s_source, (void *) cell);
    pause ();
}

static void
s_work (zp_task_t *task, void *arg)
{
    (void) arg;
    zp_task_done (&task, "x", 1);
}

static void
s_our_worker (const s_cell_t *cell)
{
    zp_worker_t *self = zp_worker_new (NULL, s_work, NULL);
    zp_worker_connect (self, cell->tasks);
    zp_worker_connect_sink (self, cell->results);
    zp_worker_run (self);
}

static int
s_take (void *arg, const zp_result_t *result)
{
    (void) result;
    const s_cell_t *cell = arg;
    static uint64_t count;
    if (++count == cell->count)
        s_tell (s_now ());
    return 0;
}

static void
s_our_sink (const s_cell_t *cell)
{
    zp_sink_t *self = zp_sink_new (NULL, NULL, s_take, (void *) cell);
    part_check (zp_sink_bind (self, cell->results, cell->control) == ZP_OK,
                "bind");
    zp_sink_run (self);
    pause ();
}

typedef void (s_part_fn) (const s_cell_t *cell);
static const struct {
    const char *name;  // Of the part
    s_part_fn *fn;     // What it does
} s_parts[] = {{"bare-sink", s_bare_sink},
               {"bare-worker", s_bare_worker},
               {"bare-ventilator", s_bare_ventilator},
               {"our-sink", s_our_sink},
               {"our-worker", s_our_worker},
               {"our-ventilator", s_our_ventilator}};

//  Be a part, if this program was started as one
static void
s_be_part (char *argv[])
{
    for (size_t i = 0; i < sizeof s_parts / sizeof s_parts[0]; i++)
        if (streq (argv[0], s_parts[i].name)) {
            s_cell_t cell = {strtoul (argv[1], NULL, 10),
                             strtoull (argv[2], NULL, 10), argv[3], argv[4],
                             argv[5]};
            s_parts[i].fn (&cell);
            exit (0);
        }
}

//  Tasks a second, of ours (1) or of bare sockets (0)
static double
s_measure (size_t size, uint64_t count, int ours)
{
    char text[5][32];
    snprintf (text[0], sizeof text[0], "%zu", size);
    snprintf (text[1], sizeof text[1], "%" PRIu64, count);
    for (int i = 2; i < 5; i++)
        snprintf (text[i], sizeof text[i], "tcp://127.0.0.1:%d",
                  part_free_port ());
    part_t part[WORKERS + 2];
    for (int i = 0; i < WORKERS + 2; i++) {
        int role = i == 0 ? 0 : i <= WORKERS ? 1 : 2;
        char *argv[] = {(char *) s_parts[ours * 3 + role].name,
                        text[0],
                        text[1],
                        text[2],
                        text[3],
                        text[4],
                        NULL};
        part[i] = part_start (argv, PART_ALL);
    }
    double begun = 0, ended = 0;
    bool well = part_read (&part[WORKERS + 1], &begun, sizeof begun) &&
                part_read (&part[0], &ended, sizeof ended);
    for (int i = 0; i < WORKERS + 2; i++)
        part_end (&part[i]);
    part_wait ();
    if (part_interrupted ())
        exit (128 + part_interrupted ());
    part_check (well, "a part has ended");
    return (double) count / (ended - begun);
}

static void
s_help (void)
{
    puts ("Usage: bench-pipeline [--rounds N] [--quick] [--json]\n\n"
          "Tasks a second through a ventilator, two workers that do nothing, "
          "and a sink,\nover tcp: ours, and bare PUSH and PULL sockets.\n\n"
          "  --rounds N  default 7\n"
          "  --quick     one round, a tenth of the tasks\n"
          "  --json      for a program");
}

static void
s_report (bool json, size_t size, double (*rates)[2], int rounds)
{
    double column[3][ROUNDS_MAX];
    figure_t figure[3];
    for (int i = 0; i < rounds; i++) {
        column[0][i] = rates[i][0];
        column[1][i] = rates[i][1];
        column[2][i] = rates[i][1] / rates[i][0];
    }
    for (int i = 0; i < 3; i++)
        figure[i] = figure_of (column[i], rounds);
    if (json) {
        printf ("{\"size_bytes\": %zu", size);
        figure_print_json ("bare", &figure[0]);
        figure_print_json ("ours", &figure[1]);
        figure_print_json ("ratio", &figure[2]);
        printf ("}");
        return;
    }
    printf ("%8zu B %10.0f %10.0f   ", size, figure[0].median,
            figure[1].median);
    figure_print_ratio (&figure[2]);
    printf ("\n");
}

int
main (int argc, char *argv[])
{
    s_be_part (argv);
    static const struct option names[] = {
        {"rounds", required_argument, NULL, 'r'},
        {"quick", no_argument, NULL, 'q'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    int rounds = 7, option;
    uint64_t less = 1;
    bool json = false;
    while ((option = getopt_long (argc, argv, "", names, NULL)) != -1)
        switch (option) {
        case 'r':
            rounds = (int) words_number ("rounds", optarg, 1, ROUNDS_MAX);
            break;
        case 'q':
            rounds = 1;
            less = 10;
            break;
        case 'j':
            json = true;
            break;
        case 'h':
            s_help ();
            return 0;
        default:
            return 2;
        }
    if (optind < argc) {
        fprintf (stderr, "E: what is %s? (try --help)\n", argv[optind]);
        return 2;
    }
    part_catch_signals ();
    static const struct {
        size_t size;     // Of a task
        uint64_t count;  // So many
    } cells[] = {{20, 200000}, {1024, 100000}, {65536, 10000}};
    static double rates[3][ROUNDS_MAX][2];
    for (int round = 0; round < rounds; round++)
        for (int i = 0; i < 3; i++)
            for (int turn = 0; turn < 2; turn++) {
                int ours = (round + turn) % 2;  // In turns the first
                rates[i][round][ours] =
                    s_measure (cells[i].size, cells[i].count / less, ours);
            }
    if (!json)
        puts ("tasks of     bare, 1/s  ours, 1/s   ours by bare");
    for (int i = 0; i < 3; i++) {
        fputs (json ? i ? ", " : "[" : "", stdout);
        s_report (json, cells[i].size, rates[i], rounds);
    }
    fputs (json ? "]\n" : "", stdout);
    return 0;
}
