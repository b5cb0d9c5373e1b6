//  SPDX-License-Identifier: MIT

#include "zp_source_private.h"

#define VALUE_BYTES 256  // That a value takes besides its frame, about

static zp_source_node_t *
s_node_new (zp_source_t *self, zp_source_node_t *parent, const char *topic,
            zp_cut_t cut)
{
    zp_source_node_t *node = zp_stem_new (sizeof *node, topic, cut);
    node->parent = parent;
    node->last = self->forgotten;
    node->source = self;
    TAILQ_INIT (&node->children);
    //  At the head: who pages through the values and goes on behind a topic
    //  that was forgotten and is new again must not miss those beside it
    if (parent)
        TAILQ_INSERT_HEAD (&parent->children, node, sibling);
    zp_stems_add (&self->nodes, node);
    return node;
}

static void
s_start (zp_source_t *self, uint64_t stream, uint64_t sequence)
{
    self->stream = stream;
    self->sequence = self->forgotten = sequence;
    self->incomplete = false;
    self->next = NULL;
    TAILQ_INIT (&self->silent);
    self->root = s_node_new (self, NULL, "", zp_stem_cut ((zp_span_t){"", 0}));
}

zp_source_t *
zp_source_new (const zp_source_limits_t *limits, uint64_t stream,
               zp_timers_t *timers, zp_source_expired_fn *fn, void *arg)
{
    assert (limits->topics > 0);
    zp_source_t *self = zmalloc (sizeof *self);
    self->limits = *limits;
    self->timers = timers;
    self->expired = fn;
    self->arg = arg;
    self->history =
        zp_history_new (limits->history_count, limits->history_bytes);
    s_start (self, stream, 0);
    return self;
}

static void
s_drop_value (zp_source_node_t *node)
{
    zp_source_t *self = node->source;
    if (!node->value)
        return;
    self->values--;
    self->values_bytes -= node->value->size + VALUE_BYTES;
    zp_timers_clear (self->timers, &node->value->timer);
    free (node->value->frame);
    free (node->value);
    node->value = NULL;
}

static void
s_drop_each_value (void *node, void *arg)
{
    (void) arg;
    s_drop_value (node);
}

void
zp_source_destroy (zp_source_t **self_p)
{
    assert (self_p);
    zp_source_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    zp_stems_clear (&self->nodes, s_drop_each_value, NULL);
    zp_history_destroy (&self->history);
    free (self);
}

void
zp_source_reset (zp_source_t *self, uint64_t stream, uint64_t sequence)
{
    zp_stems_clear (&self->nodes, s_drop_each_value, NULL);
    zp_history_clear (self->history, sequence);
    self->topics = 0;
    s_start (self, stream, sequence);
}

uint64_t
zp_source_stream (const zp_source_t *self)
{
    return self->stream;
}

uint64_t
zp_source_sequence (const zp_source_t *self)
{
    return self->sequence;
}

zp_source_node_t *
zp_source_find (const zp_source_t *self, zp_span_t stem)
{
    return zp_stems_find (&self->nodes, stem.data, zp_stem_cut (stem));
}

uint64_t
zp_source_last (const zp_source_t *self, zp_span_t stem)
{
    const zp_source_node_t *node = zp_source_find (self, stem);
    return node ? node->last : self->forgotten;
}

//  A topic becomes one that was never heard of, and so do the levels that only
//  it has
static void
s_forget (zp_source_t *self, zp_source_node_t *node)
{
    TAILQ_REMOVE (&self->silent, node, silent);
    self->topics--;
    while (node->parent && TAILQ_EMPTY (&node->children)) {
        zp_source_node_t *parent = node->parent;
        if (self->forgotten < node->last)
            self->forgotten = node->last;
        TAILQ_REMOVE (&parent->children, node, sibling);
        zp_stems_remove (&self->nodes, node);
        free (node);
        node = parent;
    }
}

//  The topic of an update; NULL if it is not known
static zp_source_node_t *
s_topic (const zp_source_t *self, const zp_update_t *update)
{
    return zp_stems_find (&self->nodes, update->topic.data,
                          update->cut[update->cuts - 1]);
}

//  Make it known; NULL if there is no room for it
static zp_source_node_t *
s_topic_new (zp_source_t *self, const zp_update_t *update)
{
    const char *topic = update->topic.data;
    if (self->topics == self->limits.topics) {
        if (TAILQ_EMPTY (&self->silent))
            return NULL;
        s_forget (self, TAILQ_FIRST (&self->silent));
    }
    zp_source_node_t *node = self->root;
    for (size_t i = 1; i < update->cuts; i++) {
        zp_source_node_t *found =
            zp_stems_find (&self->nodes, topic, update->cut[i]);
        node = found ? found : s_node_new (self, node, topic, update->cut[i]);
    }
    TAILQ_INSERT_TAIL (&self->silent, node, silent);
    self->topics++;
    return node;
}

//  True if the value fits, in the place of the one before; the node may be NULL
static bool
s_fits (const zp_source_t *self, const zp_source_node_t *node, size_t size)
{
    size_t before = node && node->value ? node->value->size + VALUE_BYTES : 0;
    size_t others = self->values_bytes - before;
    return others + size + VALUE_BYTES <= self->limits.values_bytes;
}

