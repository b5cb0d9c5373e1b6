//  SPDX-License-Identifier: MIT
//
//  Stands before SQLite's own VFS, which does the work on the real files. Real
//  syncs are left out: what they would do is what the fault_disk is told.

#define _POSIX_C_SOURCE 200809L

#include "fault_vfs.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "test_seed.h"

//  Flags of the files that outlive a connection
#define LASTING                                                                \
    (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL |                          \
     SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL)

//  The codes that SQLite's own VFS gives
static const int s_errors[FAULT_OPS] = {
    [FAULT_OPEN] = SQLITE_CANTOPEN,
    [FAULT_READ] = SQLITE_IOERR_READ,
    [FAULT_WRITE] = SQLITE_IOERR_WRITE,
    [FAULT_TRUNCATE] = SQLITE_IOERR_TRUNCATE,
    [FAULT_SYNC] = SQLITE_IOERR_FSYNC,
    [FAULT_DELETE] = SQLITE_IOERR_DELETE,
};

typedef struct s_file {
    sqlite3_file base;    // SQLite's
    sqlite3_file *real;   // In the memory behind
    fault_file_t *shown;  // On our disk; NULL: a temporary file
    const char *path;     // SQLite's; good while it is open
    int flags;            // As it was opened
    bool syncs_names;     // The next sync is of the folder as well
} s_file_t;

static pthread_mutex_t s_mutex = PTHREAD_MUTEX_INITIALIZER;  // For all below
static sqlite3_vfs *s_real;                                  // Does the work
static sqlite3_vfs s_vfs;                                    // Stands before it
static fault_disk_t *s_disk;         // What both work on
static fault_t s_plan;               // What shall happen
static bool s_struck;                // It has happened
static bool s_off;                   // There is no power
static int s_open;                   // Files that are open
static int s_errno;                  // Of the last fault
static uint64_t s_count[FAULT_OPS];  // Operations since the plan was made

//  Count an operation on a file with these flags. Returns what is to happen to
//  it. With the power off all of them fail.

static fault_kind_t
s_fate (fault_op_t op, int flags)
{
    if (s_off)
        return FAULT_ERROR;
    if (!(flags & (s_plan.database ? SQLITE_OPEN_MAIN_DB : LASTING)))
        return FAULT_NONE;
    uint64_t number = ++s_count[op];
    if (s_plan.kind == FAULT_NONE || op != s_plan.op || number < s_plan.at ||
        (number > s_plan.at && !s_plan.lasting))
        return FAULT_NONE;
    s_struck = true;
    s_off = s_plan.kind == FAULT_POWER;
    return s_plan.kind;
}

static int
s_fail (fault_op_t op, fault_kind_t kind)
{
    s_errno = kind == FAULT_FULL ? ENOSPC : EIO;
    return kind == FAULT_FULL && op == FAULT_WRITE ? SQLITE_FULL : s_errors[op];
}

static int
s_close (sqlite3_file *base)
{
    s_file_t *self = (s_file_t *) base;
    pthread_mutex_lock (&s_mutex);
    s_open--;
    int rc = self->real->pMethods->xClose (self->real);
    pthread_mutex_unlock (&s_mutex);
    return rc;
}

static int
s_read (sqlite3_file *base, void *data, int size, sqlite3_int64 offset)
{
    s_file_t *self = (s_file_t *) base;
    pthread_mutex_lock (&s_mutex);
    fault_kind_t fate = s_fate (FAULT_READ, self->flags);
    int rc = fate
                 ? s_fail (FAULT_READ, fate)
                 : self->real->pMethods->xRead (self->real, data, size, offset);
    pthread_mutex_unlock (&s_mutex);
    return rc;
}

//  How much of a write the disk has room for

static int
s_fitting (const s_file_t *self, int size, int64_t offset)
{
    if (!self->shown)
        return size;
    int64_t grows = offset + size - fault_disk_size (self->shown);
    int64_t over = fault_disk_used (s_disk) + grows - s_plan.room_bytes;
    if (s_plan.room_bytes == 0 || grows <= 0 || over <= 0)
        return size;
    return over < size ? size - (int) over : 0;
}

static int
s_write (sqlite3_file *base, const void *data, int size, sqlite3_int64 offset)
{
    s_file_t *self = (s_file_t *) base;
    pthread_mutex_lock (&s_mutex);
    int done = s_fitting (self, size, offset);
    fault_kind_t fate = s_fate (FAULT_WRITE, self->flags);
    if (fate == FAULT_NONE && done < size) {
        s_struck = true;
        fate = FAULT_FULL;
    }
    else if (fate == FAULT_FULL)
        done = size / 2;
    int rc = fate ? s_fail (FAULT_WRITE, fate) : SQLITE_OK;
    if (fate != FAULT_ERROR) {
        self->real->pMethods->xWrite (self->real, data, done, offset);
        if (self->shown)
            fault_disk_write (s_disk, self->shown, offset, data, (size_t) done);
    }
    pthread_mutex_unlock (&s_mutex);
    return rc;
}

