//  SPDX-License-Identifier: MIT

#include "zp_source_private.h"

//  The node after this one, below top: first those below it, then those beside
static zp_source_node_t *
s_following (const zp_source_node_t *top, zp_source_node_t *node)
{
    if (!TAILQ_EMPTY (&node->children))
        return TAILQ_FIRST (&node->children);
    while (node != top && !TAILQ_NEXT (node, sibling))
        node = node->parent;
    return node == top ? NULL : TAILQ_NEXT (node, sibling);
}

//  The node of a topic; NULL if it is not known
static zp_source_node_t *
s_find_topic (zp_source_t *self, zp_span_t topic)
{
    zp_cut_t cuts[ZP_TOPIC_CUTS];
    char text[ZP_TOPIC_MAX + 1] = {0};
    if (topic.size > ZP_TOPIC_MAX)
        return NULL;
    memcpy (text, topic.data, topic.size);
    size_t count = zp_topic_cut (text, topic.size, cuts);
    return count ? zp_stems_find (&self->nodes, text, cuts[count - 1]) : NULL;
}

zp_status_t
zp_source_snapshot (zp_source_t *self, zp_span_t stem, zp_span_t after,
                    zp_source_fn *fn, void *arg)
{
    if (self->incomplete)
        return ZP_RESOURCE_EXHAUSTED;
    zp_source_node_t *top = zp_source_find (self, stem);
    zp_source_node_t *node = top;
    if (after.size) {
        node = s_find_topic (self, after);
        if (!node || !top || node->stem.cut.size < stem.size ||
            memcmp (node->stem.text, top->stem.text, stem.size) != 0)
            return ZP_ABORTED;
        node = s_following (top, node);
    }
    int rc = 0;
    for (; node && rc == 0; node = s_following (top, node))
        if (node->value)
            rc = fn (arg, (zp_span_t){node->value->frame, node->value->size});
    return ZP_OK;
}

typedef struct {
    zp_source_t *source;  // Where to look
    uint64_t from;        // The lowest that is wanted again
    bool unsure;          // Something may be gone
} s_check_t;

static void
s_check_want (void *node, void *arg)
{
    zp_want_t *want = node;
    s_check_t *check = arg;
    zp_span_t stem = zp_stem_span (&want->stem);
    if (want->from < check->from)
        check->from = want->from;
    want->checked = want->from >= zp_history_gone (check->source->history) ||
                    zp_source_last (check->source, stem) <= want->from;
    check->unsure |= !want->checked;
}

static void
s_is_checked (void *node, void *arg)
{
    const zp_want_t *want = node;
    *(bool *) arg &= want->checked;
}

//  Of each want the first update in the history says if there was one before
//  it that is not there any more. True if there was none
static bool
s_nothing_gone (zp_source_t *self, zp_stems_t *wants)
{
    for (size_t i = 0; i < zp_history_count (self->history); i++) {
        uint64_t sequence;
        zp_span_t frame = zp_history_at (self->history, i, &sequence);
        zp_update_t update;
        zp_update_read (&update, frame.data, frame.size);
        for (size_t k = 0; k < update.cuts; k++) {
            zp_want_t *want =
                zp_stems_find (wants, update.topic.data, update.cut[k]);
            if (!want || want->checked || sequence <= want->from)
                continue;
            if (sequence - update.distance[k] > want->from)
                return false;
            want->checked = true;
        }
    }
    bool all = true;
    zp_stems_each (wants, s_is_checked, &all);
    return all;
}

static bool
s_wanted (const zp_update_t *update, const zp_stems_t *wants)
{
    for (size_t i = 0; i < update->cuts; i++) {
        const zp_want_t *want =
            zp_stems_find (wants, update->topic.data, update->cut[i]);
        if (want && update->sequence > want->from)
            return true;
    }
    return false;
}

zp_status_t
zp_source_replay (zp_source_t *self, zp_stems_t *wants, zp_source_fn *fn,
                  void *arg, uint64_t *upto_p)
{
    s_check_t check = {self, UINT64_MAX, false};
    zp_stems_each (wants, s_check_want, &check);
    if (check.unsure && !s_nothing_gone (self, wants))
        return ZP_OUT_OF_RANGE;
    size_t count = zp_history_count (self->history);
    *upto_p = self->sequence;
    for (size_t i = zp_history_after (self->history, check.from); i < count;
         i++) {
        uint64_t sequence;
        zp_span_t frame = zp_history_at (self->history, i, &sequence);
        zp_update_t update;
        zp_update_read (&update, frame.data, frame.size);
        if (!s_wanted (&update, wants))
            continue;
        if (fn (arg, frame) != 0) {
            *upto_p = sequence;
            return ZP_OK;
        }
    }
    return ZP_OK;
}
