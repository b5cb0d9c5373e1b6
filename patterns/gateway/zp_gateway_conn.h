//  SPDX-License-Identifier: MIT
//
//  A connection of a client, and how long it may take for what. Not for anybody
//  but the gateway.

#ifndef ZP_GATEWAY_CONN_H
#define ZP_GATEWAY_CONN_H

#include <czmq.h>
#include <microhttpd.h>
#include <sys/queue.h>

#include "zp_gateway.h"
#include "zp_timers.h"

typedef struct zp_gateway_conn zp_gateway_conn_t;
typedef struct zp_gateway_exchange zp_gateway_exchange_t;

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

#endif
