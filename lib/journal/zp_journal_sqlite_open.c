//  SPDX-License-Identifier: MIT
//
//  SQLite repairs and tidies any database that it opens: it rolls back, or
//  moves what is in the write-ahead log. To leave alone what is no journal, or
//  one of a newer version, the first bytes are read before SQLite may see the
//  file, through its own VFS: POSIX forgets all locks that a process holds on a
//  file as soon as it closes any descriptor of that file, and the VFS knows.

#define _POSIX_C_SOURCE 200809L

#include "zp_journal_sqlite.h"

#include <errno.h>

#define APPLICATION_ID 0x7a704a6c  // "zpJl"
#define VERSION        1           // Of the tables

//  Where the header of a database has what (https://sqlite.org/fileformat.html)
#define MAGIC          "SQLite format 3"  // At 0, with its 0
#define AT_VERSION     60
#define AT_APPLICATION 68
#define HEADER_SIZE    100

//  The same for a rollback journal
#define JOURNAL_MAGIC    "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
#define AT_JOURNAL_PAGES 16  // Of the database before the transaction

#define RECORDS                                                                \
    "CREATE TABLE records (\n"                                                 \
    "  number INTEGER PRIMARY KEY,  -- Counting up, never used twice\n"        \
    "  time_ms INTEGER NOT NULL,    -- When it was appended, since 1970\n"     \
    "  key TEXT NOT NULL,           -- What it belongs to\n"                   \
    "  head TEXT NOT NULL,          -- Can be amended\n"                       \
    "  body BLOB NOT NULL           -- Can't\n"                                \
    ")"
#define OWNER                                                                  \
    "CREATE TABLE owner (\n"                                                   \
    "  epoch INTEGER NOT NULL,       -- How often there was one\n"             \
    "  since_ms INTEGER NOT NULL,    -- When the last one came, since 1970\n"  \
    "  next_number INTEGER NOT NULL  -- No record had this one or a higher\n"  \
    ")"

//  A larger page makes small commits dearer and large bodies cheaper. EXTRA is
//  FULL, and the folder is synced too. Without secure_delete, erased bytes stay
//  in the file until their place is used again.
static const char s_settings[] = "PRAGMA page_size = 8192;"
                                 "PRAGMA locking_mode = EXCLUSIVE;"
                                 "PRAGMA synchronous = EXTRA;"
                                 "PRAGMA mmap_size = 0;"
                                 "PRAGMA cache_size = -16384;"  // KiB
                                 "PRAGMA secure_delete = OFF;"
                                 "PRAGMA cell_size_check = ON;"
                                 "PRAGMA trusted_schema = OFF;"
                                 "PRAGMA journal_size_limit = 67108864;";

#define INSERT    "INSERT INTO records VALUES "
#define ROW       "(?, ?, ?, ?, ?)"
#define FOUR_ROWS ROW ", " ROW ", " ROW ", " ROW

static const char *s_sql[ZP_JOURNAL_SQL_COUNT] = {
    [ZP_JOURNAL_SQL_BEGIN] = "BEGIN IMMEDIATE",
    [ZP_JOURNAL_SQL_COMMIT] = "COMMIT",
    [ZP_JOURNAL_SQL_APPEND] = INSERT ROW,
    [ZP_JOURNAL_SQL_APPEND_ROWS] =
        INSERT FOUR_ROWS ", " FOUR_ROWS ", " FOUR_ROWS ", " FOUR_ROWS,
    [ZP_JOURNAL_SQL_AMEND] =
        "UPDATE records SET key = ?2, head = ?3 WHERE number = ?1",
    [ZP_JOURNAL_SQL_ERASE] = "DELETE FROM records WHERE number BETWEEN ? AND ?",
    [ZP_JOURNAL_SQL_FETCH] =
        "SELECT time_ms, key, head, body FROM records WHERE number = ?",
    [ZP_JOURNAL_SQL_SET_ASIDE] = "UPDATE owner SET next_number = ?",
};

