//  SPDX-License-Identifier: MIT
//
//  What is counted, and what is written down. Not for anybody but the gateway.

#ifndef ZP_GATEWAY_ACCESS_H
#define ZP_GATEWAY_ACCESS_H

#include "zp_gateway_exchange.h"
#include "zp_gateway_metrics.h"

//  Figures, each for all of the gateway
typedef struct zp_gateway_figures {
    zp_gateway_metrics_t *all;         // Them
    zp_gateway_family_t *requests;     // Answered; route, code
    zp_gateway_family_t *times;        // How long that took; route
    zp_gateway_family_t *refused;      // Before they were begun; reason
    zp_gateway_family_t *calls;        // To services; service, status
    zp_gateway_family_t *stale;        // Of these an old result did; service
    zp_gateway_family_t *up;           // Connections to services; service
    zp_gateway_family_t *dropped;      // Streams; reason
    zp_gateway_series_t *in_flight;    // Requests now
    zp_gateway_series_t *connections;  // Now
    zp_gateway_series_t *streams;      // Now
    zp_gateway_series_t *feeds;        // Topics now
    zp_gateway_series_t *events;       // Put into streams
} zp_gateway_figures_t;

void zp_gateway_figures_init (zp_gateway_t *self);

//  The exchange has ended: count it, and write it down.
void zp_gateway_access (zp_gateway_exchange_t *self);

//  A request was refused before it was begun, or a stream dropped.
void zp_gateway_count_refused (zp_gateway_t *self, const char *reason);
void zp_gateway_count_dropped (zp_gateway_t *self, const char *reason);

#endif
