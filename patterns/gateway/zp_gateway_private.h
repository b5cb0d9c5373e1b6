//  SPDX-License-Identifier: MIT
//
//  What the files of the gateway's shell share. Not for anybody else.
//
//  zp_gateway.c          its beginning and end
//  zp_gateway_listen.c   the daemon of libmicrohttpd, on the loop
//  zp_gateway_conn.c     connections, and how long they may take for what
//  zp_gateway_intake.c   a request as it comes
//  zp_gateway_admit.c    may it, and what is it for
//  zp_gateway_framing.c  where it ends
//  zp_gateway_answer.c   answers, and problems
//  zp_gateway_ask.c      routes that call services
//  zp_gateway_stream.c   server-sent events to one client
//  zp_gateway_topic.c    events of a topic, for all its clients
//  zp_gateway_log.c      events of a log, for all its clients
//  zp_gateway_content.c  content from a transfer
//  zp_gateway_files.c    files
//  zp_gateway_part.c     ranges of these two
//  zp_gateway_own.c      /healthz, /readyz, /metrics
//  zp_gateway_access.c   the access log, and figures of what has ended
//
//  An exchange is a request and its answer. libmicrohttpd suspends it while its
//  services are asked, and sees nothing of its client until it is resumed; so
//  all times, and clients that go away, are looked after here.

#ifndef ZP_GATEWAY_PRIVATE_H
#define ZP_GATEWAY_PRIVATE_H

#include <inttypes.h>
#include <microhttpd.h>
#include <sys/queue.h>

#include "zp_client.h"
#include "zp_gateway.h"
#include "zp_gateway_arguments.h"
#include "zp_gateway_http.h"
#include "zp_gateway_match.h"
#include "zp_gateway_metrics.h"
#include "zp_random.h"
#include "zp_receiver.h"
#include "zp_subscriber.h"
#include "zp_timers.h"

#define ZP_GATEWAY_BLOCK 32768  // Bytes of a body that are sent at a time

typedef struct zp_gateway_conn zp_gateway_conn_t;
typedef struct zp_gateway_exchange zp_gateway_exchange_t;
typedef struct zp_gateway_stream zp_gateway_stream_t;

//  A service that routes name
typedef struct zp_gateway_peer {
    const zp_gateway_service_t *service;  // What the file says of it
    zp_client_t *client;                  // Calls it
    zp_receiver_t *receiver;              // Gets content; NULL: no route does
    zp_subscriber_t *subscriber;          // Hears it; NULL: nobody wants to
    LIST_HEAD (, zp_gateway_feed) feeds;  // Topics that clients follow
    LIST_HEAD (, zp_gateway_tail) tails;  // Logs that clients follow
    zp_gateway_t *gateway;                // Whose
    zp_gateway_series_t *calls[ZP_UNAUTHENTICATED + 1];  // By status; or NULL
} zp_gateway_peer_t;

//  What the gateway keeps for a route
typedef struct zp_gateway_lane {
    const zp_gateway_route_t *route;  // What the file says of it
    const char *path;                 // Of the route, or what stands for none
    zp_gateway_gate_t gate;           // Requests at once
    int folder;                       // FILES: open; or -1
    zp_gateway_series_t *times;       // How long they took
    int code;                         // Of the last answer
    zp_gateway_series_t *answers;     // Those with this code; NULL: none yet
} zp_gateway_lane_t;

//  Where a connection is, which says what its timer means
typedef enum zp_gateway_phase {
    ZP_GATEWAY_IDLE,    // No request: to be closed
    ZP_GATEWAY_HEADER,  // Its header comes: to be closed
    ZP_GATEWAY_BODY,    // Its body comes: to be closed, with 408
    ZP_GATEWAY_HELD,    // It is being answered: watch if the client goes
    ZP_GATEWAY_SENDING  // The answer leaves: to be closed if none of it did
} zp_gateway_phase_t;

struct zp_gateway_conn {
    zp_gateway_t *gateway;               // Whose
    int fd;                              // Its socket, libmicrohttpd's
    char address[46];                    // Of the other end
    char client[ZP_GATEWAY_CLIENT_MAX];  // The same as a client's
    zp_gateway_phase_t phase;            // Where it is
    zp_timer_t timer;                    // It takes too long
    zp_gateway_exchange_t *exchange;     // The request now, or NULL
    bool detached;                       // Libmicrohttpd has left it to us
    bool watched;                        // In the gateway's `watch`
    uint64_t acked;                      // Bytes that the client had taken
    LIST_ENTRY (zp_gateway_conn) all;    // In the gateway's list
};

