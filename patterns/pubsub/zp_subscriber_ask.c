//  SPDX-License-Identifier: MIT
//
//  What a subscriber asks for: last values when it joins, and what it has
//  missed. One thing at a time, a page each. The wire is in zp_publisher.h.

#include "zp_subscriber_private.h"

#define HEAD_BYTES 17  // Stream, sequence, more
#define WANT_BYTES 10  // From and size; the stem follows
#define TRIES_MAX  3   // Then another source is asked

typedef struct {
    uint64_t stream;    // Which one
    uint64_t sequence;  // Of the snapshot, or up to where the replay goes
    bool more;          // There is a page behind it
    zp_span_t frames;   // Those of the page
    zp_span_t will;     // The publisher's last will; of snapshots
    zp_span_t life;     // To be said with the next page; of snapshots
} s_page_t;

static bool
s_read_page (s_page_t *page, const zp_reply_t *reply)
{
    if (reply->count < 2 || reply->parts[0].size != HEAD_BYTES)
        return false;
    const uint8_t *head = reply->parts[0].data;
    *page = (s_page_t){.stream = zp_update_get (head, 8),
                       .sequence = zp_update_get (head + 8, 8),
                       .more = head[16] != 0,
                       .frames = reply->parts[1],
                       .will = {"", 0},
                       .life = {"", 0}};
    if (reply->count > 2)
        page->will = reply->parts[2];
    if (reply->count > 3)
        page->life = reply->parts[3];
    return true;
}

//  The next update of a page, copied into a new item; NULL at the end, or if
//  what follows is none
static zp_item_t *
s_next_frame (s_page_t *page)
{
    zp_span_t frame;
    if (!zp_batch_next (&page->frames, &frame))
        return NULL;
    zp_item_t *item = zp_item_new ();
    zmq_msg_init_size (&item->msg, frame.size);
    memcpy (zmq_msg_data (&item->msg), frame.data, frame.size);
    item->frame = (zp_span_t){zmq_msg_data (&item->msg), frame.size};
    if (!zp_update_read (&item->update, item->frame.data, frame.size))
        zp_item_destroy (&item);
    return item;
}

static void
s_start (zp_subscriber_t *self, const char *method, const zp_span_t *args,
         size_t count, zp_client_fn *fn)
{
    zp_client_t *client = TAILQ_FIRST (&self->sources)->client;
    zp_call_t call = {.method = method,
                      .args = args,
                      .count = count,
                      .timeout_ms = self->options.timeout_ms,
                      .fn = fn,
                      .arg = self};
    zp_status_t status = zp_client_start (client, &call, &self->ask.call);
    assert (status == ZP_OK);
    (void) status;
    self->ask.client = client;
}

//  It did not work: again in a while, perhaps somewhere else
static void
s_failed (zp_subscriber_t *self, int retry_after_ms)
{
    zp_backoff_t backoff = ZP_BACKOFF_DEFAULT;
    int wait_ms = zp_backoff_ms (&backoff, ++self->ask.failures,
                                 zp_random_next (&self->random));
    if (wait_ms < retry_after_ms)
        wait_ms = retry_after_ms;
    zp_timers_set (self->timers, &self->retry, zclock_mono () + wait_ms);
    if (self->ask.failures % TRIES_MAX == 0 &&
        TAILQ_NEXT (TAILQ_FIRST (&self->sources), link))
        zp_subscriber_turn (self);
}

//  What was asked for has been dealt with: look for what is to be done now
static void
s_go_on (zp_subscriber_t *self)
{
    zp_subscriber_ask (self);
    zp_subscriber_poll (self);
    if (self->ended)
        zp_timers_set (self->timers, &self->pump, 0);
}

void
zp_subscriber_ask_cancel (zp_subscriber_t *self)
{
    uint64_t call = self->ask.call;
    self->ask.call = 0;
    if (call)
        zp_client_cancel (self->ask.client, call);
    self->ask.snapshot = false;
    zp_stems_clear (&self->ask.wants, NULL, NULL);
}

void
zp_subscriber_ask_forget (zp_subscriber_t *self, zp_span_t stem)
{
    const zp_subscriber_ask_t *ask = &self->ask;
    if (ask->snapshot && ask->cut.size == stem.size &&
        memcmp (ask->stem, stem.data, stem.size) == 0)
        zp_subscriber_ask_cancel (self);
}

//  Snapshots