static int
s_truncate (sqlite3_file *base, sqlite3_int64 size)
{
    s_file_t *self = (s_file_t *) base;
    pthread_mutex_lock (&s_mutex);
    fault_kind_t fate = s_fate (FAULT_TRUNCATE, self->flags);
    int rc = SQLITE_OK;
    if (fate == FAULT_NONE || fate == FAULT_POWER) {
        rc = self->real->pMethods->xTruncate (self->real, size);
        if (self->shown && rc == SQLITE_OK)
            fault_disk_resize (s_disk, self->shown, size);
    }
    if (fate)
        rc = s_fail (FAULT_TRUNCATE, fate);
    pthread_mutex_unlock (&s_mutex);
    return rc;
}

static int
s_sync (sqlite3_file *base, int flags)
{
    (void) flags;
    s_file_t *self = (s_file_t *) base;
    pthread_mutex_lock (&s_mutex);
    bool was_off = s_off;
    fault_kind_t fate = s_fate (FAULT_SYNC, self->flags);
    if (self->shown && fate == FAULT_NONE && !s_plan.lying) {
        fault_disk_sync (self->shown);
        if (self->syncs_names)
            fault_disk_sync_names (s_disk, self->path);
        self->syncs_names = false;
    }
    else if (self->shown && (fate == FAULT_ERROR || fate == FAULT_FULL) &&
             !was_off)
        fault_disk_sync_failed (self->shown);
    int rc = fate ? s_fail (FAULT_SYNC, fate) : SQLITE_OK;
    pthread_mutex_unlock (&s_mutex);
    return rc;
}

//  For what neither is counted nor changes anything: it only needs power

static bool
s_powered (void)
{
    pthread_mutex_lock (&s_mutex);
    bool on = !s_off;
    pthread_mutex_unlock (&s_mutex);
    return on;
}

#define REAL(base) ((s_file_t *) (base))->real

static int
s_file_size (sqlite3_file *base, sqlite3_int64 *size_p)
{
    return s_powered () ? REAL (base)->pMethods->xFileSize (REAL (base), size_p)
                        : SQLITE_IOERR_FSTAT;
}

static int
s_lock (sqlite3_file *base, int level)
{
    return s_powered () ? REAL (base)->pMethods->xLock (REAL (base), level)
                        : SQLITE_IOERR_LOCK;
}

static int
s_unlock (sqlite3_file *base, int level)
{
    return REAL (base)->pMethods->xUnlock (REAL (base), level);
}

static int
s_check_reserved_lock (sqlite3_file *base, int *result_p)
{
    return REAL (base)->pMethods->xCheckReservedLock (REAL (base), result_p);
}

//  The real file must not grow unknown to the disk.

static int
s_file_control (sqlite3_file *base, int op, void *arg)
{
    if (op == SQLITE_FCNTL_SIZE_HINT || op == SQLITE_FCNTL_CHUNK_SIZE)
        return SQLITE_NOTFOUND;
    return REAL (base)->pMethods->xFileControl (REAL (base), op, arg);
}

static int
s_sector_size (sqlite3_file *base)
{
    return REAL (base)->pMethods->xSectorSize (REAL (base));
}

//  The disk does not write many pages as one, whatever the real one can do.

