//  SPDX-License-Identifier: MIT

#include "rows.h"

static json_t *
s_row (sqlite3_stmt *statement)
{
    json_t *row = json_object ();
    for (int i = 0; i < sqlite3_column_count (statement); i++)
        json_object_set_new (
            row, sqlite3_column_name (statement, i),
            sqlite3_column_type (statement, i) == SQLITE_INTEGER
                ? json_integer (sqlite3_column_int64 (statement, i))
                : json_string (
                      (const char *) sqlite3_column_text (statement, i)));
    return row;
}

int
rows_take (sqlite3_stmt *statement, json_t *rows)
{
    int code;
    while ((code = sqlite3_step (statement)) == SQLITE_ROW)
        json_array_append_new (rows, s_row (statement));
    return code;
}
