//  SPDX-License-Identifier: MIT
//
//  SQLite repairs and tidies any database that it opens: it rolls back, or
//  moves what is in the write-ahead log. To leave alone what is of another kind
//  or a newer version, the first bytes are read before SQLite may see the file,
//  through its own VFS: POSIX forgets all locks that a process holds on a file
//  as soon as it closes any descriptor of that file, and the VFS knows.

#define _POSIX_C_SOURCE 200809L

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "zp_sqlite_private.h"

//  Where the header of a database has what (https://sqlite.org/fileformat.html)
#define MAGIC          "SQLite format 3"  // At 0, with its 0
#define AT_VERSION     60
#define AT_APPLICATION 68
#define HEADER_SIZE    100

//  The same for a rollback journal
#define JOURNAL_MAGIC    "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
#define AT_JOURNAL_PAGES 16  // Of the database before the transaction

static const char s_log_alone[] =
    "the file is missing or empty, while what belongs to it is in another one, "
    "the same with -wal at the end; bring it back, or remove that one as well";

//  Read the first bytes of the file, or of one that SQLite keeps beside it. If
//  there is none, or it is empty, *there_p is false; what is behind its end
//  reads as 0.
static int
s_peek (zp_sqlite_t *self, const char *suffix, int type, unsigned char *bytes,
        int size, int *there_p)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find (NULL);
    char *full = calloc (1, (size_t) vfs->mxPathname + 1);
    assert (full);
    int rc = vfs->xFullPathname (vfs, self->path, vfs->mxPathname, full);
    char *beside = sqlite3_mprintf ("%s%s", full, suffix);
    const char *name = sqlite3_create_filename (beside, "", "", 0, NULL);
    sqlite3_file *file = calloc (1, (size_t) vfs->szOsFile);
    assert (name && file);
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
    sqlite3_free (beside);
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
s_is_half_made (zp_sqlite_t *self)
{
    unsigned char bytes[AT_JOURNAL_PAGES + 4] = {0};
    int there;
    return s_peek (self, "-journal", SQLITE_OPEN_MAIN_JOURNAL, bytes,
                   sizeof bytes, &there) == SQLITE_OK &&
           there && memcmp (bytes, JOURNAL_MAGIC, 8) == 0 &&
           s_number (bytes + AT_JOURNAL_PAGES) == 0;
}

//  A reason with the kind's name in it
static zp_status_t
s_refuse (zp_sqlite_t *self, const char *format)
{
    char *why = sqlite3_mprintf (format, self->kind.name, self->kind.name);
    assert (why);
    zp_status_t status = zp_sqlite_refuse (self, ZP_FAILED_PRECONDITION, why);
    sqlite3_free (why);
    return status;
}

zp_status_t
zp_sqlite_check_kind (zp_sqlite_t *self, uint32_t application, uint32_t version)
{
    if (application != self->kind.application_id)
        return s_refuse (self, "a SQLite database of another program; give the "
                               "%s another path");
    if (version > self->kind.version)
        return s_refuse (self, "made by a newer version of this program; use "
                               "that one");
    return ZP_OK;
}

zp_status_t
zp_sqlite_look (zp_sqlite_t *self)
{
    unsigned char header[HEADER_SIZE] = {0};
    int there;
    int rc =
        s_peek (self, "", SQLITE_OPEN_MAIN_DB, header, sizeof header, &there);
    if (rc == SQLITE_CANTOPEN)
        return ZP_OK;  // SQLite will find out why
    if (rc != SQLITE_OK)
        return zp_sqlite_fail (self, rc);
    if (!there) {
        s_peek (self, "-wal", SQLITE_OPEN_WAL, header, sizeof header, &there);
        return there ? zp_sqlite_refuse (self, ZP_DATA_LOSS, s_log_alone)
                     : ZP_OK;
    }
    if (s_is_half_made (self))
        return ZP_OK;
    if (memcmp (header, MAGIC, sizeof MAGIC) != 0)
        return s_refuse (self, "not a %s, nor any SQLite database; give the "
                               "%s another path");
    return zp_sqlite_check_kind (self, s_number (header + AT_APPLICATION),
                                 s_number (header + AT_VERSION));
}
