//  SPDX-License-Identifier: MIT
//
//  Who gets the next event of a group, for how long, and how it comes back.
//  There are few slots, and most are looked at only when a lease may have run
//  out or a member has died, so none is in any list.

#include "zp_eventlog_group_private.h"

zp_eventlog_member_t *
zp_eventlog_member_new (zp_eventlog_group_t *group, zp_span_t name)
{
    if (!zp_eventlog_core_name (group->log->core, "member", name))
        return NULL;
    zp_eventlog_member_t *self = zmalloc (sizeof *self);
    self->group = group;
    memcpy (self->name, name.data, name.size);
    TAILQ_INSERT_TAIL (&group->members, self, members);
    return self;
}

void
zp_eventlog_member_set_arg (zp_eventlog_member_t *self, void *arg)
{
    self->arg = arg;
}

void
zp_eventlog_member_set_credit (zp_eventlog_member_t *self, uint64_t credit,
                               uint64_t max_bytes)
{
    self->credit = credit;
    self->max_bytes = max_bytes;
}

//  An event waits for another member
static void
s_return (zp_eventlog_group_t *group, uint64_t offset)
{
    zp_eventlog_group_turn (group, zp_eventlog_group_slot (group, offset),
                            ZP_EVENTLOG_RETURNED);
    if (offset < group->hint)
        group->hint = offset;
}

void
zp_eventlog_member_hold (zp_eventlog_member_t *self, zp_span_t offsets)
{
    zp_eventlog_group_t *group = self->group;
    uint64_t left = self->leased;
    uint64_t from = 1, to = 0;
    for (uint64_t at = group->position; left; at++) {
        if (zp_eventlog_group_slot (group, at)->member != self)
            continue;
        left--;
        while ((from > to || to < at) &&
               zp_eventlog_range_read (&offsets, &from, &to))
            ;
        if (at < from || at > to)
            s_return (group, at);
    }
}

void
zp_eventlog_member_destroy (zp_eventlog_member_t **self_p, bool lost,
                            int64_t now_ms)
{
    assert (self_p);
    zp_eventlog_member_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    zp_eventlog_group_t *group = self->group;
    zp_eventlog_core_clock (group->log->core, now_ms);
    for (uint64_t at = group->position; self->leased; at++) {
        zp_eventlog_slot_t *slot = zp_eventlog_group_slot (group, at);
        if (slot->member != self)
            continue;
        if (lost)
            s_return (group, at);
        else
            zp_eventlog_group_lease (group, slot, NULL, slot->until_ms);
    }
    TAILQ_REMOVE (&group->members, self, members);
    free (self);
    if (group->position == group->next) {
        //  Nothing is out: a group that rests takes little memory
        free (group->slots);
        group->slots = NULL;
        group->room = 0;
    }
}

zp_eventlog_member_t *
zp_eventlog_member_next (zp_eventlog_group_t *group,
                         zp_eventlog_member_t *before)
{
    return before ? TAILQ_NEXT (before, members)
                  : TAILQ_FIRST (&group->members);
}

void
zp_eventlog_member_stats (zp_eventlog_member_t *self,
                          zp_eventlog_member_stats_t *stats)
{
    *stats = (zp_eventlog_member_stats_t){self->name, self->leased, self->arg};
}

//  The first event that came back
static uint64_t
s_first_returned (zp_eventlog_group_t *group)
{
    if (group->hint < group->position)
        group->hint = group->position;
    while (zp_eventlog_group_slot (group, group->hint)->state !=
           ZP_EVENTLOG_RETURNED)
        group->hint++;
    return group->hint;
}

bool
zp_eventlog_member_take (zp_eventlog_member_t *self, int64_t lease_ms,
                         int64_t now_ms, zp_eventlog_handout_t *handout)
{
    zp_eventlog_group_t *group = self->group;
    zp_eventlog_log_t *log = group->log;
    now_ms = zp_eventlog_core_clock (log->core, now_ms);
    if (group->position < log->index.first || self->leased >= self->credit)
        return false;
    bool returned = group->counts[ZP_EVENTLOG_RETURNED] > 0;
    uint64_t offset = returned ? s_first_returned (group) : group->next;
    zp_eventlog_place_t place;
    if (offset >= zp_eventlog_group_end (group) ||
        !zp_eventlog_log_place (log, offset, &place) ||
        (self->leased && self->bytes + place.size_bytes > self->max_bytes))
        return false;
    if (!returned)
        zp_eventlog_group_extend (group, offset + 1);
    zp_eventlog_slot_t *slot = zp_eventlog_group_slot (group, offset);
    slot->size = (uint32_t) place.size_bytes;
    slot->delivery++;
    zp_eventlog_group_lease (
        group, slot, self,
        now_ms + (lease_ms ? lease_ms : log->core->limits.lease_ms));
    *handout = (zp_eventlog_handout_t){offset, slot->delivery, place};
    return true;
}

uint64_t
zp_eventlog_group_touch (zp_eventlog_group_t *self, uint64_t from, uint64_t to,
                         int64_t lease_ms, int64_t now_ms)
{
    zp_eventlog_core_t *core = self->log->core;
    now_ms = zp_eventlog_core_clock (core, now_ms);
    uint64_t count = 0;
    for (uint64_t at = from; at <= to && at < self->next; at++) {
        zp_eventlog_slot_t *slot = zp_eventlog_group_slot (self, at);
        if (slot->state != ZP_EVENTLOG_LEASED)
            continue;
        zp_eventlog_group_lease (
            self, slot, slot->member,
            now_ms + (lease_ms ? lease_ms : core->limits.lease_ms));
        count++;
    }
    return count;
}

uint64_t
zp_eventlog_group_release (zp_eventlog_group_t *self, uint64_t from,
                           uint64_t to, int64_t delay_ms, int64_t now_ms)
{
    now_ms = zp_eventlog_core_clock (self->log->core, now_ms);
    uint64_t count = 0;
    for (uint64_t at = from; at <= to && at < self->next; at++) {
        zp_eventlog_slot_t *slot = zp_eventlog_group_slot (self, at);
        if (slot->state != ZP_EVENTLOG_LEASED)
            continue;
        if (delay_ms)
            zp_eventlog_group_lease (self, slot, NULL, now_ms + delay_ms);
        else
            s_return (self, at);
        count++;
    }
    return count;
}

bool
zp_eventlog_group_expire (zp_eventlog_group_t *self, int64_t now_ms)
{
    bool changed = false;
    if (self->due_ms > now_ms) {
        zp_eventlog_core_due (self->log->core, self->due_ms);
        return false;
    }
    self->due_ms = INT64_MAX;
    uint64_t left = self->counts[ZP_EVENTLOG_LEASED];
    for (uint64_t at = self->position; left; at++) {
        const zp_eventlog_slot_t *slot = zp_eventlog_group_slot (self, at);
        if (slot->state != ZP_EVENTLOG_LEASED)
            continue;
        left--;
        if (slot->until_ms <= now_ms) {
            s_return (self, at);
            changed = true;
        }
        else if (slot->until_ms < self->due_ms)
            self->due_ms = slot->until_ms;
    }
    zp_eventlog_core_due (self->log->core, self->due_ms);
    return changed;
}
