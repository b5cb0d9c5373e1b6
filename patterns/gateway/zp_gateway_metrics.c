//  SPDX-License-Identifier: MIT
//
//      # HELP zp_gateway_requests_total Requests answered.
//      # TYPE zp_gateway_requests_total counter
//      zp_gateway_requests_total{route="/films/{id}",code="200"} 17

#define _GNU_SOURCE

#include "zp_gateway_metrics.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zp_gateway_http.h"

typedef enum s_type { COUNTER, GAUGE, HISTOGRAM } s_type_t;

//  The buckets' upper bounds: in microseconds, and as they are written
static const struct {
    uint64_t us;
    const char *seconds;
} s_bounds[] = {
    {500, "0.0005"},  {1000, "0.001"},  {2500, "0.0025"}, {5000, "0.005"},
    {10000, "0.01"},  {25000, "0.025"}, {50000, "0.05"},  {100000, "0.1"},
    {250000, "0.25"}, {500000, "0.5"},  {1000000, "1"},   {2500000, "2.5"},
    {5000000, "5"},   {10000000, "10"}, {30000000, "30"},
};

#define BOUNDS (sizeof s_bounds / sizeof *s_bounds)

struct zp_gateway_series {
    s_type_t type;      // As its family
    char *labels;       // As they are written: name="value",name="value"
    double value;       // COUNTER, GAUGE
    uint64_t sum_us;    // HISTOGRAM: of all times
    uint64_t *buckets;  // HISTOGRAM: how many were in each, and above all
};

struct zp_gateway_family {
    s_type_t type;                                  // Of each series
    const char *name;                               // Its name
    const char *help;                               // What it means
    const char *labels[ZP_GATEWAY_LABELS_MAX + 1];  // Names, and a NULL
    size_t max;                                     // Series, but for "other"
    size_t count;                                   // Series
    zp_gateway_series_t **series;                   // These
    zp_gateway_family_t *next;                      // Made after it
};

struct zp_gateway_metrics {
    zp_gateway_family_t *first;  // In the order in which they were made
};

zp_gateway_metrics_t *
zp_gateway_metrics_new (void)
{
    zp_gateway_metrics_t *self = calloc (1, sizeof *self);
    assert (self);
    return self;
}

static void
s_family_destroy (zp_gateway_family_t *family)
{
    for (size_t i = 0; i < family->count; i++) {
        free (family->series[i]->labels);
        free (family->series[i]->buckets);
        free (family->series[i]);
    }
    free (family->series);
    free (family);
}

void
zp_gateway_metrics_destroy (zp_gateway_metrics_t **self_p)
{
    assert (self_p);
    zp_gateway_metrics_t *self = *self_p;
    *self_p = NULL;
    if (!self)
        return;
    while (self->first) {
        zp_gateway_family_t *family = self->first;
        self->first = family->next;
        s_family_destroy (family);
    }
    free (self);
}

static bool
s_ends (const char *text, const char *ending)
{
    size_t size = strlen (text), end = strlen (ending);
    return size > end && strcmp (text + size - end, ending) == 0;
}

static bool
s_snake_case (const char *name)
{
    return *name >= 'a' && *name <= 'z' &&
           !name[strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789_")];
}

//  True if Prometheus and its linter like it
static bool
s_good (const zp_gateway_family_t *family)
{
    static const char *const taken[] = {"_bucket", "_count", "_sum"};
    bool good =
        s_snake_case (family->name) && *family->help &&
        s_ends (family->name, "_total") == (family->type == COUNTER) &&
        (s_ends (family->name, "_seconds") || family->type != HISTOGRAM);
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        good = good && !s_ends (family->name, taken[i]);
    for (size_t i = 0; family->labels[i]; i++)
        good = good && s_snake_case (family->labels[i]) &&
               strcmp (family->labels[i], "le") != 0;
    return good;
}

static zp_gateway_family_t *
s_family (zp_gateway_metrics_t *self, const char *name, const char *help,
          const char *const *labels, size_t series_max, s_type_t type)
{
    assert (series_max >= 1);
    zp_gateway_family_t *family = calloc (1, sizeof *family), **last;
    assert (family);
    *family = (zp_gateway_family_t){
        .type = type, .name = name, .help = help, .max = series_max};
    for (size_t i = 0; labels && labels[i]; i++) {
        assert (i < ZP_GATEWAY_LABELS_MAX);
        family->labels[i] = labels[i];
    }
    bool good = s_good (family);
    for (last = &self->first; *last; last = &(*last)->next)
        good = good && strcmp ((*last)->name, name) != 0;
    assert (good);
    (void) good;
    return *last = family;
}

zp_gateway_family_t *
zp_gateway_metrics_counter (zp_gateway_metrics_t *self, const char *name,
                            const char *help, const char *const *labels,
                            size_t series_max)
{
    return s_family (self, name, help, labels, series_max, COUNTER);
}

zp_gateway_family_t *
zp_gateway_metrics_gauge (zp_gateway_metrics_t *self, const char *name,
                          const char *help, const char *const *labels,
                          size_t series_max)
{
    return s_family (self, name, help, labels, series_max, GAUGE);
}

zp_gateway_family_t *
zp_gateway_metrics_times (zp_gateway_metrics_t *self, const char *name,
                          const char *help, const char *const *labels,
                          size_t series_max)
{
    return s_family (self, name, help, labels, series_max, HISTOGRAM);
}

//  Write a text, with an escape for what would end it
static void
s_write_text (FILE *file, const char *text, const char *escaped)
{
    for (; *text; text++)
        if (*text == '\n')
            fputs ("\\n", file);
        else if (strchr (escaped, *text))
            fprintf (file, "\\%c", *text);
        else
            fputc (*text, file);
}

//  The labels of a series as they are written; without values, "other"
static char *
s_labels (const zp_gateway_family_t *family, const char *const *values)
{
    char *text;
    size_t size;
    FILE *file = open_memstream (&text, &size);
    assert (file);
    for (size_t i = 0; family->labels[i]; i++) {
        char *value = zp_gateway_plain (values ? values[i] : "other");
        fprintf (file, "%s%s=\"", i ? "," : "", family->labels[i]);
        s_write_text (file, value, "\\\"");
        fputc ('"', file);
        free (value);
    }
    fclose (file);
    return text;
}

//  The series with these labels; NULL if there is none
static zp_gateway_series_t *
s_find (const zp_gateway_family_t *self, const char *labels)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp (self->series[i]->labels, labels) == 0)
            return self->series[i];
    return NULL;
}

