//  SPDX-License-Identifier: MIT
//
//  Sagas of four steps: how many are completed in a second, what that costs in
//  transactions, what SQLite alone does with as many records; and how long a
//  coordinator takes to go on with those that were open when it was killed.

#define _GNU_SOURCE

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "figure.h"
#include "flags.h"
#include "load.h"
#include "part.h"
#include "parts.h"

#define RECORDS 5  // Of a saga of four steps

typedef struct options {
    words_t windows;     // Sagas that go on at a time
    int rounds;          // How often everything is measured
    double seconds;      // For how long each time
    int open;            // Sagas to be taken back
    const char *folder;  // Where to write
} options_t;

static const char s_help[] =
    "Examples:\n"
    "  bench-saga                     all figures, in about 1 minute\n"
    "  bench-saga --window 64 --rounds 3 --open 0\n"
    "\n"
    "Measures how many sagas of four steps are completed in a second, by a\n"
    "coordinator and four services, each a process; with services that do\n"
    "nothing and with ones that keep a ledger. And how long it takes to go on\n"
    "with sagas that were open when the coordinator was killed, and what "
    "memory\n"
    "they take.\n"
    "\n"
    "  --window LIST  sagas that go on at a time (1,64,1000)\n"
    "  --rounds N     measure everything so often (7)\n"
    "  --seconds S    for so long each time (1)\n"
    "  --open N       take back so many (100000); 0: don't\n"
    "  --folder DIR   write there (here); it must be on a disk, or to sync\n"
    "                 costs nothing\n"
    "  --help         print this\n";

static void
s_print_help (void)
{
    fputs (s_help, stdout);
}

static options_t
s_options (int argc, char **argv)
{
    options_t self = {.windows = {{"1", "64", "1000"}, 3},
                      .rounds = 7,
                      .seconds = 1,
                      .open = 100000,
                      .folder = "."};
    const flag_t flags[] = {FLAG_NUMBERS ("window", &self.windows, 1, 9999),
                            FLAG_INT ("rounds", &self.rounds, 1, ROUNDS_MAX),
                            FLAG_REAL ("seconds", &self.seconds, 0.01, 3600),
                            FLAG_INT ("open", &self.open, 0, 900000),
                            FLAG_TEXT ("folder", &self.folder),
                            FLAG_END};
    flags_read (argc, argv, flags, s_print_help);
    return self;
}

//  A coordinator, its services, and where they are
typedef struct stage {
    char paths[SERVICES + 1][4000];    // Of databases; the first is the
                                       // coordinator's
    char endpoints[SERVICES + 1][64];  // The same
    part_t coordinator;                // Runs the sagas
    part_t services[SERVICES];         // Do their steps
    coordinator_start_t start;         // How the coordinator began
} stage_t;

static void
s_remove (const stage_t *self)
{
    static const char *endings[] = {"", "-wal", "-shm", "-journal"};
    char name[4096];
    for (int p = 0; p <= SERVICES; p++)
        for (size_t i = 0; i < 4; i++) {
            snprintf (name, sizeof name, "%s%s", self->paths[p], endings[i]);
            unlink (name);
        }
}

static void
s_lay_out (stage_t *self, const char *folder)
{
    for (int i = 0; i <= SERVICES; i++) {
        snprintf (self->paths[i], sizeof self->paths[i], "%s/bench-saga-%d.db",
                  folder, i);
        snprintf (self->endpoints[i], sizeof self->endpoints[i],
                  "tcp://127.0.0.1:%d", part_free_port ());
    }
    s_remove (self);
}

static void
s_start_coordinator (stage_t *self)
{
    char *argv[] = {"coordinator",      self->paths[0],
                    self->endpoints[0], self->endpoints[1],
                    self->endpoints[2], self->endpoints[3],
                    self->endpoints[4], NULL};
    self->coordinator = part_start (argv, PART_ALL);
    part_check (
        part_read (&self->coordinator, &self->start, sizeof self->start),
        "the coordinator");
}

static void
s_start_services (stage_t *self, bool ledgers)
{
    for (int i = 0; i < SERVICES; i++) {
        char ready;
        char *argv[] = {"service", self->endpoints[i + 1],
                        ledgers ? self->paths[i + 1] : "", NULL};
        self->services[i] = part_start (argv, PART_ALL);
        part_check (part_read (&self->services[i], &ready, 1), "a service");
    }
}

