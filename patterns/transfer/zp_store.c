//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "zp_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "zp_args.h"
#include "zp_chunk.h"
#include "zp_flow.h"
#include "zp_folder.h"
#include "zp_naming.h"
#include "zp_partial.h"
#include "zp_random.h"
#include "zp_timers.h"

#define BEAT_MS 1000  // Between two looks at all puts

//  A put, or what is left of one
typedef struct s_put {
    uint64_t id;                      // What the uploader calls it by
    char *name;                       // Of the file
    zp_partial_t *partial;            // Takes the bytes; NULL: a later put of
                                      // the name took its place
    zp_request_t *request;            // Its file.end; NULL: not yet
    char hash[ZP_TRANSFER_HASH + 1];  // As that says
    int64_t heard_ms;                 // When something came
} s_put_t;

struct zp_store {
    zp_store_options_t options;  // As given
    zp_folder_t *folder;         // Where files go
    zp_server_t *server;         // Whose callers it serves
    zp_timers_t *timers;         // On the loop
    zp_timer_t beat_timer;       // Look at all puts
    zp_timer_t hash_timer;       // Hash for those that end
    s_put_t **puts;              // By id modulo max_puts; NULL: free
    size_t slots;                // Of these that are not
    uint64_t last_id;            // Given out
    zp_store_stats_t stats;      // What happened
};

static s_put_t **
s_slot (zp_store_t *self, uint64_t id)
{
    return &self->puts[id % (uint64_t) self->options.max_puts];
}

//  Take the bytes from a put: they stay on disk
static void
s_close (zp_store_t *self, s_put_t *put)
{
    if (put->partial)
        self->stats.now--;
    zp_partial_close (&put->partial);
}

static void
s_forget (zp_store_t *self, s_put_t *put)
{
    *s_slot (self, put->id) = NULL;
    self->slots--;
    s_close (self, put);
    free (put->name);
    free (put);
}

//  Look at all puts: who is silent, and who waits
static int
s_on_beat (zp_timer_t *timer, void *arg)
{
    zp_store_t *self = arg;
    int64_t now_ms = zclock_mono ();
    for (int i = 0; i < self->options.max_puts; i++) {
        s_put_t *put = self->puts[i];
        if (put && put->request)
            zp_request_partial (put->request, "", 0);
        else if (put && now_ms >= put->heard_ms + self->options.idle_ms)
            s_forget (self, put);
    }
    if (self->slots)
        zp_timers_set (self->timers, timer, now_ms + BEAT_MS);
    return 0;
}

//  All has come and is hashed: let the file be there
static void
s_finish (zp_store_t *self, s_put_t *put)
{
    char text[ZP_TRANSFER_TEXT];
    uint64_t size = zp_partial_at (put->partial);
    zp_status_t status = zp_partial_finish (put->partial, put->hash, text);
    if (status == ZP_OK) {
        self->stats.done++;
        if (self->options.fn)
            self->options.fn (self->options.arg, put->name, size);
        zp_request_reply (&put->request, put->hash, ZP_TRANSFER_HASH);
    }
    else {
        self->stats.refused += status == ZP_ABORTED;
        zp_request_fail (&put->request, status, "%s", text);
    }
    s_forget (self, put);
}

//  Hash a bit for each put that ends
static int
s_on_hash (zp_timer_t *timer, void *arg)
{
    zp_store_t *self = arg;
    for (int i = 0; i < self->options.max_puts; i++) {
        s_put_t *put = self->puts[i];
        if (!put || !put->request)
            continue;
        char text[ZP_TRANSFER_TEXT];
        zp_status_t status = zp_partial_hash (put->partial, text);
        if (status == ZP_OK)
            s_finish (self, put);
        else if (status == ZP_UNAVAILABLE)
            zp_timers_set (self->timers, timer, 0);
        else {
            zp_request_fail (&put->request, status, "%s", text);
            s_forget (self, put);
        }
    }
    return 0;
}

//  The put that a request's first argument calls, if it has `count` arguments.
//  NULL if there is none, and the request is answered
static s_put_t *
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
    s_put_t *put = *s_slot (self, id);
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
        s_put_t *put = self->puts[i];
        if (!put || !put->partial || strcmp (put->name, name) != 0)
            continue;
        s_close (self, put);
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
    do
        self->last_id++;
    while (*s_slot (self, self->last_id));
    s_put_t *put = zmalloc (sizeof *put);
    *s_slot (self, self->last_id) = put;
    put->id = self->last_id;
    put->name = strdup (wish.name);
    put->partial = partial;
    put->heard_ms = zclock_mono ();
    self->slots++;
    self->stats.now++;
    self->stats.puts++;
    zp_chunk_grant_t grant = {.id = put->id,
                              .offset = zp_partial_at (partial),
                              .credit = s_credit (self),
                              .chunk = self->options.chunk_bytes};
    self->stats.resumed += grant.offset > 0;
    char text[ZP_CHUNK_INFO];
    size_t size = zp_chunk_grant_write (&grant, text);
    zp_request_reply (&request, text, size);
    if (!zp_timer_pending (&self->beat_timer))
        zp_timers_set (self->timers, &self->beat_timer,
                       zclock_mono () + BEAT_MS);
}

