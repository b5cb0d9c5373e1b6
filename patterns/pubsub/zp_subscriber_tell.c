//  SPDX-License-Identifier: MIT
//
//  What is told, to the handler or to the inbox

#include "zp_subscriber_private.h"

static void
s_deliver (zp_subscriber_t *self, zp_item_t *item)
{
    self->stats.told += item->news.kind <= ZP_NEWS_DELETED;
    int rc = self->item_fn ? self->item_fn (self->arg, item)
                           : self->fn (self->arg, &item->news);
    if (rc == -1)
        self->ended = true;
}

//  Tell what waits, unless that is for zp_subscriber_next, or not wanted now
void
zp_subscriber_deliver (zp_subscriber_t *self)
{
    while (self->fn && !self->paused && !self->ended) {
        uint64_t dropped = zp_inbox_dropped (self->inbox);
        zp_news_t news = {
            .kind = ZP_NEWS_DROPPED, .topic = "", .count = dropped};
        self->stats.dropped += dropped;
        if (dropped && self->fn (self->arg, &news) == -1)
            self->ended = true;
        zp_item_t *item = dropped ? NULL : zp_inbox_take (self->inbox);
        if (!item && !dropped)
            break;
        if (item)
            s_deliver (self, item);
        zp_item_destroy (&item);
    }
}

void
zp_subscriber_own (zp_subscriber_t *self, zp_item_t *item)
{
    if (item->borrowed)
        zmq_msg_copy (&item->msg, &self->msg);
    item->borrowed = false;
}

//  Let an item wait to be told
static void
s_enqueue (zp_subscriber_t *self, zp_item_t *item)
{
    zp_subscriber_own (self, item);
    if (self->rejoin)
        zp_item_destroy (&item);
    else if (!zp_inbox_add (self->inbox, item))
        self->rejoin = true;
    if (self->waiting)
        zp_timers_set (self->timers, &self->pump, 0);
}

static bool
s_direct (const zp_subscriber_t *self)
{
    return self->fn && !self->paused && !self->ended &&
           zp_inbox_count (self->inbox) == 0;
}

void
zp_subscriber_tell_item (zp_subscriber_t *self, zp_item_t *item)
{
    if (s_direct (self)) {
        s_deliver (self, item);
        zp_item_destroy (&item);
    }
    else
        s_enqueue (self, item);
}

void
zp_subscriber_say (zp_subscriber_t *self, zp_news_t news, const char *text,
                   size_t size)
{
    zp_item_t *item = zp_item_new ();
    zmq_msg_init_size (&item->msg, size + 1);
    char *copy = zmq_msg_data (&item->msg);
    memcpy (copy, text, size);
    copy[size] = 0;
    item->news = news;
    if (news.kind == ZP_NEWS_GONE) {
        item->news.topic = copy + size;
        item->news.payload = (zp_span_t){copy, size};
    }
    else
        item->news.topic = copy;
    zp_subscriber_tell_item (self, item);
}

void
zp_subscriber_say_stem (zp_subscriber_t *self, zp_news_t news,
                        const zp_stem_t *stem)
{
    char filter[ZP_TOPIC_MAX + 3];
    size_t size = stem->cut.size;
    memcpy (filter, stem->text, size);
    if (size && filter[size - 1] == 0)
        size--;
    else
        filter[size++] = '#';
    zp_subscriber_say (self, news, filter, size);
}

bool
zp_subscriber_wanted (const zp_subscriber_t *self, zp_span_t topic)
{
    const zp_subscriber_filter_t *filter;
    TAILQ_FOREACH (filter, &self->filters, link)
    if (zp_filter_matches (&filter->filter, topic.data, topic.size))
        return true;
    return false;
}

//  Of a topic, the last that was told while something was missing
typedef struct {
    zp_stem_t stem;  // The topic
    uint64_t any;    // The number of that update
    uint64_t value;  // And of the last that was about its value
} s_told_t;

//  While something is missing that will not be waited for, it may come later
//  than what follows it: remember what was told. True if this is older, and not
//  from a snapshot, which begins anew
static bool
s_is_older (zp_subscriber_t *self, const zp_update_t *update, bool snapshot)
{
    if (self->options.order == ZP_ORDER_STRICT)
        return false;
    if (zp_tracker_behind (self->tracker) == 0 && self->ask.call == 0) {
        if (self->told.count)
            zp_stems_clear (&self->told, NULL, NULL);
        return false;
    }
    zp_cut_t cut = update->cut[update->cuts - 1];
    s_told_t *told = zp_stems_find (&self->told, update->topic.data, cut);
    if (!told) {
        told = zp_stem_new (sizeof *told, update->topic.data, cut);
        zp_stems_add (&self->told, told);
    }
    //  An event is no reason not to tell the value that was before it
    uint64_t sequence = update->sequence;
    bool event = update->kind == ZP_UPDATE_EVENT;
    if (sequence <= (event ? told->any : told->value) && !snapshot)
        return true;
    if (!event)
        told->value = sequence;
    if (told->any < sequence || snapshot)
        told->any = sequence;
    return false;
}

void
zp_subscriber_tell (zp_subscriber_t *self, zp_item_t **item_p)
{
    static const zp_news_kind_t kinds[] = {[ZP_UPDATE_EVENT] = ZP_NEWS_EVENT,
                                           [ZP_UPDATE_VALUE] = ZP_NEWS_VALUE,
                                           [ZP_UPDATE_DELETED] =
                                               ZP_NEWS_DELETED};
    zp_item_t *item = *item_p;
    const zp_update_t *update = &item->update;
    if ((self->wild && !zp_subscriber_wanted (self, update->topic)) ||
        s_is_older (self, update, item->news.snapshot))
        return;
    item->news.kind = kinds[update->kind];
    item->news.topic = update->topic.data;
    item->news.payload = update->payload;
    item->news.sequence = update->sequence;
    item->news.time_us = update->time_us;
    item->news.ttl_ms = update->ttl_ms;
    if (s_direct (self)) {
        s_deliver (self, item);
        return;
    }
    *item_p = NULL;
    s_enqueue (self, item);
}
