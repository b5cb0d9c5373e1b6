//  SPDX-License-Identifier: MIT
//
//  bench_queue - zp_queue measured beside other durable work queues
//
//  A cell is a size and a depth.

#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backlog.h"
#include "folder.h"
#include "options.h"
#include "part.h"
#include "report.h"
#include "roles.h"

//  The cells that the options ask for; the caller frees them
static samples_t *
s_cells (const options_t *options, size_t *count)
{
    const words_t *sizes = &options->sizes;
    const words_t *in_flight = &options->in_flight;
    *count = sizes->count * in_flight->count;
    samples_t *cells = calloc (*count, sizeof *cells);
    part_check (cells != NULL, "memory");
    for (size_t i = 0; i < *count; i++) {
        const char *size = sizes->items[i / in_flight->count];
        const char *depth = in_flight->items[i % in_flight->count];
        cells[i].cell =
            (cell_t){strtoul (size, NULL, 10), strtoul (depth, NULL, 10)};
        cells[i].rounds = options->rounds;
    }
    return cells;
}

//  Mark in order[] the places of the contenders that are wanted and can run,
//  and say which can't.
static size_t
s_choose (const options_t *options, size_t *order)
{
    size_t count = 0;
    for (size_t i = 0; contenders[i]; i++) {
        const char *name = contenders[i]->name;
        const char *missing = contender_missing (contenders[i]);
        if (!words_have (&options->only, name))
            continue;
        if (missing)
            fprintf (stderr, "I: %s is skipped: %s\n", name, missing);
        else
            order[count++] = i;
    }
    return count;
}

static void
s_measure (samples_t *samples, int round, size_t number, cell_t cell,
           const options_t *options, const char *folder)
{
    samples->ran[number] = true;
    samples->of[number][round] =
        measure (contenders[number], folder, &cell, options->seconds);
}

//  Measure all in one cell. Those without a broker come last, since they do as
//  we did.
static void
s_round (samples_t *samples, int round, const size_t *order, size_t count,
         const options_t *options, const char *folder)
{
    cell_t alone = samples->cell;
    for (size_t i = 0; i < count; i++)
        if (contenders[order[i]]->serve)
            s_measure (samples, round, order[i], samples->cell, options,
                       folder);
    if (samples->ran[OURS])
        alone.in_flight = (size_t) (samples->of[OURS][round].per_commit + 0.5);
    for (size_t i = 0; i < count; i++)
        if (!contenders[order[i]]->serve)
            s_measure (samples, round, order[i], alone, options, folder);
}

static void
s_flow (const options_t *options, const char *folder)
{
    size_t order[CONTENDERS_MAX];
    size_t contenders_count = s_choose (options, order);
    size_t cells_count;
    samples_t *cells = s_cells (options, &cells_count);
    zp_random_t random;
    zp_random_seed (&random, options->seed);
    for (int round = 0; round < options->rounds; round++)
        for (size_t i = 0; i < cells_count; i++) {
            const cell_t *cell = &cells[i].cell;
            cells[i].sync_us[round] = folder_sync (folder).over_us;
            fprintf (stderr,
                     "I: round %d of %d: %zu B, %zu in flight; a sync takes "
                     "%.0f us\n",
                     round + 1, options->rounds, cell->size, cell->in_flight,
                     cells[i].sync_us[round]);
            figure_shuffle (&random, order, contenders_count);
            s_round (&cells[i], round, order, contenders_count, options,
                     folder);
        }
    if (options->json)
        report_json (cells, cells_count);
    else
        report_tables (cells, cells_count);
    free (cells);
}

static void
s_backlog (const options_t *options, const char *folder)
{
    size_t order[CONTENDERS_MAX];
    size_t count = s_choose (options, order);
    const words_t *in_flight = &options->in_flight;
    size_t depth = strtoul (in_flight->items[in_flight->count - 1], NULL, 10);
    for (size_t i = 0; i < options->sizes.count; i++) {
        size_t size = strtoul (options->sizes.items[i], NULL, 10);
        backlog_t results[CONTENDERS_MAX];
        bool ran[CONTENDERS_MAX] = {false};
        for (size_t j = 0; j < count; j++) {
            const contender_t *contender = contenders[order[j]];
            if (!contender->serve)
                continue;
            fprintf (stderr, "I: %s: %llu messages of %zu B\n", contender->name,
                     (unsigned long long) options->backlog, size);
            ran[order[j]] = true;
            results[order[j]] = backlog_measure (contender, folder, size, depth,
                                                 options->backlog);
        }
        if (options->json) {
            printf (i ? ",\n " : "[");
            backlog_json (results, ran, size, options->backlog);
        }
        else
            backlog_table (results, ran, size, options->backlog);
    }
    if (options->json)
        printf ("]\n");
}

int
main (int argc, char *argv[])
{
    roles_play (argc, argv);
    options_t options = options_parse (argc, argv);
    part_catch_signals ();
    const char *folder = folder_new (options.folder);
    folder_syncs_t syncs = folder_sync (folder);
    fprintf (stderr, "I: a sync takes %.0f us, or %.0f if the file grows\n",
             syncs.over_us, syncs.append_us);
    if (options.backlog)
        s_backlog (&options, folder);
    else
        s_flow (&options, folder);
    return 0;
}
