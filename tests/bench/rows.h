//  SPDX-License-Identifier: MIT
//
//  rows - what SQLite alone does with rows such as a journal's

#ifndef ROWS_H
#define ROWS_H

#include "zp_envelope.h"

//  Insert rows with these columns for so many seconds, `batch` in each
//  transaction, synced as the journal does. Returns how many a second.
double rows_sqlite (const char *path, const char *key, const char *head,
                    zp_span_t body, uint64_t batch, double seconds);

#endif
