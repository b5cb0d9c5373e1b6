//  SPDX-License-Identifier: MIT
//
//  rows - what a SQLite statement gives, as JSON

#ifndef ROWS_H
#define ROWS_H

#include <jansson.h>
#include <sqlite3.h>

//  Run a statement, and append each row to an array, as an object of integers
//  and strings by the names of the columns. Returns SQLITE_DONE, or the code of
//  what went wrong; then there may be some.
int rows_take (sqlite3_stmt *statement, json_t *rows);

#endif
