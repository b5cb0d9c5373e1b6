//  SPDX-License-Identifier: MIT
//
//  The wire is that of zp_publisher.h

#include "catchup.h"

#include "zp_client.h"
#include "zp_stems.h"
#include "zp_update.h"

#define HEAD_BYTES 17  // Stream, sequence, more
#define WANT_BYTES 10  // From and size; the stem follows
#define AGAIN_MS   50  // A relay that is behind is asked again after so long

struct catchup {
    const catchup_options_t *options;  // As given to new
    zloop_t *loop;                     // Runs it
    zp_client_t *client;               // Asks
    uint64_t stream;                   // Which one
    uint64_t from;                     // What comes after this
    uint64_t upto;                     // At least up to here
};

catchup_t *
catchup_new (zloop_t *loop, const catchup_options_t *options)
{
    catchup_t *self = zmalloc (sizeof *self);
    self->options = options;
    self->loop = loop;
    self->client = zp_client_new (loop, NULL);
    if (zp_client_connect (self->client, options->requests) != ZP_OK)
        catchup_destroy (&self);
    return self;
}

void
catchup_destroy (catchup_t **self_p)
{
    assert (self_p);
    catchup_t *self = *self_p;
    if (!self)
        return;
    zp_client_destroy (&self->client);
    free (self);
    *self_p = NULL;
}

//  Tell a frame, if one of the filters lets it through
static void
s_tell (catchup_t *self, const zp_update_t *update)
{
    static const zp_news_kind_t kinds[] = {[ZP_UPDATE_EVENT] = ZP_NEWS_EVENT,
                                           [ZP_UPDATE_VALUE] = ZP_NEWS_VALUE,
                                           [ZP_UPDATE_DELETED] =
                                               ZP_NEWS_DELETED};
    zp_filter_t filter;
    bool wanted = false;
    for (const char *const *at = self->options->filters; *at && !wanted; at++)
        wanted =
            zp_filter_parse (&filter, *at) &&
            zp_filter_matches (&filter, update->topic.data, update->topic.size);
    zp_news_t news = {.kind = kinds[update->kind],
                      .topic = update->topic.data,
                      .payload = update->payload,
                      .sequence = update->sequence,
                      .time_us = update->time_us,
                      .ttl_ms = update->ttl_ms};
    if (wanted)
        self->options->update (self->options->arg, &news);
}

//  True if the page was nothing but frames
static bool
s_tell_frames (catchup_t *self, zp_span_t frames)
{
    const uint8_t *at = frames.data, *end = at + frames.size;
    while (end - at >= 4) {
        size_t size = zp_update_get (at, 4);
        zp_update_t update;
        if (size > (size_t) (end - at) - 4 ||
            !zp_update_read (&update, at + 4, size))
            return false;
        s_tell (self, &update);
        at += 4 + size;
    }
    return at == end;
}

static void s_ask (catchup_t *self);

static int
s_on_again (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer;
    s_ask (arg);
    return 0;
}

static void
s_on_page (void *arg, const zp_reply_t *reply)
{
    catchup_t *self = arg;
    const catchup_options_t *options = self->options;
    bool right = reply->status == ZP_OK && reply->count >= 2 &&
                 reply->parts[0].size == HEAD_BYTES;
    const uint8_t *head = right ? reply->parts[0].data : NULL;
    if (reply->status != ZP_OK)
        options->over (options->arg, reply->status, reply->text, 0);
    else if (!right || !s_tell_frames (self, reply->parts[1]))
        options->over (options->arg, ZP_INTERNAL,
                       "what the publisher answers does not make sense", 0);
    else {
        self->from = zp_update_get (head + 8, 8);
        if (head[16])
            s_ask (self);
        else if (self->from < self->upto)
            zloop_timer (self->loop, AGAIN_MS, 1, s_on_again, self);
        else
            options->over (options->arg, ZP_OK, "", self->from);
    }
}

//  Add a want to the others, unless there is one with that stem
static void
s_want (zchunk_t *wants, zp_stems_t *stems, const char *text, uint64_t from)
{
    zp_filter_t filter;
    zp_filter_parse (&filter, text);
    zp_cut_t cut = {(uint32_t) filter.stem_size,
                    zp_topic_hash (filter.stem, filter.stem_size)};
    if (zp_stems_find (stems, filter.stem, cut))
        return;
    zp_stems_add (stems, zp_stem_new (sizeof (zp_stem_t), filter.stem, cut));
    uint8_t head[WANT_BYTES];
    zp_update_put (head, 8, from);
    zp_update_put (head + 8, 2, filter.stem_size);
    zchunk_extend (wants, head, sizeof head);
    zchunk_extend (wants, filter.stem, filter.stem_size);
}

static void
s_ask (catchup_t *self)
{
    zchunk_t *wants = zchunk_new (NULL, 256);
    zp_stems_t stems = {0};
    for (const char *const *at = self->options->filters; *at; at++)
        s_want (wants, &stems, *at, self->from);
    zp_stems_clear (&stems, NULL, NULL);
    uint8_t stream[8];
    zp_update_put (stream, 8, self->stream);
    zp_span_t args[] = {{stream, sizeof stream},
                        {zchunk_data (wants), zchunk_size (wants)}};
    zp_call_t call = {.method = "pub.replay",
                      .args = args,
                      .count = 2,
                      .timeout_ms = self->options->timeout_ms,
                      .fn = s_on_page,
                      .arg = self};
    zp_client_start (self->client, &call, NULL);
    zchunk_destroy (&wants);
}

void
catchup_start (catchup_t *self, uint64_t stream, uint64_t from, uint64_t upto)
{
    self->stream = stream;
    self->from = from;
    self->upto = upto;
    s_ask (self);
}
