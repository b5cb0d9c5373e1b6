//  SPDX-License-Identifier: MIT
//
//  alert - one update, and many who want it
//
//  A publisher, relays, and crowds, each a process. A crowd is up to 250
//  subscribers on one loop, each of them what it would be in a process of its
//  own: with its own sockets and connections, to its relay and, to ask for last
//  values, to the relay's server. All of a crowd share a ZeroMQ context. More
//  on one loop are slow: it looks at all of its sockets in each turn.

#ifndef ALERT_H
#define ALERT_H

#include <stdbool.h>

#include "figure.h"

#define ALERT_SUBSCRIBERS_MAX 40000
#define ALERT_RELAYS_MAX      32

typedef struct alert {
    int subscribers;  // Who want it
    int relays;       // Between them and the publisher; 0: none
    int alerts;       // Of these, one after the other
} alert_t;

typedef struct alerted {
    figure_t last_ms;   // Until the last had it
    figure_t half_ms;   // Until half of them had it
    double joined_s;    // Until all had joined, from the start of the first
    double memory_kib;  // Of a subscriber
    int crowds;         // How many processes they were in
} alerted_t;

alerted_t alert_measure (const alert_t *self);

void alert_report (const alert_t *self, const alerted_t *alerted, bool json);

#endif
