//  SPDX-License-Identifier: MIT
//
//  zp_batch - how far a batch has come, as the ventilator and the sink see it
//
//  A batch is what one ventilator has done at one go: tasks, numbered from 0.
//  The sink is where it is decided how each of them ended, so the ventilator
//  hears of that a little later.

#ifndef ZP_BATCH_H
#define ZP_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "zp_status.h"

#define ZP_BATCH_UNKNOWN UINT64_MAX

typedef struct zp_batch {
    uint64_t id;         // Random, so that what an earlier batch left behind is
                         // not taken for a part of this one; 0: no batch yet
    uint64_t total;      // Tasks; ZP_BATCH_UNKNOWN until the last was given
    uint64_t done;       // Tasks that a worker has done
    uint64_t failed;     // Tasks that failed, or were given up
    bool ended;          // Nothing more happens to it
    zp_status_t status;  // How it ended: ZP_OK if each task was done or failed.
                         // ZP_CANCELLED: the ventilator did not want to go on;
                         // ZP_ABORTED: nor the sink, or it was replaced;
                         // ZP_UNAVAILABLE: nothing was heard of the other one
} zp_batch_t;

//  There is news of a batch. On the loop. Return 0, or -1 to end the loop.
typedef int (zp_batch_fn) (void *arg, const zp_batch_t *batch);

#endif
