//  SPDX-License-Identifier: MIT
//
//  wards - the services of a constellation, all of them

#ifndef WARDS_H
#define WARDS_H

#include "ward.h"

typedef struct wards {
    const topology_t *topology;  // What they are
    zloop_t *loop;               // Runs their clients
    ward_t *list;                // A service each, as in the topology
    size_t count;                // How many
} wards_t;

//  Prepare them; the topology and the loop must outlive them. fn is called with
//  arg when one has become ready.
void wards_init (wards_t *self, const topology_t *topology, zloop_t *loop,
                 ward_ready_fn *fn, void *arg);

//  Free what they have. All processes must have ended.
void wards_term (wards_t *self);

//  The one with that name, or with that process, or NULL.
ward_t *wards_find (wards_t *self, const char *name);
ward_t *wards_find_process (wards_t *self, pid_t pid);

//  How many are so.
size_t wards_count (const wards_t *self, bool (*is) (const service_t *service));

//  True if the service is about to start or to end, so that something happens
//  to it soon.
bool wards_is_changing (const service_t *service);

//  True if none that this one comes after is still to become ready, or if none
//  that comes after this one has a process left.
bool wards_may_start (const wards_t *self, const ward_t *ward);
bool wards_may_stop (const wards_t *self, const ward_t *ward);

//  Ask each that should be ready if it still is, and then call fn. The answers
//  are awaited for a short time.
typedef void (wards_asked_fn) (void *arg);
void wards_ask (wards_t *self, wards_asked_fn *fn, void *arg);

//  All about them, a JSON array. The caller owns the reference.
json_t *wards_json (const wards_t *self);

#endif
