//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "compare_book.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t
s_size (uint32_t count)
{
    return sizeof (compare_book_t) + count * sizeof (compare_job_t);
}

static compare_book_t *
s_map (int fd, size_t size)
{
    void *at = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close (fd);
    return at == MAP_FAILED ? NULL : at;
}

compare_book_t *
compare_book_new (const char *path, uint32_t count)
{
    int fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd == -1)
        return NULL;
    if (ftruncate (fd, (off_t) s_size (count)) == -1) {
        close (fd);
        return NULL;
    }
    compare_book_t *self = s_map (fd, s_size (count));
    if (self)
        self->count = count;
    return self;
}

compare_book_t *
compare_book_open (const char *path)
{
    struct stat file;
    int fd = open (path, O_RDWR | O_CLOEXEC);
    if (fd == -1)
        return NULL;
    if (fstat (fd, &file) == -1 || file.st_size < (off_t) s_size (0)) {
        close (fd);
        errno = EINVAL;
        return NULL;
    }
    compare_book_t *self = s_map (fd, (size_t) file.st_size);
    if (self && s_size (self->count) != (size_t) file.st_size) {
        munmap (self, (size_t) file.st_size);
        errno = EINVAL;
        return NULL;
    }
    return self;
}

void
compare_book_close (compare_book_t **self_p)
{
    assert (self_p);
    if (*self_p)
        munmap (*self_p, s_size ((*self_p)->count));
    *self_p = NULL;
}

bool
compare_book_do (compare_book_t *self, zp_span_t message)
{
    uint32_t number;
    if (message.size < sizeof number)
        return false;
    memcpy (&number, message.data, sizeof number);
    if (number >= self->count)
        return false;
    int work_us = self->work_us;
    nanosleep (&(struct timespec){.tv_sec = work_us / 1000000,
                                  .tv_nsec = work_us % 1000000 * 1000},
               NULL);
    compare_job_t *job = &self->jobs[number];
    //  When before how often: who sees that it was done sees when
    int64_t never = 0;
    atomic_compare_exchange_strong (&job->done_us, &never, zclock_usecs ());
    job->times++;
    return true;
}

zp_span_t
compare_message (uint32_t job, char room[COMPARE_MESSAGE])
{
    memset (room, '.', COMPARE_MESSAGE);
    memcpy (room, &job, sizeof job);
    return (zp_span_t){room, COMPARE_MESSAGE};
}
