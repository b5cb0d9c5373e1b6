//  SPDX-License-Identifier: MIT
//
//  switching - who watches at which device
//
//  To switch is no idempotent thing here: each time is counted. So whoever asks
//  again, since no reply came, must be answered from the server's cache of
//  replies, and not get here; whether that is so is counted, too, by the ids of
//  requests.

#ifndef SWITCHING_H
#define SWITCHING_H

#include "service.h"

typedef struct switching switching_t;

switching_t *switching_new (void);

//  Tolerates NULL.
void switching_destroy (switching_t **self_p);

//  From now on that profile watches at that device. Returns how often there was
//  a switch at it.
json_int_t switching_done (switching_t *self, zp_request_t *request,
                           const char *device, const char *profile);

//  {switched, twice, watching}, for service_gauges: how often, at all devices;
//  how many of these had the id of one of the last ones before it; how many
//  devices there are.
json_t *switching_gauges (void *self);

#endif
