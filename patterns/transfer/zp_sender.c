//  SPDX-License-Identifier: MIT

#include "zp_sender_private.h"

#include "zp_args.h"
#include "zp_file.h"
#include "zp_naming.h"
#include "zp_random.h"

static void s_add_methods (zp_sender_t *self);

zp_sender_t *
zp_sender_new (zloop_t *loop, zp_server_t *server,
               const zp_sender_options_t *options, char *text)
{
    assert (loop && server && options && text);
    assert (options->chunk_bytes >= ZP_TRANSFER_CHUNK_MIN &&
            options->chunk_bytes <= ZP_TRANSFER_CHUNK_MAX);
    assert (options->window_bytes > 0 && options->max_gets > 0);
    assert (options->folder || options->source.open);
    zp_folder_t *folder = NULL;
    if (options->folder && !(folder = zp_folder_new (options->folder, text)))
        return NULL;
    zp_sender_t *self = zmalloc (sizeof *self);
    self->options = *options;
    self->options.folder = NULL;
    self->folder = folder;
    if (folder)
        self->options.source = zp_file_source_of_folder (folder);
    self->server = server;
    self->timers = zp_timers_new (loop);
    zp_timer_init (&self->pump_timer, zp_sender_pump, self);
    zp_timer_init (&self->beat_timer, zp_sender_beat, self);
    TAILQ_INIT (&self->ready);
    self->gets = zmalloc ((size_t) options->max_gets * sizeof *self->gets);
    //  The ids of a sender that was here before are others'
    self->last_id = zp_random_entropy () >> 16;
    self->buffer = malloc (options->chunk_bytes);
    assert (self->buffer);
    s_add_methods (self);
    return self;
}

void
zp_sender_destroy (zp_sender_t **self_p)
{
    assert (self_p);
    zp_sender_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    zp_sender_drain (self);
    zp_timers_destroy (&self->timers);
    zp_folder_destroy (&self->folder);
    free (self->gets);
    free (self->buffer);
    free (self);
}

void
zp_sender_drain (void *arg)
{
    zp_sender_t *self = arg;
    for (int i = 0; i < self->options.max_gets; i++) {
        zp_sender_get_t *get = self->gets[i];
        if (!get)
            continue;
        zp_request_fail (&get->request, ZP_UNAVAILABLE,
                         "this sender shuts down");
        zp_sender_forget (get);
    }
}

void
zp_sender_stats (zp_sender_t *self, zp_sender_stats_t *stats)
{
    *stats = self->stats;
    for (int i = 0; i < self->options.max_gets; i++)
        if (self->gets[i])
            stats->out += self->gets[i]->flow.at - self->gets[i]->flow.seen;
}

//  What a caller asks for
typedef struct s_ask {
    void *object;          // Open
    zp_chunk_wish_t wish;  // Its options
    zp_chunk_info_t info;  // What there is of it
    bool there;            // It does not begin behind the end
} s_ask_t;

//  Open what is asked for. False if that can't be, and the request is answered
static bool
s_open (zp_sender_t *self, zp_request_t **request_p, s_ask_t *ask)
{
    char name[ZP_TRANSFER_NAME_MAX + 1];
    char text[ZP_TRANSFER_TEXT] = "", error[ZP_ARGS_ERROR];
    *ask = (s_ask_t){.wish = ZP_CHUNK_WISH};
    if (!zp_naming_read (request_p, "[OPTIONS]", 1, 2, name))
        return false;
    if (!zp_chunk_wish_read (&ask->wish, zp_request_arg (*request_p, 1),
                             error)) {
        zp_request_fail (request_p, ZP_INVALID_ARGUMENT, "%s: %s",
                         zp_request_method (*request_p), error);
        return false;
    }
    const zp_transfer_source_t *source = &self->options.source;
    zp_transfer_info_t *info = &ask->info.info;
    zp_status_t status =
        source->open (source->arg, name, &ask->object, info, text);
    if (status != ZP_OK) {
        zp_request_fail (request_p, status, "%s", text);
        return false;
    }
    if (*ask->wish.version && strcmp (ask->wish.version, info->version) != 0) {
        source->close (ask->object);
        zp_request_fail (request_p, ZP_ABORTED,
                         "it has changed: it is version %s now", info->version);
        return false;
    }
    ask->there = zp_chunk_wish_part (&ask->wish, info->size, &ask->info.offset,
                                     &ask->info.length);
    return true;
}

static void
s_fail_behind_end (zp_request_t **request_p, const s_ask_t *ask)
{
    zp_request_fail (request_p, ZP_OUT_OF_RANGE,
                     "it begins behind the end: there are %" PRIu64 " bytes",
                     ask->info.info.size);
}

