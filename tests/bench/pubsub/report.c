//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "report.h"

#include <stdio.h>
#include <string.h>

#define GOAL_OF "zp"  // Whose rate is to be
#define GOAL    0.85  // at least so much of its rival's

//  What there is of each contender, and of some also by its rival

static const struct {
    const char *name;   // In JSON
    const char *title;  // In tables
    size_t offset;      // In result_t
    double scale;       // For tables
    int decimals;       // In tables
    const char *by;     // In JSON, divided by the rival's; NULL: it isn't
} s_kinds[] = {
    {"published", "published/s", offsetof (result_t, published), 1, 0,
     "rate_ratio"},
    {"delivered", "delivered/s", offsetof (result_t, delivered), 1, 0, NULL},
    {"arrived", "arrived %", offsetof (result_t, arrived), 100, 1, NULL},
    {"publisher_ns", "publ. ns", offsetof (result_t, publisher_ns), 1, 0, NULL},
    {"subscriber_ns", "subscr. ns", offsetof (result_t, subscriber_ns), 1, 0,
     NULL},
    {"cpu_ns", "cpu ns", offsetof (result_t, cpu_ns), 1, 0, "cpu_ratio"},
    {"p50_us", "p50 us", offsetof (result_t, p50_us), 1, 1, "p50_ratio"},
    {"p99_us", "p99 us", offsetof (result_t, p99_us), 1, 1, NULL},
};

#define KINDS (sizeof s_kinds / sizeof s_kinds[0])

static double
s_value (const result_t *result, size_t kind)
{
    double value;
    memcpy (&value, (const char *) result + s_kinds[kind].offset, sizeof value);
    return value;
}

//  One figure of a contender, divided by that of the rival, if not NULL
static figure_t
s_figure (size_t kind, const result_t *own, const result_t *rival, int rounds)
{
    double values[ROUNDS_MAX];
    for (int i = 0; i < rounds; i++)
        values[i] =
            s_value (&own[i], kind) / (rival ? s_value (&rival[i], kind) : 1);
    return figure_of (values, rounds);
}

//  All figures of one contender in one cell

typedef struct row {
    const contender_t *contender;  // Whose
    figure_t own[KINDS];           // As measured
    bool rated;                    // The rival ran too, so there are
    figure_t by[KINDS];            // these, of those that have them
    bool has_goal;                 // There is one
    bool met;                      // And it is met
} row_t;

static row_t
s_row (const samples_t *samples, int number)
{
    const contender_t *contender = contenders[number];
    row_t row = {.contender = contender};
    const result_t *own = samples->of[number], *rival = NULL;
    for (int i = 0; contenders[i] && contender->rival; i++)
        if (samples->ran[i] &&
            strcmp (contenders[i]->name, contender->rival) == 0)
            rival = samples->of[i];
    for (size_t kind = 0; kind < KINDS; kind++) {
        row.own[kind] = s_figure (kind, own, NULL, samples->rounds);
        if (rival && s_kinds[kind].by)
            row.by[kind] = s_figure (kind, own, rival, samples->rounds);
    }
    row.rated = rival != NULL;
    row.has_goal = row.rated && strcmp (contender->name, GOAL_OF) == 0;
    row.met = row.has_goal && row.by[0].median >= GOAL;
    return row;
}

//  Tables

static void
s_print_titles (void)
{
    printf ("  %-8s", "");
    for (size_t kind = 0; kind < KINDS; kind++)
        printf (" %11s", s_kinds[kind].title);
    printf ("  %-22s  %-22s  %-22s  goal\n", "rate by bare", "cpu by bare",
            "p50 by bare");
}

static void
s_print_row (const row_t *self)
{
    printf ("  %-8s", self->contender->name);
    for (size_t kind = 0; kind < KINDS; kind++)
        printf (" %11.*f", s_kinds[kind].decimals,
                self->own[kind].median * s_kinds[kind].scale);
    for (size_t kind = 0; kind < KINDS; kind++)
        if (self->rated && s_kinds[kind].by)
            figure_print_ratio (&self->by[kind]);
    if (self->has_goal)
        printf ("  rate >= %.2f: %s", GOAL, self->met ? "met" : "NOT MET");
    printf ("\n");
}

void
report_tables (const samples_t *cells, size_t count)
{
    int goals = 0, met = 0;
    for (size_t i = 0; i < count; i++) {
        const samples_t *cell = &cells[i];
        printf ("tcp, %zu B, %d subscriber%s: median of %d rounds (min - "
                "max)\n",
                cell->cell.size, cell->cell.subscribers,
                cell->cell.subscribers == 1 ? "" : "s", cell->rounds);
        s_print_titles ();
        for (int j = 0; contenders[j]; j++) {
            if (!cell->ran[j])
                continue;
            row_t row = s_row (cell, j);
            goals += row.has_goal;
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
    printf ("{\"name\": \"%s\", \"lossless\": %s", self->contender->name,
            self->contender->lossless ? "true" : "false");
    for (size_t kind = 0; kind < KINDS; kind++)
        figure_print_json (s_kinds[kind].name, &self->own[kind]);
    if (self->rated)
        printf (", \"by\": \"%s\"", self->contender->rival);
    for (size_t kind = 0; kind < KINDS; kind++)
        if (self->rated && s_kinds[kind].by)
            figure_print_json (s_kinds[kind].by, &self->by[kind]);
    if (self->has_goal)
        printf (", \"goal\": {\"figure\": \"%s\", \"at_least\": %.2f, "
                "\"met\": %s}",
                s_kinds[0].by, GOAL, self->met ? "true" : "false");
    printf ("}");
}

void
report_json (const samples_t *cells, size_t count)
{
    printf ("[");
    for (size_t i = 0; i < count; i++) {
        printf ("%s{\"size_bytes\": %zu, \"subscribers\": %d, \"rounds\": %d, "
                "\"contenders\": [",
                i ? ",\n " : "", cells[i].cell.size, cells[i].cell.subscribers,
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
