//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "zp_partial.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "zp_chunk.h"
#include "zp_digest.h"
#include "zp_folder.h"

#define SLICE_BYTES ((size_t) 256 << 10)  // Hashed at a time
#define FLUSH_BYTES ((uint64_t) 8 << 20)  // Written before the disk begins
#define PART        ".part"
#define INFO        ".part.info"

struct zp_partial {
    int folder;               // Where all lies
    int fd;                   // Of the bytes; locked
    char leaf[NAME_MAX + 1];  // The target
    char part[NAME_MAX + 1];  // The bytes
    char info[NAME_MAX + 1];  // What they belong to
    zp_transfer_info_t of;    // The same
    uint64_t at;              // How many there are
    uint64_t flushed;         // The disk has begun with these
    uint64_t waited;          // And has these
    bool opened;              // It is ours
    bool finished;            // The target has the bytes
    zp_digest_t *digest;      // Of them
};

static zp_status_t
s_fail (const char *what, char *text)
{
    zp_status_t status = ZP_INTERNAL;
    zp_folder_fail (errno, what, &status, text);
    return status;
}

//  Write all of it. False with errno
static bool
s_write_all (int fd, zp_span_t data, uint64_t offset)
{
    const char *at = data.data;
    size_t left = data.size;
    while (left) {
        ssize_t put = pwrite (fd, at, left, (off_t) offset);
        if (put == -1 && errno == EINTR)
            continue;
        if (put == -1)
            return false;
        at += put;
        offset += (uint64_t) put;
        left -= (size_t) put;
    }
    return true;
}

//  What the bytes belong to, if that can be read
static void
s_read_info (zp_partial_t *self)
{
    char text[ZP_CHUNK_INFO];
    int fd = openat (self->folder, self->info,
                     O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd == -1)
        return;
    ssize_t size = read (fd, text, sizeof text);
    close (fd);
    zp_chunk_info_t info;
    struct stat stat;
    if (size <= 0 || fstat (self->fd, &stat) == -1 ||
        !zp_chunk_info_read (&info, (zp_span_t){text, (size_t) size}))
        return;
    self->of = info.info;
    self->at = (uint64_t) stat.st_size;
    if (self->at > self->of.size)
        self->at = self->of.size;
}

