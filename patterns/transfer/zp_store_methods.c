//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "zp_args.h"
#include "zp_flow.h"
#include "zp_naming.h"
#include "zp_store_private.h"

//  The put that a request's first argument calls, if it has `count` arguments.
//  NULL if there is none, and the request is answered
static zp_store_put_t *
s_find (zp_store_t *self, zp_request_t **request_p, size_t count,
        const char *usage)
{
    uint64_t id;
    if (zp_request_count (*request_p) != count ||
        !zp_chunk_number_read (zp_request_arg (*request_p, 0), &id)) {
        zp_request_fail (request_p, ZP_INVALID_ARGUMENT, "use: %s %s",
                         zp_request_method (*request_p), usage);
        return NULL;
    }
    zp_store_put_t *put = *zp_store_slot (self, id);
    if (!put || put->id != id)
        zp_request_fail (request_p, ZP_NOT_FOUND, "there is no such put");
    else if (!put->partial)
        zp_request_fail (request_p, ZP_ABORTED,
                         "a later put of that name took its place");
    else if (put->request)
        zp_request_fail (request_p, ZP_FAILED_PRECONDITION, "it ends already");
    else {
        put->heard_ms = zclock_mono ();
        return put;
    }
    return NULL;
}

//  What a put may have on its way
static uint64_t
s_credit (const zp_store_t *self)
{
    uint64_t share = zp_flow_share (self->options.max_bytes, self->stats.now);
    return share < self->options.window_bytes ? share
                                              : self->options.window_bytes;
}

//  The name is this put's from now on
static void
s_take_name (zp_store_t *self, const char *name)
{
    for (int i = 0; i < self->options.max_puts; i++) {
        zp_store_put_t *put = self->puts[i];
        if (!put || !put->partial || strcmp (put->name, name) != 0)
            continue;
        zp_store_close (self, put);
        if (put->request)
            zp_request_fail (&put->request, ZP_ABORTED,
                             "a later put of that name took its place");
    }
}

//  What a caller wants to put
typedef struct s_wish {
    char name[ZP_TRANSFER_NAME_MAX + 1];  // Of the file
    zp_transfer_info_t info;              // What it is
    bool exists;                          // It may be there already
} s_wish_t;

static bool
s_read_wish (zp_store_t *self, zp_request_t **request_p, s_wish_t *wish)
{
    int64_t size = -1;
    const zp_arg_t args[] = {
        {.name = "size", .number = &size, .max = ZP_TRANSFER_SIZE_MAX},
        {.name = "mtime_ms",
         .number = &wish->info.mtime_ms,
         .min = INT64_MIN,
         .max = INT64_MAX},
        {.name = "version",
         .text = wish->info.version,
         .room = sizeof wish->info.version},
        {.name = "exists", .flag = &wish->exists}};
    char error[ZP_ARGS_ERROR] = "the size is needed";
    *wish = (s_wish_t){.exists = true};
    if (!zp_naming_read (request_p, "OPTIONS", 2, 2, wish->name))
        return false;
    if (!zp_args_read (zp_request_arg (*request_p, 1), args,
                       sizeof args / sizeof *args, error) ||
        size < 0 || !zp_chunk_is_version (wish->info.version))
        zp_request_fail (request_p, ZP_INVALID_ARGUMENT, "file.put: %s", error);
    else if (self->options.max_size && size > (int64_t) self->options.max_size)
        zp_request_fail (request_p, ZP_OUT_OF_RANGE,
                         "a file has %" PRIu64 " bytes at most here",
                         self->options.max_size);
    wish->info.size = (uint64_t) size;
    return *request_p != NULL;
}

//  The partial file for that. NULL, and the request is answered, if there can
//  be none
static zp_partial_t *
s_open (zp_store_t *self, zp_request_t **request_p, const s_wish_t *wish)
{
    char text[ZP_TRANSFER_TEXT];
    const char *leaf;
    struct stat stat;
    zp_status_t status = ZP_OK;
    zp_partial_t *partial = NULL;
    int parent =
        zp_folder_parent (self->folder, wish->name, &leaf, &status, text);
    if (parent != -1 && !wish->exists &&
        fstatat (parent, leaf, &stat, AT_SYMLINK_NOFOLLOW) == 0) {
        close (parent);
        status = ZP_ALREADY_EXISTS;
        snprintf (text, sizeof text, "there is such a file already");
    }
    else if (parent != -1) {
        s_take_name (self, wish->name);
        partial = zp_partial_open (parent, leaf, &status, text);
    }
    bool dropped;
    if (partial) {
        status = zp_partial_begin (partial, &wish->info, &dropped, text);
        if (status != ZP_OK)
            zp_partial_close (&partial);
    }
    if (!partial)
        zp_request_fail (request_p, status, "%s", text);
    return partial;
}

