//  SPDX-License-Identifier: MIT
//
//  zp_eventlog - durable event logs, served to any ZeroMQ peer
//
//  A zp_server with the methods below, a zp_eventlog_core that decides, and a
//  zp_journal that remembers. What it confirms is on disk. The events of a log
//  have offsets: 0, 1, 2 and so on without a gap, the same for ever and for
//  everybody, and never used again. They are read from any offset that is kept,
//  by whoever likes and as often as he likes; or, in a group, shared by its
//  members, each event until one of them has acked it.
//
//  Arguments are text unless said otherwise. OPTIONS is a JSON object, and may
//  be left out, as may each of its keys. FROM is an offset, or "start" or
//  "end". A caller is a zp_client or a plain REQ socket, which can do all but
//  follow; zp_eventlog_reader follows.
//
//  log.append LOG BODY [OPTIONS]     -> OFFSET, once the event is on disk
//      BODY is any bytes. {"expect": N}: only if N is the offset that it gets;
//      else ABORTED. {"id": TEXT}: the same again within the dedupe window, as
//      long as it is kept, is not stored twice, and gets the same offset. The
//      first append makes the log.
//  log.batch LOG OPTIONS BODY...     -> OFFSET of the first; one behind the
//      other, all or none; the options are those of all; "" for none
//  log.read LOG FROM [OPTIONS]       -> "AT END" (META BODY)...
//      Up to {"count": 1 to 31} events and {"max_bytes": N} of bodies, but one
//      at least; with {"wait_ms": N} it waits for the first. AT is where to
//      read on, END the offset that the next event will have. META is drawn in
//      zp_eventlog_event.h.
//  log.follow LOG FROM [OPTIONS]     -> a stream of pieces, each either
//      "STREAM AT END", a sign of life at once and then each second, or
//      (META BODY)..., one event or more. Not more than {"credit": N} events
//      and {"max_bytes": N} of bodies are out to the caller that it has not
//      said log.seen for (but one always may be). The log need not be there
//      yet. The stream ends (OK, empty) before the time budget does, and the
//      caller starts another.
//  log.seen STREAM OFFSET            -> 1      all below OFFSET are done with
//  log.trim LOG OFFSET               -> COUNT, once all below OFFSET (or "end")
//                                       are erased on disk
//  log.configure LOG OPTIONS         -> 1, once that is on disk
//      What is kept: {"keep_ms": N, "keep_bytes": N, "keep_events": N}, 0 for
//      all; what is left out stays as it is. It makes the log, if need be.
//  log.stat LOG                      -> JSON: name, first and next offset,
//      events, bytes, first_ms and last_ms (when these were appended; 0:
//      none), keep_ms, keep_bytes, keep_events, groups, readers; and counted
//      since the start: appended, repeated, refused, trimmed
//  log.ls                            -> JSON, an array of these
//
//  A group is made by its first member, at {"from": FROM}, by default "start".
//
//  log.group.read LOG GROUP MEMBER [OPTIONS]    -> "AT END" (META BODY)...
//      As log.read. The events are leased to the member, for {"lease_ms": N}:
//      if it has neither acked nor touched one by then, others get that, with
//      a higher DELIVERY. AT is the group's position: all below are acked.
//  log.group.follow LOG GROUP MEMBER [OPTIONS]  -> a stream, as log.follow
//      At most {"credit": N} events and {"max_bytes": N} are with the member;
//      an ack makes room for others. When it cancels, or can't be reached any
//      more, others get what it holds at once. A member is known by its name;
//      who comes later under the same name takes its place. When it calls
//      again, {"holds": OFFSETS} is what it has in hand, in ascending order:
//      what else was on its way to it is delivered again.
//  log.group.ack LOG GROUP OFFSETS              -> COUNT, once on disk
//  log.group.touch LOG GROUP OFFSETS [OPTIONS]  -> COUNT  {"lease_ms": N}
//  log.group.release LOG GROUP OFFSETS [OPTIONS]-> COUNT  {"delay_ms": N}
//      OFFSETS such as "17 20-25". COUNT is how many of these were not acked
//      before; or, touch and release, how many are out to a member. Acked is
//      never delivered to that group again, whoever it was that acked.
//  log.group.seek LOG GROUP FROM                -> 1, once on disk: the group
//      goes on from there; nothing behind that is acked, or with a member
//  log.group.ls LOG                             -> JSON, an array: group,
//      position, next (to be handed out first), acked (beyond the position),
//      leased, returned (waits for another member), and members, an array:
//      member, leased
//  log.group.delete LOG GROUP                   -> 1, once on disk
//
//  To read below the first offset that is kept is OUT_OF_RANGE, and the text
//  begins with that offset: "120 is the first event that is kept, 17 is
//  trimmed ...". A stream that is overtaken ends so; a group is told once,
//  through one of its members, and goes on there: it holds back no trimming.
//  To read above the end is OUT_OF_RANGE too, and an append that did not find
//  what it expected ABORTED: there the text begins with the next offset.

#ifndef ZP_EVENTLOG_H
#define ZP_EVENTLOG_H

#include <czmq.h>

#include "zp_eventlog_event.h"
#include "zp_eventlog_options.h"
#include "zp_journal.h"
#include "zp_server.h"
#include "zp_status.h"

typedef struct zp_eventlog zp_eventlog_t;

//  Called with each event when it is on disk, in the order of each log, before
//  it is confirmed: to feed a publisher, say. The log's name ends with a 0;
//  that and the spans are gone when it returns. Not for those found at the
//  start.
typedef void (zp_eventlog_feed_fn) (void *arg, const char *log,
                                    const zp_eventlog_event_t *event);

typedef struct zp_eventlog_options {
    const char *journal;          // URL, such as "sqlite:events.db"; copied
    zp_eventlog_limits_t limits;  // Of all logs
    zp_eventlog_feed_fn *feed;    // Called with each event; NULL: nobody is
    void *feed_arg;               // Given to feed
    zp_server_options_t server;   // Of the server in it
} zp_eventlog_options_t;

//  A request that a client sends again is answered from the cache, and not done
//  twice: as long as the server lives. Beyond that, give appends an id.
#define ZP_EVENTLOG_DEFAULTS                                                   \
    {                                                                          \
        .limits = ZP_EVENTLOG_LIMITS, .server = ZP_SERVER_DEFAULTS,            \
        .server.cache_replies = 10000                                          \
    }

//  Open the journal, find all events, and become ready to bind. With a NULL
//  loop the event log has one of its own. On failure NULL is returned, and
//  *status_p and *error_p (may be NULL; zstr_free) have the reason, as in
//  zp_journal_new.
zp_eventlog_t *
zp_eventlog_new (zloop_t *loop, const zp_eventlog_options_t *options,
                 zp_status_t *status_p, char **error_p);

//  Destroy the event log, as zp_server_destroy says.
void zp_eventlog_destroy (zp_eventlog_t **self_p);

//  The server in it: to bind, and to see its endpoint and figures.
zp_server_t *zp_eventlog_server (zp_eventlog_t *self);

//  The journal in it: to see its figures.
zp_journal_t *zp_eventlog_journal (zp_eventlog_t *self);

//  Run until SIGINT or SIGTERM, as zp_server_run. If the journal fails it ends
//  at once, with the journal's status; zp_eventlog_error has its text.
zp_status_t zp_eventlog_run (zp_eventlog_t *self);

//  Why the journal failed: a line for a person, and what to do. "" if it did
//  not.
const char *zp_eventlog_error (zp_eventlog_t *self);

#endif
