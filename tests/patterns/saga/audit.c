//  SPDX-License-Identifier: MIT

#include "audit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sqlite3.h>
#include <stdlib.h>

static sqlite3_stmt *
s_query (sqlite3 **db_p, const char *path, const char *sql)
{
    sqlite3_stmt *row;
    assert_int_equal (sqlite3_open (path, db_p), SQLITE_OK);
    assert_int_equal (sqlite3_prepare_v2 (*db_p, sql, -1, &row, NULL),
                      SQLITE_OK);
    return row;
}

int
audit_number (const char *path, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *row = s_query (&db, path, sql);
    assert_int_equal (sqlite3_step (row), SQLITE_ROW);
    int number = sqlite3_column_int (row, 0);
    sqlite3_finalize (row);
    sqlite3_close (db);
    return number;
}

void
audit_sagas (const char *path, int *left, int count)
{
    sqlite3 *db;
    sqlite3_stmt *row = s_query (&db, path, "SELECT key, cents FROM payments");
    int rc;
    while ((rc = sqlite3_step (row)) == SQLITE_ROW) {
        const char *key = (const char *) sqlite3_column_text (row, 0);
        int saga = atoi (key + 1);
        assert_in_range (saga, 0, count - 1);
        left[saga] += sqlite3_column_int (row, 1);
    }
    assert_int_equal (rc, SQLITE_DONE);
    sqlite3_finalize (row);
    sqlite3_close (db);
}
