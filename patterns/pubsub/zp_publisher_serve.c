//  SPDX-License-Identifier: MIT
//
//  What a publisher is asked for: pages of frames that were sent before. The
//  wire is in zp_publisher.h.

#include <inttypes.h>

#include "zp_publisher_private.h"

#define PAGE_BYTES   (256 * 1024)  // About so many in one page
#define HEAD_BYTES   17            // Stream, sequence, more
#define WANT_BYTES   10            // From and size; the stem follows
#define NOT_READY_MS 50            // A relay joins again: come back later

typedef struct {
    uint8_t *data;  // Frames, each after its size
    size_t size;    // Bytes there
    size_t room;    // Bytes that there is room for
    bool more;      // It is full
} s_page_t;

//  Add a frame, after its size, to a page, until that is full
static int
s_add (void *arg, zp_span_t frame)
{
    s_page_t *page = arg;
    size_t size = frame.size;
    if (page->size + 4 + size > page->room) {
        page->room = (page->size + 4 + size) * 2;
        page->data = realloc (page->data, page->room);
        assert (page->data);
    }
    zp_update_put (page->data + page->size, 4, size);
    memcpy (page->data + page->size + 4, frame.data, size);
    page->size += 4 + size;
    page->more = page->size >= PAGE_BYTES;
    return page->more ? -1 : 0;
}

//  Reply with a page, of which nothing is left; one of values has more parts
static void
s_reply (zp_publisher_t *self, zp_request_t **request_p, s_page_t *page,
         uint64_t sequence, bool values)
{
    uint8_t head[HEAD_BYTES], life[8];
    zp_update_put (head, 8, zp_source_stream (self->source));
    zp_update_put (head + 8, 8, sequence);
    head[16] = page->more;
    zp_update_put (life, 8, self->life);
    zp_span_t parts[] = {{head, sizeof head},
                         {page->data, page->size},
                         {self->will, strlen (self->will)},
                         {life, sizeof life}};
    zp_request_reply_parts (request_p, parts, values ? 4 : 2);
    free (page->data);
}

//  A relay that is about to join can't answer. True if it was told so
static bool
s_not_ready (zp_publisher_t *self, zp_request_t **request_p)
{
    if (self->ready)
        return false;
    zp_request_shed (request_p, NOT_READY_MS,
                     "this relay has not joined the stream: ask again later");
    return true;
}

//  True if a page goes on behind one from another life. A caller need not say
static bool
s_of_another_life (const zp_publisher_t *self, zp_span_t life)
{
    return life.size == 8 && zp_update_get (life.data, 8) != self->life;
}

//  stem, after, life
static void
s_on_snapshot (zp_request_t *request, void *arg)
{
    zp_publisher_t *self = arg;
    zp_span_t stem = zp_request_arg (request, 0);
    zp_span_t after = zp_request_arg (request, 1);
    if (s_not_ready (self, &request))
        return;
    if (!zp_topic_stem (stem.data, stem.size)) {
        zp_request_fail (&request, ZP_INVALID_ARGUMENT,
                         "the first argument is no stem: a topic with a NUL or "
                         "a slash behind it, or nothing");
        return;
    }
    if (!zp_publisher_has (self, stem)) {
        zp_request_fail (&request, ZP_INVALID_ARGUMENT,
                         "this relay has '%s' only", self->part.text);
        return;
    }
    s_page_t page = {0};
    zp_status_t status =
        after.size && s_of_another_life (self, zp_request_arg (request, 2))
            ? ZP_ABORTED
            : zp_source_snapshot (self->source, stem, after, s_add, &page);
    if (status == ZP_OK) {
        self->stats.snapshots++;
        s_reply (self, &request, &page, zp_source_sequence (self->source),
                 true);
    }
    else if (status == ZP_ABORTED)
        zp_request_fail (&request, status,
                         "what follows the page before is not known any "
                         "more: begin anew");
    else
        zp_request_fail (&request, status,
                         "this relay has no room for all values: allow more");
}

//  Read wants into a table; false if they are none
static bool
s_read_wants (zp_stems_t *wants, zp_span_t span)
{
    const uint8_t *at = span.data, *end = at + span.size;
    while (at < end) {
        if (end - at < WANT_BYTES)
            return false;
        size_t size = zp_update_get (at + 8, 2);
        const char *stem = (const char *) at + WANT_BYTES;
        if ((size_t) (end - at) < WANT_BYTES + size ||
            !zp_topic_stem (stem, size))
            return false;
        zp_cut_t cut = zp_stem_cut ((zp_span_t){stem, size});
        if (zp_stems_find (wants, stem, cut))
            return false;
        zp_want_t *want = zp_stem_new (sizeof *want, stem, cut);
        want->from = zp_update_get (at, 8);
        zp_stems_add (wants, want);
        at += WANT_BYTES + size;
    }
    return wants->count > 0;
}

//  Replay the wants, which are good
static void
s_replay (zp_publisher_t *self, zp_request_t *request, zp_stems_t *wants)
{
    s_page_t page = {0};
    uint64_t upto;
    if (zp_source_replay (self->source, wants, s_add, &page, &upto) == ZP_OK) {
        self->stats.replays++;
        s_reply (self, &request, &page, upto, false);
    }
    else
        zp_request_fail (&request, ZP_OUT_OF_RANGE,
                         "some of this is not kept any more: it is lost");
}

//  stream, wants
static void
s_on_replay (zp_request_t *request, void *arg)
{
    zp_publisher_t *self = arg;
    zp_span_t stream = zp_request_arg (request, 0);
    zp_stems_t wants = {0};
    if (s_not_ready (self, &request))
        return;
    if (stream.size != 8 || !s_read_wants (&wants, zp_request_arg (request, 1)))
        zp_request_fail (&request, ZP_INVALID_ARGUMENT,
                         "the arguments are a stream in 8 bytes, and what is "
                         "wanted: (number in 8, size in 2, stem)...");
    else if (zp_update_get (stream.data, 8) != zp_source_stream (self->source))
        zp_request_fail (&request, ZP_ABORTED,
                         "the stream is another one now: begin anew");
    else
        s_replay (self, request, &wants);
    zp_stems_clear (&wants, NULL, NULL);
}

static void
s_on_stat (zp_request_t *request, void *arg)
{
    zp_publisher_t *self = arg;
    zp_publisher_stats_t stats;
    zp_publisher_stats (self, &stats);
    char text[512];
    int size = snprintf (
        text, sizeof text,
        "{\"stream\":\"%016" PRIx64 "\",\"sequence\":%" PRIu64
        ",\"topics\":%zu,\"values\":%zu,\"values_bytes\":%zu,"
        "\"history\":%zu,\"stems\":%zu,\"blocked\":%" PRIu64
        ",\"heartbeats\":%" PRIu64 ",\"snapshots\":%" PRIu64
        ",\"replays\":%" PRIu64 ",\"relay\":%s,\"gone\":%s}",
        zp_publisher_stream (self), stats.sequence, stats.topics, stats.values,
        stats.values_bytes, stats.history_count, stats.stems, stats.blocked,
        stats.heartbeats, stats.snapshots, stats.replays,
        self->mirror ? "true" : "false", self->gone ? "true" : "false");
    zp_request_reply (&request, text, (size_t) size);
}

void
zp_publisher_serve (zp_publisher_t *self)
{
    zp_server_method (self->server, "pub.snapshot", s_on_snapshot, self);
    zp_server_method (self->server, "pub.replay", s_on_replay, self);
    zp_server_method (self->server, "pub.stat", s_on_stat, self);
}
