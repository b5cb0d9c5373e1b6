//  SPDX-License-Identifier: MIT
//
//  trending - what is watched most, by the events of the bus
//
//  A file has how often each film was begun, and which event comes next: both
//  in one, so that each event counts once, whenever the service is killed.

#ifndef TRENDING_H
#define TRENDING_H

#include "events.h"

typedef struct trending trending_t;

//  Go on where the file that option names says, or begin. NULL, and said why,
//  if it makes no sense, or the bus is no endpoint.
trending_t *trending_new (service_t *service, const service_option_t *file,
                          const service_option_t *bus);

//  When the loop has ended. Tolerates NULL.
void trending_destroy (trending_t **self_p);

//  The films begun most often (at most limit), the first first, each {film,
//  plays}. The caller owns the array.
json_t *trending_films (trending_t *self, size_t limit);

//  The event that comes next.
uint64_t trending_next (trending_t *self);

//  {next, behind}, for service_gauges: events that the bus has and that were
//  not read yet, as far as is known.
json_t *trending_gauges (void *self);

#endif
