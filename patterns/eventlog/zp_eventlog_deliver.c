//  SPDX-License-Identifier: MIT
//
//  How events get to a stream. It takes the next one, from memory if it is
//  there and from disk if not, as long as its credit lasts. It never takes one
//  from memory while others are being read for it, so that at the seam nothing
//  is missing, and nothing comes twice.

#include "zp_eventlog_head.h"
#include "zp_eventlog_private.h"

#define FETCHES   256   // Events that are read for a stream at a time
#define VISIT_MAX 256   // Events for a stream, before it is the next one's turn
#define PUMP_MAX  1024  // Events in one turn

void
zp_eventlog_stream_seen (zp_eventlog_stream_t *self, uint64_t offset)
{
    //  It may know more than it got from this stream
    if (offset > self->seen)
        self->seen = offset;
    while (self->out.count && self->next - self->out.count < offset) {
        size_t size;
        zp_fifo_take (&self->out, &size);
        self->out_bytes -= size;
    }
    zp_eventlog_stream_wake (self);
}

//  It was overtaken by trimming: of a group, `from` is the first that is
//  missing
static void
s_trimmed (zp_eventlog_stream_t *self, uint64_t from)
{
    if (self->single && self->piece.count) {
        zp_eventlog_stream_reply (self);
        return;
    }
    if (!zp_eventlog_stream_send (self))
        return;
    zp_request_fail (&self->request, ZP_OUT_OF_RANGE,
                     "%" PRIu64 " is the first event that is kept, %" PRIu64
                     " is trimmed%s",
                     zp_eventlog_log_first (self->line->log),
                     self->group ? from : self->sent,
                     self->group ? ": the group goes on there" : "");
    zp_eventlog_stream_destroy (self, true);
}

//  The next event for a stream without a group
static bool
s_take_alone (zp_eventlog_stream_t *self, zp_eventlog_handout_t *handout)
{
    if (self->next >= zp_eventlog_log_durable (self->line->log) ||
        self->out.count >= self->credit ||
        !zp_eventlog_log_place (self->line->log, self->next, &handout->place))
        return false;
    size_t size = handout->place.size_bytes;
    if (self->out.count && self->out_bytes + size > self->max_bytes)
        return false;
    handout->offset = self->next++;
    handout->delivery = 0;
    if (handout->offset >= self->seen) {
        zp_fifo_add (&self->out, &size);
        self->out_bytes += size;
    }
    return true;
}

//  True if it has come to what was trimmed, and ended
static bool
s_look_trimmed (zp_eventlog_stream_t *self)
{
    uint64_t from = 0;
    bool trimmed = self->group
                       ? zp_eventlog_group_lost (self->group, &from)
                       : self->next < zp_eventlog_log_first (self->line->log);
    if (trimmed)
        s_trimmed (self, from);
    return trimmed;
}

//  Let a stream have the next event: false if there is none, or it must wait.
//  *gone if that was its end
static bool
s_advance (zp_eventlog_stream_t *self, bool *gone)
{
    zp_eventlog_t *server = self->server;
    zp_eventlog_event_t event;
    zp_eventlog_handout_t handout;
    //  Without a group it is known what comes, and what is in memory can wait
    if (self->fetching >= FETCHES ||
        (!self->group && self->fetching &&
         zp_eventlog_tail_get (&self->line->tail, self->next, &event)))
        return false;
    bool taken =
        self->group
            ? zp_eventlog_member_take (self->member, self->lease_ms,
                                       zp_eventlog_now (server), &handout)
            : s_take_alone (self, &handout);
    if (!taken)
        return false;
    if (!self->fetching &&
        zp_eventlog_tail_get (&self->line->tail, handout.offset, &event)) {
        event.delivery = handout.delivery;
        if (zp_eventlog_piece_add (&self->piece, &event) && !self->single)
            *gone = !zp_eventlog_stream_send (self);
        return !*gone;
    }
    zp_eventlog_fetch_t fetch = {self, handout.offset, handout.delivery};
    zp_fifo_add (&server->fetching, &fetch);
    zp_journal_fetch (server->journal, handout.place.number);
    self->fetching++;
    return true;
}

//  Let a stream have what there is for it; returns how many events
static int
s_fill (zp_eventlog_stream_t *self)
{
    int count = 0;
    bool gone = false;
    if (zp_request_cancelled (self->request)) {
        zp_eventlog_stream_lose (self);
        return 0;
    }
    if (s_look_trimmed (self))
        return 0;
    while (count < VISIT_MAX && s_advance (self, &gone))
        count++;
    if (gone)
        return count;
    if (count == VISIT_MAX)
        zp_eventlog_stream_wake (self);
    if (!self->single)
        zp_eventlog_stream_send (self);
    else if (self->piece.count && !self->fetching)
        zp_eventlog_stream_reply (self);
    return count;
}

void
zp_eventlog_streams_pump (zp_eventlog_t *self)
{
    int count = 0;
    zp_eventlog_stream_t *stream;
    while (count < PUMP_MAX && (stream = TAILQ_FIRST (&self->ready)) != NULL) {
        zp_eventlog_stream_turn (stream, ZP_EVENTLOG_IDLE);
        if (stream->request)
            count += s_fill (stream);
    }
    if (!TAILQ_EMPTY (&self->ready))
        zp_eventlog_pump (self);
}

void
zp_eventlog_streams_committed (zp_eventlog_t *self)
{
    zp_eventlog_stream_t *stream;
    while ((stream = TAILQ_FIRST (&self->opening)) != NULL &&
           stream->open_position <= self->committed) {
        zp_eventlog_stream_turn (stream, ZP_EVENTLOG_IDLE);
        zp_eventlog_stream_wake (stream);
    }
    zp_eventlog_line_t *line;
    while ((line = SLIST_FIRST (&self->stirred)) != NULL) {
        SLIST_REMOVE_HEAD (&self->stirred, stir);
        line->stirred = false;
        LIST_FOREACH (stream, &line->streams, reader)
        zp_eventlog_stream_wake (stream);
    }
}

//  An event was read: false if that was the end of the stream
static bool
s_take_fetched (zp_eventlog_stream_t *self, const zp_eventlog_fetch_t *fetch,
                const zp_record_t *record)
{
    zp_eventlog_head_t head;
    const char *wrong;
    if (!zp_eventlog_head_read (&head, record->head, &wrong))
        return true;  // It was not so at the start
    zp_eventlog_event_t event = {.offset = fetch->offset,
                                 .time_ms = head.time_ms,
                                 .delivery = fetch->delivery,
                                 .id = head.id,
                                 .body = record->body};
    bool full = zp_eventlog_piece_add (&self->piece, &event);
    zp_eventlog_head_clear (&head);
    return !full || self->single || zp_eventlog_stream_send (self);
}

void
zp_eventlog_streams_fetched (const zp_eventlog_fetch_t *fetch,
                             const zp_record_t *record)
{
    zp_eventlog_stream_t *self = fetch->stream;
    self->fetching--;
    if (!self->request) {
        //  A member between two streams: others shall have it
        zp_eventlog_group_release (self->group, fetch->offset, fetch->offset, 0,
                                   zp_eventlog_now (self->server));
        zp_eventlog_streams_wake_group (self->group);
        return;
    }
    if (!record && !self->group) {
        s_trimmed (self, fetch->offset);  // While it was read
        return;
    }
    if (record && !s_take_fetched (self, fetch, record))
        return;
    //  What has gathered leaves at the end of the turn, and others are asked
    //  for before the last have come
    if (self->fetching == 0 || (!self->single && self->fetching <= FETCHES / 2))
        zp_eventlog_stream_wake (self);
}
