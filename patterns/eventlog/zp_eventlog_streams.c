//  SPDX-License-Identifier: MIT
//
//  Readers. A caller of log.read or log.follow, alone or in a group, is a
//  stream: for one reply, or one that lasts.
//
//  A stream that lasts shows a sign of life each second. ZeroMQ says of a piece
//  that can't be sent that its caller is gone, and then what a member holds
//  goes to others at once, as it does when the caller cancels. Between the end
//  of a stream and the next one of the same member nobody can tell if it lives,
//  and its events stay leased to it.

#include "zp_eventlog_private.h"
#include "zp_number.h"

#define BEAT_MS  1000  // Between two signs of life
#define GRACE_MS 6000  // A member comes again within that

zp_eventlog_line_t *
zp_eventlog_line (zp_eventlog_log_t *log)
{
    zp_eventlog_line_t *self = *zp_eventlog_log_arg (log);
    if (!self) {
        self = zmalloc (sizeof *self);
        self->log = log;
        self->name = zp_eventlog_log_use (log);
        zp_eventlog_tail_init (&self->tail);
        *zp_eventlog_log_arg (log) = self;
    }
    return self;
}

//  A reader has gone: a log that has never had events has no other use for it
static void
s_leave_line (zp_eventlog_line_t *self)
{
    if (--self->readers || self->tail.next)
        return;
    zp_eventlog_log_t *log = self->log;
    *zp_eventlog_log_arg (log) = NULL;
    free (self);
    zp_eventlog_log_leave (log);
}

//  What is being read for it is not wanted any more
static void
s_forget_fetches (zp_eventlog_stream_t *self)
{
    zp_fifo_t *fetching = &self->server->fetching;
    for (size_t i = 0; self->fetching && i < fetching->count; i++) {
        zp_eventlog_fetch_t *fetch = zp_fifo_at (fetching, i);
        if (fetch->stream != self)
            continue;
        fetch->stream = NULL;
        self->fetching--;
    }
}

//  Go where streams of this readiness are
void
zp_eventlog_stream_turn (zp_eventlog_stream_t *self,
                         zp_eventlog_readiness_t readiness)
{
    struct zp_eventlog_turns *turns[] = {
        [ZP_EVENTLOG_IDLE] = NULL,
        [ZP_EVENTLOG_READY] = &self->server->ready,
        [ZP_EVENTLOG_OPENING] = &self->server->opening};
    if (turns[self->readiness])
        TAILQ_REMOVE (turns[self->readiness], self, turn);
    self->readiness = readiness;
    if (turns[readiness])
        TAILQ_INSERT_TAIL (turns[readiness], self, turn);
}

void
zp_eventlog_stream_destroy (zp_eventlog_stream_t *self, bool lost)
{
    zp_eventlog_t *server = self->server;
    zp_eventlog_group_t *group = self->group;
    s_forget_fetches (self);
    zp_eventlog_stream_turn (self, ZP_EVENTLOG_IDLE);
    zp_timers_clear (server->timers, &self->timer);
    zp_eventlog_member_destroy (&self->member, lost, zp_eventlog_now (server));
    if (group)
        zp_eventlog_streams_wake_group (group);
    LIST_REMOVE (self, chain);
    LIST_REMOVE (self, reader);
    s_leave_line (self->line);
    zp_eventlog_piece_clear (&self->piece);
    zp_fifo_clear (&self->out);
    free (self);
    zp_eventlog_pump (server);
}

//  The caller is gone, or wants no more
void
zp_eventlog_stream_lose (zp_eventlog_stream_t *self)
{
    zp_request_fail (&self->request, ZP_CANCELLED, "as you like");
    zp_eventlog_stream_destroy (self, true);
}

//  "STREAM AT END" or "AT END"
static size_t
s_write_state (zp_eventlog_stream_t *self, char text[3 * ZP_NUMBER_MAX + 2])
{
    size_t size = 0;
    if (!self->single) {
        size = zp_number_write (self->id, text);
        text[size++] = ' ';
    }
    uint64_t at = self->sent;
    if (self->group) {
        zp_eventlog_group_stats_t group;
        zp_eventlog_group_stats (self->group, &group);
        at = group.position;
    }
    size += zp_number_write (at, text + size);
    text[size++] = ' ';
    uint64_t end = zp_eventlog_log_durable (self->line->log);
    return size + zp_number_write (end, text + size);
}

//  The one reply
void
zp_eventlog_stream_reply (zp_eventlog_stream_t *self)
{
    char state[3 * ZP_NUMBER_MAX + 2];
    zp_span_t parts[2 * ZP_EVENTLOG_PIECE_MAX + 1];
    self->sent += self->piece.count;
    parts[0] = (zp_span_t){state, s_write_state (self, state)};
    size_t count = zp_eventlog_piece_parts (&self->piece, parts + 1);
    bool sent = zp_request_hand_over (&self->request, parts, count + 1);
    zp_eventlog_stream_destroy (self, !sent);
}

