//  SPDX-License-Identifier: MIT
//
//  viewers_follow - what became of what was accepted?
//
//  All things of one act are asked for one at a time, the oldest first, so that
//  to ask costs little even if thousands are open: twice a second it begins,
//  and goes on for as long as it meets those that have ended. Some that do not
//  end keep nobody up: after a while they go behind all others.

#ifndef VIEWERS_FOLLOW_H
#define VIEWERS_FOLLOW_H

#include "viewers_act.h"

typedef struct viewers_follow viewers_follow_t;

//  Told that something of that act, for that profile, has ended.
typedef void (viewers_follow_fn) (void *arg, const viewers_act_t *act,
                                  int profile, bool well);

viewers_follow_t *viewers_follow_new (zp_timers_t *timers, viewers_http_t *http,
                                      viewers_follow_fn *fn, void *arg);

//  After the requests have ended.
void viewers_follow_destroy (viewers_follow_t **self_p);

//  Follow what was accepted under that id (copied).
void viewers_follow_add (viewers_follow_t *self, const viewers_act_t *act,
                         const char *id, int profile);

//  False if so many things are open that there should be no more for now.
bool viewers_follow_has_room (const viewers_follow_t *self,
                              const viewers_act_t *act);

#endif
