//  SPDX-License-Identifier: MIT
//
//  stage_queues - queues of brokers, and how full they were
//
//  Made of what a broker answers to queue.list. Pure: the time is an argument.

#ifndef STAGE_QUEUES_H
#define STAGE_QUEUES_H

#include <jansson.h>
#include <stdint.h>

#define STAGE_QUEUES_MAX  64   // More are not remembered
#define STAGE_HISTORY_MAX 120  // Looks at each

typedef struct stage_queues stage_queues_t;

stage_queues_t *stage_queues_new (void);
void stage_queues_destroy (stage_queues_t **self_p);

//  A broker has answered.
void stage_queues_take (stage_queues_t *self, json_t *answer, int64_t now_ms);

//  It is another process now, which counts anew.
void stage_queues_restart (stage_queues_t *self, int64_t now_ms);

//  Remember how full they are.
void stage_queues_look (stage_queues_t *self);

//  All of them by name. The caller owns it.
json_t *stage_queues_json (const stage_queues_t *self);

#endif