//  The handler, who is told, may want no more of it
static void
s_tell_values (zp_subscriber_t *self, s_page_t *page)
{
    zp_subscriber_ask_t *ask = &self->ask;
    zp_item_t *item;
    while (ask->snapshot && (item = s_next_frame (page)) != NULL) {
        const zp_update_t *update = &item->update;
        memcpy (ask->after, update->topic.data, update->topic.size);
        ask->after_size = update->topic.size;
        //  What is newer than the snapshot comes as an update, too
        item->news.snapshot = true;
        if (update->kind == ZP_UPDATE_VALUE && update->stream == page->stream &&
            update->sequence <= ask->sequence)
            zp_subscriber_tell (self, &item);
        zp_item_destroy (&item);
    }
}

static void
s_take_values (zp_subscriber_t *self, s_page_t *page)
{
    zp_subscriber_ask_t *ask = &self->ask;
    zp_span_t span = {ask->stem, ask->cut.size};
    if (page->stream != zp_tracker_stream (self->tracker)) {
        bool first = ask->after_size == 0;
        ask->begun = false;
        ask->after_size = 0;
        zp_subscriber_restart (self, page->stream);
        if (!first || !ask->snapshot)
            return;
    }
    const zp_stem_t *stem = &zp_tracker_find (self->tracker, span)->stem;
    bool empty = page->frames.size == 0;
    if (!ask->begun) {
        ask->begun = true;
        ask->sequence = page->sequence;
        zp_news_t news = {.kind = ZP_NEWS_SNAPSHOT, .sequence = page->sequence};
        self->stats.snapshots++;
        zp_subscriber_say_stem (self, news, stem);
    }
    ask->life_size = page->life.size <= sizeof ask->life ? page->life.size : 0;
    if (ask->life_size)
        memcpy (ask->life, page->life.data, ask->life_size);
    s_tell_values (self, page);
    if (!ask->snapshot)
        return;
    if (page->frames.size || (page->more && empty)) {
        s_failed (self, 0);
        return;
    }
    ask->failures = 0;
    if (page->more)
        return;
    zp_news_t news = {.kind = ZP_NEWS_JOINED, .sequence = ask->sequence};
    zp_tracker_join (self->tracker, span, ask->sequence);
    ask->snapshot = false;
    zp_subscriber_say_stem (self, news, stem);
}

static void
s_on_snapshot (void *arg, const zp_reply_t *reply)
{
    zp_subscriber_t *self = arg;
    s_page_t page;
    if (self->ask.call == 0)
        return;
    self->ask.call = 0;
    if (reply->status == ZP_OK && s_read_page (&page, reply)) {
        if (page.will.size < sizeof self->will) {
            memcpy (self->will, page.will.data, page.will.size);
            self->will[page.will.size] = 0;
        }
        s_take_values (self, &page);
    }
    else if (reply->status == ZP_ABORTED && self->ask.after_size) {
        self->ask.after_size = 0;
        self->ask.begun = false;
    }
    else
        s_failed (self, reply->retry_after_ms);
    s_go_on (self);
}

static void
s_find_early (void *node, void *arg)
{
    zp_tracked_t *tracked = node;
    const zp_tracked_t **found = arg;
    if (tracked->early)
        *found = tracked;
}

static void
s_ask_snapshot (zp_subscriber_t *self)
{
    zp_subscriber_ask_t *ask = &self->ask;
    if (!ask->snapshot) {
        const zp_tracked_t *tracked = NULL;
        zp_stems_each (zp_tracker_stems (self->tracker), s_find_early,
                       &tracked);
        ask->snapshot = true;
        ask->begun = false;
        ask->cut = tracked->stem.cut;
        ask->after_size = 0;
        memcpy (ask->stem, tracked->stem.text, tracked->stem.cut.size);
    }
    zp_span_t args[] = {{ask->stem, ask->cut.size},
                        {ask->after, ask->after_size},
                        {ask->life, ask->after_size ? ask->life_size : 0}};
    s_start (self, "pub.snapshot", args, 3, s_on_snapshot);
}

//  Replays

void
zp_subscriber_lose (zp_subscriber_t *self, const zp_tracked_t *tracked)
{
    zp_span_t stem = zp_stem_span (&tracked->stem);
    zp_news_t news = {.kind = ZP_NEWS_LOST,
                      .from = tracked->from + 1,
                      .to = tracked->until - 1};
    self->stats.lost++;
    zp_tracker_leave (self->tracker, stem);
    if (!zp_subscriber_asks_values (self))
        zp_tracker_join (self->tracker, stem, news.to);
    zp_subscriber_say_stem (self, news, &tracked->stem);
}

static const zp_tracked_t *
s_tracked (zp_subscriber_t *self, const zp_stem_t *stem)
{
    return zp_tracker_find (self->tracker, zp_stem_span (stem));
}

static void
s_lose_each (void *node, void *arg)
{
    zp_subscriber_t *self = arg;
    const zp_tracked_t *tracked = s_tracked (self, node);
    if (tracked && tracked->behind)
        zp_subscriber_lose (self, tracked);
}

