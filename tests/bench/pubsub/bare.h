//  SPDX-License-Identifier: MIT
//
//  bare - a plain SUB socket, for ours and for bare publishers

#ifndef BARE_H
#define BARE_H

#include "contender.h"

//  As much as waits between our publisher and one subscriber
#define BARE_QUEUE_BYTES (1000 * 8192)

void bare_subscribe (const place_t *place, ear_t *ear);

#endif
