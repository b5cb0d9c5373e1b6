//  SPDX-License-Identifier: MIT
//
//  Files from a folder. The path was decoded once and has no ".." (that was
//  refused), and openat2 lets no link lead out of the folder either. A file is
//  read in pieces as the client takes it, so its size does not matter.

#define _GNU_SOURCE

#include "zp_gateway_private.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PATH_ROOM 4096

//  A file that is being sent
typedef struct s_file {
    int fd;         // Open
    uint64_t from;  // Where it begins
} s_file_t;

static ssize_t
s_read (void *arg, uint64_t position, char *to, size_t room)
{
    s_file_t *self = arg;
    ssize_t size = pread (self->fd, to, room, (off_t) (self->from + position));
    //  It was cut off meanwhile: the client must not take that for all of it
    return size > 0 ? size : MHD_CONTENT_READER_END_WITH_ERROR;
}

static void
s_close (void *arg)
{
    s_file_t *self = arg;
    close (self->fd);
    free (self);
}

//  Open a path in the folder, with what a path that ends with / stands for
static int
s_open (const zp_gateway_exchange_t *self, char *path)
{
    const zp_gateway_route_t *route = self->match.route;
    int size =
        zp_gateway_expand (&self->match, route->file, NULL, path, PATH_ROOM);
    if (size < 0)
        return -1;
    if (route->index && (size == 0 || path[size - 1] == '/'))
        size += snprintf (path + size, PATH_ROOM - (size_t) size, "%s",
                          route->index);
    if (size == 0 || size >= PATH_ROOM || !zp_gateway_file_shown (path))
        return -1;
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    return (int) syscall (SYS_openat2, self->lane->folder, path, &how,
                          sizeof how);
}

static void
s_answer (zp_gateway_exchange_t *self, int fd, const struct stat *info,
          const char *type)
{
    char etag[ZP_GATEWAY_ETAG_MAX + 1];
    uint64_t time_ns = (uint64_t) info->st_mtim.tv_sec * 1000000000 +
                       (uint64_t) info->st_mtim.tv_nsec;
    zp_gateway_etag ((uint64_t) info->st_size, time_ns, etag);
    uint64_t from, count;
    int code =
        zp_gateway_select (self, etag, (uint64_t) info->st_size, &from, &count);
    if (code == 304 || code == 416) {
        close (fd);
        zp_gateway_answer_none (self, code, etag, (uint64_t) info->st_size);
        return;
    }
    s_file_t *file = zmalloc (sizeof *file);
    *file = (s_file_t){fd, from};
    struct MHD_Response *response = MHD_create_response_from_callback (
        count, ZP_GATEWAY_BLOCK, s_read, file, s_close);
    assert (response);
    zp_gateway_add_header (response, "Content-Type", type);
    zp_gateway_answer_selected (self, code, response, etag, from, count,
                                (uint64_t) info->st_size);
}

void
zp_gateway_begin_files (zp_gateway_exchange_t *self)
{
    const zp_gateway_route_t *route = self->match.route;
    char path[PATH_ROOM];
    int fd = s_open (self, path);
    struct stat info;
    if (fd == -1 || fstat (fd, &info) == -1 || !S_ISREG (info.st_mode)) {
        if (fd != -1)
            close (fd);
        zp_gateway_problem (self, 404, ZP_OK, 0, "there is no such file");
        return;
    }
    s_answer (self, fd, &info,
              route->type ? route->type : zp_gateway_content_type (path));
}
