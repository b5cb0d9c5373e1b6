//  SPDX-License-Identifier: MIT

#include "zp_eventlog_group_private.h"

#include "zp_number.h"

#define ROOM_MIN 64

zp_eventlog_slot_t *
zp_eventlog_group_slot (const zp_eventlog_group_t *self, uint64_t offset)
{
    assert (offset >= self->position && offset < self->next);
    return &self->slots[offset & (self->room - 1)];
}

//  It is to be written down at the end of the turn
static void
s_touch (zp_eventlog_group_t *self)
{
    if (self->dirty)
        return;
    self->dirty = true;
    TAILQ_INSERT_TAIL (&self->log->core->changed, self, changed);
}

void
zp_eventlog_group_extend (zp_eventlog_group_t *self, uint64_t next)
{
    assert (next - self->position <= ZP_EVENTLOG_WINDOW);
    size_t room = self->room ? self->room : ROOM_MIN;
    while (room < next - self->position)
        room *= 2;
    if (room > self->room) {
        zp_eventlog_slot_t *slots = calloc (room, sizeof *slots);
        assert (slots);
        for (uint64_t at = self->position; at < self->next; at++)
            slots[at & (room - 1)] = *zp_eventlog_group_slot (self, at);
        free (self->slots);
        self->slots = slots;
        self->room = room;
    }
    for (; self->next < next; self->next++) {
        self->slots[self->next & (room - 1)] = (zp_eventlog_slot_t){0};
        self->counts[ZP_EVENTLOG_RETURNED]++;
    }
}

void
zp_eventlog_group_turn (zp_eventlog_group_t *self, zp_eventlog_slot_t *slot,
                        zp_eventlog_state_t state)
{
    zp_eventlog_member_t *member = slot->member;
    if (member) {
        member->leased--;
        member->bytes -= slot->size;
        slot->member = NULL;
    }
    self->counts[slot->state]--;
    slot->state = state;
    self->counts[state]++;
}

void
zp_eventlog_group_lease (zp_eventlog_group_t *self, zp_eventlog_slot_t *slot,
                         zp_eventlog_member_t *member, int64_t until_ms)
{
    zp_eventlog_group_turn (self, slot, ZP_EVENTLOG_LEASED);
    slot->member = member;
    slot->until_ms = until_ms;
    if (member) {
        member->leased++;
        member->bytes += slot->size;
    }
    if (until_ms < self->due_ms)
        self->due_ms = until_ms;
    zp_eventlog_core_due (self->log->core, until_ms);
}

//  Forget the slots up to an offset
static void
s_drop (zp_eventlog_group_t *self, uint64_t offset)
{
    for (; self->position < offset && self->position < self->next;
         self->position++) {
        zp_eventlog_slot_t *slot =
            zp_eventlog_group_slot (self, self->position);
        zp_eventlog_group_turn (self, slot, ZP_EVENTLOG_ACKED);
        self->counts[ZP_EVENTLOG_ACKED]--;
    }
}

//  The position moves on behind what is acked
static void
s_advance (zp_eventlog_group_t *self)
{
    while (self->position < self->next &&
           zp_eventlog_group_slot (self, self->position)->state ==
               ZP_EVENTLOG_ACKED) {
        self->counts[ZP_EVENTLOG_ACKED]--;
        self->position++;
    }
}

static zp_eventlog_group_t *
s_new (zp_eventlog_log_t *log, zp_span_t name, uint64_t position)
{
    zp_eventlog_group_t *self = zmalloc (sizeof *self);
    self->log = log;
    memcpy (self->name, name.data, name.size);
    self->position = self->next = self->hint = position;
    self->due_ms = INT64_MAX;
    TAILQ_INIT (&self->members);
    zp_eventlog_group_t *after;
    TAILQ_FOREACH (after, &log->groups, groups)
    if (strcmp (after->name, self->name) > 0)
        break;
    if (after)
        TAILQ_INSERT_BEFORE (after, self, groups);
    else
        TAILQ_INSERT_TAIL (&log->groups, self, groups);
    log->group_count++;
    return self;
}

