//  SPDX-License-Identifier: MIT
//
//  What the files of the gateway's shell share. Not for anybody else. Here is
//  the gateway itself; in headers of their own are its connections, exchanges,
//  answers, and figures.
//
//  zp_gateway.c          its beginning and end
//  zp_gateway_listen.c   the daemon of libmicrohttpd, on the loop
//  zp_gateway_conn.c     connections, and how long they may take for what
//  zp_gateway_intake.c   a request as it comes
//  zp_gateway_admit.c    may it, and what is it for
//  zp_gateway_origin.c   is it sent for a page from elsewhere
//  zp_gateway_framing.c  where it ends
//  zp_gateway_answer.c   answers, and problems
//  zp_gateway_ask.c      routes that call services
//  zp_gateway_merge.c    the answer of those with parts
//  zp_gateway_stream.c   server-sent events to one client
//  zp_gateway_topic.c    events of a topic, for all its clients
//  zp_gateway_log.c      events of a log, for all its clients
//  zp_gateway_content.c  content from a transfer
//  zp_gateway_files.c    files
//  zp_gateway_part.c     ranges of these two
//  zp_gateway_own.c      /healthz, /readyz, /metrics
//  zp_gateway_access.c   the access log, and figures of what has ended

#ifndef ZP_GATEWAY_PRIVATE_H
#define ZP_GATEWAY_PRIVATE_H

#include <inttypes.h>

#include "zp_client.h"
#include "zp_gateway_access.h"
#include "zp_gateway_answer.h"
#include "zp_random.h"
#include "zp_receiver.h"
#include "zp_subscriber.h"

#define ZP_GATEWAY_BLOCK 32768  // Bytes of a body that are sent at a time

//  A service that routes name
struct zp_gateway_peer {
    const zp_gateway_service_t *service;  // What the file says of it
    zp_client_t *client;                  // Calls it
    zp_receiver_t *receiver;              // Gets content; NULL: no route does
    zp_subscriber_t *subscriber;          // Hears it; NULL: nobody wants to
    LIST_HEAD (, zp_gateway_feed) feeds;  // Topics that clients follow
    LIST_HEAD (, zp_gateway_tail) tails;  // Logs that clients follow
    zp_gateway_t *gateway;                // Whose
    zp_gateway_series_t *calls[ZP_UNAUTHENTICATED + 1];  // By status; or NULL
};

//  What the gateway keeps for a route
struct zp_gateway_lane {
    const zp_gateway_route_t *route;  // What the file says of it
    const char *path;                 // Of the route, or what stands for none
    zp_gateway_gate_t gate;           // Requests at once
    int folder;                       // FILES: open; or -1
    zp_gateway_series_t *times;       // How long they took
    int code;                         // Of the last answer
    zp_gateway_series_t *answers;     // Those with this code; NULL: none yet
};

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
    zp_gateway_kept_t *kept;              // For when a service fails
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

//  The peer of a service.
zp_gateway_peer_t *
zp_gateway_peer (const zp_gateway_t *self, const zp_gateway_service_t *service);

//  zp_gateway_stream.c

//  The connection can take more, or it is over.
void zp_gateway_stream_write (zp_gateway_stream_t *self);
void zp_gateway_stream_over (zp_gateway_stream_t *self);

//  Say why there is nothing more to come, and close.
void zp_gateway_stream_end (zp_gateway_stream_t *self, const char *reason);
void zp_gateway_stream_destroy (zp_gateway_stream_t **self_p);

//  zp_gateway_topic.c: all that a service's subscriber has.
void zp_gateway_topic_destroy (zp_gateway_peer_t *peer);

//  zp_gateway_content.c

//  Get content from a service: what is wrong (zstr_free), or NULL.
char *zp_gateway_content_open (zp_gateway_peer_t *peer);
void zp_gateway_content_destroy (struct zp_gateway_content **self_p);

//  zp_gateway_own.c

//  How many of a service's peers are connected.
size_t zp_gateway_up (const zp_gateway_peer_t *peer);

//  Answer, if the target is one of the gateway's own.
bool zp_gateway_own (zp_gateway_exchange_t *self);

#endif