static coordinator_result_t
s_end (stage_t *self)
{
    coordinator_result_t result;
    kill (self->coordinator.pid, SIGTERM);
    part_check (part_read (&self->coordinator, &result, sizeof result),
                "the coordinator's end");
    part_end (&self->coordinator);
    for (int i = 0; i < SERVICES; i++)
        part_end (&self->services[i]);
    part_wait ();
    s_remove (self);
    return result;
}

enum { SAGAS, P50, PER_SAGA, RECORDS_PER_SAGA, CPU, SQLITE, VALUES };

//  One round
static void
s_run (const options_t *options, int window, bool ledgers,
       double values[VALUES][ROUNDS_MAX], int round)
{
    stage_t stage;
    s_lay_out (&stage, options->folder);
    s_start_coordinator (&stage);
    s_start_services (&stage, ledgers);
    double begun = parts_seconds ();
    uint64_t count = load_sagas (stage.endpoints[0], window, options->seconds,
                                 &values[P50][round]);
    values[SAGAS][round] = (double) count / (parts_seconds () - begun);
    coordinator_result_t result = s_end (&stage);
    double sagas = (double) count;
    values[PER_SAGA][round] = (double) result.commits / sagas;
    values[RECORDS_PER_SAGA][round] = (double) result.records / sagas;
    values[CPU][round] = result.cpu / sagas * 1e6;
    double batch = (double) result.records / (double) result.commits;
    values[SQLITE][round] =
        load_sqlite (stage.paths[0], (uint64_t) (batch + 0.5),
                     options->seconds) /
        RECORDS;
    s_remove (&stage);
}

static void
s_measure (const options_t *options, const char *window, bool ledgers)
{
    double values[VALUES][ROUNDS_MAX], ratios[ROUNDS_MAX];
    for (int round = 0; round < options->rounds; round++) {
        s_run (options, atoi (window), ledgers, values, round);
        ratios[round] = values[SAGAS][round] / values[SQLITE][round];
    }
    static const int digits[VALUES] = {0, 2, 3, 1, 1, 0};
    printf ("%9s %6s", ledgers ? "ledgers" : "nothing", window);
    for (int i = 0; i < VALUES; i++)
        printf (" %9.*f", digits[i],
                figure_of (values[i], options->rounds).median);
    figure_t ratio = figure_of (ratios, options->rounds);
    figure_print_ratio (&ratio);
    printf ("\n");
    fflush (stdout);
}

//  Sagas are opened, the coordinator is killed, and started again
static void
s_take_back (const options_t *options)
{
    stage_t stage;
    s_lay_out (&stage, options->folder);
    s_start_coordinator (&stage);
    uint64_t empty = stage.start.memory;
    load_open (stage.endpoints[0], options->open);
    part_end (&stage.coordinator);
    part_wait ();
    s_start_coordinator (&stage);
    printf ("\n%d open sagas after kill -9: taken back in %.2f s, %.0f bytes "
            "of memory each\n",
            options->open, stage.start.seconds,
            (double) (stage.start.memory - empty) / options->open);
    part_end (&stage.coordinator);
    part_wait ();
    s_remove (&stage);
}

int
main (int argc, char **argv)
{
    if (strcmp (argv[0], "coordinator") == 0)
        return parts_coordinator (argv[1], argv[2], argv + 3);
    if (strcmp (argv[0], "service") == 0)
        return parts_service (argv[1], argv[2]);
    options_t options = s_options (argc, argv);
    printf ("sagas of four steps, median of %d rounds\n"
            "              at     sagas       p50   commits   records    cpu us"
            "    sqlite\n"
            " services   once        /s        ms    a saga    a saga    a saga"
            "   sagas/s  ours by it (min - max)\n",
            options.rounds);
    for (int ledgers = 0; ledgers < 2; ledgers++)
        for (size_t w = 0; w < options.windows.count; w++)
            s_measure (&options, options.windows.items[w], ledgers);
    if (options.open)
        s_take_back (&options);
}