void
zp_eventlog_group_free (zp_eventlog_group_t *self)
{
    zp_eventlog_member_t *member;
    while ((member = TAILQ_FIRST (&self->members)) != NULL) {
        TAILQ_REMOVE (&self->members, member, members);
        free (member);
    }
    if (self->dirty)
        TAILQ_REMOVE (&self->log->core->changed, self, changed);
    TAILQ_REMOVE (&self->log->groups, self, groups);
    self->log->group_count--;
    free (self->slots);
    free (self);
}

zp_eventlog_group_t *
zp_eventlog_group_find (zp_eventlog_log_t *log, zp_span_t name)
{
    zp_eventlog_group_t *group;
    TAILQ_FOREACH (group, &log->groups, groups)
    if (strlen (group->name) == name.size &&
        memcmp (group->name, name.data, name.size) == 0)
        return group;
    return NULL;
}

zp_eventlog_group_t *
zp_eventlog_group_next (zp_eventlog_log_t *log, zp_eventlog_group_t *before)
{
    return before ? TAILQ_NEXT (before, groups) : TAILQ_FIRST (&log->groups);
}

//  What is acked beyond the position, "20 25-30", in text of its own
static char *
s_acked (const zp_eventlog_group_t *self)
{
    char *text = malloc ((2 * ZP_NUMBER_MAX + 2) *
                         (self->counts[ZP_EVENTLOG_ACKED] + 1));
    assert (text);
    size_t size = 0;
    uint64_t left = self->counts[ZP_EVENTLOG_ACKED];
    for (uint64_t at = self->position; left; at++) {
        if (zp_eventlog_group_slot (self, at)->state != ZP_EVENTLOG_ACKED)
            continue;
        uint64_t to = at;
        while (--left && zp_eventlog_group_slot (self, to + 1)->state ==
                             ZP_EVENTLOG_ACKED)
            to++;
        if (size)
            text[size++] = ' ';
        size += zp_number_write (at, text + size);
        if (to > at) {
            text[size++] = '-';
            size += zp_number_write (to, text + size);
        }
        at = to;
    }
    text[size] = 0;
    return text;
}

//  Write down where it stands
static void
s_write (zp_eventlog_group_t *self)
{
    const zp_journal_log_t *store = &self->log->core->store;
    zp_span_t name = {self->name, strlen (self->name)};
    char *acked = s_acked (self);
    char *text = zp_eventlog_head_group (name, self->position, acked);
    zp_span_t key = zp_eventlog_log_name (self->log);
    zp_span_t head = {text, strlen (text)};
    if (self->record)
        store->amend (store->arg, self->record, key, head);
    else
        self->record =
            store->append (store->arg, key, head, ZP_EVENTLOG_NO_TEXT);
    free (text);
    free (acked);
}

void
zp_eventlog_core_settle (zp_eventlog_core_t *self)
{
    zp_eventlog_group_t *group;
    while ((group = TAILQ_FIRST (&self->changed)) != NULL) {
        TAILQ_REMOVE (&self->changed, group, changed);
        group->dirty = false;
        s_write (group);
    }
}

zp_eventlog_group_t *
zp_eventlog_group_use (zp_eventlog_log_t *log, zp_span_t name, uint64_t offset)
{
    zp_eventlog_core_t *core = log->core;
    zp_eventlog_group_t *self = zp_eventlog_group_find (log, name);
    if (self || !zp_eventlog_core_name (core, "group", name))
        return self;
    if (offset > log->index.next)
        zp_eventlog_core_fail (core, ZP_OUT_OF_RANGE,
                               "%" PRIu64 " is the next offset; there is no "
                               "%" PRIu64 " yet",
                               log->index.next, offset);
    else if (log->group_count >= core->limits.max_groups)
        zp_eventlog_core_fail (core, ZP_RESOURCE_EXHAUSTED,
                               "the log has %zu groups, and may not have more "
                               "(max_groups)",
                               log->group_count);
    else {
        self = s_new (log, name,
                      offset > log->index.first ? offset : log->index.first);
        s_touch (self);
    }
    return self;
}

