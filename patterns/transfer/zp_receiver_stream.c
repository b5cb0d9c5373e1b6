//  SPDX-License-Identifier: MIT
//
//  A get calls file.get, and that call brings chunks until all have come. If
//  it breaks, or brings what is damaged, the get calls again, for the rest: all
//  that the reader has not taken.

#include "zp_receiver_private.h"

#include "zp_backoff.h"
#include "zp_number.h"
#include "zp_random.h"

#define STREAM_MS   86400000  // One call
#define HELLO_MS    2000      // For the first word to a sender, at most
#define SAY_MS      5000      // For a word about what was seen
#define CORRUPT_MAX 5         // Damaged chunks one after another

//  The sender knows
static void
s_on_said (void *arg, const zp_reply_t *reply)
{
    zp_receiver_get_t *get = arg;
    if (reply->more || !get->saying)
        return;
    get->saying = 0;
    if (reply->status == ZP_OK)
        zp_receiver_say (get);
    else if (!get->sent)
        //  It would wait for that, and for ever
        zp_receiver_broken (get, reply->status, reply->text, 0);
}

void
zp_receiver_say (zp_receiver_get_t *get)
{
    if (!get->call || !get->stream || get->saying ||
        !zp_flow_must_say (get->at, get->said, get->window))
        return;
    char stream[ZP_NUMBER_MAX], at[ZP_NUMBER_MAX];
    zp_span_t args[] = {{stream, zp_number_write (get->stream, stream)},
                        {at, zp_number_write (get->at, at)}};
    zp_call_t call = {.method = "file.seen",
                      .args = args,
                      .count = 2,
                      .timeout_ms = SAY_MS,
                      .fn = s_on_said,
                      .arg = get};
    if (zp_client_start (get->link->client, &call, &get->saying) == ZP_OK)
        get->said = get->at;
}

void
zp_receiver_hang_up (zp_receiver_get_t *get)
{
    zp_receiver_link_t *link = get->link;
    uint64_t call = get->call, saying = get->saying;
    if (!link)
        return;
    //  Their callbacks find that they are nobody's
    get->link = NULL;
    get->call = get->saying = get->stream = 0;
    link->gets--;
    zp_client_cancel (link->client, call);
    zp_client_cancel (link->client, saying);
}

void
zp_receiver_broken (zp_receiver_get_t *get, zp_status_t status,
                    const char *text, int wait_ms)
{
    static const zp_backoff_t backoff = ZP_BACKOFF_DEFAULT;
    zp_receiver_t *self = get->receiver;
    int64_t now_ms = zclock_mono ();
    if (get->link && status != ZP_RESOURCE_EXHAUSTED && status != ZP_DATA_LOSS)
        get->link->failed_ms = now_ms;
    if (now_ms >= get->patience_ms || get->corrupt == CORRUPT_MAX) {
        zp_receiver_end (get, status, text);
        return;
    }
    zp_receiver_hang_up (get);
    zp_receiver_drop_held (get);
    get->failures++;
    int pause_ms =
        zp_backoff_ms (&backoff, get->failures, zp_random_entropy ());
    if (pause_ms < wait_ms)
        pause_ms = wait_ms;
    zp_timers_set (self->timers, &get->retry_timer, now_ms + pause_ms);
}

//  All is well
static void
s_is_well (zp_receiver_get_t *get)
{
    get->failures = 0;
    get->patience_ms = zclock_mono () + get->receiver->options.patience_ms;
    get->link->failed_ms = 0;
}

//  Garbage, or not what was asked for
static void
s_is_corrupt (zp_receiver_get_t *get)
{
    get->corrupt++;
    get->receiver->stats.corrupt++;
    zp_receiver_broken (get, ZP_DATA_LOSS,
                        "what comes from the sender is damaged", 0);
}

