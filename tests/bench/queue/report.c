//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "report.h"

#include <stdio.h>
#include <string.h>

//  The goals: our rate, divided by another's, at that many in flight

typedef struct goal {
    const char *contender;  // The other one
    size_t in_flight;       // Where; 0: everywhere
    double bound;           // At least this
} goal_t;

static const goal_t s_goals[] = {
    {"sqlite", 0, 0.5},      {"beanstalkd", 1, 1}, {"beanstalkd", 64, 2},
    {"beanstalkd", 1000, 2}, {"redis", 1, 1},      {"redis", 64, 2},
    {"redis", 1000, 2},      {"jetstream", 64, 4}, {"jetstream", 1000, 4},
};

static const goal_t *
s_goal (const contender_t *contender, size_t in_flight)
{
    for (size_t i = 0; i < sizeof s_goals / sizeof s_goals[0]; i++)
        if (strcmp (s_goals[i].contender, contender->name) == 0 &&
            (!s_goals[i].in_flight || s_goals[i].in_flight == in_flight))
            return &s_goals[i];
    return NULL;
}

//  The figures of one contender in one cell

typedef double (pick_fn) (const result_t *result);

static double
s_rate (const result_t *result)
{
    return result->rate;
}

static double
s_p50 (const result_t *result)
{
    return result->p50_us;
}

static double
s_p99 (const result_t *result)
{
    return result->p99_us;
}

static double
s_producer (const result_t *result)
{
    return result->producer_us;
}

static double
s_worker (const result_t *result)
{
    return result->worker_us;
}

static double
s_broker (const result_t *result)
{
    return result->broker_us;
}

static double
s_per_commit (const result_t *result)
{
    return result->per_commit;
}

static double
s_per_sync (const result_t *result)
{
    return result->per_sync;
}

//  As they are printed
static const struct {
    const char *name;   // In JSON
    const char *title;  // In tables
    pick_fn *pick;      // Out of a result
    int width;          // In tables
    int digits;         // After the point
} s_columns[] = {
    {"rate", "msgs/s", s_rate, 9, 0},
    {"p50_us", "p50 us", s_p50, 9, 0},
    {"p99_us", "p99 us", s_p99, 9, 0},
    {"producer_us", "producer", s_producer, 9, 2},
    {"worker_us", "worker", s_worker, 9, 2},
    {"broker_us", "broker", s_broker, 9, 2},
    {"messages_per_sync", "per sync", s_per_sync, 9, 1},
    {"messages_per_commit", "/ commit", s_per_commit, 9, 1},
};

#define COLUMNS (sizeof s_columns / sizeof s_columns[0])

typedef struct row {
    const contender_t *contender;  // Whose
    figure_t figures[COLUMNS];     // As measured
    bool rated;                    // We ran too, so there is
    figure_t ratio;                // our rate, divided by this one
    const goal_t *goal;            // NULL: none, or not rated
    bool met;                      // The goal
} row_t;

static figure_t
s_figure (pick_fn *pick, const result_t *results, int rounds)
{
    double values[ROUNDS_MAX];
    for (int i = 0; i < rounds; i++)
        values[i] = pick (&results[i]);
    return figure_of (values, rounds);
}

static row_t
s_row (const samples_t *samples, int number)
{
    const result_t *results = samples->of[number];
    const result_t *ours = samples->of[OURS];
    row_t row = {.contender = contenders[number],
                 .rated = samples->ran[OURS] && number != OURS};
    for (size_t i = 0; i < COLUMNS; i++)
        row.figures[i] = s_figure (s_columns[i].pick, results, samples->rounds);
    if (row.rated) {
        double values[ROUNDS_MAX];
        for (int i = 0; i < samples->rounds; i++)
            values[i] = ours[i].rate / results[i].rate;
        row.ratio = figure_of (values, samples->rounds);
        row.goal = s_goal (row.contender, samples->cell.in_flight);
        row.met = row.goal && row.ratio.median >= row.goal->bound;
    }
    return row;
}

static figure_t
s_sync (const samples_t *samples)
{
    double values[ROUNDS_MAX];
    memcpy (values, samples->sync_us, sizeof values);
    return figure_of (values, samples->rounds);
}

//  Tables

static void
s_print_row (const row_t *self)
{
    printf ("  %-10s", self->contender->name);
    for (size_t i = 0; i < COLUMNS; i++)
        printf (" %*.*f", s_columns[i].width, s_columns[i].digits,
                self->figures[i].median);
    if (self->rated)
        figure_print_ratio (&self->ratio);
    if (self->goal)
        printf ("  >= %.1f: %s", self->goal->bound,
                self->met ? "met" : "NOT MET");
    if (self->contender->note)
        printf ("  (%s)", self->contender->note);
    printf ("\n");
}

void
report_tables (const samples_t *cells, size_t count)
{
    int goals = 0, met = 0;
    for (size_t i = 0; i < count; i++) {
        figure_t sync = s_sync (&cells[i]);
        printf ("%zu B, %zu in flight: median of %d rounds; a sync takes "
                "%.0f us (%.0f - %.0f)\n",
                cells[i].cell.size, cells[i].cell.in_flight, cells[i].rounds,
                sync.median, sync.min, sync.max);
        printf ("  %-10s %29s  %s\n  %-10s", "", "", "cpu us of a message", "");
        for (size_t j = 0; j < COLUMNS; j++)
            printf (" %*s", s_columns[j].width, s_columns[j].title);
        printf ("  %-24s  %s\n", "ours by it (min - max)", "goal");
        for (int j = 0; contenders[j]; j++) {
            if (!cells[i].ran[j])
                continue;
            row_t row = s_row (&cells[i], j);
            goals += row.goal != NULL;
            met += row.met;
            s_print_row (&row);
        }
        printf ("\n");
    }
    printf ("%d of %d goals met\n", met, goals);
}

//  JSON

static void
s_json_row (const row_t *self)
{
    printf ("{\"name\": \"%s\"", self->contender->name);
    for (size_t i = 0; i < COLUMNS; i++)
        figure_print_json (s_columns[i].name, &self->figures[i]);
    if (self->rated)
        figure_print_json ("ours_by_it", &self->ratio);
    if (self->goal)
        printf (", \"goal\": {\"at_least\": %.2f, \"met\": %s}",
                self->goal->bound, self->met ? "true" : "false");
    printf ("}");
}

void
report_json (const samples_t *cells, size_t count)
{
    printf ("[");
    for (size_t i = 0; i < count; i++) {
        figure_t sync = s_sync (&cells[i]);
        printf ("%s{\"size_bytes\": %zu, \"in_flight\": %zu, \"rounds\": %d",
                i ? ",\n " : "", cells[i].cell.size, cells[i].cell.in_flight,
                cells[i].rounds);
        figure_print_json ("sync_us", &sync);
        printf (", \"contenders\": [");
        const char *comma = "";
        for (int j = 0; contenders[j]; j++) {
            if (!cells[i].ran[j])
                continue;
            row_t row = s_row (&cells[i], j);
            printf ("%s\n  ", comma);
            s_json_row (&row);
            comma = ",";
        }
        printf ("]}");
    }
    printf ("]\n");
}
