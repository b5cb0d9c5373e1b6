//  SPDX-License-Identifier: MIT
//
//  ward - a service in the care of the supervisor
//
//  Its process, and a client that asks it if it answers. What happens to it is
//  said on stderr.

#ifndef WARD_H
#define WARD_H

#include "service.h"
#include "zp_client.h"

//  Called when the service has become ready.
typedef void (ward_ready_fn) (void *arg);

typedef struct ward {
    service_t service;    // Its process
    zloop_t *loop;        // Runs the client
    zp_client_t *client;  // Connected to it while the process lives
    bool pinged;          // It was asked, at the start, and has not answered
    char *answer;         // What it said to zp.ping, if that was an error
    char *why;            // Why it is not ready; NULL: it is, or was told
    ward_ready_fn *fn;    // Told when it is ready
    void *arg;            // Given to fn
} ward_t;

//  Prepare one; the spec, the run folder and the loop must outlive it.
void ward_init (ward_t *self, const topology_service_t *spec, const char *run,
                zloop_t *loop, ward_ready_fn *fn, void *arg);

//  Free what it has. The process must have ended.
void ward_term (ward_t *self);

//  Start it. False if that can't be done: then it is dead.
bool ward_start (ward_t *self);

//  Now and then, while it starts: see that it is being asked if it is ready.
//  False if it has had its time.
bool ward_await (ward_t *self);

//  Tell it to end; and now and then, while it is to end, see if it must be
//  killed.
void ward_stop (ward_t *self);
void ward_hurry (ward_t *self);

//  See if its process has ended: true once. Not to be called from within its
//  client.
bool ward_ended (ward_t *self);

//  True if it is dead by itself, or off.
bool ward_gave_up (const ward_t *self);

//  Ask it if it still answers. False if fn will not be called.
bool ward_ask (ward_t *self, int timeout_ms, zp_client_fn *fn, void *arg);

#endif
