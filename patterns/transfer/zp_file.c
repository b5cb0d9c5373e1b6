//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "zp_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct s_file {
    int fd;            // Open for reading
    struct stat stat;  // As it was then
} s_file_t;

void
zp_file_info (const struct stat *stat, zp_transfer_info_t *info)
{
    info->size = (uint64_t) stat->st_size;
    info->mtime_ms =
        (int64_t) stat->st_mtim.tv_sec * 1000 + stat->st_mtim.tv_nsec / 1000000;
    snprintf (info->version, sizeof info->version, "%" PRIu64 "-%" PRId64,
              info->size, info->mtime_ms);
}

//  Take an open file, or say why it is none
static zp_status_t
s_adopt (int fd, void **object_p, zp_transfer_info_t *info, char *text)
{
    s_file_t *self = calloc (1, sizeof *self);
    assert (self);
    self->fd = fd;
    if (fstat (fd, &self->stat) == -1 || !S_ISREG (self->stat.st_mode)) {
        close (fd);
        free (self);
        snprintf (text, ZP_TRANSFER_TEXT, "it is not a regular file");
        return ZP_INVALID_ARGUMENT;
    }
    zp_file_info (&self->stat, info);
    *object_p = self;
    return ZP_OK;
}

static zp_status_t
s_open_in_folder (void *arg, const char *name, void **object_p,
                  zp_transfer_info_t *info, char *text)
{
    zp_status_t status = ZP_OK;
    int fd = zp_folder_open (arg, name, &status, text);
    return fd == -1 ? status : s_adopt (fd, object_p, info, text);
}

static zp_status_t
s_open_path (void *arg, const char *name, void **object_p,
             zp_transfer_info_t *info, char *text)
{
    (void) arg;
    zp_status_t status = ZP_OK;
    int fd = open (name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd == -1) {
        zp_folder_fail (errno, name, &status, text);
        return status;
    }
    return s_adopt (fd, object_p, info, text);
}

static bool
s_same_time (struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

//  The look at the file comes after the reading: what was read before a change
//  is good
static bool
s_read (void *object, uint64_t offset, void *data, size_t size)
{
    s_file_t *self = object;
    char *at = data;
    while (size) {
        ssize_t got = pread (self->fd, at, size, (off_t) offset);
        if (got == -1 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        offset += (uint64_t) got;
        size -= (size_t) got;
    }
    struct stat now;
    return fstat (self->fd, &now) == 0 && now.st_size == self->stat.st_size &&
           s_same_time (now.st_mtim, self->stat.st_mtim);
}

static void
s_close (void *object)
{
    s_file_t *self = object;
    close (self->fd);
    free (self);
}

zp_transfer_source_t
zp_file_source_of_folder (zp_folder_t *folder)
{
    return (zp_transfer_source_t){s_open_in_folder, s_read, s_close, folder};
}

zp_transfer_source_t
zp_file_source_of_paths (void)
{
    return (zp_transfer_source_t){s_open_path, s_read, s_close, NULL};
}