//  A get for that, which takes request and object
static zp_sender_get_t *
s_get_new (zp_sender_t *self, zp_request_t *request, const s_ask_t *ask)
{
    uint64_t room = (uint64_t) self->options.max_gets;
    do
        self->last_id++;
    while (self->gets[self->last_id % room]);
    zp_sender_get_t *get = zmalloc (sizeof *get);
    self->gets[self->last_id % room] = get;
    self->stats.gets++;
    self->stats.now++;
    get->sender = self;
    get->request = request;
    get->id = self->last_id;
    get->object = ask->object;
    get->size = ask->info.info.size;
    if (ask->wish.hash)
        get->digest = zp_digest_new ();
    zp_flow_t *flow = &get->flow;
    flow->at = flow->seen = ask->info.offset;
    flow->end = ask->info.offset + ask->info.length;
    flow->credit = ask->wish.credit;
    if (flow->credit > self->options.window_bytes)
        flow->credit = self->options.window_bytes;
    flow->chunk = ask->wish.chunk;
    if (flow->chunk > self->options.chunk_bytes)
        flow->chunk = self->options.chunk_bytes;
    return get;
}

static void
s_on_get (zp_request_t *request, void *arg)
{
    zp_sender_t *self = arg;
    if (self->stats.now == (size_t) self->options.max_gets) {
        zp_request_shed (&request, 500, "%zu objects are being sent already",
                         self->stats.now);
        return;
    }
    s_ask_t ask;
    if (!s_open (self, &request, &ask))
        return;
    zp_sender_get_t *get = s_get_new (self, request, &ask);
    ask.info.id = get->id;
    char text[ZP_CHUNK_INFO];
    size_t size = zp_chunk_info_write (&ask.info, text);
    if (zp_request_partial (request, text, size) != ZP_OK) {
        zp_request_fail (&get->request, ZP_FAILED_PRECONDITION,
                         "a REQ socket takes one reply only: use file.read");
        self->stats.gone++;
        zp_sender_forget (get);
    }
    else if (!ask.there) {
        s_fail_behind_end (&get->request, &ask);
        zp_sender_forget (get);
    }
    else {
        zp_sender_wake (get);
        if (!zp_timer_pending (&self->beat_timer))
            zp_sender_beat (&self->beat_timer, self);
    }
}

static void
s_on_read (zp_request_t *request, void *arg)
{
    zp_sender_t *self = arg;
    s_ask_t ask;
    if (!s_open (self, &request, &ask))
        return;
    zp_transfer_source_t *source = &self->options.source;
    if (ask.info.length > self->options.chunk_bytes)
        ask.info.length = self->options.chunk_bytes;
    if (!ask.there)
        s_fail_behind_end (&request, &ask);
    else if (!source->read (ask.object, ask.info.offset, self->buffer,
                            (size_t) ask.info.length))
        zp_request_fail (&request, ZP_ABORTED, "it changed while it was read");
    else {
        zp_chunk_t chunk = {.offset = ask.info.offset,
                            .data = {self->buffer, (size_t) ask.info.length}};
        char info[ZP_CHUNK_INFO], head[ZP_CHUNK_HEAD];
        zp_span_t parts[] = {{info, zp_chunk_info_write (&ask.info, info)},
                             {head, zp_chunk_write (&chunk, head)},
                             chunk.data};
        self->stats.bytes += chunk.data.size;
        zp_request_reply_parts (&request, parts, 3);
    }
    source->close (ask.object);
}

static void
s_on_stat (zp_request_t *request, void *arg)
{
    zp_sender_t *self = arg;
    s_ask_t ask;
    if (!s_open (self, &request, &ask))
        return;
    char info[ZP_CHUNK_INFO];
    size_t size = zp_chunk_info_write (&ask.info, info);
    zp_request_reply (&request, info, size);
    self->options.source.close (ask.object);
}

static void
s_on_seen (zp_request_t *request, void *arg)
{
    zp_sender_t *self = arg;
    uint64_t id, offset;
    if (zp_request_count (request) != 2 ||
        !zp_chunk_number_read (zp_request_arg (request, 0), &id) ||
        !zp_chunk_number_read (zp_request_arg (request, 1), &offset)) {
        zp_request_fail (&request, ZP_INVALID_ARGUMENT,
                         "use: file.seen ID OFFSET");
        return;
    }
    zp_sender_get_t *get = self->gets[id % (uint64_t) self->options.max_gets];
    if (!get || get->id != id)
        zp_request_fail (&request, ZP_NOT_FOUND, "there is no such get");
    else if (!zp_flow_seen (&get->flow, offset))
        zp_request_fail (&request, ZP_OUT_OF_RANGE,
                         "nothing at %" PRIu64 " was sent and not seen yet",
                         offset);
    else {
        zp_sender_wake (get);
        zp_request_reply (&request, "1", 1);
    }
}

static void
s_add_methods (zp_sender_t *self)
{
    zp_server_method (self->server, "file.get", s_on_get, self);
    zp_server_method (self->server, "file.read", s_on_read, self);
    zp_server_method (self->server, "file.stat", s_on_stat, self);
    zp_server_method (self->server, "file.seen", s_on_seen, self);
}