//  A call to a service that was made for an exchange
typedef struct zp_gateway_out {
    zp_gateway_exchange_t *exchange;  // For which
    const zp_gateway_call_t *call;    // What the file says of it; may be NULL
    zp_gateway_peer_t *peer;          // Who was called
    uint64_t id;                      // The call's; 0: not out
    zp_status_t status;               // How it ended
    int code;                         // The same for HTTP
    int retry_after_ms;               // As told
    char *text;                       // The result, or why there is none
    size_t size;                      // Of that
} zp_gateway_out_t;

//  How far an exchange is
typedef enum zp_gateway_stage {
    ZP_GATEWAY_NEW,       // Its header is not whole
    ZP_GATEWAY_TAKEN,     // Its body may come
    ZP_GATEWAY_BEGUN,     // It is being answered
    ZP_GATEWAY_ANSWERED,  // There is an answer
    ZP_GATEWAY_QUEUED     // It is on its way
} zp_gateway_stage_t;

struct zp_gateway_exchange {
    zp_gateway_t *gateway;              // Whose
    zp_gateway_conn_t *conn;            // On which connection
    struct MHD_Connection *connection;  // The same, libmicrohttpd's
    zp_gateway_stage_t stage;           // How far it is
    bool suspended;                     // libmicrohttpd waits for us
    bool upload;                        // A body comes
    bool too_large;                     // More of it than may be
    bool gone;                          // The client is
    bool streams;                       // It is one of server-sent events
    bool counted;                       // Inside the gateway's gate for these
    bool inside;                        // Inside the gate of its route
    char *target;                       // As it came
    char method[16];                    // The same
    size_t header_bytes;                // Of its header
    zp_gateway_match_t match;           // What it is for
    zp_gateway_lane_t *lane;      // Its route, or one that stands for none
    const zp_gateway_key_t *key;  // Of the client; or NULL
    char client[ZP_GATEWAY_CLIENT_MAX];  // Whose it is: an address
    char id[ZP_GATEWAY_ID_MAX + 1];      // The request's
    zp_trace_t trace;                    // What it is a part of
    int64_t begun_us;                    // When it came
    zchunk_t *body;                      // What came of it; or NULL
    json_t *json;                        // The same, read; or NULL
    zp_gateway_out_t *outs;              // Calls
    size_t count;                        // Of these
    size_t left;                         // Of these have not ended
    struct MHD_Response *answer;         // To be sent
    int code;                            // With this code
    uint64_t size;                       // Of its body, as far as it is known
    char *error;                         // What went wrong, for the operator
    zp_gateway_stream_t *stream;         // EVENTS: the stream
    struct zp_gateway_content *content;  // CONTENT: what is got
};

//  Figures, each for all of the gateway
typedef struct zp_gateway_figures {
    zp_gateway_metrics_t *all;         // Them
    zp_gateway_family_t *requests;     // Answered; route, code
    zp_gateway_family_t *times;        // How long that took; route
    zp_gateway_family_t *refused;      // Before they were begun; reason
    zp_gateway_family_t *calls;        // To services; service, status
    zp_gateway_family_t *up;           // Connections to services; service
    zp_gateway_family_t *dropped;      // Streams; reason
    zp_gateway_series_t *in_flight;    // Requests now
    zp_gateway_series_t *connections;  // Now
    zp_gateway_series_t *streams;      // Now
    zp_gateway_series_t *feeds;        // Topics now
    zp_gateway_series_t *events;       // Put into streams
} zp_gateway_figures_t;

