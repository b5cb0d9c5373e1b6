//  SPDX-License-Identifier: MIT
//
//  bench_pubsub - zp_publisher and zp_subscriber measured against bare libzmq

#include <czmq.h>

#include "alert_part.h"
#include "options.h"
#include "part.h"
#include "report.h"

//  The cells that the options ask for; the caller frees them
static samples_t *
s_cells (const options_t *options, size_t *count)
{
    const words_t *sizes = &options->sizes, *crowds = &options->subscribers;
    samples_t *cells = zmalloc (sizeof *cells * sizes->count * crowds->count);
    *count = 0;
    for (size_t i = 0; i < sizes->count; i++)
        for (size_t j = 0; j < crowds->count; j++) {
            samples_t *cell = &cells[(*count)++];
            cell->cell = (cell_t){strtoul (sizes->items[i], NULL, 10),
                                  atoi (crowds->items[j])};
            cell->rounds = options->rounds;
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
        if (!words_have (&options->only, contenders[i]->name))
            continue;
        const char *missing = contender_missing (contenders[i]);
        if (missing)
            fprintf (stderr, "I: %s is skipped: %s\n", contenders[i]->name,
                     missing);
        else
            order[count++] = i;
    }
    return count;
}

static void
s_compare (const options_t *options)
{
    size_t order[CONTENDERS_MAX], chosen = s_choose (options, order);
    size_t count;
    samples_t *cells = s_cells (options, &count);
    zp_random_t random;
    zp_random_seed (&random, options->seed);
    for (int round = 0; round < options->rounds; round++)
        for (size_t i = 0; i < count; i++) {
            const cell_t *cell = &cells[i].cell;
            fprintf (stderr, "I: round %d of %d: %zu B, subscribers: %d\n",
                     round + 1, options->rounds, cell->size, cell->subscribers);
            figure_shuffle (&random, order, chosen);
            for (size_t j = 0; j < chosen; j++) {
                cells[i].ran[order[j]] = true;
                cells[i].of[order[j]][round] =
                    measure (contenders[order[j]], cell, options->seconds);
            }
        }
    if (options->json)
        report_json (cells, count);
    else
        report_tables (cells, count);
    free (cells);
}

int
main (int argc, char *argv[])
{
    measure_part (argc, argv);
    alert_part (argc, argv);
    options_t options = options_parse (argc, argv);
    part_catch_signals ();
    if (options.alert.subscribers) {
        alerted_t alerted = alert_measure (&options.alert);
        alert_report (&options.alert, &alerted, options.json);
    }
    else
        s_compare (&options);
    return 0;
}
