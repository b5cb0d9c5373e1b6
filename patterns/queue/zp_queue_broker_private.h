//  SPDX-License-Identifier: MIT
//
//  What the files of the broker share. Not for anybody else.
//
//  zp_queue_broker.c   its beginning and end, the journal's events, time
//  zp_queue_wait.c     replies that wait for the disk
//  zp_queue_methods.c  what producers, workers and operators call
//  zp_queue_verbs.c    what workers say of their messages
//  zp_queue_streams.c  who takes messages, and how they get there
//  zp_queue_peeks.c    a look at messages, read from the journal

#ifndef ZP_QUEUE_BROKER_PRIVATE_H
#define ZP_QUEUE_BROKER_PRIVATE_H

#include <sys/queue.h>

#include "zp_journal.h"
#include "zp_args.h"
#include "zp_queue_broker.h"
#include "zp_queue_consumer.h"
#include "zp_fifo.h"
#include "zp_queue_view.h"
#include "zp_timers.h"

//  A reply that waits until the disk has what it says
typedef struct zp_queue_waiting {
    uint64_t position;      // Of the journal, to be reached
    zp_request_t *request;  // Who waits
    uint64_t number;        // To reply: an id, or a count
    bool put;               // It is the id of a message that was put
    char *refused;          // What was not done, and why; NULL: all was
} zp_queue_waiting_t;

typedef struct zp_queue_stream zp_queue_stream_t;
typedef struct zp_queue_peek zp_queue_peek_t;

//  A record that was asked for. They come in the order of asking.
typedef struct zp_queue_fetch {
    zp_queue_receipt_t receipt;  // Its id is the record's number
    zp_queue_stream_t *stream;   // To be delivered to; NULL: not any more
    zp_queue_peek_t *peek;       // Or a part of that reply; NULL: it is not
} zp_queue_fetch_t;

struct zp_queue_broker {
    zp_server_t *server;    // Takes requests
    zp_queue_core_t *core;  // Decides
    zp_journal_t *journal;  // Remembers
    zloop_t *loop;          // Where all happens
    bool own_loop;          // Made and destroyed here
    zp_timers_t *timers;    // On the loop
    zp_timer_t pump_timer;  // Hand out messages at the end of the turn
    zp_timer_t tick_timer;  // The core wants to see the time
    int64_t tick_ms;        // When; INT64_MAX: never
    int64_t clock_ms;       // From zclock_mono to the time since 1970
    zp_fifo_t waiting;      // zp_queue_waiting_t
    size_t puts;            // How many of these are
    bool flush_late;        // The journal will be flushed a turn later
    zp_fifo_t fetching;     // zp_queue_fetch_t
    uint64_t committed;     // Position up to which all is on disk
    LIST_HEAD (, zp_queue_stream) streams;  // Who takes messages
    zp_status_t status;                     // Not OK: the journal has failed
    char error[512];                        // And why
};

//  Milliseconds since 1970, never going back while the broker runs.
int64_t zp_queue_broker_now (const zp_queue_broker_t *self);

//  Something has changed outside of a request: hand out what can be, and let
//  the disk have it, at the end of this turn. Requests are seen to anyway.
void zp_queue_broker_pump (zp_queue_broker_t *self);

//  Reply when all that was done up to now is on disk. Takes refused.
void zp_queue_wait (zp_queue_broker_t *self, zp_request_t **request_p,
                    uint64_t number, bool put, char *refused);

//  All up to broker->committed is on disk: reply.
void zp_queue_wait_over (zp_queue_broker_t *self);

//  The journal has failed, or the broker ends: nobody will get the reply that
//  he waits for.
void zp_queue_wait_failed (zp_queue_broker_t *self);

//  Add the methods to the server.
void zp_queue_methods_add (zp_queue_broker_t *self);
void zp_queue_verbs_add (zp_queue_broker_t *self);

//  What methods look at first. Each returns false or NULL if something is
//  wrong; the request has failed then, with a text that says what to do.
//
//  count    it has from min to max arguments; usage says which
//  options  its argument `number` is an object with these keys, or not there
//  queue    its argument 0 is the name of a queue
//  state    the word is one for a state
bool zp_queue_method_count (zp_request_t **request_p, size_t min, size_t max,
                            const char *usage);
bool zp_queue_method_options (zp_request_t **request_p, size_t number,
                              const zp_arg_t *args, size_t count);
zp_queue_t *
zp_queue_method_queue (zp_queue_broker_t *self, zp_request_t **request_p);
bool zp_queue_method_state (zp_request_t **request_p, const char *name,
                            zp_queue_state_t *state);

//  Handles queue.reserve and queue.peek.
void zp_queue_on_reserve (zp_request_t *request, void *arg);
void zp_queue_on_peek (zp_request_t *request, void *arg);

//  Deliver what the core has leased.
void zp_queue_streams_deliver (zp_queue_broker_t *self,
                               const zp_queue_delivery_t *delivery);

//  A body has come from disk, or is not there (NULL).
void zp_queue_streams_fetched (const zp_queue_fetch_t *fetch,
                               const zp_record_t *record);
void zp_queue_peeks_fetched (zp_queue_peek_t *self, const zp_record_t *record);

//  End all streams: their callers shall turn to whoever comes next.
void zp_queue_streams_end (zp_queue_broker_t *self);

#endif