void
zp_eventlog_group_delete (zp_eventlog_group_t **self_p)
{
    zp_eventlog_group_t *self = *self_p;
    *self_p = NULL;
    assert (TAILQ_EMPTY (&self->members));
    zp_eventlog_log_t *log = self->log;
    const zp_journal_log_t *store = &log->core->store;
    if (self->record)
        store->erase (store->arg, self->record);
    zp_eventlog_log_use (log);
    zp_eventlog_group_free (self);
    zp_eventlog_log_leave (log);  // There may be nothing else to it
}

const char *
zp_eventlog_group_restore (zp_eventlog_log_t *log, uint64_t record,
                           const zp_eventlog_head_t *head)
{
    if (!zp_eventlog_core_name (log->core, "group", head->group))
        return "that can't be the name of a group";
    if (zp_eventlog_group_find (log, head->group))
        return "there is such a group already";
    zp_eventlog_group_t *self = s_new (log, head->group, head->position);
    self->record = record;
    zp_span_t text = head->acked;
    uint64_t from, to;
    while (text.size) {
        if (!zp_eventlog_range_read (&text, &from, &to) || from <= self->next ||
            to - self->position >= ZP_EVENTLOG_WINDOW)
            return "what the group has acked makes no sense";
        zp_eventlog_group_extend (self, from);
        zp_eventlog_group_extend (self, to + 1);
        zp_eventlog_group_ack (self, from, to);
    }
    if (self->dirty)
        TAILQ_REMOVE (&log->core->changed, self, changed);
    self->dirty = false;
    return NULL;
}

void
zp_eventlog_group_seek (zp_eventlog_group_t *self, uint64_t offset)
{
    assert (offset <= self->log->index.next);
    s_drop (self, self->next);
    self->position = self->next = self->hint = offset;
    s_touch (self);
}

bool
zp_eventlog_group_lost (zp_eventlog_group_t *self, uint64_t *from)
{
    uint64_t first = self->log->index.first;
    if (self->position >= first)
        return false;
    *from = self->position;
    s_drop (self, first);
    if (self->next < first)
        self->position = self->next = first;
    s_advance (self);
    s_touch (self);
    return true;
}

uint64_t
zp_eventlog_group_end (zp_eventlog_group_t *self)
{
    uint64_t durable = self->log->durable;
    if (durable < self->position)
        return self->position;
    return durable - self->position > ZP_EVENTLOG_WINDOW
               ? self->position + ZP_EVENTLOG_WINDOW
               : durable;
}

uint64_t
zp_eventlog_group_ack (zp_eventlog_group_t *self, uint64_t from, uint64_t to)
{
    uint64_t count = 0;
    if (to >= self->next)
        zp_eventlog_group_extend (self, to + 1);
    for (uint64_t at = from; at <= to; at++) {
        zp_eventlog_slot_t *slot = zp_eventlog_group_slot (self, at);
        if (slot->state == ZP_EVENTLOG_ACKED)
            continue;
        zp_eventlog_group_turn (self, slot, ZP_EVENTLOG_ACKED);
        count++;
    }
    s_advance (self);
    if (count)
        s_touch (self);
    return count;
}

void
zp_eventlog_group_stats (zp_eventlog_group_t *self,
                         zp_eventlog_group_stats_t *stats)
{
    *stats = (zp_eventlog_group_stats_t){
        .name = self->name,
        .log = self->log,
        .position = self->position,
        .next = self->next,
        .acked = self->counts[ZP_EVENTLOG_ACKED],
        .leased = self->counts[ZP_EVENTLOG_LEASED],
        .returned = self->counts[ZP_EVENTLOG_RETURNED]};
}
