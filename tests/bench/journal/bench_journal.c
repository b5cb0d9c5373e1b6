//  SPDX-License-Identifier: MIT
//
//  The journal beside SQLite alone: the same rows, on the same disk, in turns.

#define _GNU_SOURCE

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "figure.h"
#include "flags.h"
#include "side.h"

typedef struct options {
    words_t batches;     // Rows in a transaction
    words_t sizes;       // Of a body, in bytes
    int rounds;          // How often everything is measured
    double seconds;      // For how long each time
    const char *folder;  // Where to write
} options_t;

static const char s_help[] =
    "Examples:\n"
    "  bench-journal                  all figures, in about 2 minutes\n"
    "  bench-journal --size 100 --batch 64 --rounds 3\n"
    "\n"
    "Measures how fast records are appended and, 10,000 records later, "
    "erased:\n"
    "by our journal, and by SQLite alone, with a statement for each row. cpu "
    "us\n"
    "is the processor time of one record.\n"
    "\n"
    "  --batch LIST   records in a transaction (1,8,64,512,4096)\n"
    "  --size LIST    bytes of a body (100,1024)\n"
    "  --rounds N     measure everything so often (5)\n"
    "  --seconds S    for so long each time (1)\n"
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
    options_t self = {.batches = {{"1", "8", "64", "512", "4096"}, 5},
                      .sizes = {{"100", "1024"}, 2},
                      .rounds = 5,
                      .seconds = 1,
                      .folder = "."};
    const flag_t flags[] = {FLAG_NUMBERS ("batch", &self.batches, 1, 9999),
                            FLAG_NUMBERS ("size", &self.sizes, 0, 1000000),
                            FLAG_INT ("rounds", &self.rounds, 1, ROUNDS_MAX),
                            FLAG_REAL ("seconds", &self.seconds, 0.01, 3600),
                            FLAG_TEXT ("folder", &self.folder),
                            FLAG_END};
    flags_read (argc, argv, flags, s_print_help);
    return self;
}

static void
s_remove (const char *path)
{
    static const char *endings[] = {"", "-wal", "-shm", "-journal"};
    char name[4096];
    for (size_t i = 0; i < 4; i++) {
        snprintf (name, sizeof name, "%s%s", path, endings[i]);
        unlink (name);
    }
}

//  What one side did in one round
typedef struct result {
    double rate;    // Rows a second
    double cpu_us;  // Of one row
} result_t;

static result_t
s_run (const side_t *side, const options_t *options, const char *batch,
       const char *size)
{
    char path[4000];
    snprintf (path, sizeof path, "%s/bench-journal.db", options->folder);
    s_remove (path);
    side_run_t run = {.path = path,
                      .batch = strtoull (batch, NULL, 10),
                      .size = strtoull (size, NULL, 10),
                      .seconds = options->seconds};
    char *body = malloc (run.size + 1);
    for (size_t i = 0; i < run.size; i++)
        body[i] = (char) (i * 7);
    run.body = body;
    side->write (&run);
    free (body);
    s_remove (path);
    sync ();
    return (result_t){(double) run.rows / run.seconds,
                      run.cpu / (double) run.rows * 1e6};
}

#define SIDES 2

static void
s_measure (const options_t *options, const char *batch, const char *size)
{
    static const side_t *const sides[SIDES] = {&side_journal, &side_sqlite};
    double rates[SIDES][ROUNDS_MAX], cpus[SIDES][ROUNDS_MAX];
    double by_rate[ROUNDS_MAX];
    for (int round = 0; round < options->rounds; round++) {
        //  Who is first has the other's leavings
        for (int i = 0; i < SIDES; i++) {
            int side = (i + round) % SIDES;
            result_t result = s_run (sides[side], options, batch, size);
            rates[side][round] = result.rate;
            cpus[side][round] = result.cpu_us;
        }
        by_rate[round] = rates[0][round] / rates[1][round];
    }
    printf ("%6s %6s", size, batch);
    for (int side = 0; side < SIDES; side++)
        printf ("  %9.0f %7.2f",
                figure_of (rates[side], options->rounds).median,
                figure_of (cpus[side], options->rounds).median);
    figure_t ratio = figure_of (by_rate, options->rounds);
    figure_print_ratio (&ratio);
    printf ("\n");
    fflush (stdout);
}

int
main (int argc, char **argv)
{
    options_t options = s_options (argc, argv);
    printf ("median of %d rounds\n"
            "                       journal             sqlite\n"
            "  size  batch     rows/s  cpu us     rows/s  cpu us  journal by "
            "sqlite (min - max)\n",
            options.rounds);
    for (size_t s = 0; s < options.sizes.count; s++)
        for (size_t b = 0; b < options.batches.count; b++)
            s_measure (&options, options.batches.items[b],
                       options.sizes.items[s]);
}
