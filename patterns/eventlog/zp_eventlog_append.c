//  SPDX-License-Identifier: MIT

#include "zp_eventlog_core_private.h"

//  True if events may be appended as it says
static bool
s_check (zp_eventlog_core_t *self, const zp_span_t *bodies, size_t count,
         zp_span_t id)
{
    const char *text = id.data;
    bool printable = true;
    for (size_t i = 0; i < id.size; i++)
        printable &= text[i] >= ' ' && text[i] <= '~';
    if (id.size > ZP_EVENTLOG_ID_MAX || !printable) {
        zp_eventlog_core_fail (self, ZP_INVALID_ARGUMENT,
                               "an id is at most %d bytes of printable ASCII",
                               ZP_EVENTLOG_ID_MAX);
        return false;
    }
    for (size_t i = 0; i < count; i++)
        if (bodies[i].size > self->limits.max_body_bytes) {
            zp_eventlog_core_fail (
                self, ZP_INVALID_ARGUMENT,
                "an event has at most %zu bytes, this one %zu: put it "
                "elsewhere, and its name here",
                self->limits.max_body_bytes, bodies[i].size);
            return false;
        }
    return true;
}

//  How much there will be if so much comes, and what need not be kept goes
static uint64_t
s_after (uint64_t there, uint64_t more, uint64_t keep)
{
    uint64_t sum = there + more;
    return keep && sum > keep ? (more > keep ? more : keep) : sum;
}

static bool
s_check_room (zp_eventlog_core_t *self, const zp_eventlog_log_t *log,
              const zp_span_t *bodies, size_t count)
{
    const zp_eventlog_limits_t *limits = &self->limits;
    uint64_t more = 0;
    for (size_t i = 0; i < count; i++)
        more += bodies[i].size;
    uint64_t events = log ? log->index.next - log->index.first : 0;
    uint64_t bytes = log ? log->bytes : 0;
    const zp_eventlog_keep_t *keep = log ? &log->keep : &limits->keep;
    if (log && log->index.next > ZP_EVENTLOG_OFFSET_MAX - count)
        zp_eventlog_core_fail (self, ZP_RESOURCE_EXHAUSTED,
                               "the log has no more offsets");
    else if (s_after (events, count, keep->events) > limits->max_events)
        zp_eventlog_core_fail (self, ZP_RESOURCE_EXHAUSTED,
                               "the log has %" PRIu64 " events, and may not "
                               "have more (max_events): trim it",
                               events);
    else if (s_after (bytes, more, keep->bytes) > limits->max_bytes)
        zp_eventlog_core_fail (self, ZP_RESOURCE_EXHAUSTED,
                               "the log has %" PRIu64 " bytes of %" PRIu64
                               " (max_bytes), and %" PRIu64
                               " more do not fit: trim it",
                               bytes, limits->max_bytes, more);
    else
        return true;
    return false;
}

void
zp_eventlog_core_remember (zp_eventlog_log_t *log, zp_span_t id,
                           uint64_t offset, int64_t time_ms)
{
    zp_eventlog_core_t *core = log->core;
    const zp_known_entry_t *oldest;
    while ((oldest = zp_known_oldest (&core->known)) &&
           oldest->until_ms <= core->now_ms)
        zp_known_forget (&core->known);
    if (time_ms > core->now_ms)
        time_ms = core->now_ms;
    int64_t until_ms = time_ms + core->limits.dedupe_ms;
    if (until_ms > core->now_ms)
        zp_known_add (&core->known, log->scope, id, offset, until_ms, false);
}

//  The offset under an id that is known, and whose event is kept
static bool
s_known (const zp_eventlog_log_t *log, zp_span_t id, uint64_t *offset)
{
    if (!id.size || !log->scope)
        return false;
    const zp_known_entry_t *known =
        zp_known_find (&log->core->known, log->scope, id, log->core->now_ms);
    if (!known || known->id < log->index.first)
        return false;
    *offset = known->id;
    return true;
}

static void
s_append (zp_eventlog_log_t *log, zp_span_t body, zp_span_t id)
{
    const zp_journal_log_t *store = &log->core->store;
    if (log->core->now_ms > log->last_ms)
        log->last_ms = log->core->now_ms;
    zp_eventlog_head_t head = {.kind = ZP_EVENTLOG_EVENT,
                               .offset = log->index.next,
                               .time_ms = log->last_ms,
                               .id = id};
    char text[ZP_EVENTLOG_HEAD_MAX];
    zp_span_t written = {text, zp_eventlog_head_write (&head, text)};
    uint64_t number =
        store->append (store->arg, zp_eventlog_log_name (log), written, body);
    zp_eventlog_entry_t entry = {number, head.time_ms, (uint32_t) body.size};
    zp_eventlog_index_add (&log->index, entry);
    log->bytes += body.size;
    log->stats.appended++;
}

//  The same for all events of an append
static void
s_append_all (zp_eventlog_log_t *log, const zp_span_t *bodies, size_t count,
              zp_span_t id)
{
    zp_eventlog_core_t *core = log->core;
    if (!log->scope)
        log->scope = ++core->scopes;
    if (log->keep.ms && log->index.first == log->index.next)
        zp_eventlog_core_due (core, core->now_ms + log->keep.ms);
    if (id.size)
        zp_eventlog_core_remember (log, id, log->index.next, core->now_ms);
    for (size_t i = 0; i < count; i++)
        s_append (log, bodies[i], i == 0 ? id : ZP_EVENTLOG_NO_TEXT);
    zp_eventlog_log_limit (log);
}

zp_status_t
zp_eventlog_core_append (zp_eventlog_core_t *self, zp_span_t name,
                         const zp_span_t *bodies, size_t count,
                         const zp_eventlog_append_t *append, int64_t now_ms,
                         zp_eventlog_appended_t *appended)
{
    zp_eventlog_core_clock (self, now_ms);
    zp_eventlog_log_t *log = zp_eventlog_core_find (self, name);
    if (!s_check (self, bodies, count, append->id))
        return self->status;
    *appended = (zp_eventlog_appended_t){.log = log};
    if (log && s_known (log, append->id, &appended->offset)) {
        log->stats.repeated++;
        return ZP_OK;
    }
    uint64_t next = log ? log->index.next : 0;
    if (append->expects && append->expect != next)
        zp_eventlog_core_fail (self, ZP_ABORTED,
                               "%" PRIu64
                               " is the next offset, and not %" PRIu64
                               ": somebody else has appended, or trimmed all",
                               next, append->expect);
    else if (s_check_room (self, log, bodies, count) &&
             (log = zp_eventlog_core_make (self, name, true))) {
        appended->log = log;
        appended->offset = next;
        appended->count = count;
        s_append_all (log, bodies, count, append->id);
        appended->time_ms = log->last_ms;
        return ZP_OK;
    }
    if (log)
        log->stats.refused++;
    return self->status;
}
