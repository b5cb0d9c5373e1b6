//  SPDX-License-Identifier: MIT
//
//  zp_gateway_metrics - figures, as Prometheus reads them
//
//  The text format 0.0.4 (https://prometheus.io/docs/instrumenting/
//  exposition_formats/). A family has a name, a help text, and a series for
//  each set of values of its labels. A label whose values come from outside
//  would fill the memory, so each family has a bound: what is beyond it is
//  counted in one series, whose labels are all "other".
//
//      zp_gateway_family_t *requests = zp_gateway_metrics_counter (
//          metrics, "zp_gateway_requests_total", "Requests answered.",
//          (const char *[]){"route", "code", NULL}, 1000);
//      zp_gateway_series_add (zp_gateway_family_series (
//          requests, (const char *[]){"/films/{id}", "200"}), 1);
//
//  Names and help are the program's own, and asserted on: they follow the
//  rules of Prometheus' linter (a counter ends in _total, nothing else does;
//  units are seconds and bytes). Values of labels can be anything.

#ifndef ZP_GATEWAY_METRICS_H
#define ZP_GATEWAY_METRICS_H

#include <stddef.h>
#include <stdint.h>

#define ZP_GATEWAY_LABELS_MAX 4  // Labels of a family

typedef struct zp_gateway_metrics zp_gateway_metrics_t;
typedef struct zp_gateway_family zp_gateway_family_t;
typedef struct zp_gateway_series zp_gateway_series_t;

zp_gateway_metrics_t *zp_gateway_metrics_new (void);
void zp_gateway_metrics_destroy (zp_gateway_metrics_t **self_p);

//  A new family: a number that only grows; one that goes up and down; or times
//  in buckets, from 0.5 ms to 30 s. labels has the names of up to
//  ZP_GATEWAY_LABELS_MAX, and a NULL; or is NULL: none. No text is copied. At
//  most so many series (>= 1), and "other". All belong to the metrics.
zp_gateway_family_t *
zp_gateway_metrics_counter (zp_gateway_metrics_t *self, const char *name,
                            const char *help, const char *const *labels,
                            size_t series_max);
zp_gateway_family_t *
zp_gateway_metrics_gauge (zp_gateway_metrics_t *self, const char *name,
                          const char *help, const char *const *labels,
                          size_t series_max);
zp_gateway_family_t *
zp_gateway_metrics_times (zp_gateway_metrics_t *self, const char *name,
                          const char *help, const char *const *labels,
                          size_t series_max);

//  The series with these values (copied) of the family's labels, in their
//  order; made if it is not there. It stays as long as the metrics: keep it
//  where it is used often. values may be NULL if there are no labels.
zp_gateway_series_t *
zp_gateway_family_series (zp_gateway_family_t *self, const char *const *values);

//  Of a counter or gauge.
void zp_gateway_series_add (zp_gateway_series_t *self, double amount);

//  Of a gauge; of a counter, what somebody else has counted.
void zp_gateway_series_set (zp_gateway_series_t *self, double value);

//  Of times.
void zp_gateway_series_time (zp_gateway_series_t *self, uint64_t time_us);

//  All of them as text, with a NUL at its end; free it. Families are in the
//  order in which they were made, series too. *size_p (may be NULL) is without
//  the NUL. Its Content-Type is ZP_GATEWAY_METRICS_TYPE.
char *
zp_gateway_metrics_text (const zp_gateway_metrics_t *self, size_t *size_p);

#define ZP_GATEWAY_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

#endif
