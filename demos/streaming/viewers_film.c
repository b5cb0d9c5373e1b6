//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "viewers_film.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE 16384  // Compared at once

bool
viewers_film_open (viewers_film_t *self, const char *path)
{
    struct stat about;
    //  Whoever opens a pipe or a device may wait forever
    self->file = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (self->file == -1 || fstat (self->file, &about) == -1)
        return false;
    if (!S_ISREG (about.st_mode) || about.st_size == 0) {
        viewers_film_close (self);
        errno = EINVAL;
        return false;
    }
    self->size = about.st_size;
    snprintf (self->name, sizeof self->name, "%s", basename (path));
    return true;
}

void
viewers_film_close (viewers_film_t *self)
{
    if (self->file != -1)
        close (self->file);
    self->file = -1;
}

void
viewers_film_take (const viewers_film_t *self, viewers_part_t *part,
                   const void *data, size_t size)
{
    char piece[PIECE];
    const char *rest = data;
    if ((int64_t) size > part->end - part->at)
        part->wrong = true;
    while (size > 0 && !part->wrong) {
        size_t count = size < PIECE ? size : PIECE;
        part->wrong =
            pread (self->file, piece, count, part->at) != (ssize_t) count ||
            memcmp (piece, rest, count) != 0;
        part->at += (int64_t) count;
        rest += count;
        size -= count;
    }
}

bool
viewers_part_right (const viewers_part_t *self)
{
    return !self->wrong && self->at == self->end;
}
