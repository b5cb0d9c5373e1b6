//  SPDX-License-Identifier: MIT
//
//  zp_eventlog_stream - a reader of the event log, seen from the server
//
//  Not for anybody but the server.

#ifndef ZP_EVENTLOG_STREAM_H
#define ZP_EVENTLOG_STREAM_H

#include <sys/queue.h>

#include "zp_eventlog.h"
#include "zp_eventlog_group.h"
#include "zp_eventlog_piece.h"
#include "zp_fifo.h"
#include "zp_timers.h"

typedef struct zp_eventlog_line zp_eventlog_line_t;
typedef struct zp_eventlog_stream zp_eventlog_stream_t;

//  A record that was asked for. They come in the order of asking.
typedef struct zp_eventlog_fetch {
    zp_eventlog_stream_t *stream;  // For this; NULL: not any more
    uint64_t offset;               // Of the event
    uint32_t delivery;             // To a group; else 0
} zp_eventlog_fetch_t;

//  Where a stream is
typedef enum zp_eventlog_readiness {
    ZP_EVENTLOG_IDLE,     // It waits for events, or credit
    ZP_EVENTLOG_READY,    // There may be something for it
    ZP_EVENTLOG_OPENING,  // Its group is not on disk yet
} zp_eventlog_readiness_t;

struct zp_eventlog_stream {
    LIST_ENTRY (zp_eventlog_stream) chain;   // Of those with such an id
    LIST_ENTRY (zp_eventlog_stream) reader;  // Of the line's
    TAILQ_ENTRY (zp_eventlog_stream) turn;   // READY, or OPENING
    zp_eventlog_readiness_t readiness;       // Which
    zp_eventlog_t *server;                   // Whose it is
    zp_eventlog_line_t *line;                // It reads this
    uint64_t id;                             // What it is called
    zp_request_t *request;         // To be answered; NULL: between two of them
    uint64_t client;               // Who calls: first half of its request ids
    bool single;                   // One reply, and it is over
    zp_eventlog_member_t *member;  // What stands for it in a group; NULL: none
    zp_eventlog_group_t *group;    // That
    int64_t lease_ms;              // How long its events are leased
    uint64_t open_position;        // OPENING: of the journal
    uint64_t next;                 // Without a group: to be asked for
    uint64_t sent;                 // The same: to be sent
    uint64_t seen;                 // The same: all below are done with
    zp_fifo_t out;                 // The same: sizes of those from there on
    uint64_t out_bytes;            // The same: in all
    uint64_t credit;               // Events that may be out
    uint64_t max_bytes;            // Of their bodies
    size_t fetching;               // Events that are being read from disk
    zp_eventlog_piece_t piece;     // Events to be sent
    zp_timer_t timer;              // The next beat, or the end of patience
    int64_t ends_ms;               // When to end, by zclock_mono; INT64_MAX:
                                   // never
};

TAILQ_HEAD (zp_eventlog_turns, zp_eventlog_stream);
LIST_HEAD (zp_eventlog_chain, zp_eventlog_stream);
#define ZP_EVENTLOG_CHAINS 1024  // A power of two

//  Make a stream, which reads from an offset; it takes the request. Its credit,
//  patience and the rest are the caller's to set before it is woken.
zp_eventlog_stream_t *
zp_eventlog_stream_new (zp_eventlog_t *server, zp_eventlog_log_t *log,
                        zp_request_t *request, uint64_t next);

//  Let it go on with this request, which is to be answered by ends_ms.
void zp_eventlog_stream_open (zp_eventlog_stream_t *self, zp_request_t *request,
                              int64_t ends_ms);

//  Its member has only these in hand: the rest goes to others, or comes again.
void zp_eventlog_stream_hold (zp_eventlog_stream_t *self, zp_span_t offsets);

//  Take it away; if `lost`, what it holds goes to others.
void zp_eventlog_stream_destroy (zp_eventlog_stream_t *self, bool lost);

//  There may be something for it, or for all members of a group.
void zp_eventlog_stream_wake (zp_eventlog_stream_t *self);
void zp_eventlog_streams_wake_group (zp_eventlog_group_t *group);
void zp_eventlog_streams_wake_all (zp_eventlog_t *self);

//  What befalls a stream: it goes where those of that readiness are; its caller
//  is gone; its one reply is ready; a piece is, which returns false if that was
//  its end.
void zp_eventlog_stream_turn (zp_eventlog_stream_t *self,
                              zp_eventlog_readiness_t readiness);
void zp_eventlog_stream_lose (zp_eventlog_stream_t *self);
void zp_eventlog_stream_reply (zp_eventlog_stream_t *self);
bool zp_eventlog_stream_send (zp_eventlog_stream_t *self);

//  The one with that id, or NULL.
zp_eventlog_stream_t *
zp_eventlog_streams_find (zp_eventlog_t *server, uint64_t id);

//  Its reader is done with all below an offset.
void zp_eventlog_stream_seen (zp_eventlog_stream_t *self, uint64_t offset);

//  A turn ends: let streams have what there is for them.
void zp_eventlog_streams_pump (zp_eventlog_t *self);

//  More is on disk, up to self->committed.
void zp_eventlog_streams_committed (zp_eventlog_t *self);

//  A record has come, or is not there (NULL).
void zp_eventlog_streams_fetched (const zp_eventlog_fetch_t *fetch,
                                  const zp_record_t *record);

//  End all: their callers shall turn to whoever comes next.
void zp_eventlog_streams_end (zp_eventlog_t *self);

#endif