zp_status_t
zp_source_next (zp_source_t *self, zp_update_t *update, zp_span_t *frame_p)
{
    update->cuts =
        zp_topic_cut (update->topic.data, update->topic.size, update->cut);
    if (update->cuts == 0)
        return ZP_INVALID_ARGUMENT;
    zp_source_node_t *node = s_topic (self, update);
    if (update->kind == ZP_UPDATE_VALUE &&
        !s_fits (self, node, zp_update_size (update)))
        return ZP_RESOURCE_EXHAUSTED;
    if (!node)
        node = s_topic_new (self, update);
    if (!node)
        return ZP_RESOURCE_EXHAUSTED;
    self->next = node;
    update->stream = self->stream;
    update->sequence = self->sequence + 1;
    for (size_t i = update->cuts; i-- > 0; node = node->parent) {
        uint64_t distance = update->sequence - node->last;
        update->distance[i] =
            distance < UINT32_MAX ? (uint32_t) distance : UINT32_MAX;
    }
    size_t size = zp_update_size (update);
    uint8_t *frame = zp_history_room (self->history, size);
    zp_update_write (update, frame);
    *frame_p = self->frame = (zp_span_t){frame, size};
    return ZP_OK;
}

static int
s_on_expired (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_source_node_t *node = arg;
    zp_source_t *self = node->source;
    zp_span_t topic = {node->stem.text, node->stem.cut.size - 1};
    self->expired (self->arg, topic);
    return 0;
}

static void
s_set_value (zp_source_node_t *node, zp_span_t frame, int64_t expires_ms)
{
    zp_source_t *self = node->source;
    if (!node->value) {
        node->value = zmalloc (sizeof *node->value);
        zp_timer_init (&node->value->timer, s_on_expired, node);
        self->values++;
        self->values_bytes += VALUE_BYTES;
    }
    self->values_bytes -= node->value->size;
    if (node->value->size != frame.size)
        node->value->frame = realloc (node->value->frame, frame.size);
    assert (node->value->frame);
    memcpy (node->value->frame, frame.data, frame.size);
    node->value->size = frame.size;
    self->values_bytes += frame.size;
    zp_timers_clear (self->timers, &node->value->timer);
    if (expires_ms)
        zp_timers_set (self->timers, &node->value->timer, expires_ms);
}

//  What an update means for its topic
static void
s_apply (zp_source_node_t *node, zp_update_kind_t kind, zp_span_t frame,
         int64_t expires_ms)
{
    zp_source_t *self = node->source;
    if (kind == ZP_UPDATE_EVENT && node->value)
        return;
    if (!node->value)
        TAILQ_REMOVE (&self->silent, node, silent);
    bool fits = s_fits (self, node, frame.size);
    if (kind == ZP_UPDATE_VALUE && fits)
        s_set_value (node, frame, expires_ms);
    else
        s_drop_value (node);
    if (kind == ZP_UPDATE_VALUE && !fits)
        self->incomplete = true;
    if (!node->value)
        TAILQ_INSERT_TAIL (&self->silent, node, silent);
}

void
zp_source_keep (zp_source_t *self, const zp_update_t *update,
                int64_t expires_ms)
{
    assert (self->next && update->sequence == self->sequence + 1);
    zp_source_node_t *node = self->next;
    self->next = NULL;
    self->sequence = update->sequence;
    s_apply (node, update->kind, self->frame, expires_ms);
    zp_history_add (self->history, update->sequence);
    for (; node; node = node->parent)
        node->last = update->sequence;
}

void
zp_source_mirror (zp_source_t *self, const zp_update_t *update, zp_span_t frame,
                  int64_t expires_ms)
{
    assert (update->sequence > self->sequence);
    self->sequence = update->sequence;
    zp_source_value (self, update, frame, expires_ms);
    for (size_t i = 0; i < update->cuts; i++) {
        zp_source_node_t *node =
            zp_stems_find (&self->nodes, update->topic.data, update->cut[i]);
        if (node)
            node->last = update->sequence;
        else
            self->forgotten = update->sequence;
    }
    memcpy (zp_history_room (self->history, frame.size), frame.data,
            frame.size);
    zp_history_add (self->history, update->sequence);
}

void
zp_source_value (zp_source_t *self, const zp_update_t *update, zp_span_t frame,
                 int64_t expires_ms)
{
    self->next = NULL;
    zp_source_node_t *node = s_topic (self, update);
    if (!node)
        node = s_topic_new (self, update);
    if (node)
        s_apply (node, update->kind, frame, expires_ms);
    else if (update->kind == ZP_UPDATE_VALUE)
        self->incomplete = true;
}

void
zp_source_forget (zp_source_t *self, zp_span_t topic)
{
    zp_cut_t cuts[ZP_TOPIC_CUTS];
    size_t count = zp_topic_cut (topic.data, topic.size, cuts);
    zp_source_node_t *node =
        count ? zp_stems_find (&self->nodes, topic.data, cuts[count - 1])
              : NULL;
    if (!node || !node->value)
        return;
    s_drop_value (node);
    TAILQ_INSERT_TAIL (&self->silent, node, silent);
}

void
zp_source_stats (const zp_source_t *self, zp_source_stats_t *stats)
{
    *stats =
        (zp_source_stats_t){.topics = self->topics,
                            .values = self->values,
                            .values_bytes = self->values_bytes,
                            .history_count = zp_history_count (self->history),
                            .history_bytes = zp_history_bytes (self->history)};
}