static zp_status_t
s_refuse (zp_journal_sqlite_t *self, zp_status_t status, const char *why)
{
    zstr_free (&self->base.error);
    self->base.error = zsys_sprintf ("%s: %s", self->place, why);
    return status;
}

//  Read the first bytes of the file, or of one that SQLite keeps beside it. If
//  there is none, or it is empty, *there_p is false; what is behind its end
//  reads as 0.
static int
s_peek (zp_journal_sqlite_t *self, const char *suffix, int type,
        unsigned char *bytes, int size, int *there_p)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find (NULL);
    char *full = zmalloc ((size_t) vfs->mxPathname + 1);
    int rc = vfs->xFullPathname (vfs, self->path, vfs->mxPathname, full);
    char *beside = zsys_sprintf ("%s%s", full, suffix);
    const char *name = sqlite3_create_filename (beside, "", "", 0, NULL);
    sqlite3_file *file = zmalloc ((size_t) vfs->szOsFile);
    *there_p = 0;
    if ((rc & 0xff) == SQLITE_OK)
        rc = vfs->xAccess (vfs, name, SQLITE_ACCESS_EXISTS, there_p);
    if (rc == SQLITE_OK && *there_p) {
        rc = vfs->xOpen (vfs, name, file, SQLITE_OPEN_READONLY | type, NULL);
        if (rc == SQLITE_OK)
            rc = file->pMethods->xRead (file, bytes, size, 0);
        if (file->pMethods)
            file->pMethods->xClose (file);
    }
    free (file);
    sqlite3_free_filename ((char *) name);
    free (beside);
    free (full);
    return rc == SQLITE_IOERR_SHORT_READ ? SQLITE_OK : rc;
}

static uint32_t
s_number (const unsigned char *bytes)
{
    return (uint32_t) bytes[0] << 24 | (uint32_t) bytes[1] << 16 |
           (uint32_t) bytes[2] << 8 | bytes[3];
}

//  True if a crash came when the file was being made: there is a rollback
//  journal to undo that with
static bool
s_is_half_made (zp_journal_sqlite_t *self)
{
    unsigned char bytes[AT_JOURNAL_PAGES + 4];
    int there;
    return s_peek (self, "-journal", SQLITE_OPEN_MAIN_JOURNAL, bytes,
                   sizeof bytes, &there) == SQLITE_OK &&
           there && memcmp (bytes, JOURNAL_MAGIC, 8) == 0 &&
           s_number (bytes + AT_JOURNAL_PAGES) == 0;
}

static zp_status_t
s_check_kind (zp_journal_sqlite_t *self, uint32_t application, uint32_t version)
{
    if (application != APPLICATION_ID)
        return s_refuse (self, ZP_FAILED_PRECONDITION,
                         "a SQLite database of another program; give the "
                         "journal another path");
    if (version > VERSION)
        return s_refuse (self, ZP_FAILED_PRECONDITION,
                         "made by a newer version of this program; use that "
                         "one");
    return ZP_OK;
}

//  Look at the file before SQLite does
static zp_status_t
s_look (zp_journal_sqlite_t *self)
{
    unsigned char header[HEADER_SIZE];
    int there;
    int rc =
        s_peek (self, "", SQLITE_OPEN_MAIN_DB, header, sizeof header, &there);
    if (rc == SQLITE_CANTOPEN)
        return ZP_OK;  // SQLite will find out why
    if (rc != SQLITE_OK)
        return zp_journal_sqlite_fail (self, rc);
    if (!there) {
        s_peek (self, "-wal", SQLITE_OPEN_WAL, header, sizeof header, &there);
        return there ? s_refuse (self, ZP_DATA_LOSS,
                                 "the file is missing or empty, while what "
                                 "belongs to it is in another one, the same "
                                 "with -wal at the end; bring it back, or "
                                 "remove that one as well")
                     : ZP_OK;
    }
    if (s_is_half_made (self))
        return ZP_OK;
    if (memcmp (header, MAGIC, sizeof MAGIC) != 0)
        return s_refuse (self, ZP_FAILED_PRECONDITION,
                         "not a journal, nor any SQLite database; give the "
                         "journal another path");
    return s_check_kind (self, s_number (header + AT_APPLICATION),
                         s_number (header + AT_VERSION));
}