//  What is still wanted
static zp_chunk_wish_t
s_wish (const zp_receiver_get_t *get)
{
    const zp_receiver_options_t *options = &get->receiver->options;
    zp_chunk_wish_t wish = {.offset = get->want.offset,
                            .length = get->want.length ? get->want.length
                                                       : ZP_TRANSFER_SIZE_MAX,
                            .last = get->want.last,
                            .credit = options->window_bytes,
                            .chunk = options->chunk_bytes,
                            .hash = get->want.hash};
    if (get->known) {
        wish.offset = get->at;
        wish.length = get->end - get->at;
        wish.last = 0;
    }
    memcpy (wish.version, get->version, sizeof wish.version);
    return wish;
}

//  True if it is that part
static bool
s_is_wished (const zp_receiver_get_t *get, const zp_chunk_info_t *info)
{
    zp_chunk_wish_t wish = s_wish (get);
    uint64_t offset, length;
    zp_chunk_wish_part (&wish, info->info.size, &offset, &length);
    return info->offset == offset && info->length == length;
}

//  True if it is not the object that was asked for, or that came so far
static bool
s_is_another (const zp_receiver_get_t *get, const zp_transfer_info_t *info)
{
    bool pinned = get->known || *get->version;
    return (pinned && strcmp (info->version, get->version) != 0) ||
           (get->known && info->size != get->size);
}

//  What will come, for the first time. False if the get is gone
static bool
s_take_first_info (zp_receiver_get_t *get, const zp_chunk_info_t *info)
{
    get->known = true;
    get->size = info->info.size;
    get->at = get->come = info->offset;
    get->end = info->offset + info->length;
    memcpy (get->version, info->info.version, sizeof get->version);
    if (!get->want.on_info)
        return true;
    zp_receiver_enter (get);
    get->want.on_info (get->want.arg, &info->info, info->offset, info->length);
    return zp_receiver_leave (get);
}

//  False if the get is gone, or broken
static bool
s_take_info (zp_receiver_get_t *get, zp_span_t text)
{
    zp_chunk_info_t info;
    if (!zp_chunk_info_read (&info, text)) {
        s_is_corrupt (get);
        return false;
    }
    if (s_is_another (get, &info.info)) {
        zp_receiver_end (get, ZP_ABORTED, "it has another version now");
        return false;
    }
    if (!get->want.head && !s_is_wished (get, &info)) {
        s_is_corrupt (get);
        return false;
    }
    if (!get->known && !s_take_first_info (get, &info))
        return false;
    get->stream = info.id;
    get->said = get->come;
    get->window = 0;
    return true;
}

//  True if a sender may send that far: not all that it likes is to lie here
static bool
s_was_granted (const zp_receiver_get_t *get, uint64_t end)
{
    uint64_t window = get->receiver->options.window_bytes;
    if (window < ZP_TRANSFER_CHUNK_MAX)
        window = ZP_TRANSFER_CHUNK_MAX;
    return end - get->at <= window;
}

static void
s_take_chunk (zp_receiver_get_t *get, zp_span_t head, zp_span_t data)
{
    zp_chunk_t chunk;
    if (!get->stream || !zp_chunk_read (&chunk, head, data) ||
        zp_flow_judge (get->come, get->end, chunk.offset, data.size) !=
            ZP_FLOW_TAKE ||
        !s_was_granted (get, chunk.offset + data.size)) {
        s_is_corrupt (get);
        return;
    }
    s_is_well (get);
    get->corrupt = 0;
    get->window = chunk.window;
    size_t known = (size_t) (get->come - chunk.offset);
    zp_receiver_give (
        get, (zp_span_t){(const char *) data.data + known, data.size - known});
}

