//  SPDX-License-Identifier: MIT
//
//  zp_eventlog_reader - follows a log, alone or as a member of a group
//
//  Alone, it gets each event from an offset on, in order, none missing and none
//  twice, and finds its place again after a break. Where it stands is the
//  application's to keep: store zp_eventlog_reader_next with the effects of the
//  events, and begin there after a restart.
//
//  As a member of a group it gets events that no other member has, and acks
//  each when it was handled; the position is the group's, kept with the log. An
//  event can come twice, to this member or another: its effect must be
//  idempotent.
//
//  Either way it is sent no more than its credit, however slow it is. What was
//  trimmed before it could be read is told, not passed over in silence.

#ifndef ZP_EVENTLOG_READER_H
#define ZP_EVENTLOG_READER_H

#include <czmq.h>

#include "zp_eventlog_event.h"
#include "zp_status.h"
#include "zp_tap.h"

typedef struct zp_eventlog_reader zp_eventlog_reader_t;

#define ZP_EVENTLOG_START 0           // The first event that is kept
#define ZP_EVENTLOG_END   UINT64_MAX  // What is appended from now on

//  All but from, credit and max_bytes are for members of groups only.
typedef struct zp_eventlog_reader_options {
    const char *log;      // To read; needed; copied
    uint64_t from;        // Where to begin: an offset, or one of those above.
                          // Where the group begins, if this member makes it
    int credit;           // Events that may be on their way, or not done with;
                          // 1 to ZP_EVENTLOG_CREDIT_MAX
    int64_t max_bytes;    // Bodies of these, unless it is only one; 0: any
    const char *group;    // The group to be a member of; copied. NULL: alone
    const char *member;   // The name in it, known to no other member; copied
    int64_t lease_ms;     // How long it may be silent about an event; 0: as
                          // the server has it
    int touch_ms;         // How often to say that an event is still at work;
                          // well below the lease
    const zp_tap_t *tap;  // Told of each message to and from the log; NULL:
                          // nobody
} zp_eventlog_reader_options_t;

#define ZP_EVENTLOG_READER_DEFAULTS                                            \
    {                                                                          \
        .credit = 1000, .max_bytes = 16 << 20, .touch_ms = 10000               \
    }

//  Who is told, on the loop. All but event may be NULL.
typedef struct zp_eventlog_reader_events {
    //  Handle an event; its spans are gone when this returns. True: it is done
    //  with. False: it will be, by one of the verbs below, at a later time
    bool (*event) (void *arg, const zp_eventlog_event_t *event);
    //  Events from offset `from` up to, but not including, `to` were trimmed
    //  before they could be read; reading goes on at `to`. Of a group, one
    //  member is told
    void (*lost) (void *arg, uint64_t from, uint64_t to);
    //  Something is wrong: text is a line for a person, such as why no events
    //  come; or all is well again: ZP_OK and "". It goes on trying
    void (*trouble) (void *arg, zp_status_t status, const char *text);
    void *arg;  // Given to each
} zp_eventlog_reader_events_t;

//  Make a reader that lives on loop, which must outlive it; with NULL it has a
//  loop of its own. Copies both.
zp_eventlog_reader_t *
zp_eventlog_reader_new (zloop_t *loop,
                        const zp_eventlog_reader_options_t *options,
                        const zp_eventlog_reader_events_t *events);

//  Destroy the reader. What a member holds, and what it had no time to ack, is
//  delivered to others, when the server sees after a second or so that it is
//  gone; zp_eventlog_reader_run leaves nothing of the kind. The loop must have
//  ended, or be in the handler of a reader; not in one of its own events.
void zp_eventlog_reader_destroy (zp_eventlog_reader_t **self_p);

//  Read from the event log at this endpoint; events come when it is there.
//  ZP_INVALID_ARGUMENT if ZeroMQ can't make sense of it.
zp_status_t
zp_eventlog_reader_connect (zp_eventlog_reader_t *self, const char *endpoint);

//  Run the loop until SIGINT or SIGTERM; then take no more, and wait for what
//  is not done with and for acks, for at most drain_ms. ZP_OK;
//  ZP_DEADLINE_EXCEEDED if that did not do.
zp_status_t zp_eventlog_reader_run (zp_eventlog_reader_t *self, int drain_ms);

//  An event for which `event` returned false is done with. One that is not out
//  is passed over.
void zp_eventlog_reader_done (zp_eventlog_reader_t *self, uint64_t offset);

//  It could not be done: of a group, a member gets it again, after delay_ms.
//  Alone, nobody else could: that is a programmer's error.
void zp_eventlog_reader_retry (zp_eventlog_reader_t *self, uint64_t offset,
                               int64_t delay_ms);

//  Alone: all below this offset are done with, or lost. In a group: the group's
//  position, as last heard. ZP_EVENTLOG_END as long as that is where it is to
//  begin, and it has not heard where that is.
uint64_t zp_eventlog_reader_next (zp_eventlog_reader_t *self);

typedef struct zp_eventlog_reader_stats {
    uint64_t events;   // Received, and given to `event`
    uint64_t done;     // Of these done with; of a group: acked, and confirmed
    uint64_t retried;  // Could not be done
    uint64_t lost;     // Trimmed before they could be read
    uint64_t end;      // The log's next offset, as last heard
    uint64_t opened;   // Streams: over 1, there were breaks, or a minute passed
    size_t held;       // Events not done with now
} zp_eventlog_reader_stats_t;

void zp_eventlog_reader_stats (zp_eventlog_reader_t *self,
                               zp_eventlog_reader_stats_t *stats);

#endif
