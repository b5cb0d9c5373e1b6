//  SPDX-License-Identifier: MIT
//
//  bare - a plain SUB socket, for ours and for bare publishers

#ifndef BARE_H
#define BARE_H

#include "contender.h"

//  What may wait at a publisher for one subscriber: so many frames of ours, of
//  up to 32 KiB, and as many bytes of others
#define QUEUE_FRAMES 250
#define QUEUE_BYTES  (QUEUE_FRAMES * 32768)

void bare_subscribe (const place_t *place, ear_t *ear);

#endif