static void
s_on_put (zp_request_t *request, void *arg)
{
    zp_store_t *self = arg;
    s_wish_t wish;
    if (!s_read_wish (self, &request, &wish))
        return;
    if (self->slots == (size_t) self->options.max_puts) {
        zp_request_shed (&request, 500, "%zu files are being put already",
                         self->slots);
        return;
    }
    zp_partial_t *partial = s_open (self, &request, &wish);
    if (!partial)
        return;
    zp_store_put_t *put = zp_store_begin (self, wish.name, partial);
    zp_chunk_grant_t grant = {.id = put->id,
                              .offset = zp_partial_at (partial),
                              .credit = s_credit (self),
                              .chunk = self->options.chunk_bytes};
    char text[ZP_CHUNK_INFO];
    size_t size = zp_chunk_grant_write (&grant, text);
    zp_request_reply (&request, text, size);
}

//  Take a chunk, or say in text why not
static zp_status_t
s_take (zp_store_t *self, zp_store_put_t *put, zp_span_t head, zp_span_t data,
        char *text)
{
    zp_chunk_t chunk;
    uint64_t at = zp_partial_at (put->partial);
    uint64_t end = zp_partial_info (put->partial)->size;
    if (!zp_chunk_read (&chunk, head, data)) {
        strcpy (text, "the check is not that of the data");
        return ZP_DATA_LOSS;
    }
    zp_flow_verdict_t verdict =
        zp_flow_judge (at, end, chunk.offset, data.size);
    if (verdict == ZP_FLOW_PASS)
        return ZP_OK;
    if (verdict == ZP_FLOW_GAP) {
        snprintf (text, ZP_TRANSFER_TEXT,
                  "is where it goes on, and %" PRIu64 " where it ends", end);
        return ZP_FAILED_PRECONDITION;
    }
    size_t known = (size_t) (at - chunk.offset);
    zp_span_t rest = {(const char *) data.data + known, data.size - known};
    zp_status_t status = zp_partial_write (put->partial, rest, text);
    if (status == ZP_OK)
        self->stats.bytes += rest.size;
    return status;
}

static void
s_on_chunk (zp_request_t *request, void *arg)
{
    zp_store_t *self = arg;
    zp_store_put_t *put = s_find (self, &request, 3, "ID HEAD DATA");
    if (!put)
        return;
    char text[ZP_TRANSFER_TEXT];
    zp_status_t status = s_take (self, put, zp_request_arg (request, 1),
                                 zp_request_arg (request, 2), text);
    uint64_t at = zp_partial_at (put->partial);
    if (status != ZP_OK) {
        zp_request_fail (&request, status, "%" PRIu64 " %s", at, text);
        return;
    }
    snprintf (text, sizeof text, "%" PRIu64 " %" PRIu64, at, s_credit (self));
    zp_request_reply (&request, text, strlen (text));
}

static void
s_on_end (zp_request_t *request, void *arg)
{
    zp_store_t *self = arg;
    zp_store_put_t *put = s_find (self, &request, 2, "ID HASH");
    if (!put)
        return;
    zp_span_t hash = zp_request_arg (request, 1);
    uint64_t at = zp_partial_at (put->partial);
    uint64_t end = zp_partial_info (put->partial)->size;
    if (hash.size != ZP_TRANSFER_HASH)
        zp_request_fail (&request, ZP_INVALID_ARGUMENT,
                         "a hash has %d hex digits", ZP_TRANSFER_HASH);
    else if (at != end)
        zp_request_fail (&request, ZP_FAILED_PRECONDITION,
                         "%" PRIu64 " is where it goes on, and %" PRIu64
                         " where it ends",
                         at, end);
    else
        zp_store_finish (self, put, request, hash);
}

void
zp_store_methods_add (zp_store_t *self)
{
    zp_server_method (self->server, "file.put", s_on_put, self);
    zp_server_method (self->server, "file.chunk", s_on_chunk, self);
    zp_server_method (self->server, "file.end", s_on_end, self);
}
