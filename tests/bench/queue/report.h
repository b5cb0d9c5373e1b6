//  SPDX-License-Identifier: MIT
//
//  report - how fast messages went, and our ratio to the others, beside the
//  goals
//
//  A figure is a median over the rounds.

#ifndef REPORT_H
#define REPORT_H

#include "figure.h"
#include "measure.h"

#define CONTENDERS_MAX 8

//  All that was measured in one cell
typedef struct samples {
    cell_t cell;                              // Where
    int rounds;                               // How often
    double sync_us[ROUNDS_MAX];               // What a sync took, by round
    bool ran[CONTENDERS_MAX];                 // By place in contenders
    result_t of[CONTENDERS_MAX][ROUNDS_MAX];  // The same, by round
} samples_t;

//  Print cells as tables for people.
void report_tables (const samples_t *cells, size_t count);

//  Print cells as one JSON array.
void report_json (const samples_t *cells, size_t count);

#endif