static void
s_on_chunk (zp_request_t *request, void *arg)
{
    zp_store_t *self = arg;
    s_put_t *put = s_find (self, &request, 3, "ID HEAD DATA");
    if (!put)
        return;
    char text[ZP_TRANSFER_TEXT];
    zp_chunk_t chunk;
    uint64_t at = zp_partial_at (put->partial);
    uint64_t end = zp_partial_info (put->partial)->size;
    zp_status_t status = ZP_DATA_LOSS;
    snprintf (text, sizeof text, "the check is not that of the data");
    if (zp_chunk_read (&chunk, zp_request_arg (request, 1),
                       zp_request_arg (request, 2)))
        switch (zp_flow_judge (at, end, chunk.offset, chunk.data.size)) {
        case ZP_FLOW_PASS:
            status = ZP_OK;
            break;
        case ZP_FLOW_TAKE:
            chunk.data.data =
                (const char *) chunk.data.data + at - chunk.offset;
            chunk.data.size -= (size_t) (at - chunk.offset);
            status = zp_partial_write (put->partial, chunk.data, text);
            self->stats.bytes += status == ZP_OK ? chunk.data.size : 0;
            break;
        case ZP_FLOW_GAP:
            status = ZP_FAILED_PRECONDITION;
            snprintf (text, sizeof text,
                      "is where it goes on, and %" PRIu64 " where it ends",
                      end);
            break;
        }
    at = zp_partial_at (put->partial);
    if (status == ZP_OK) {
        int size = snprintf (text, sizeof text, "%" PRIu64 " %" PRIu64, at,
                             s_credit (self));
        zp_request_reply (&request, text, (size_t) size);
    }
    else
        zp_request_fail (&request, status, "%" PRIu64 " %s", at, text);
}

static void
s_on_end (zp_request_t *request, void *arg)
{
    zp_store_t *self = arg;
    s_put_t *put = s_find (self, &request, 2, "ID HASH");
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
    else {
        memcpy (put->hash, hash.data, hash.size);
        put->request = request;
        zp_timers_set (self->timers, &self->hash_timer, 0);
    }
}

zp_store_t *
zp_store_new (zloop_t *loop, zp_server_t *server,
              const zp_store_options_t *options, char *text)
{
    assert (loop && server && options && options->folder && text);
    assert (options->chunk_bytes >= ZP_TRANSFER_CHUNK_MIN &&
            options->chunk_bytes <= ZP_TRANSFER_CHUNK_MAX);
    assert (options->window_bytes > 0 && options->max_puts > 0);
    assert (options->idle_ms > 0);
    zp_folder_t *folder = zp_folder_new (options->folder, text);
    if (!folder)
        return NULL;
    zp_store_t *self = zmalloc (sizeof *self);
    self->options = *options;
    self->options.folder = NULL;
    self->folder = folder;
    self->server = server;
    self->timers = zp_timers_new (loop);
    zp_timer_init (&self->beat_timer, s_on_beat, self);
    zp_timer_init (&self->hash_timer, s_on_hash, self);
    self->puts = zmalloc ((size_t) options->max_puts * sizeof *self->puts);
    //  The ids of a store that was here before are others'
    self->last_id = zp_random_entropy () >> 16;
    zp_server_method (server, "file.put", s_on_put, self);
    zp_server_method (server, "file.chunk", s_on_chunk, self);
    zp_server_method (server, "file.end", s_on_end, self);
    return self;
}

void
zp_store_destroy (zp_store_t **self_p)
{
    assert (self_p);
    zp_store_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    for (int i = 0; i < self->options.max_puts; i++) {
        s_put_t *put = self->puts[i];
        if (put && put->request)
            zp_request_fail (&put->request, ZP_UNAVAILABLE,
                             "this store shuts down");
        if (put)
            s_forget (self, put);
    }
    zp_timers_destroy (&self->timers);
    zp_folder_destroy (&self->folder);
    free (self->puts);
    free (self);
}

void
zp_store_stats (zp_store_t *self, zp_store_stats_t *stats)
{
    *stats = self->stats;
}
