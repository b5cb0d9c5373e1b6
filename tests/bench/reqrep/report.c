//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

//  The goals: a ratio to the rival, at that many in flight

typedef struct goal {
    const char *contender;  // Whose
    size_t in_flight;       // Where
    bool latency;           // The p50 is to be at most this, otherwise the
    double bound;           // rate at least this
} goal_t;

static const goal_t s_goals[] = {
    {"zp-compact", 1, true, 1.10},    {"zp-compact", 256, false, 2.0},
    {"zp-compact", 1000, false, 3.0}, {"zp-open", 1, true, 1.10},
    {"zp-open", 16, false, 0.9},      {"zp-open", 256, false, 0.9},
    {"zp-open", 1000, false, 0.9},
};

static const goal_t *
s_goal (const contender_t *contender, size_t in_flight)
{
    for (size_t i = 0; i < sizeof s_goals / sizeof s_goals[0]; i++)
        if (strcmp (s_goals[i].contender, contender->name) == 0 &&
            s_goals[i].in_flight == in_flight)
            return &s_goals[i];
    return NULL;
}

//  A figure over the rounds

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
s_cpu (const result_t *result)
{
    return result->cpu_us;
}

//  A figure of one contender, divided by that of the rival, if not NULL
static figure_t
s_figure (pick_fn *pick, const result_t *results, const result_t *rival,
          int rounds)
{
    double values[ROUNDS_MAX];
    for (int i = 0; i < rounds; i++)
        values[i] = pick (&results[i]) / (rival ? pick (&rival[i]) : 1);
    return figure_of (values, rounds);
}

//  All figures of one contender in one cell

typedef struct row {
    const contender_t *contender;  // Whose
    figure_t rate, p50, p99, cpu;  // As measured
    bool rated;                    // The rival ran too, so there are
    figure_t rate_by, p50_by;      // these, divided by the rival's
    const goal_t *goal;            // NULL: none, or not rated
    bool met;                      // The goal
} row_t;

static row_t
s_row (const samples_t *samples, int number)
{
    const contender_t *contender = contenders[number];
    const result_t *own = samples->of[number];
    int rounds = samples->rounds;
    row_t row = {.contender = contender,
                 .rate = s_figure (s_rate, own, NULL, rounds),
                 .p50 = s_figure (s_p50, own, NULL, rounds),
                 .p99 = s_figure (s_p99, own, NULL, rounds),
                 .cpu = s_figure (s_cpu, own, NULL, rounds)};
    for (int i = 0; contenders[i]; i++)
        if (samples->ran[i] && contender->rival &&
            strcmp (contenders[i]->name, contender->rival) == 0) {
            const result_t *rival = samples->of[i];
            row.rated = true;
            row.rate_by = s_figure (s_rate, own, rival, rounds);
            row.p50_by = s_figure (s_p50, own, rival, rounds);
            row.goal = s_goal (contender, samples->cell.in_flight);
        }
    if (row.goal)
        row.met = row.goal->latency ? row.p50_by.median <= row.goal->bound
                                    : row.rate_by.median >= row.goal->bound;
    return row;
}

//  Tables

static void
s_print_row (const row_t *self)
{
    printf ("  %-10s %10.0f %8.1f %8.1f %7.2f", self->contender->name,
            self->rate.median, self->p50.median, self->p99.median,
            self->cpu.median);
    if (self->rated) {
        printf ("  %-6s", self->contender->rival);
        figure_print_ratio (&self->rate_by);
        figure_print_ratio (&self->p50_by);
    }
    if (self->goal)
        printf ("  %s %.2f: %s",
                self->goal->latency ? "p50 <=" : "rate >=", self->goal->bound,
                self->met ? "met" : "NOT MET");
    printf ("\n");
}

void
report_tables (const samples_t *cells, size_t count)
{
    int goals = 0, met = 0;
    for (size_t i = 0; i < count; i++) {
        const cell_t *cell = &cells[i].cell;
        printf ("%s, %zu B, %zu in flight: median of %d rounds\n",
                cell->transport, cell->size, cell->in_flight, cells[i].rounds);
        printf ("  %-10s %10s %8s %8s %7s  %-6s  %-22s  %-22s  %s\n", "",
                "calls/s", "p50 us", "p99 us", "cpu us", "by",
                "rate    (min - max)", "p50     (min - max)", "goal");
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
    figure_print_json ("rate", &self->rate);
    figure_print_json ("p50_us", &self->p50);
    figure_print_json ("p99_us", &self->p99);
    figure_print_json ("cpu_us", &self->cpu);
    if (self->rated) {
        printf (", \"by\": \"%s\"", self->contender->rival);
        figure_print_json ("rate_ratio", &self->rate_by);
        figure_print_json ("p50_ratio", &self->p50_by);
    }
    if (self->goal)
        printf (", \"goal\": {\"figure\": \"%s\", \"%s\": %.2f, \"met\": %s}",
                self->goal->latency ? "p50_ratio" : "rate_ratio",
                self->goal->latency ? "at_most" : "at_least", self->goal->bound,
                self->met ? "true" : "false");
    printf ("}");
}

void
report_json (const samples_t *cells, size_t count)
{
    printf ("[");
    for (size_t i = 0; i < count; i++) {
        const cell_t *cell = &cells[i].cell;
        printf ("%s{\"transport\": \"%s\", \"size_bytes\": %zu, "
                "\"in_flight\": %zu, \"rounds\": %d, \"contenders\": [",
                i ? ",\n " : "", cell->transport, cell->size, cell->in_flight,
                cells[i].rounds);
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
