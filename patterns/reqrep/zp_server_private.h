//  SPDX-License-Identifier: MIT
//
//  What the files of the server share. Not for anybody else.
//
//  zp_server.c    its beginning and end
//  zp_intake.c    takes requests out of messages, and decides about each
//  zp_dispatch.c  runs them, and sees to their answers
//  zp_request.c   what a handler does with one
//  zp_workers.c   the threads
//  zp_builtin.c   the methods that every server has
//  zp_outbox.c    how replies leave
//  zp_replies.c   replies kept for repeated requests
//  zp_faults.c    faults on purpose

#ifndef ZP_SERVER_PRIVATE_H
#define ZP_SERVER_PRIVATE_H

#include <stdatomic.h>
#include <sys/queue.h>

#include "zp_bind.h"
#include "zp_faults.h"
#include "zp_histogram.h"
#include "zp_ids.h"
#include "zp_outbox.h"
#include "zp_replies.h"
#include "zp_server.h"
#include "zp_timers.h"
#include "zp_workers.h"

typedef struct zp_method {
    char *name;              // What callers say
    size_t size;             // Bytes of it
    zp_request_fn *fn;       // What handles it
    void *arg;               // Given to that
    bool worker;             // In a worker thread
    bool builtin;            // Answered even while draining
    uint64_t requests;       // How many came
    uint64_t failures;       // How many of these failed
    struct zp_method *next;  // In the server's list
} zp_method_t;

TAILQ_HEAD (zp_requests, zp_request);

struct zp_request {
    TAILQ_ENTRY (zp_request) link;  // In one of the server's lists
    struct zp_requests *list;       // In this; NULL: in none
    zp_id_node_t node;              // What it is found by
    bool indexed;                   // It can be found
    zp_server_t *server;            // Who took it
    zp_span_t name;                 // What is to be done, as it came
    zp_method_t *method;            // The same; NULL: nobody knows it yet
    zp_message_t *message;          // Where the arguments lie
    zp_message_t *origin;           // Where replies go: the same, or that of
                                    // the last repetition
    zp_envelope_t envelope;         // Who asks, and for how long
    bool enveloped;                 // It came with an envelope
    int64_t taken_us;               // When it came
    int64_t expires_ms;             // When nobody waits any more; 0: never
    atomic_bool cancelled;          // Nobody waits any more
    bool streamed;                  // Pieces of the reply were sent
    bool drop;                      // A fault: do it, but lose the reply
    bool hand_over;                 // See whether the reply could be sent
    zp_timer_t delay;               // A fault: do it later
    uint8_t attempt;                // Of the last repetition
    zsock_t *pipe;                  // In a worker thread: to the server
    bool *ended;                    // In a worker thread: set when it has
    size_t count;                   // Arguments
    zp_span_t args[];               // These
};

struct zp_server {
    zp_server_options_t options;         // As given; the name is its own
    zloop_t *loop;                       // Where all happens
    bool own_loop;                       // Made and destroyed here
    zsock_t *socket;                     // ROUTER
    zp_timers_t *timers;                 // On the loop
    zp_timer_t turn_timer;               // Run what is left, and send replies
    bool in_turn;                        // The turn's end will send replies
    zp_outbox_t outbox;                  // Replies on their way
    zp_method_t *methods;                // A list
    zp_method_t no_method;               // What nobody registered
    struct zp_requests queue;            // Taken, to run on the loop
    struct zp_requests waiting;          // Taken, to run in a worker thread
    struct zp_requests running;          // Begun
    zp_ids_t *by_id;                     // All those, by their ids
    zp_request_t *current;               // What a handler was just given
    zp_workers_t *workers;               // NULL: none
    zp_replies_t *replies;               // NULL: none are kept
    zp_faults_t *faults;                 // NULL: none can be injected
    bool draining;                       // New requests are refused
    zp_server_draining_fn *draining_fn;  // Told when draining begins; or NULL
    void *draining_arg;                  // Given to that
    zp_server_turn_fn *turn_fn;          // Told when a turn ends; or NULL
    void *turn_arg;                      // Given to that
    zp_timer_t drain_timer;              // When draining has taken too long
    zp_server_drained_fn *drained;  // Told when it is over; NULL: not draining
    void *drained_arg;              // With what
    int end;                        // -1: end the loop
    int64_t now_us;                 // The time, as of the last request's end
    int64_t turn_end_us;            // What is not run by then waits
    int64_t started_ms;             // When it was made
    zp_server_stats_t stats;        // What happened
    zp_histogram_t *latencies;      // From taken to ended, in microseconds
    zp_bind_t bound;                // Where it listens
};

//  Answer a request, with the whole reply or a piece of it. The whole reply
//  ends it: it is gone then. False if the peer could not be reached.
bool
zp_server_answer (zp_request_t *request, zp_kind_t kind, zp_status_t status,
                  int retry_after_ms, const zp_span_t *parts, size_t count);

//  Answer a request that did not run with a failure; it is gone then.
void
zp_server_refuse (zp_request_t *request, zp_status_t status, int retry_after_ms,
                  const char *format, ...) CHECK_PRINTF (4);

//  End a request without an answer: nobody waits, or a fault says so; the tap
//  is told why.
void zp_server_drop (zp_request_t *request, zp_status_t why);

//  Tell the tap, which must be there, of a request, or of an answer of that
//  kind.
void zp_server_tell (const zp_request_t *request, zp_tap_what_t what,
                     zp_kind_t kind, zp_status_t status);

//  The same, if there is a tap.
static inline void
zp_server_tap (const zp_request_t *request, zp_tap_what_t what, zp_kind_t kind,
               zp_status_t status)
{
    if (request->server->options.tap)
        zp_server_tell (request, what, kind, status);
}

//  Put a request to the end of another list of the server.
void zp_server_move (zp_request_t *request, struct zp_requests *to);

//  Let a request be found by its id, and by the attempt that came last.
void zp_server_index (zp_request_t *request);

//  Let a request run when its turn comes.
void zp_server_enqueue (zp_request_t *request);

//  Send an answer along the way that the request came. False if it could not
//  be sent.
bool zp_server_send (zp_request_t *request, zp_kind_t kind, zp_status_t status,
                     int retry_after_ms, const zp_span_t *parts, size_t count);

//  Forget a request that has been dealt with.
void zp_server_free (zp_request_t *request);

//  The next request for an idle worker thread, or NULL.
zp_request_t *zp_server_next_waiting (zp_server_t *self);

//  A turn of the loop: between its begin and its end requests are taken. The
//  end runs what can run, and sends the replies that have gathered; it returns
//  what a handler of the loop is to return.
void zp_server_begin_turn (zp_server_t *self);
int zp_server_end_turn (zp_server_t *self);

//  A timer's function: a turn that takes no requests.
int zp_server_turn (zp_timer_t *timer, void *arg);

//  The loop's handler for messages.
int zp_server_receive (zloop_t *loop, zsock_t *socket, void *arg);

//  Add the methods that every server has.
void zp_builtin_add (zp_server_t *self);

#endif