static zp_status_t
s_exec (zp_journal_sqlite_t *self, const char *sql)
{
    errno = 0;  // What is there after a failure then comes from it
    return zp_journal_sqlite_fail (
        self, sqlite3_exec (self->db, sql, NULL, NULL, NULL));
}

//  Get numbers from the one row that there must be
static zp_status_t
s_query (zp_journal_sqlite_t *self, const char *sql, int64_t *values, int count)
{
    sqlite3_stmt *row;
    int rc = sqlite3_prepare_v2 (self->db, sql, -1, &row, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step (row);
    for (int i = 0; rc == SQLITE_ROW && i < count; i++)
        values[i] = sqlite3_column_int64 (row, i);
    sqlite3_finalize (row);
    if (rc == SQLITE_DONE)
        rc = SQLITE_CORRUPT;
    return rc == SQLITE_ROW ? ZP_OK : zp_journal_sqlite_fail (self, rc);
}

static int
s_on_commit (void *arg, sqlite3 *db, const char *schema, int pages)
{
    (void) db;
    (void) schema;
    zp_journal_sqlite_t *self = arg;
    self->wal_pages = pages;
    return SQLITE_OK;
}

static zp_status_t
s_open (zp_journal_sqlite_t *self)
{
    int rc = sqlite3_open_v2 (
        self->path, &self->db,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK && sqlite3_db_readonly (self->db, "main"))
        rc = SQLITE_READONLY;
    //  Nothing moves from the log to the database by itself: not at the end,
    //  which may be that of a journal that must be left alone, nor after some
    //  commit, where SQLite hides a failure
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config (self->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
                                NULL);
    sqlite3_wal_hook (self->db, s_on_commit, self);
    return zp_journal_sqlite_fail (self, rc);
}

static zp_status_t
s_begin (zp_journal_sqlite_t *self)
{
    zp_status_t status = s_exec (self, s_settings);
    return status == ZP_OK ? s_exec (self, "BEGIN EXCLUSIVE") : status;
}

static zp_status_t
s_create (zp_journal_sqlite_t *self)
{
    char *sql = sqlite3_mprintf ("PRAGMA application_id = %d;"
                                 "PRAGMA user_version = %d;"
                                 "%s; %s; INSERT INTO owner VALUES (0, 0, 1);",
                                 APPLICATION_ID, VERSION, RECORDS, OWNER);
    zp_status_t status = s_exec (self, sql);
    sqlite3_free (sql);
    return status;
}

//  Look again, now through SQLite; make the tables if there is nothing yet
static zp_status_t
s_check (zp_journal_sqlite_t *self)
{
    int64_t application, version, tables[2];
    char *sql = sqlite3_mprintf ("SELECT count (*), total (sql IN (%Q, %Q))"
                                 " FROM sqlite_schema",
                                 RECORDS, OWNER);
    zp_status_t status = s_query (self, sql, tables, 2);
    sqlite3_free (sql);
    if (status == ZP_OK)
        status = s_query (self, "PRAGMA application_id", &application, 1);
    if (status == ZP_OK)
        status = s_query (self, "PRAGMA user_version", &version, 1);
    if (status != ZP_OK)
        return status;
    if (application == 0 && tables[0] == 0)
        return s_create (self);
    status = s_check_kind (self, (uint32_t) application, (uint32_t) version);
    if (status == ZP_OK && (tables[0] != 2 || tables[1] != 2))
        status = s_refuse (self, ZP_FAILED_PRECONDITION,
                           "its tables are not those of a journal; remove with "
                           "the sqlite3 shell what was added");
    return status;
}

//  Begin a new epoch, and set the first numbers aside
static zp_status_t
s_own (zp_journal_sqlite_t *self)
{
    int64_t owner[2] = {0, 0}, highest = 0;
    zp_status_t status =
        s_query (self, "SELECT epoch, next_number FROM owner", owner, 2);
    if (status == ZP_OK)
        status = s_query (self, "SELECT ifnull (max (number), 0) FROM records",
                          &highest, 1);
    if (status != ZP_OK)
        return status;
    int64_t next = owner[1] > highest ? owner[1] : highest + 1;
    self->base.epoch = (uint64_t) owner[0] + 1;
    self->base.next_number = self->next_number = (uint64_t) next;
    self->aside = self->next_number + ZP_JOURNAL_NUMBERS_STEP;
    char *sql = sqlite3_mprintf (
        "UPDATE owner SET epoch = %lld, since_ms = %lld, next_number = %lld",
        (long long) self->base.epoch, (long long) zclock_time (),
        (long long) self->aside);
    status = s_exec (self, sql);
    sqlite3_free (sql);
    return status == ZP_OK ? s_exec (self, "COMMIT") : status;
}

//  After a failed sync the kernel may still show what was written to the log
//  though the disk does not have it, and never will: it takes it for written
//  (Rebello et al., USENIX ATC 2020). Before anything is built on that, the log
//  is written once more, with what it shows.
static zp_status_t
s_renew_log (zp_journal_sqlite_t *self)
{
    char bytes[65536];
    sqlite3_file *log = NULL;
    sqlite3_int64 size = 0;
    sqlite3_file_control (self->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (!log || !log->pMethods)
        return ZP_OK;
    int rc = log->pMethods->xFileSize (log, &size);
    for (sqlite3_int64 at = 0; rc == SQLITE_OK && at < size;
         at += sizeof bytes) {
        sqlite3_int64 left = size - at;
        int part = left < (int) sizeof bytes ? (int) left : (int) sizeof bytes;
        rc = log->pMethods->xRead (log, bytes, part, at);
        if (rc == SQLITE_OK)
            rc = log->pMethods->xWrite (log, bytes, part, at);
    }
    if (rc == SQLITE_OK && size)
        rc = log->pMethods->xSync (log, SQLITE_SYNC_NORMAL);
    return zp_journal_sqlite_fail (self, rc);
}

//  What is in the log moves to the database, and the log begins anew.
static zp_status_t
s_begin_log (zp_journal_sqlite_t *self)
{
    zp_status_t status = s_exec (self, "PRAGMA journal_mode = WAL");
    return status == ZP_OK ? s_exec (self, "PRAGMA wal_checkpoint (TRUNCATE)")
                           : status;
}

static zp_status_t
s_prepare (zp_journal_sqlite_t *self)
{
    int rc = SQLITE_OK;
    for (int i = 0; rc == SQLITE_OK && i < ZP_JOURNAL_SQL_COUNT; i++)
        rc = sqlite3_prepare_v3 (self->db, s_sql[i], -1,
                                 SQLITE_PREPARE_PERSISTENT,
                                 &self->statements[i], NULL);
    return zp_journal_sqlite_fail (self, rc);
}

zp_status_t
zp_journal_sqlite_connect (zp_journal_sqlite_t *self)
{
    static zp_status_t (*const steps[]) (zp_journal_sqlite_t *) = {
        s_look,      s_open, s_begin,     s_check,
        s_renew_log, s_own,  s_begin_log, s_prepare};
    zp_status_t status = ZP_OK;
    for (size_t i = 0; status == ZP_OK && i < sizeof steps / sizeof *steps; i++)
        status = steps[i](self);
    return status;
}