//  The call has ended, and all that was wanted should have come
static void
s_take_end (zp_receiver_get_t *get, const zp_reply_t *reply)
{
    if (get->want.head) {
        if (reply->count == 1 && s_take_info (get, reply->parts[0])) {
            get->at = get->end;
            zp_receiver_end (get, ZP_OK, "");
        }
        else if (reply->count != 1)
            s_is_corrupt (get);
        return;
    }
    bool wrong = reply->count != 1 || !get->known || get->come != get->end ||
                 reply->parts[0].size !=
                     (get->want.hash ? (size_t) ZP_TRANSFER_HASH : 0);
    if (wrong) {
        s_is_corrupt (get);
        return;
    }
    if (get->want.hash)
        memcpy (get->hash, reply->parts[0].data, ZP_TRANSFER_HASH);
    get->sent = true;
    zp_receiver_look_done (get);
}

static void
s_on_end (zp_receiver_get_t *get, const zp_reply_t *reply)
{
    get->call = 0;
    switch (reply->status) {
    case ZP_OK:
        s_take_end (get, reply);
        break;
    case ZP_UNAVAILABLE:
    case ZP_UNKNOWN:  // The connection broke
    case ZP_DEADLINE_EXCEEDED:
    case ZP_RESOURCE_EXHAUSTED:
    case ZP_CANCELLED:
        zp_receiver_broken (get, reply->status, reply->text,
                            reply->retry_after_ms);
        break;
    default:
        zp_receiver_end (get, reply->status, reply->text);
        break;
    }
}

static void
s_on_piece (void *arg, const zp_reply_t *reply)
{
    zp_receiver_get_t *get = arg;
    if (!get->call)
        return;  // It hangs up
    if (!reply->more) {
        s_on_end (get, reply);
        return;
    }
    if (reply->count == 2)
        s_take_chunk (get, reply->parts[0], reply->parts[1]);
    else if (reply->count != 1)
        s_is_corrupt (get);
    else if (reply->parts[0].size)
        s_take_info (get, reply->parts[0]);
    else
        s_is_well (get);
}

//  Call a method of the sender that serves it
static void
s_call (zp_receiver_get_t *get, const char *method, const zp_span_t *args,
        size_t count, int timeout_ms, zp_client_fn *fn)
{
    //  Once: the get itself asks again, for what is missing then
    zp_call_t call = {.method = method,
                      .args = args,
                      .count = count,
                      .timeout_ms = timeout_ms,
                      .once = true,
                      .fn = fn,
                      .arg = get};
    zp_client_t *client = get->link->client;
    zp_status_t status = zp_client_start (client, &call, &get->call);
    if (status != ZP_OK)
        zp_receiver_broken (get, status, zp_client_error (client), 0);
}

static void
s_request (zp_receiver_get_t *get)
{
    char text[ZP_CHUNK_INFO];
    zp_chunk_wish_t wish = s_wish (get);
    zp_span_t args[] = {{get->want.name, strlen (get->want.name)},
                        {text, zp_chunk_wish_write (&wish, text)}};
    if (get->known)
        get->receiver->stats.resumed++;
    s_call (get, get->want.head ? "file.stat" : "file.get", args, 2, STREAM_MS,
            s_on_piece);
}

//  The sender is there
static void
s_on_hello (void *arg, const zp_reply_t *reply)
{
    zp_receiver_get_t *get = arg;
    if (reply->more || !get->call)
        return;
    get->call = 0;
    if (reply->status == ZP_OK)
        s_request (get);
    else
        zp_receiver_broken (get, reply->status, reply->text,
                            reply->retry_after_ms);
}

int
zp_receiver_ask (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_receiver_get_t *get = arg;
    get->link = zp_receiver_choose (get->receiver);
    get->link->gets++;
    zp_client_endpoint_t endpoint;
    zp_client_endpoint (get->link->client, 0, &endpoint);
    if (endpoint.up)
        s_request (get);
    else {
        int64_t left_ms = get->patience_ms - zclock_mono ();
        int hello_ms = left_ms < 1          ? 1
                       : left_ms < HELLO_MS ? (int) left_ms
                                            : HELLO_MS;
        s_call (get, "zp.ping", NULL, 0, hello_ms, s_on_hello);
    }
    return 0;
}
