//  SPDX-License-Identifier: MIT

#include "zp_eventlog_private.h"

#include "zp_number.h"

void
zp_eventlog_wait (zp_eventlog_t *self, zp_request_t **request_p,
                  uint64_t number, zp_eventlog_line_t *line, uint64_t next)
{
    zp_eventlog_waiting_t waiting = {
        .request = *request_p, .number = number, .line = line, .next = next};
    *request_p = NULL;
    zp_fifo_add (&self->waiting, &waiting);
    self->unsettled++;
    if (self->status != ZP_OK)
        zp_eventlog_wait_failed (self);  // The disk will never have it
}

void
zp_eventlog_wait_settle (zp_eventlog_t *self)
{
    uint64_t position = zp_journal_position (self->journal);
    for (; self->unsettled; self->unsettled--) {
        zp_eventlog_waiting_t *waiting =
            zp_fifo_at (&self->waiting, self->waiting.count - self->unsettled);
        waiting->position = position;
    }
    zp_eventlog_wait_over (self);  // Perhaps nothing was changed
}

//  Events are on disk: feed whoever wants them, and let readers know
static void
s_written (zp_eventlog_t *self, zp_eventlog_line_t *line, uint64_t next)
{
    zp_eventlog_event_t event;
    uint64_t at = zp_eventlog_log_durable (line->log);
    for (; self->feed && at < next; at++)
        if (zp_eventlog_tail_get (&line->tail, at, &event))
            self->feed (self->feed_arg, line->name, &event);
    zp_eventlog_log_written (line->log, next);
    if (!line->stirred)
        SLIST_INSERT_HEAD (&self->stirred, line, stir);
    line->stirred = true;
}

void
zp_eventlog_wait_over (zp_eventlog_t *self)
{
    while (self->waiting.count > self->unsettled) {
        const zp_eventlog_waiting_t *first = zp_fifo_at (&self->waiting, 0);
        if (first->position > self->committed)
            break;
        zp_eventlog_waiting_t waiting;
        zp_fifo_take (&self->waiting, &waiting);
        if (waiting.line)
            s_written (self, waiting.line, waiting.next);
        char text[ZP_NUMBER_MAX];
        size_t size = zp_number_write (waiting.number, text);
        zp_request_reply (&waiting.request, text, size);
    }
}

void
zp_eventlog_wait_failed (zp_eventlog_t *self)
{
    self->unsettled = 0;
    while (self->waiting.count) {
        zp_eventlog_waiting_t waiting;
        zp_fifo_take (&self->waiting, &waiting);
        zp_request_fail (&waiting.request, ZP_UNKNOWN,
                         "whether it is kept is not known: %s", self->error);
    }
}
