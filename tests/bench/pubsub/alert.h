//  SPDX-License-Identifier: MIT
//
//  alert - one update, and many who want it
//
//  A publisher, relays, and crowds, each a process. A crowd is some thousand
//  subscribers on one loop, each of them what it would be in a process of its
//  own: with its own sockets and connections, to its relay and, to ask for last
//  values, to the relay's server. All of a crowd share a ZeroMQ context. All
//  crowds of a relay together would be too many files for one process.

#ifndef ALERT_H
#define ALERT_H

#include <stdbool.h>

#include "figure.h"

#define ALERT_SUBSCRIBERS_MAX 40000
#define ALERT_RELAYS_MAX      32
#define ALERT_CROWDS_MAX      64

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

//  What the processes do that alert_measure starts:
//
//      --alert-publisher UPDATES REQUESTS CROWDS ALERTS PIPE
//      --alert-relay UPDATES REQUESTS UPDATES REQUESTS    (from, at)
//      --alert-crowd UPDATES REQUESTS SUBSCRIBERS ALERTS PIPE
//
//  Returns if argv says none of these.
void alert_part (int argc, char *argv[]);

#endif