struct zp_gateway {
    zp_gateway_options_t options;         // As given
    const zp_gateway_routes_t *routes;    // What is answered how
    const zp_gateway_limits_t *limits;    // Of these
    zloop_t *loop;                        // Where all happens
    bool own_loop;                        // Made and destroyed here
    zp_timers_t *timers;                  // On the loop
    struct MHD_Daemon *daemon;            // Speaks HTTP; NULL: does not listen
    bool pumping;                         // In MHD_run
    zp_timer_t pump_timer;                // It has more to do
    int epoll;                            // What the daemon waits for
    int watch;                            // Clients that may go
    LIST_HEAD (, zp_gateway_conn) conns;  // Connections
    zp_gateway_peer_t *peers;             // As routes->services
    zp_gateway_lane_t *lanes;             // As routes->routes, and two more:
                                          // the gateway's own, and no route
    zp_gateway_limit_t *limit;            // How often each client asks
    zp_gateway_gate_t gate;               // Requests at once
    zp_gateway_gate_t streams;            // Streams of events at once
    int feeds;                            // Topics that somebody follows, or
                                          // did a while ago
    zhashx_t *clients;                    // By address: their connections
    zp_random_t random;                   // For traces
    uint64_t id;                          // First half of requests' ids
    uint64_t serial;                      // Second half of the last one
    zp_gateway_figures_t figures;         // Counted
    bool draining;                        // It is about to end
    zp_timer_t drain_timer;               // It is over
    zp_gateway_drained_fn *drained;       // To be told, or NULL
    void *drained_arg;                    // Given to that
    char url[80];                         // Where it listens
    int port;                             // The same
    char error[512];                      // Why it does not
};

//  zp_gateway_listen.c

//  Let libmicrohttpd do what there is to do.
void zp_gateway_pump (zp_gateway_t *self);

//  Listen no more; and, when all exchanges are to end, end.
void zp_gateway_listen_end (zp_gateway_t *self);
void zp_gateway_listen_destroy (zp_gateway_t *self);

//  zp_gateway.c: the last connection may have gone.
void zp_gateway_look_drained (zp_gateway_t *self);

//  zp_gateway_conn.c

//  A connection has come, or has gone.
void zp_gateway_conn_notify (void *gateway, struct MHD_Connection *connection,
                             void **conn_p,
                             enum MHD_ConnectionNotificationCode code);

//  It is in this phase from now on, for at most limit_ms; 0: as long as it
//  likes.
void zp_gateway_conn_phase (zp_gateway_conn_t *self, zp_gateway_phase_t phase,
                            int limit_ms);

//  See if the client goes, or not any more.
void zp_gateway_conn_watch (zp_gateway_conn_t *self);
void zp_gateway_conn_unwatch (zp_gateway_conn_t *self);

//  What libmicrohttpd asks before it takes one: may this client have one more?
//  It would not count those that were taken over.
enum MHD_Result
zp_gateway_conn_accept (void *gateway, const struct sockaddr *address,
                        socklen_t size);

//  Clients that are watched may have gone.
int zp_gateway_conn_look (zloop_t *loop, zmq_pollitem_t *item, void *gateway);

//  Take it over from libmicrohttpd, which must be told to close it. False if
//  there are too many files.
bool zp_gateway_conn_detach (zp_gateway_conn_t *self);

//  One that was taken over, and its exchange, are over.
void zp_gateway_conn_end (zp_gateway_conn_t *self);

//  Close it, whatever it is at; libmicrohttpd sees that.
void zp_gateway_conn_close (zp_gateway_conn_t *self);

//  True if the client has taken some of what was sent since this was last
//  asked, or has nothing to take.
bool zp_gateway_conn_moves (zp_gateway_conn_t *self);

//  zp_gateway_admit.c: an exchange that has its match may go on, or has its
//  answer.
void zp_gateway_admit (zp_gateway_exchange_t *self);

//  zp_gateway_intake.c

void *zp_gateway_intake_uri (void *gateway, const char *target,
                             struct MHD_Connection *connection);
enum MHD_Result
zp_gateway_intake (void *gateway, struct MHD_Connection *connection,
                   const char *url, const char *method, const char *version,
                   const char *data, size_t *size, void **exchange_p);
void
zp_gateway_intake_end (void *gateway, struct MHD_Connection *connection,
                       void **exchange_p, enum MHD_RequestTerminationCode how);

//  The exchange is over: count it, write it down, and free it.
void zp_gateway_exchange_end (zp_gateway_exchange_t *self);

//  A header of the request, or NULL.
const char *
zp_gateway_header (const zp_gateway_exchange_t *self, const char *name);

//  What arguments are made of.
zp_gateway_input_t zp_gateway_input (const zp_gateway_exchange_t *self);

