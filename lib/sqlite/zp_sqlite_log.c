//  SPDX-License-Identifier: MIT
//
//  What becomes of the write-ahead log: it grows up to a bound; then what is in
//  it moves to the database, and it is written from its beginning again.

#include <errno.h>
#include <stddef.h>

#include "zp_sqlite_private.h"

//  Pages in the write-ahead log, after which they move to the database. With
//  more of them, fewer are written in all, but the pauses become longer.
#define CHECKPOINT_PAGES 4096

//  Bytes of a page in the WAL with its header, and how far to fill ahead
#define WAL_PAGE_BYTES 8216
#define FILL_BYTES     (1 << 20)

//  Where the log ends that the last commit wrote. Its file can be longer.
static uint64_t
s_wal_end (const zp_sqlite_t *self)
{
    return (uint64_t) self->wal_pages * WAL_PAGE_BYTES;
}

//  Bytes on disk of the database or, beside it, of its write-ahead log
static uint64_t
s_size (zp_sqlite_t *self, int which)
{
    sqlite3_file *file = NULL;
    sqlite3_int64 size = 0;
    sqlite3_file_control (self->db, "main", which, &file);
    if (file && file->pMethods)
        file->pMethods->xFileSize (file, &size);
    return (uint64_t) size;
}

void
zp_sqlite_measure (zp_sqlite_t *self)
{
    self->wal_bytes = s_size (self, SQLITE_FCNTL_JOURNAL_POINTER);
    self->size_bytes =
        s_size (self, SQLITE_FCNTL_FILE_POINTER) + self->wal_bytes;
}

//  Only what may have changed is measured: Linux gives a file whose times were
//  looked at new ones with the next write, and they are synced by a write of
//  their own.
void
zp_sqlite_written (zp_sqlite_t *self, int pages)
{
    uint64_t end = s_wal_end (self);
    if (self->wal_pages < pages || end > self->wal_bytes)
        zp_sqlite_measure (self);
    self->due = self->wal_pages >= CHECKPOINT_PAGES ||
                end + FILL_BYTES / 2 > self->wal_bytes;
}

//  To sync a file that has grown takes twice as long as to sync one that was
//  written over. So where the WAL will soon be it is written in advance, with
//  zeros, which no reader of a WAL takes for a page. That happens until it has
//  grown as long as it gets: then all of its places have been written before.
static int
s_fill_ahead (zp_sqlite_t *self)
{
    static const char zeros[FILL_BYTES / 16];
    sqlite3_file *wal = NULL;
    sqlite3_file_control (self->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal);
    if (!wal || !wal->pMethods)
        return SQLITE_OK;
    int rc = SQLITE_OK;
    uint64_t end = self->wal_bytes + FILL_BYTES;
    for (uint64_t at = self->wal_bytes; rc == SQLITE_OK && at < end;
         at += sizeof zeros)
        rc = wal->pMethods->xWrite (wal, zeros, sizeof zeros,
                                    (sqlite3_int64) at);
    if (rc == SQLITE_OK)
        rc = wal->pMethods->xSync (wal, SQLITE_SYNC_NORMAL);
    zp_sqlite_measure (self);
    return rc;
}

zp_status_t
zp_sqlite_tidy (zp_sqlite_t *self)
{
    self->due = false;
    errno = 0;  // What is there after a failure then comes from it
    int rc;
    if (self->wal_pages < CHECKPOINT_PAGES)
        rc = s_fill_ahead (self);
    else
        rc = sqlite3_wal_checkpoint_v2 (self->db, "main",
                                        SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return zp_sqlite_fail (self, rc);
}
