//  SPDX-License-Identifier: MIT
//
//  A put calls file.put, which says where to begin; file.chunk for each chunk,
//  as many at once as it has credit; and file.end. If one of these fails, all
//  that is out is given up, and the put begins again with file.put, which says
//  how far the store has come.

#include "zp_backoff.h"
#include "zp_random.h"
#include "zp_uploader_private.h"

#define CALL_MS     15000     // One call
#define END_MS      86400000  // file.end: the store may have to hash it all
#define SLICE_BYTES ((size_t) 256 << 10)   // Hashed at a time
#define CREDIT_MAX  ((uint64_t) 64 << 20)  // Bytes that may wait to leave
#define ANEW_MAX    5  // So often it begins anew, since the object changes

static void s_pump (zp_uploader_put_t *put);

//  Begin again with file.put, after a while
static void
s_again (zp_uploader_put_t *put, int64_t wait_ms)
{
    zp_uploader_hang_up (put);
    zp_timer_init (&put->timer, zp_uploader_open, put);
    zp_timers_set (put->uploader->timers, &put->timer,
                   wait_ms ? zclock_mono () + wait_ms : 0);
}

//  A call failed. The put may be gone then
static void
s_failed (zp_uploader_put_t *put, const zp_reply_t *reply)
{
    static const zp_backoff_t backoff = ZP_BACKOFF_DEFAULT;
    bool again = false;
    switch (reply->status) {
    case ZP_UNAVAILABLE:
    case ZP_UNKNOWN:  // The connection broke
    case ZP_DEADLINE_EXCEEDED:
        again = true;
        break;
    case ZP_CANCELLED:
    case ZP_NOT_FOUND:            // It has forgotten the put
    case ZP_FAILED_PRECONDITION:  // There is a gap
    case ZP_DATA_LOSS:            // A chunk was damaged
        again = put->stream != 0;
        break;
    case ZP_RESOURCE_EXHAUSTED:
        again = reply->retry_after_ms > 0;  // Else its disk is full
        break;
    default:
        break;
    }
    if (!again || zclock_mono () >= put->patience_ms) {
        zp_uploader_end (put, reply->status, reply->text);
        return;
    }
    int wait_ms =
        zp_backoff_ms (&backoff, ++put->failures, zp_random_entropy ());
    s_again (put,
             wait_ms > reply->retry_after_ms ? wait_ms : reply->retry_after_ms);
}

//  The object can't be read as what it was: begin anew with what it is now
static void
s_changed (zp_uploader_put_t *put)
{
    zp_uploader_close (put);
    if (++put->anew > ANEW_MAX)
        zp_uploader_end (put, ZP_ABORTED, "it changes while it is read");
    else
        s_again (put, 0);
}

//  Start a call; false, and the put is gone, if that can't be
static bool
s_call (zp_uploader_put_t *put, const zp_call_t *call, uint64_t *id)
{
    zp_client_t *client = put->uploader->client;
    zp_status_t status = zp_client_start (client, call, id);
    if (status != ZP_OK)
        zp_uploader_end (put, status, zp_client_error (client));
    return status == ZP_OK;
}

//  All is well
static void
s_is_well (zp_uploader_put_t *put)
{
    put->failures = 0;
    put->patience_ms = zclock_mono () + put->uploader->patience_ms;
}

//  The store has all below an offset
static void
s_came (zp_uploader_put_t *put, uint64_t at)
{
    put->most = at;
    if (put->want.on_progress)
        put->want.on_progress (put->want.arg, at, put->info.size);
}

static void
s_on_end (void *arg, const zp_reply_t *reply)
{
    zp_uploader_put_t *put = arg;
    if (!put->call)
        return;  // It was given up
    s_is_well (put);
    if (reply->more)
        return;
    put->call = 0;
    if (reply->status == ZP_OK)
        zp_uploader_end (put, ZP_OK, "");
    else if (reply->status == ZP_ABORTED && ++put->anew <= ANEW_MAX) {
        zp_uploader_close (put);  // What lay there was another one's
        s_again (put, 0);
    }
    else
        s_failed (put, reply);
}

//  All has come: hash what is not hashed yet, a bit at a time, and end
static int
s_finish (zp_timer_t *timer, void *arg)
{
    zp_uploader_put_t *put = arg;
    uint64_t at = zp_digest_at (put->digest);
    uint64_t left = put->info.size - at;
    if (left) {
        char *buffer = put->uploader->buffer;
        size_t size = left < SLICE_BYTES ? (size_t) left : SLICE_BYTES;
        if (!put->want.source.read (put->object, at, buffer, size)) {
            s_changed (put);
            return 0;
        }
        zp_digest_pass (put->digest, at, (zp_span_t){buffer, size});
        zp_timers_set (put->uploader->timers, timer, 0);
        return 0;
    }
    zp_digest_end (put->digest, put->hash);
    char id[24];
    snprintf (id, sizeof id, "%" PRIu64, put->stream);
    zp_span_t args[] = {{id, strlen (id)}, {put->hash, ZP_TRANSFER_HASH}};
    zp_call_t call = {.method = "file.end",
                      .args = args,
                      .count = 2,
                      .timeout_ms = END_MS,
                      .once = true,
                      .fn = s_on_end,
                      .arg = put};
    s_call (put, &call, &put->call);
    return 0;
}