//  zp_gateway_framing.c

//  True if all agree on where the request ends; if not, it is refused.
bool zp_gateway_framed (zp_gateway_exchange_t *self, const char *version);

//  zp_gateway_answer.c

//  Answer with this response, which is taken, whose body has size bytes.
void zp_gateway_answer (zp_gateway_exchange_t *self, int code,
                        struct MHD_Response *response, uint64_t size);

//  The same with a text of this type, which is copied, or taken.
void zp_gateway_answer_text (zp_gateway_exchange_t *self, int code,
                             const char *type, const char *text, size_t size);
void zp_gateway_answer_own (zp_gateway_exchange_t *self, int code,
                            const char *type, char *text, size_t size);

//  The same with a problem; ZP_OK: the status that goes with the code.
void zp_gateway_problem (zp_gateway_exchange_t *self, int code,
                         zp_status_t status, int retry_after_s,
                         const char *format, ...) CHECK_PRINTF (5);

//  What goes wrong, for the operator's eyes.
void zp_gateway_note (zp_gateway_exchange_t *self, const char *format, ...)
    CHECK_PRINTF (2);

//  A problem of a call, and of what a service says that makes no sense.
void zp_gateway_answer_failed (zp_gateway_exchange_t *self,
                               const zp_gateway_out_t *out);

//  Go on with a suspended exchange.
void zp_gateway_resume (zp_gateway_exchange_t *self);

//  Add a header; one that can't be is left out.
void zp_gateway_add_header (struct MHD_Response *response, const char *name,
                            const char *value);

//  How each kind of route begins to answer; each answers at some time.
typedef void (zp_gateway_begin_fn) (zp_gateway_exchange_t *self);
zp_gateway_begin_fn zp_gateway_begin_calls, zp_gateway_begin_accept,
    zp_gateway_begin_events, zp_gateway_begin_content, zp_gateway_begin_files;

//  The peer of a service.
zp_gateway_peer_t *
zp_gateway_peer (const zp_gateway_t *self, const zp_gateway_service_t *service);

//  zp_gateway_ask.c

//  The exchange is over: cancel what is out for it.
void zp_gateway_calls_end (zp_gateway_exchange_t *self);

//  zp_gateway_stream.c

//  The connection can take more, or it is over.
void zp_gateway_stream_write (zp_gateway_stream_t *self);
void zp_gateway_stream_over (zp_gateway_stream_t *self);

//  Say why there is nothing more to come, and close.
void zp_gateway_stream_end (zp_gateway_stream_t *self, const char *reason);
void zp_gateway_stream_destroy (zp_gateway_stream_t **self_p);

//  zp_gateway_topic.c: all that a service's subscriber has.
void zp_gateway_topic_destroy (zp_gateway_peer_t *peer);

//  zp_gateway_part.c

//  Which part of what has size bytes is to be sent, if any: 200, 206, 304 or
//  416.
int zp_gateway_select (const zp_gateway_exchange_t *self, const char *etag,
                       uint64_t size, uint64_t *from, uint64_t *count);

//  Answer so: 304 or 416; and the others, with this response, which is taken.
void zp_gateway_answer_none (zp_gateway_exchange_t *self, int code,
                             const char *etag, uint64_t size);
void
zp_gateway_answer_selected (zp_gateway_exchange_t *self, int code,
                            struct MHD_Response *response, const char *etag,
                            uint64_t from, uint64_t count, uint64_t size);

//  zp_gateway_content.c

//  Get content from a service: what is wrong (zstr_free), or NULL.
char *zp_gateway_content_open (zp_gateway_peer_t *peer);
void zp_gateway_content_destroy (struct zp_gateway_content **self_p);

//  zp_gateway_own.c

//  Answer, if the target is one of the gateway's own.
bool zp_gateway_own (zp_gateway_exchange_t *self);

//  zp_gateway_access.c

void zp_gateway_figures_init (zp_gateway_t *self);

//  The exchange has ended: count it, and write it down.
void zp_gateway_access (zp_gateway_exchange_t *self);

//  A request was refused before it was begun, or a stream dropped.
void zp_gateway_count_refused (zp_gateway_t *self, const char *reason);
void zp_gateway_count_dropped (zp_gateway_t *self, const char *reason);

#endif
