//  SPDX-License-Identifier: MIT

#include "zp_eventlog_core_private.h"

#define COARSE_MS 1000  // The index knows times to within a second

//  Write down what is configured, and the next offset if no event has it
static void
s_note (zp_eventlog_log_t *self)
{
    const zp_journal_log_t *store = &self->core->store;
    if (self->index.first == self->index.next) {
        self->noted = self->index.next;
        self->noted_ms = self->last_ms;
    }
    zp_eventlog_head_t head = {.kind = ZP_EVENTLOG_LOG,
                               .configured = self->configured,
                               .keep = self->keep,
                               .next = self->noted,
                               .last_ms = self->noted_ms};
    char text[ZP_EVENTLOG_HEAD_MAX];
    zp_span_t written = {text, zp_eventlog_head_write (&head, text)};
    zp_span_t name = zp_eventlog_log_name (self);
    if (self->record)
        store->amend (store->arg, self->record, name, written);
    else
        self->record =
            store->append (store->arg, name, written, ZP_EVENTLOG_NO_TEXT);
}

uint64_t
zp_eventlog_log_trim (zp_eventlog_log_t *self, uint64_t offset)
{
    const zp_journal_log_t *store = &self->core->store;
    zp_eventlog_index_t *index = &self->index;
    assert (offset <= index->next);
    if (offset <= index->first)
        return 0;
    uint64_t count = offset - index->first;
    for (uint64_t at = index->first; at < offset; at++) {
        zp_eventlog_entry_t entry = zp_eventlog_index_get (index, at);
        store->erase (store->arg, entry.number);
        self->bytes -= entry.size;
    }
    zp_eventlog_index_trim (index, offset);
    if (index->first == index->next)
        s_note (self);
    self->stats.trimmed += count;
    return count;
}

void
zp_eventlog_log_limit (zp_eventlog_log_t *self)
{
    const zp_eventlog_index_t *index = &self->index;
    uint64_t offset = index->first;
    uint64_t events = self->keep.events;
    if (events && index->next - offset > events)
        offset = index->next - events;
    zp_eventlog_log_trim (self, offset);
    //  The last one is kept, however long it is
    uint64_t bytes = self->bytes;
    while (self->keep.bytes && bytes > self->keep.bytes &&
           index->next - offset > 1)
        bytes -= zp_eventlog_index_get (index, offset++).size;
    zp_eventlog_log_trim (self, offset);
}

void
zp_eventlog_log_expire (zp_eventlog_log_t *self)
{
    const zp_eventlog_index_t *index = &self->index;
    int64_t now_ms = self->core->now_ms;
    int64_t keep_ms = self->keep.ms;
    uint64_t offset = index->first;
    if (!keep_ms)
        return;
    while (offset < index->next) {
        int64_t until_ms =
            zp_eventlog_index_get (index, offset).time_ms + keep_ms + COARSE_MS;
        if (until_ms > now_ms) {
            zp_eventlog_core_due (self->core, until_ms);
            break;
        }
        offset++;
    }
    zp_eventlog_log_trim (self, offset);
}

void
zp_eventlog_log_written (zp_eventlog_log_t *self, uint64_t offset)
{
    assert (offset <= self->index.next);
    if (offset > self->durable)
        self->durable = offset;
}

uint64_t
zp_eventlog_log_first (const zp_eventlog_log_t *self)
{
    return self->index.first;
}

uint64_t
zp_eventlog_log_durable (const zp_eventlog_log_t *self)
{
    return self->durable;
}

zp_status_t
zp_eventlog_core_configure (zp_eventlog_core_t *self, zp_span_t name,
                            int64_t keep_ms, int64_t keep_bytes,
                            int64_t keep_events, int64_t now_ms)
{
    zp_eventlog_core_clock (self, now_ms);
    if (keep_ms > INT64_MAX / 2)
        return zp_eventlog_core_fail (self, ZP_INVALID_ARGUMENT,
                                      "keep_ms is too large; 0 keeps all");
    zp_eventlog_log_t *log = zp_eventlog_core_make (self, name, true);
    if (!log)
        return self->status;
    if (keep_ms >= 0)
        log->keep.ms = keep_ms;
    if (keep_bytes >= 0)
        log->keep.bytes = (uint64_t) keep_bytes;
    if (keep_events >= 0)
        log->keep.events = (uint64_t) keep_events;
    log->configured = true;
    s_note (log);
    zp_eventlog_log_limit (log);
    zp_eventlog_log_expire (log);
    return ZP_OK;
}

bool
zp_eventlog_log_place (zp_eventlog_log_t *self, uint64_t offset,
                       zp_eventlog_place_t *place)
{
    if (offset < self->index.first || offset >= self->index.next)
        return false;
    zp_eventlog_entry_t entry = zp_eventlog_index_get (&self->index, offset);
    *place = (zp_eventlog_place_t){entry.number, entry.size};
    return true;
}

void
zp_eventlog_log_stats (zp_eventlog_log_t *self, zp_eventlog_stats_t *stats)
{
    const zp_eventlog_index_t *index = &self->index;
    *stats = self->stats;
    stats->name = self->name;
    stats->first = index->first;
    stats->durable = self->durable;
    stats->next = index->next;
    stats->bytes = self->bytes;
    stats->last_ms = self->last_ms;
    if (index->first < index->next)
        stats->first_ms = zp_eventlog_index_get (index, index->first).time_ms;
    stats->keep = self->keep;
    stats->groups = self->group_count;
}
