//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "zp_folder.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct zp_folder {
    int fd;  // The folder itself: it may be renamed
};

int
zp_folder_fail (int error, const char *what, zp_status_t *status_p, char *text)
{
    static const struct {
        int error;           // An errno
        zp_status_t status;  // What it is to a caller
    } known[] = {{ENOENT, ZP_NOT_FOUND},
                 {ENOTDIR, ZP_NOT_FOUND},
                 {ENAMETOOLONG, ZP_INVALID_ARGUMENT},
                 {EACCES, ZP_PERMISSION_DENIED},
                 {EPERM, ZP_PERMISSION_DENIED},
                 {ELOOP, ZP_PERMISSION_DENIED},
                 {EROFS, ZP_PERMISSION_DENIED},
                 {EISDIR, ZP_PERMISSION_DENIED},
                 {ENOSPC, ZP_RESOURCE_EXHAUSTED},
                 {EDQUOT, ZP_RESOURCE_EXHAUSTED},
                 {EFBIG, ZP_RESOURCE_EXHAUSTED},
                 {EMFILE, ZP_RESOURCE_EXHAUSTED},
                 {ENFILE, ZP_RESOURCE_EXHAUSTED},
                 {EEXIST, ZP_ALREADY_EXISTS}};
    *status_p = ZP_INTERNAL;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].error == error)
            *status_p = known[i].status;
    snprintf (text, ZP_TRANSFER_TEXT, "%.200s: %s", what, strerror (error));
    return -1;
}

zp_folder_t *
zp_folder_new (const char *path, char *text)
{
    int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd == -1) {
        zp_status_t status;
        zp_folder_fail (errno, path, &status, text);
        return NULL;
    }
    zp_folder_t *self = malloc (sizeof *self);
    assert (self);
    self->fd = fd;
    return self;
}

void
zp_folder_destroy (zp_folder_t **self_p)
{
    assert (self_p);
    zp_folder_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    close (self->fd);
    free (self);
}

//  Go down into the folder called by these bytes, and close the one above
static int
s_go_down (int above, const char *part, size_t size)
{
    char name[NAME_MAX + 1];
    memcpy (name, part, size);
    name[size] = 0;
    int fd =
        openat (above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int saved = errno;
    close (above);
    errno = saved;
    return fd;
}

//  True if a part of a name may be looked up
static bool
s_is_plain (const char *part, size_t size)
{
    return size && size <= NAME_MAX && *part != '.';
}

int
zp_folder_parent (zp_folder_t *self, const char *name, const char **leaf_p,
                  zp_status_t *status_p, char *text)
{
    int fd = fcntl (self->fd, F_DUPFD_CLOEXEC, 0);
    while (fd != -1) {
        size_t size = strcspn (name, "/");
        if (!s_is_plain (name, size)) {
            close (fd);
            *status_p = ZP_PERMISSION_DENIED;
            snprintf (text, ZP_TRANSFER_TEXT,
                      "a name is a path within the folder, and no part of it "
                      "begins with a dot");
            return -1;
        }
        if (!name[size]) {
            *leaf_p = name;
            return fd;
        }
        fd = s_go_down (fd, name, size);
        name += size + 1;
    }
    return zp_folder_fail (errno, "its folder", status_p, text);
}

//  Not all at once: only to look at a device or a pipe by opening it can have
//  effects, or wait
static int
s_open_regular (int parent, const char *leaf)
{
    struct stat stat;
    if (fstatat (parent, leaf, &stat, AT_SYMLINK_NOFOLLOW) == -1)
        return -1;
    if (!S_ISREG (stat.st_mode)) {
        errno = S_ISDIR (stat.st_mode) ? EISDIR : EACCES;
        return -1;
    }
    int fd = openat (parent, leaf,
                     O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd != -1 && (fstat (fd, &stat) == -1 || !S_ISREG (stat.st_mode))) {
        close (fd);
        errno = EACCES;
        return -1;
    }
    return fd;
}

int
zp_folder_open (zp_folder_t *self, const char *name, zp_status_t *status_p,
                char *text)
{
    const char *leaf = name;
    int parent = zp_folder_parent (self, name, &leaf, status_p, text);
    if (parent == -1)
        return -1;
    int fd = s_open_regular (parent, leaf);
    int saved = errno;
    close (parent);
    return fd == -1 ? zp_folder_fail (saved, "it can't be read", status_p, text)
                    : fd;
}