static int
s_device (sqlite3_file *base)
{
    return REAL (base)->pMethods->xDeviceCharacteristics (REAL (base)) &
           SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

//  Version 1: without shared memory, so that a write-ahead log needs the
//  exclusive locking mode; and without mapped files, which would change unseen
static const sqlite3_io_methods s_methods = {
    .iVersion = 1,
    .xClose = s_close,
    .xRead = s_read,
    .xWrite = s_write,
    .xTruncate = s_truncate,
    .xSync = s_sync,
    .xFileSize = s_file_size,
    .xLock = s_lock,
    .xUnlock = s_unlock,
    .xCheckReservedLock = s_check_reserved_lock,
    .xFileControl = s_file_control,
    .xSectorSize = s_sector_size,
    .xDeviceCharacteristics = s_device,
};

//  Open the real file and show it to the disk. SQLite's own VFS syncs the
//  folder with the first sync of a journal or log that it may have made, and
//  never with that of a database.

static int
s_open_real (s_file_t *self, const char *path, int flags, int *flags_p)
{
    bool exists = path && access (path, F_OK) == 0;
    self->real = (sqlite3_file *) (self + 1);
    int rc = s_real->xOpen (s_real, path, self->real, flags, flags_p);
    if (rc != SQLITE_OK)
        return rc;
    self->base.pMethods = &s_methods;
    s_open++;
    self->flags = flags;
    if (!(flags & LASTING))
        return rc;
    self->path = path;
    self->shown = exists ? fault_disk_file (s_disk, path)
                         : fault_disk_create (s_disk, path);
    self->syncs_names =
        flags & SQLITE_OPEN_CREATE && !(flags & SQLITE_OPEN_MAIN_DB);
    return rc;
}

static int
s_open_file (sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags,
             int *flags_p)
{
    (void) vfs;
    s_file_t *self = (s_file_t *) base;
    memset (self, 0, sizeof *self);
    pthread_mutex_lock (&s_mutex);
    fault_kind_t fate = s_fate (FAULT_OPEN, flags);
    int rc = fate ? s_fail (FAULT_OPEN, fate)
                  : s_open_real (self, path, flags, flags_p);
    pthread_mutex_unlock (&s_mutex);
    return rc;
}

static int
s_delete (sqlite3_vfs *vfs, const char *path, int sync_names)
{
    (void) vfs;
    pthread_mutex_lock (&s_mutex);
    fault_kind_t fate = s_fate (FAULT_DELETE, LASTING);
    int rc = SQLITE_OK;
    if (fate == FAULT_NONE || fate == FAULT_POWER) {
        fault_disk_delete (s_disk, path);
        rc = s_real->xDelete (s_real, path, 0);
        if (sync_names && fate == FAULT_NONE && !s_plan.lying)
            fault_disk_sync_names (s_disk, path);
    }
    if (fate)
        rc = s_fail (FAULT_DELETE, fate);
    pthread_mutex_unlock (&s_mutex);
    return rc;
}

static int
s_access (sqlite3_vfs *vfs, const char *path, int flags, int *result_p)
{
    (void) vfs;
    return s_powered () ? s_real->xAccess (s_real, path, flags, result_p)
                        : SQLITE_IOERR_ACCESS;
}

static int
s_last_error (sqlite3_vfs *vfs, int size, char *text)
{
    (void) vfs, (void) size, (void) text;
    pthread_mutex_lock (&s_mutex);
    int number = s_errno;
    pthread_mutex_unlock (&s_mutex);
    return number;
}

void
fault_vfs_install (void)
{
    s_real = sqlite3_vfs_find (NULL);
    assert (s_real && s_real != &s_vfs);
    s_disk = fault_disk_new ();
    s_off = false;
    fault_vfs_plan (NULL);
    s_vfs = *s_real;
    s_vfs.zName = "fault";
    s_vfs.szOsFile = (int) sizeof (s_file_t) + s_real->szOsFile;
    s_vfs.xOpen = s_open_file;
    s_vfs.xDelete = s_delete;
    s_vfs.xAccess = s_access;
    s_vfs.xGetLastError = s_last_error;
    sqlite3_vfs_register (&s_vfs, 1);
}

void
fault_vfs_remove (void)
{
    assert (s_open == 0);
    sqlite3_vfs_unregister (&s_vfs);
    sqlite3_vfs_register (s_real, 1);
    fault_disk_destroy (&s_disk);
}

void
fault_vfs_plan (const fault_t *fault)
{
    pthread_mutex_lock (&s_mutex);
    s_plan = fault ? *fault : (fault_t){.kind = FAULT_NONE};
    s_struck = false;
    memset (s_count, 0, sizeof s_count);
    pthread_mutex_unlock (&s_mutex);
}

bool
fault_vfs_struck (void)
{
    pthread_mutex_lock (&s_mutex);
    bool struck = s_struck;
    pthread_mutex_unlock (&s_mutex);
    return struck;
}

uint64_t
fault_vfs_count (fault_op_t op)
{
    pthread_mutex_lock (&s_mutex);
    uint64_t count = s_count[op];
    pthread_mutex_unlock (&s_mutex);
    return count;
}

void
fault_vfs_power_off (void)
{
    pthread_mutex_lock (&s_mutex);
    s_off = true;
    pthread_mutex_unlock (&s_mutex);
}

void
fault_vfs_delete (const char *path)
{
    static const char *endings[] = {"", "-journal", "-wal"};
    pthread_mutex_lock (&s_mutex);
    assert (s_open == 0);
    for (int i = 0; i < 3; i++) {
        char *name = sqlite3_mprintf ("%s%s", path, endings[i]);
        fault_disk_delete (s_disk, name);
        sqlite3_free (name);
    }
    fault_disk_lose (s_disk, FAULT_LOSS_NOTHING, 0);
    pthread_mutex_unlock (&s_mutex);
}

void
fault_vfs_restart (void)
{
    pthread_mutex_lock (&s_mutex);
    assert (s_open == 0);
    fault_disk_lose (s_disk, s_plan.loss, s_plan.seed);
    s_off = false;
    pthread_mutex_unlock (&s_mutex);
    fault_vfs_plan (NULL);
}