//  Open and lock the bytes. False with errno: EWOULDBLOCK if somebody else has
static bool
s_open_part (zp_partial_t *self)
{
    struct stat mine, named;
    do {
        if (self->fd != -1)
            close (self->fd);
        self->fd = openat (
            self->folder, self->part,
            O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
        if (self->fd == -1 || flock (self->fd, LOCK_EX | LOCK_NB) == -1 ||
            fstat (self->fd, &mine) == -1)
            return false;
        //  Whoever had it open until now may have renamed it
    } while (fstatat (self->folder, self->part, &named, AT_SYMLINK_NOFOLLOW) ==
                 -1 ||
             mine.st_dev != named.st_dev || mine.st_ino != named.st_ino);
    errno = EACCES;
    return S_ISREG (mine.st_mode);
}

//  True if something that is no file has the target's name
static bool
s_is_in_the_way (zp_partial_t *self)
{
    struct stat stat;
    return fstatat (self->folder, self->leaf, &stat, AT_SYMLINK_NOFOLLOW) ==
               0 &&
           !S_ISREG (stat.st_mode);
}

zp_partial_t *
zp_partial_open (int folder, const char *leaf, zp_status_t *status_p,
                 char *text)
{
    if (strlen (leaf) + sizeof "." INFO > NAME_MAX + 1) {
        close (folder);
        *status_p = ZP_INVALID_ARGUMENT;
        snprintf (text, ZP_TRANSFER_TEXT, "the name is too long");
        return NULL;
    }
    zp_partial_t *self = calloc (1, sizeof *self);
    assert (self);
    self->folder = folder;
    self->fd = -1;
    strcpy (self->leaf, leaf);
    snprintf (self->part, sizeof self->part, ".%.*s" PART, NAME_MAX - 12, leaf);
    snprintf (self->info, sizeof self->info, ".%.*s" INFO, NAME_MAX - 12, leaf);
    self->digest = zp_digest_new ();
    if (s_is_in_the_way (self)) {
        *status_p = ZP_PERMISSION_DENIED;
        snprintf (text, ZP_TRANSFER_TEXT,
                  "there is something of that name "
                  "that is not a regular file");
        zp_partial_close (&self);
    }
    else if (s_open_part (self)) {
        self->opened = true;
        s_read_info (self);
    }
    else {
        *status_p = ZP_ALREADY_EXISTS;
        if (errno == EWOULDBLOCK)
            snprintf (text, ZP_TRANSFER_TEXT,
                      "somebody else is writing that file");
        else
            *status_p = s_fail ("it can't be written", text);
        zp_partial_close (&self);
    }
    return self;
}

void
zp_partial_close (zp_partial_t **self_p)
{
    assert (self_p);
    zp_partial_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    if (self->opened && !self->at && !self->finished) {
        unlinkat (self->folder, self->info, 0);
        unlinkat (self->folder, self->part, 0);
    }
    if (self->fd != -1)
        close (self->fd);
    close (self->folder);
    zp_digest_destroy (&self->digest);
    free (self);
}

const zp_transfer_info_t *
zp_partial_info (const zp_partial_t *self)
{
    return &self->of;
}

uint64_t
zp_partial_at (const zp_partial_t *self)
{
    return self->at;
}

//  Write what the bytes will belong to. Returns 0, or -1 with errno
static int
s_write_info (zp_partial_t *self, const zp_transfer_info_t *info)
{
    char text[ZP_CHUNK_INFO];
    zp_chunk_info_t whole = {.info = *info};
    size_t size = zp_chunk_info_write (&whole, text);
    int fd = openat (self->folder, self->info,
                     O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK |
                         O_CLOEXEC,
                     0666);
    if (fd == -1)
        return -1;
    int rc = s_write_all (fd, (zp_span_t){text, size}, 0) ? 0 : -1;
    int saved = errno;
    close (fd);
    errno = saved;
    return rc;
}

zp_status_t
zp_partial_begin (zp_partial_t *self, const zp_transfer_info_t *info,
                  bool *dropped_p, char *text)
{
    bool same = *info->version && info->size == self->of.size &&
                strcmp (info->version, self->of.version) == 0;
    *dropped_p = !same && self->at;
    if (!same) {
        //  Never old bytes with a new info, whenever this ends
        if (unlinkat (self->folder, self->info, 0) == -1 && errno != ENOENT)
            return s_fail ("it can't be written", text);
        if (ftruncate (self->fd, 0) == -1 || s_write_info (self, info) == -1)
            return s_fail ("it can't be written", text);
        self->at = self->flushed = self->waited = 0;
    }
    self->of = *info;
    zp_digest_destroy (&self->digest);
    self->digest = zp_digest_new ();
    return ZP_OK;
}

//  Let the disk begin with what was written since the last time, and wait for
//  what it began with then: so it keeps up, and the sync at the end is short
static void
s_flush (zp_partial_t *self)
{
    off_t last = (off_t) (self->flushed - self->waited);
    sync_file_range (self->fd, (off_t) self->flushed,
                     (off_t) (self->at - self->flushed), SYNC_FILE_RANGE_WRITE);
    if (last)
        sync_file_range (self->fd, (off_t) self->waited, last,
                         SYNC_FILE_RANGE_WAIT_BEFORE);
    self->waited = self->flushed;
    self->flushed = self->at;
}

zp_status_t
zp_partial_write (zp_partial_t *self, zp_span_t data, char *text)
{
    if (!s_write_all (self->fd, data, self->at))
        return s_fail ("it can't be written", text);
    zp_digest_pass (self->digest, self->at, data);
    self->at += data.size;
    if (self->at >= self->flushed + FLUSH_BYTES)
        s_flush (self);
    return ZP_OK;
}

zp_status_t
zp_partial_hash (zp_partial_t *self, char *text)
{
    uint64_t at = zp_digest_at (self->digest);
    if (at == self->at)
        return ZP_OK;
    uint64_t left = self->at - at;
    char *data = malloc (SLICE_BYTES);
    assert (data);
    ssize_t got = pread (self->fd, data,
                         left < SLICE_BYTES ? left : SLICE_BYTES, (off_t) at);
    if (got > 0)
        zp_digest_pass (self->digest, at, (zp_span_t){data, (size_t) got});
    free (data);
    if (got == 0)
        errno = EIO;  // It became shorter
    return got > 0 ? ZP_UNAVAILABLE : s_fail ("it can't be read", text);
}

//  Let the file have the time of change that its source has, as copies do
static void
s_set_time (zp_partial_t *self)
{
    int64_t ms = self->of.mtime_ms;
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}};
    times[1].tv_sec = (time_t) (ms / 1000 - (ms % 1000 < 0));
    times[1].tv_nsec = (long) ((ms % 1000 + 1000) % 1000 * 1000000);
    if (ms)
        futimens (self->fd, times);
}

zp_status_t
zp_partial_finish (zp_partial_t *self, const char *hash, char *text)
{
    char own[ZP_TRANSFER_HASH + 1];
    zp_digest_end (self->digest, own);
    if (strcmp (hash, own) != 0) {
        zp_partial_drop (self);
        snprintf (text, ZP_TRANSFER_TEXT,
                  "what came is not what was sent: its hash is another");
        return ZP_ABORTED;
    }
    if (ftruncate (self->fd, (off_t) self->at) == -1)
        return s_fail ("it can't be written", text);
    s_set_time (self);
    if (fsync (self->fd) == -1 ||
        renameat (self->folder, self->part, self->folder, self->leaf) == -1)
        return s_fail ("it can't be written", text);
    self->finished = true;
    unlinkat (self->folder, self->info, 0);
    return fsync (self->folder) == -1 ? s_fail ("it can't be written", text)
                                      : ZP_OK;
}

void
zp_partial_drop (zp_partial_t *self)
{
    //  If it can't be shortened: without its info nobody goes on with it
    unlinkat (self->folder, self->info, 0);
    int rc = ftruncate (self->fd, 0);
    (void) rc;
    self->of = (zp_transfer_info_t){0};
    self->at = self->flushed = self->waited = 0;
}
