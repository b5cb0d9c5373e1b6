//  SPDX-License-Identifier: MIT
//
//  report - what was measured, beside the goal

#ifndef REPORT_H
#define REPORT_H

#include "figure.h"
#include "measure.h"

#define CONTENDERS_MAX 8

//  All that was measured in one cell
typedef struct samples {
    cell_t cell;                              // Where
    int rounds;                               // How often
    bool ran[CONTENDERS_MAX];                 // By place in contenders
    result_t of[CONTENDERS_MAX][ROUNDS_MAX];  // The same, by round
} samples_t;

//  Print cells as tables for people, or as one JSON array.
void report_tables (const samples_t *cells, size_t count);
void report_json (const samples_t *cells, size_t count);

#endif