//  The store's word is all, but for what this side has room for
static void
s_take_credit (zp_uploader_put_t *put, uint64_t credit)
{
    put->flow.credit = credit < CREDIT_MAX ? credit : CREDIT_MAX;
    put->flow.window = 0;
}

static void
s_on_chunk (void *arg, const zp_reply_t *reply)
{
    zp_uploader_chunk_t *chunk = arg;
    zp_uploader_put_t *put = chunk->put;
    uint64_t at, credit;
    if (reply->more)
        return;
    bool given_up = chunk->call == 0;
    if (!given_up)
        LIST_REMOVE (chunk, next);
    free (chunk);
    if (given_up)
        return;
    if (reply->status != ZP_OK) {
        s_failed (put, reply);
        return;
    }
    if (reply->count != 1 ||
        !zp_chunk_pair_read (reply->parts[0], &at, &credit) ||
        !zp_flow_seen (&put->flow, at)) {
        zp_uploader_end (put, ZP_INTERNAL,
                         "what the store says makes no sense");
        return;
    }
    s_is_well (put);
    s_take_credit (put, credit);
    s_came (put, at);
    s_pump (put);
}

static bool
s_call_chunk (zp_uploader_put_t *put, const zp_span_t *args)
{
    zp_uploader_chunk_t *chunk = zmalloc (sizeof *chunk);
    zp_call_t call = {.method = "file.chunk",
                      .args = args,
                      .count = 3,
                      .timeout_ms = CALL_MS,
                      .once = true,
                      .fn = s_on_chunk,
                      .arg = chunk};
    chunk->put = put;
    if (!s_call (put, &call, &chunk->call)) {
        free (chunk);
        return false;
    }
    LIST_INSERT_HEAD (&put->chunks, chunk, next);
    return true;
}

//  Send what may be sent. The put may be gone then
static void
s_pump (zp_uploader_put_t *put)
{
    zp_uploader_t *self = put->uploader;
    size_t size;
    while ((size = zp_flow_next (&put->flow, UINT64_MAX)) != 0) {
        zp_chunk_t chunk = {.offset = put->flow.at,
                            .data = {self->buffer, size}};
        if (!put->want.source.read (put->object, chunk.offset, self->buffer,
                                    size)) {
            s_changed (put);
            return;
        }
        zp_digest_pass (put->digest, chunk.offset, chunk.data);
        char head[ZP_CHUNK_HEAD], id[24];
        snprintf (id, sizeof id, "%" PRIu64, put->stream);
        zp_span_t args[] = {{id, strlen (id)},
                            {head, zp_chunk_write (&chunk, head)},
                            chunk.data};
        if (!s_call_chunk (put, args))
            return;
        zp_flow_sent (&put->flow, size);
    }
    if (put->flow.seen == put->info.size) {
        zp_timer_init (&put->timer, s_finish, put);
        zp_timers_set (self->timers, &put->timer, 0);
    }
}

static void
s_on_put (void *arg, const zp_reply_t *reply)
{
    zp_uploader_put_t *put = arg;
    zp_chunk_grant_t grant;
    if (!put->call || reply->more)
        return;  // It was given up
    put->call = 0;
    if (reply->status != ZP_OK) {
        s_failed (put, reply);
        return;
    }
    if (reply->count != 1 || !zp_chunk_grant_read (&grant, reply->parts[0]) ||
        grant.offset > put->info.size) {
        zp_uploader_end (put, ZP_INTERNAL,
                         "what the store says makes no sense");
        return;
    }
    s_is_well (put);
    put->stream = grant.id;
    put->flow = (zp_flow_t){.at = grant.offset,
                            .seen = grant.offset,
                            .end = put->info.size,
                            .chunk = grant.chunk};
    s_take_credit (put, grant.credit);
    if (!put->begun)
        put->resumed = grant.offset;
    put->begun = true;
    s_came (put, grant.offset);
    s_pump (put);
}

int
zp_uploader_open (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_uploader_put_t *put = arg;
    const zp_transfer_source_t *source = &put->want.source;
    const char *name = put->want.path ? put->want.path : put->want.name;
    char text[ZP_TRANSFER_TEXT] = "";
    zp_uploader_close (put);
    zp_status_t status =
        source->open (source->arg, name, &put->object, &put->info, text);
    if (status != ZP_OK) {
        put->object = NULL;
        zp_uploader_end (put, status, text);
        return 0;
    }
    put->digest = zp_digest_new ();
    char options[ZP_CHUNK_INFO];
    int size = snprintf (options, sizeof options,
                         "{\"size\":%" PRIu64 ",\"mtime_ms\":%" PRId64
                         ",\"version\":\"%s\",\"exists\":%s}",
                         put->info.size, put->info.mtime_ms, put->info.version,
                         put->want.keep ? "false" : "true");
    zp_span_t args[] = {{put->want.name, strlen (put->want.name)},
                        {options, (size_t) size}};
    zp_call_t call = {.method = "file.put",
                      .args = args,
                      .count = 2,
                      .timeout_ms = CALL_MS,
                      .once = true,
                      .fn = s_on_put,
                      .arg = put};
    s_call (put, &call, &put->call);
    return 0;
}
