//  SPDX-License-Identifier: MIT
//
//  metrics_lint - is this what Prometheus reads, and what its linter likes
//
//  The rules of the text format 0.0.4, and those of `promtool check metrics`.

#ifndef METRICS_LINT_H
#define METRICS_LINT_H

//  The first thing that is wrong with a text, until the next call, or NULL.
const char *metrics_lint (const char *text);

//  The same by promtool, if it is installed; else NULL, and a line to stderr.
const char *metrics_lint_promtool (const char *text);

#endif
