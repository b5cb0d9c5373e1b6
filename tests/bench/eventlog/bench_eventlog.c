//  SPDX-License-Identifier: MIT
//
//  The event log: durable appends beside SQLite alone, with as many rows in a
//  transaction as the log has reached, and reads from disk.

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

typedef struct options {
    words_t windows;     // Appends that are out at a time
    words_t sizes;       // Of a body, in bytes
    int rounds;          // How often everything is measured
    double seconds;      // For how long each time
    const char *folder;  // Where to write
} options_t;

static const char s_help[] =
    "Examples:\n"
    "  bench-eventlog                 all figures, in about 1 minute\n"
    "  bench-eventlog --size 100 --window 64 --rounds 3\n"
    "\n"
    "Measures how fast events are appended, on disk before each is confirmed, "
    "how\n"
    "many that puts in a transaction, what SQLite alone does with so many, and "
    "how\n"
    "fast one reader gets them all from disk.\n"
    "\n"
    "  --window LIST  appends that are out at a time (1,64,1000)\n"
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
    options_t self = {.windows = {{"1", "64", "1000"}, 3},
                      .sizes = {{"100", "1024"}, 2},
                      .rounds = 5,
                      .seconds = 1,
                      .folder = "."};
    const flag_t flags[] = {FLAG_NUMBERS ("window", &self.windows, 1, 9999),
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

//  What one round gave
typedef struct result {
    double appends;  // A second
    double batch;    // Of these in a transaction
    double sqlite;   // Rows a second in such transactions
    double reads;    // Events a second
    double cpu_us;   // Of the server, for one that was appended and read
} result_t;

static result_t
s_run (const options_t *options, int window, size_t size)
{
    char path[4000], endpoint[64], ready;
    snprintf (path, sizeof path, "%s/bench-eventlog.db", options->folder);
    snprintf (endpoint, sizeof endpoint, "tcp://127.0.0.1:%d",
              part_free_port ());
    s_remove (path);
    char *argv[] = {"server", path, endpoint, NULL};
    part_t server = part_start (argv, PART_ALL);
    part_check (part_read (&server, &ready, 1), "the server");
    uint64_t count = load_append (endpoint, size, window, options->seconds);
    double took = load_read (endpoint, count);
    kill (server.pid, SIGTERM);
    server_result_t done;
    part_check (part_read (&server, &done, sizeof done), "the server's end");
    part_end (&server);
    part_wait ();
    s_remove (path);
    result_t result = {.appends = (double) count / options->seconds,
                       .batch = (double) count / (double) done.commits,
                       .reads = (double) count / took,
                       .cpu_us = done.cpu / (double) count * 1e6};
    result.sqlite = load_sqlite (path, size, (uint64_t) (result.batch + 0.5),
                                 options->seconds);
    s_remove (path);
    return result;
}

static void
s_measure (const options_t *options, const char *window, const char *size)
{
    double values[5][ROUNDS_MAX], ratios[ROUNDS_MAX];
    for (int round = 0; round < options->rounds; round++) {
        result_t result =
            s_run (options, atoi (window), strtoul (size, NULL, 10));
        values[0][round] = result.appends;
        values[1][round] = result.batch;
        values[2][round] = result.sqlite;
        values[3][round] = result.reads;
        values[4][round] = result.cpu_us;
        ratios[round] = result.appends / result.sqlite;
    }
    printf ("%6s %6s", size, window);
    for (int i = 0; i < 5; i++)
        printf (" %9.*f", i == 4 ? 2 : 0,
                figure_of (values[i], options->rounds).median);
    figure_t ratio = figure_of (ratios, options->rounds);
    figure_print_ratio (&ratio);
    printf ("\n");
    fflush (stdout);
}

int
main (int argc, char **argv)
{
    if (strcmp (argv[0], "server") == 0)
        return load_server (argv[1], argv[2]);
    options_t options = s_options (argc, argv);
    printf ("median of %d rounds\n"
            "         in  appends  in a trans-    sqlite     reads    server\n"
            "  size  flight     /s      action        /s        /s    cpu us  "
            "appends by sqlite (min - max)\n",
            options.rounds);
    for (size_t s = 0; s < options.sizes.count; s++)
        for (size_t w = 0; w < options.windows.count; w++)
            s_measure (&options, options.windows.items[w],
                       options.sizes.items[s]);
}