static void
s_repaired_each (void *node, void *arg)
{
    zp_subscriber_t *self = arg;
    zp_tracker_repaired (self->tracker, zp_stem_span (node),
                         self->ask.sequence);
}

static void
s_take_updates (zp_subscriber_t *self, s_page_t *page)
{
    zp_item_t *item;
    while ((item = s_next_frame (page)) != NULL) {
        if (zp_tracker_repeat (self->tracker, &item->update) ==
            ZP_VERDICT_NEW) {
            self->stats.repaired++;
            zp_subscriber_tell (self, &item);
        }
        zp_item_destroy (&item);
    }
    self->ask.sequence = page->sequence;
    zp_stems_each (&self->ask.wants, s_repaired_each, self);
}

//  What one source has not may be had from another: a relay that was restarted
//  has no history yet. False if all were asked
static bool
s_ask_elsewhere (zp_subscriber_t *self)
{
    const zp_subscriber_source_t *source;
    size_t sources = 0;
    TAILQ_FOREACH (source, &self->sources, link)
    sources += source->client != NULL;
    if (++self->ask.refused < sources) {
        zp_subscriber_turn (self);
        return true;
    }
    self->ask.refused = 0;
    return false;
}

static void
s_on_replay (void *arg, const zp_reply_t *reply)
{
    zp_subscriber_t *self = arg;
    zp_subscriber_ask_t *ask = &self->ask;
    s_page_t page;
    if (ask->call == 0)
        return;
    ask->call = 0;
    if (reply->status == ZP_OK && s_read_page (&page, reply) &&
        page.stream == zp_tracker_stream (self->tracker)) {
        ask->failures = 0;
        ask->refused = 0;
        s_take_updates (self, &page);
        //  A relay may be behind us
        if (zp_tracker_behind (self->tracker) > 0 && !page.more)
            s_failed (self, 0);
    }
    else if (reply->status == ZP_OUT_OF_RANGE) {
        if (!s_ask_elsewhere (self))
            zp_stems_each (&ask->wants, s_lose_each, self);
    }
    else if (reply->status == ZP_ABORTED)
        zp_tracker_leave_all (self->tracker);
    else
        s_failed (self, reply->retry_after_ms);
    zp_stems_clear (&ask->wants, NULL, NULL);
    s_go_on (self);
}

typedef struct {
    zp_subscriber_t *self;  // Who wants
    zchunk_t *wants;        // As they go on the wire
} s_wants_t;

static void
s_want (void *node, void *arg)
{
    const zp_tracked_t *tracked = node;
    s_wants_t *wants = arg;
    zp_subscriber_ask_t *ask = &wants->self->ask;
    if (!tracked->behind)
        return;
    zp_stem_t *stem =
        zp_stem_new (sizeof *stem, tracked->stem.text, tracked->stem.cut);
    zp_stems_add (&ask->wants, stem);
    uint8_t head[WANT_BYTES];
    zp_update_put (head, 8, tracked->from);
    zp_update_put (head + 8, 2, stem->cut.size);
    zchunk_extend (wants->wants, head, sizeof head);
    zchunk_extend (wants->wants, stem->text, stem->cut.size);
}

static void
s_ask_replay (zp_subscriber_t *self)
{
    s_wants_t wants = {self, zchunk_new (NULL, 256)};
    zp_stems_each (zp_tracker_stems (self->tracker), s_want, &wants);
    zp_tracker_asked (self->tracker, &self->ask.wants);
    uint8_t stream[8];
    zp_update_put (stream, 8, zp_tracker_stream (self->tracker));
    zp_span_t args[] = {{stream, sizeof stream},
                        {zchunk_data (wants.wants), zchunk_size (wants.wants)}};
    s_start (self, "pub.replay", args, 2, s_on_replay);
    zchunk_destroy (&wants.wants);
}

void
zp_subscriber_ask (zp_subscriber_t *self)
{
    //  News that nobody takes must not become more by our own asking
    bool room =
        zp_inbox_count (self->inbox) <= (size_t) self->options.inbox / 2;
    if (self->ask.call || self->rejoin || !room ||
        zp_timer_pending (&self->retry) || TAILQ_EMPTY (&self->sources))
        return;
    if (self->ask.snapshot || (zp_tracker_early (self->tracker) > 0 &&
                               zp_subscriber_asks_values (self)))
        s_ask_snapshot (self);
    else if (zp_tracker_behind (self->tracker) > 0)
        s_ask_replay (self);
    else if (!TAILQ_EMPTY (&self->held)) {
        zp_subscriber_release (self);
        if (zp_subscriber_blocked (self))
            zp_subscriber_ask (self);
    }
}
