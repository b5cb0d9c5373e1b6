//  SPDX-License-Identifier: MIT
//
//  What went wrong, why, and what a person can do about it.

#define _POSIX_C_SOURCE 200809L

#include "zp_journal_sqlite.h"

#include <errno.h>

typedef struct {
    int code;            // SQLite's, or an errno
    zp_status_t status;  // What it is to us
    const char *advice;  // What to do
} s_meaning_t;

#define RIGHTS "let this user write the file and the folder that it is in"
#define FULL   "make room, then start again: all that was confirmed is there"
#define SAVE                                                                   \
    "it is damaged: bring back a copy, or save what can be read, with "        \
    ".recover in the sqlite3 shell"

static const s_meaning_t s_codes[] = {
    {SQLITE_BUSY, ZP_UNAVAILABLE,
     "it has an owner already, or a shell is looking into it: end that first"},
    {SQLITE_FULL, ZP_RESOURCE_EXHAUSTED, FULL},
    {SQLITE_NOMEM, ZP_RESOURCE_EXHAUSTED, FULL},
    {SQLITE_CORRUPT, ZP_DATA_LOSS, SAVE},
    {SQLITE_NOTADB, ZP_DATA_LOSS, SAVE},
    {SQLITE_PERM, ZP_PERMISSION_DENIED, RIGHTS},
    {SQLITE_READONLY, ZP_PERMISSION_DENIED, RIGHTS},
    {SQLITE_IOERR, ZP_DATA_LOSS,
     "see what the system's log says of that disk, then start again: all that "
     "was confirmed is there, if the disk still has it"},
};

//  Why a file could not be opened
static const s_meaning_t s_numbers[] = {
    {ENOENT, ZP_NOT_FOUND, "make the folder first"},
    {ENOTDIR, ZP_NOT_FOUND, "make the folder first"},
    {EISDIR, ZP_FAILED_PRECONDITION, "give the path of a file"},
    {EACCES, ZP_PERMISSION_DENIED, RIGHTS},
    {EPERM, ZP_PERMISSION_DENIED, RIGHTS},
    {EROFS, ZP_PERMISSION_DENIED, RIGHTS},
    {ENOSPC, ZP_RESOURCE_EXHAUSTED, FULL},
    {EDQUOT, ZP_RESOURCE_EXHAUSTED, FULL},
};

static const s_meaning_t s_else = {0, ZP_INTERNAL, "see if the path is right"};

#define FIND(table, code) s_find (table, sizeof table / sizeof *table, code)

static const s_meaning_t *
s_find (const s_meaning_t *table, size_t count, int code)
{
    for (size_t i = 0; i < count; i++)
        if (table[i].code == code)
            return &table[i];
    return &s_else;
}

zp_status_t
zp_journal_sqlite_fail (zp_journal_sqlite_t *self, int code)
{
    code &= 0xff;  // The upper bits tell kinds of the same
    if (code == SQLITE_OK || code == SQLITE_DONE)
        return ZP_OK;
    const char *reason = sqlite3_errmsg (self->db);
    //  SQLite takes this one for its own, and forgets it
    int number = code == SQLITE_FULL ? ENOSPC : 0;
    if (code == SQLITE_IOERR || code == SQLITE_CANTOPEN)
        number = sqlite3_system_errno (self->db);
    if (number)
        reason = strerror (number);
    const s_meaning_t *meaning = code == SQLITE_CANTOPEN
                                     ? FIND (s_numbers, number)
                                     : FIND (s_codes, code);
    zstr_free (&self->base.error);
    self->base.error =
        zsys_sprintf ("%s: %s; %s", self->place, reason, meaning->advice);
    return meaning->status;
}
