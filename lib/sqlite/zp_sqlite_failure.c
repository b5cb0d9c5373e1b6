//  SPDX-License-Identifier: MIT
//
//  What went wrong, why, and what a person can do about it.

#define _POSIX_C_SOURCE 200809L

#include "zp_sqlite.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    int code;            // An errno, or SQLite's
    zp_status_t status;  // What it is to us
    const char *advice;  // What to do
} s_meaning_t;

#define RIGHTS "let this user write the file and the folder that it is in"
#define ROOM   "make room, then start again: all that was confirmed is there"
#define SAVE                                                                   \
    "it is damaged: bring back a copy, or save what can be read, with "        \
    ".recover in the sqlite3 shell"

//  What the operating system said comes first
static const s_meaning_t s_numbers[] = {
    {ENOENT, ZP_NOT_FOUND, "make the folder first"},
    {ENOTDIR, ZP_NOT_FOUND, "make the folder first"},
    {EISDIR, ZP_FAILED_PRECONDITION, "give the path of a file"},
    {EACCES, ZP_PERMISSION_DENIED, RIGHTS},
    {EPERM, ZP_PERMISSION_DENIED, RIGHTS},
    {EROFS, ZP_PERMISSION_DENIED, RIGHTS},
    {ENOSPC, ZP_RESOURCE_EXHAUSTED, ROOM},
    {EDQUOT, ZP_RESOURCE_EXHAUSTED, ROOM},
    {EFBIG, ZP_RESOURCE_EXHAUSTED, ROOM},
};

static const s_meaning_t s_codes[] = {
    {SQLITE_BUSY, ZP_UNAVAILABLE,
     "it has an owner already, or a shell is looking into it: end that first"},
    {SQLITE_NOMEM, ZP_RESOURCE_EXHAUSTED, ROOM},
    {SQLITE_CORRUPT, ZP_DATA_LOSS, SAVE},
    {SQLITE_NOTADB, ZP_DATA_LOSS, SAVE},
    {SQLITE_PERM, ZP_PERMISSION_DENIED, RIGHTS},
    {SQLITE_READONLY, ZP_PERMISSION_DENIED, RIGHTS},
    {SQLITE_IOERR, ZP_DATA_LOSS,
     "see what the system's log says of that disk, then start again: all that "
     "was confirmed is there, if the disk still has it"},
};

static const s_meaning_t s_else = {0, ZP_INTERNAL,
                                   "see https://sqlite.org/rescode.html"};

static const s_meaning_t *
s_meaning (int number, int code)
{
    for (size_t i = 0; i < sizeof s_numbers / sizeof *s_numbers; i++)
        if (number == s_numbers[i].code)
            return &s_numbers[i];
    for (size_t i = 0; i < sizeof s_codes / sizeof *s_codes; i++)
        if (code == s_codes[i].code)
            return &s_codes[i];
    return &s_else;
}

//  Why a file that is not there could not be made. SQLite then tries to open it
//  for reading, and so only knows that it is not there.
static int
s_why_not_made (const char *path)
{
    int file = open (path, O_RDWR | O_CREAT | O_EXCL, 0644);
    if (file == -1)
        return errno;
    close (file);
    return ENOENT;
}

//  What the operating system said. SQLite keeps that only of some failures.
static int
s_number (sqlite3 *db)
{
    int number = sqlite3_system_errno (db);
    sqlite3_vfs *vfs = sqlite3_vfs_find (NULL);
    return number ? number : vfs->xGetLastError (vfs, 0, NULL);
}

static void
s_say (zp_sqlite_t *self, char *line)
{
    assert (line);
    sqlite3_free (self->error);
    self->error = line;
}

zp_status_t
zp_sqlite_fail (zp_sqlite_t *self, int code)
{
    code &= 0xff;  // The upper bits tell kinds of the same
    if (code == SQLITE_OK || code == SQLITE_DONE)
        return ZP_OK;
    int number = 0;
    if (code == SQLITE_FULL)
        number = ENOSPC;  // SQLite keeps this one to itself
    if (code == SQLITE_IOERR || code == SQLITE_CANTOPEN)
        number = s_number (self->db);
    if (code == SQLITE_CANTOPEN && number == ENOENT)
        number = s_why_not_made (self->path);
    const char *reason = sqlite3_errstr (code);
    if (number)
        reason = strerror (number);
    else if (code == SQLITE_ERROR)
        reason = sqlite3_errmsg (self->db);
    const s_meaning_t *meaning = s_meaning (number, code);
    s_say (self, sqlite3_mprintf ("%s: %s; %s", self->place, reason,
                                  meaning->advice));
    return meaning->status;
}

zp_status_t
zp_sqlite_refuse (zp_sqlite_t *self, zp_status_t status, const char *why)
{
    s_say (self, sqlite3_mprintf ("%s: %s", self->place, why));
    return status;
}
