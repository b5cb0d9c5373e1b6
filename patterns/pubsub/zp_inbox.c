//  SPDX-License-Identifier: MIT

#include "zp_inbox.h"

#include "zp_stems.h"

//  Where the newest about a topic waits
typedef struct {
    zp_stem_t stem;   // The topic
    zp_item_t *item;  // The item
} s_newest_t;

struct zp_inbox {
    struct zp_items items;   // The oldest first
    size_t count;            // How many
    size_t asked;            // Of these came with a snapshot
    size_t limit;            // So many others may wait
    zp_overflow_t overflow;  // What then
    uint64_t dropped;        // Since that was asked for
    zp_stems_t newest;       // To conflate: s_newest_t
};

zp_item_t *
zp_item_new (void)
{
    zp_item_t *self = zmalloc (sizeof *self);
    zmq_msg_init (&self->msg);
    return self;
}

void
zp_item_destroy (zp_item_t **self_p)
{
    assert (self_p);
    if (!*self_p)
        return;
    zmq_msg_close (&(*self_p)->msg);
    free (*self_p);
    *self_p = NULL;
}

zp_inbox_t *
zp_inbox_new (size_t limit, zp_overflow_t overflow)
{
    assert (limit > 0);
    zp_inbox_t *self = zmalloc (sizeof *self);
    TAILQ_INIT (&self->items);
    self->limit = limit;
    self->overflow = overflow;
    return self;
}

//  Something was published, so it may be dropped; all else is to be told
static bool
s_published (const zp_item_t *item)
{
    return item->news.kind <= ZP_NEWS_DELETED;
}

static zp_cut_t
s_cut (const zp_item_t *item)
{
    const char *topic = item->news.topic;
    return zp_stem_cut ((zp_span_t){topic, strlen (topic)});
}

static s_newest_t *
s_find_newest (const zp_inbox_t *self, const zp_item_t *item)
{
    if (self->overflow != ZP_OVERFLOW_CONFLATE || !s_published (item))
        return NULL;
    return zp_stems_find (&self->newest, item->news.topic, s_cut (item));
}

static void
s_take_out (zp_inbox_t *self, zp_item_t *item)
{
    s_newest_t *newest = s_find_newest (self, item);
    if (newest && newest->item == item) {
        zp_stems_remove (&self->newest, newest);
        free (newest);
    }
    TAILQ_REMOVE (&self->items, item, link);
    self->count--;
    self->asked -= item->news.snapshot;
}

zp_item_t *
zp_inbox_take (zp_inbox_t *self)
{
    zp_item_t *item = TAILQ_FIRST (&self->items);
    if (item)
        s_take_out (self, item);
    return item;
}

static void
s_drop (zp_inbox_t *self, zp_item_t *item)
{
    s_take_out (self, item);
    zp_item_destroy (&item);
    self->dropped++;
}

static void
s_drop_all (zp_inbox_t *self)
{
    while (!TAILQ_EMPTY (&self->items))
        s_drop (self, TAILQ_FIRST (&self->items));
}

//  The oldest that was published, if there is one
static void
s_drop_oldest (zp_inbox_t *self)
{
    zp_item_t *item;
    TAILQ_FOREACH (item, &self->items, link)
    if (s_published (item))
        break;
    s_drop (self, item ? item : TAILQ_FIRST (&self->items));
}

void
zp_inbox_destroy (zp_inbox_t **self_p)
{
    assert (self_p);
    zp_inbox_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    s_drop_all (self);
    zp_stems_clear (&self->newest, NULL, NULL);
    free (self);
}

//  The item stands for the one about its topic that waited so far, in its place
static void
s_replace (zp_inbox_t *self, s_newest_t *newest, zp_item_t *item)
{
    TAILQ_INSERT_AFTER (&self->items, newest->item, item, link);
    TAILQ_REMOVE (&self->items, newest->item, link);
    self->asked -= newest->item->news.snapshot;
    self->asked += item->news.snapshot;
    zp_item_destroy (&newest->item);
    newest->item = item;
}

static void
s_append (zp_inbox_t *self, zp_item_t *item)
{
    //  What comes behind such news, "forget all values", is not to be told
    //  before it
    if (!s_published (item))
        zp_stems_clear (&self->newest, NULL, NULL);
    else if (self->overflow == ZP_OVERFLOW_CONFLATE) {
        s_newest_t *newest =
            zp_stem_new (sizeof *newest, item->news.topic, s_cut (item));
        newest->item = item;
        zp_stems_add (&self->newest, newest);
    }
    TAILQ_INSERT_TAIL (&self->items, item, link);
    self->count++;
    self->asked += item->news.snapshot;
}

bool
zp_inbox_add (zp_inbox_t *self, zp_item_t *item)
{
    s_newest_t *newest = s_find_newest (self, item);
    if (newest) {
        s_replace (self, newest, item);
        return true;
    }
    bool full = self->count - self->asked >= self->limit;
    if (full && self->overflow == ZP_OVERFLOW_REJOIN) {
        s_drop_all (self);
        zp_item_destroy (&item);
        self->dropped++;
        return false;
    }
    if (full && self->overflow != ZP_OVERFLOW_WAIT)
        s_drop_oldest (self);
    s_append (self, item);
    return true;
}

size_t
zp_inbox_count (const zp_inbox_t *self)
{
    return self->count;
}

uint64_t
zp_inbox_dropped (zp_inbox_t *self)
{
    uint64_t dropped = self->dropped;
    self->dropped = 0;
    return dropped;
}