zp_gateway_series_t *
zp_gateway_family_series (zp_gateway_family_t *self, const char *const *values)
{
    char *labels = s_labels (self, values);
    zp_gateway_series_t *series = s_find (self, labels);
    if (!series && self->count >= self->max) {
        free (labels);
        labels = s_labels (self, NULL);
        series = s_find (self, labels);
    }
    if (series) {
        free (labels);
        return series;
    }
    series = calloc (1, sizeof *series);
    self->series =
        realloc (self->series, (self->count + 1) * sizeof *self->series);
    assert (series && self->series);
    self->series[self->count++] = series;
    series->type = self->type;
    series->labels = labels;
    if (self->type == HISTOGRAM) {
        series->buckets = calloc (BOUNDS + 1, sizeof *series->buckets);
        assert (series->buckets);
    }
    return series;
}

void
zp_gateway_series_add (zp_gateway_series_t *self, double amount)
{
    assert (self->type == GAUGE || (self->type == COUNTER && amount >= 0));
    self->value += amount;
}

void
zp_gateway_series_set (zp_gateway_series_t *self, double value)
{
    assert (self->type != HISTOGRAM);
    self->value = value;
}

void
zp_gateway_series_time (zp_gateway_series_t *self, uint64_t time_us)
{
    assert (self->type == HISTOGRAM);
    size_t bucket = 0;
    while (bucket < BOUNDS && time_us > s_bounds[bucket].us)
        bucket++;
    self->buckets[bucket]++;
    self->sum_us += time_us;
}

static void
s_write_times (FILE *file, const char *name, const zp_gateway_series_t *series)
{
    const char *labels = series->labels, *comma = *labels ? "," : "";
    const char *open = *labels ? "{" : "", *close = *labels ? "}" : "";
    uint64_t count = 0;
    for (size_t i = 0; i <= BOUNDS; i++) {
        count += series->buckets[i];
        fprintf (file, "%s_bucket{%s%sle=\"%s\"} %" PRIu64 "\n", name, labels,
                 comma, i < BOUNDS ? s_bounds[i].seconds : "+Inf", count);
    }
    fprintf (file, "%s_sum%s%s%s %" PRIu64 ".%06" PRIu64 "\n", name, open,
             labels, close, series->sum_us / 1000000, series->sum_us % 1000000);
    fprintf (file, "%s_count%s%s%s %" PRIu64 "\n", name, open, labels, close,
             count);
}

char *
zp_gateway_metrics_text (const zp_gateway_metrics_t *self, size_t *size_p)
{
    static const char *const types[] = {
        [COUNTER] = "counter", [GAUGE] = "gauge", [HISTOGRAM] = "histogram"};
    char *text;
    size_t size;
    FILE *file = open_memstream (&text, &size);
    assert (file);
    for (zp_gateway_family_t *family = self->first; family;
         family = family->next) {
        const char *name = family->name;
        fprintf (file, "# HELP %s ", name);
        s_write_text (file, family->help, "\\");
        fprintf (file, "\n# TYPE %s %s\n", name, types[family->type]);
        for (size_t i = 0; i < family->count; i++) {
            const zp_gateway_series_t *series = family->series[i];
            bool labels = *series->labels;
            if (family->type == HISTOGRAM)
                s_write_times (file, name, series);
            else
                fprintf (file, "%s%s%s%s %.16g\n", name, labels ? "{" : "",
                         series->labels, labels ? "}" : "", series->value);
        }
    }
    fclose (file);
    if (size_p)
        *size_p = size;
    return text;
}