//  Let a piece go. False if that was the end of the stream
bool
zp_eventlog_stream_send (zp_eventlog_stream_t *self)
{
    if (self->piece.count == 0)
        return true;
    zp_span_t parts[2 * ZP_EVENTLOG_PIECE_MAX];
    size_t count = zp_eventlog_piece_parts (&self->piece, parts);
    self->sent += self->piece.count;
    if (zp_request_partial_parts (self->request, parts, count) != ZP_OK) {
        zp_eventlog_stream_lose (self);
        return false;
    }
    zp_eventlog_piece_clear (&self->piece);
    return true;
}

static void
s_beat (zp_eventlog_stream_t *self, int64_t now_ms)
{
    if (now_ms >= self->ends_ms) {
        if (!zp_eventlog_stream_send (self))
            return;
        zp_request_reply_parts (&self->request, NULL, 0);
        if (self->member)
            zp_timers_set (self->server->timers, &self->timer,
                           now_ms + GRACE_MS);
        else
            zp_eventlog_stream_destroy (self, false);
        return;
    }
    char state[3 * ZP_NUMBER_MAX + 2];
    size_t size = s_write_state (self, state);
    if (zp_request_partial (self->request, state, size) != ZP_OK) {
        zp_eventlog_stream_lose (self);
        return;
    }
    int64_t when_ms = now_ms + BEAT_MS;
    zp_timers_set (self->server->timers, &self->timer,
                   when_ms < self->ends_ms ? when_ms : self->ends_ms);
}

static int
s_on_timer (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_eventlog_stream_t *self = arg;
    if (!self->request)
        zp_eventlog_stream_destroy (self, false);
    else if (!self->single)
        s_beat (self, zclock_mono ());
    else if (self->fetching || self->readiness != ZP_EVENTLOG_IDLE)
        //  There may be something yet
        zp_timers_set (self->server->timers, timer, zclock_mono () + 1);
    else
        zp_eventlog_stream_reply (self);
    return 0;
}

zp_eventlog_stream_t *
zp_eventlog_stream_new (zp_eventlog_t *server, zp_eventlog_log_t *log,
                        zp_request_t *request, uint64_t next)
{
    zp_eventlog_stream_t *self = zmalloc (sizeof *self);
    self->server = server;
    self->line = zp_eventlog_line (log);
    self->line->readers++;
    self->id = ++server->last_stream;
    self->client = zp_request_envelope (request)->client;
    self->request = request;
    self->next = self->sent = next;
    self->out.item_size = sizeof (size_t);
    zp_timer_init (&self->timer, s_on_timer, self);
    LIST_INSERT_HEAD (&server->streams[self->id % ZP_EVENTLOG_CHAINS], self,
                      chain);
    LIST_INSERT_HEAD (&self->line->streams, self, reader);
    return self;
}

void
zp_eventlog_stream_open (zp_eventlog_stream_t *self, zp_request_t *request,
                         int64_t ends_ms)
{
    self->request = request;
    self->ends_ms = ends_ms;
    //  The first beat, at once, says that the stream is open; a single reply
    //  has its last chance then
    zp_timers_set (self->server->timers, &self->timer,
                   self->single ? ends_ms : 0);
    if (self->open_position > self->server->committed)
        zp_eventlog_stream_turn (self, ZP_EVENTLOG_OPENING);
    else
        zp_eventlog_stream_wake (self);
}

void
zp_eventlog_stream_hold (zp_eventlog_stream_t *self, zp_span_t offsets)
{
    s_forget_fetches (self);
    zp_eventlog_piece_clear (&self->piece);
    zp_eventlog_member_hold (self->member, offsets);
    zp_eventlog_streams_wake_group (self->group);
}

void
zp_eventlog_stream_wake (zp_eventlog_stream_t *self)
{
    if (self->readiness != ZP_EVENTLOG_IDLE || !self->request)
        return;
    zp_eventlog_stream_turn (self, ZP_EVENTLOG_READY);
    zp_eventlog_pump (self->server);
}

void
zp_eventlog_streams_wake_group (zp_eventlog_group_t *group)
{
    zp_eventlog_member_t *member = NULL;
    while ((member = zp_eventlog_member_next (group, member)) != NULL) {
        zp_eventlog_member_stats_t stats;
        zp_eventlog_member_stats (member, &stats);
        zp_eventlog_stream_wake (stats.arg);
    }
}

void
zp_eventlog_streams_wake_all (zp_eventlog_t *self)
{
    zp_eventlog_stream_t *stream;
    for (size_t i = 0; i < ZP_EVENTLOG_CHAINS; i++)
        LIST_FOREACH (stream, &self->streams[i], chain)
    zp_eventlog_stream_wake (stream);
}

zp_eventlog_stream_t *
zp_eventlog_streams_find (zp_eventlog_t *server, uint64_t id)
{
    zp_eventlog_stream_t *stream;
    LIST_FOREACH (stream, &server->streams[id % ZP_EVENTLOG_CHAINS], chain)
    if (stream->id == id)
        return stream;
    return NULL;
}

void
zp_eventlog_streams_end (zp_eventlog_t *self)
{
    for (size_t i = 0; i < ZP_EVENTLOG_CHAINS; i++) {
        zp_eventlog_stream_t *stream;
        while ((stream = LIST_FIRST (&self->streams[i])) != NULL) {
            if (stream->request)
                zp_request_fail (&stream->request, ZP_UNAVAILABLE,
                                 "the event log is shutting down");
            zp_eventlog_stream_destroy (stream, false);
        }
    }
}
