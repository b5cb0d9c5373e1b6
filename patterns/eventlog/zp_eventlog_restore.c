//  SPDX-License-Identifier: MIT

#include "zp_eventlog_group_private.h"

static const char *
s_restore_event (zp_eventlog_log_t *log, uint64_t number,
                 const zp_eventlog_head_t *head, size_t size)
{
    zp_eventlog_index_t *index = &log->index;
    if (size > INT32_MAX)
        return "the body is too long";
    if (index->first < index->next ? head->offset != index->next
                                   : head->offset < index->next)
        return "its offset is not the one that follows";
    if (index->first == index->next)
        index->first = index->next = head->offset;
    if (!log->scope)
        log->scope = ++log->core->scopes;
    if (head->time_ms < log->last_ms)
        return "its time is before that of its predecessor";
    log->last_ms = head->time_ms;
    zp_eventlog_index_add (
        index, (zp_eventlog_entry_t){number, log->last_ms, (uint32_t) size});
    log->durable = index->next;
    log->bytes += size;
    if (head->id.size)
        zp_eventlog_core_remember (log, head->id, head->offset, head->time_ms);
    return NULL;
}

static const char *
s_restore_log (zp_eventlog_log_t *log, uint64_t number,
               const zp_eventlog_head_t *head)
{
    zp_eventlog_index_t *index = &log->index;
    if (log->record)
        return "there is such a record of that log already";
    if (index->first < index->next && head->next > index->first)
        return "the log has events that were trimmed";
    log->record = number;
    log->configured = head->configured;
    if (head->configured)
        log->keep = head->keep;
    log->noted = head->next;
    log->noted_ms = head->last_ms;
    if (index->first == index->next) {
        index->first = index->next = log->durable = head->next;
        log->last_ms = head->last_ms;
    }
    return NULL;
}

zp_status_t
zp_eventlog_core_restore (zp_eventlog_core_t *self, uint64_t number,
                          zp_span_t key, zp_span_t head, size_t body_size,
                          int64_t now_ms)
{
    zp_eventlog_core_clock (self, now_ms);
    zp_eventlog_head_t read;
    const char *wrong = NULL;
    zp_eventlog_log_t *log = zp_eventlog_core_make (self, key, false);
    if (!log)
        wrong = "its key can't be the name of a log";
    else if (zp_eventlog_head_read (&read, head, &wrong)) {
        if (read.kind == ZP_EVENTLOG_EVENT)
            wrong = s_restore_event (log, number, &read, body_size);
        else if (read.kind == ZP_EVENTLOG_LOG)
            wrong = s_restore_log (log, number, &read);
        else
            wrong = zp_eventlog_group_restore (log, number, &read);
        zp_eventlog_head_clear (&read);
    }
    if (!wrong)
        return ZP_OK;
    return zp_eventlog_core_fail (self, ZP_DATA_LOSS,
                                  "record %" PRIu64 " of the event logs: %s",
                                  number, wrong);
}

zp_status_t
zp_eventlog_core_restored (zp_eventlog_core_t *self)
{
    for (size_t i = 0; i < self->log_count; i++) {
        zp_eventlog_log_t *log = self->logs[i];
        zp_eventlog_group_t *group;
        TAILQ_FOREACH (group, &log->groups, groups)
        if (group->next > log->index.next)
            return zp_eventlog_core_fail (self, ZP_DATA_LOSS,
                                          "record %" PRIu64
                                          " of the event logs: the group %s "
                                          "stands behind the end of the log",
                                          group->record, group->name);
        if (log->keep.ms)
            zp_eventlog_core_due (self, self->now_ms);
        zp_eventlog_log_limit (log);
    }
    return ZP_OK;
}
