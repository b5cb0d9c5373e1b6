//  SPDX-License-Identifier: MIT
//
//  bench_reqrep - zp_client and zp_server measured against bare libzmq
//
//  A cell is a transport, a size, and a depth.

#include <czmq.h>

#include "options.h"
#include "report.h"

//  The cells that the options ask for; the caller frees them
static samples_t *
s_cells (const options_t *options, size_t *count)
{
    const words_t *transports = &options->transports;
    const words_t *sizes = &options->sizes;
    const words_t *in_flight = &options->in_flight;
    samples_t *cells = zmalloc (sizeof *cells * transports->count *
                                sizes->count * in_flight->count);
    samples_t *cell = cells;
    for (size_t i = 0; i < transports->count; i++)
        for (size_t j = 0; j < sizes->count; j++)
            for (size_t k = 0; k < in_flight->count; k++) {
                cell->cell = (cell_t){transports->items[i],
                                      strtoul (sizes->items[j], NULL, 10),
                                      strtoul (in_flight->items[k], NULL, 10)};
                cell->rounds = options->rounds;
                cell++;
            }
    *count = (size_t) (cell - cells);
    return cells;
}

//  Mark in order[] the places of the contenders that are wanted and can run,
//  and say which can't.
static size_t
s_choose (const options_t *options, size_t *order)
{
    size_t count = 0;
    for (size_t i = 0; contenders[i]; i++)
        for (size_t j = 0; j < options->only.count; j++) {
            if (!streq (contenders[i]->name, options->only.items[j]))
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
s_measure (samples_t *cell, int round, const size_t *order, size_t count,
           const options_t *options)
{
    for (size_t i = 0; i < count; i++) {
        const contender_t *contender = contenders[order[i]];
        if (contender->tcp_only && !streq (cell->cell.transport, "tcp"))
            continue;
        cell->ran[order[i]] = true;
        cell->of[order[i]][round] =
            measure (contender, &cell->cell, options->seconds, options->pinned);
    }
}

int
main (int argc, char *argv[])
{
    measure_part (argc, argv);
    options_t options = options_parse (argc, argv);
    size_t order[CONTENDERS_MAX];
    size_t contenders_count = s_choose (&options, order);
    size_t cells_count;
    samples_t *cells = s_cells (&options, &cells_count);
    zp_random_t random;
    zp_random_seed (&random, options.seed);

    for (int round = 0; round < options.rounds; round++)
        for (size_t i = 0; i < cells_count; i++) {
            const cell_t *cell = &cells[i].cell;
            fprintf (stderr, "I: round %d of %d: %s, %zu B, %zu in flight\n",
                     round + 1, options.rounds, cell->transport, cell->size,
                     cell->in_flight);
            figure_shuffle (&random, order, contenders_count);
            s_measure (&cells[i], round, order, contenders_count, &options);
        }

    if (options.json)
        report_json (cells, cells_count);
    else
        report_tables (cells, cells_count);
    free (cells);
    return 0;
}
