//  SPDX-License-Identifier: MIT
//
//  top_page - the state of a constellation as lines, for zp top

#ifndef TOP_PAGE_H
#define TOP_PAGE_H

#include <jansson.h>

#include "page.h"

#define TOP_PAGE_HEAD 1  // Lines that stay when the others move

//  By what services are sorted; the greatest first, but names
typedef enum top_order {
    TOP_TOPOLOGY,  // As the topology has them
    TOP_NAME,
    TOP_RATE,
    TOP_FAILURES,
    TOP_LATENCY,
    TOP_MEMORY,
    TOP_CPU,
    TOP_ORDERS
} top_order_t;

//  What it is called, for a person: "rate".
const char *top_order_name (top_order_t order);

//  The page of a state as stage.state has it; what that lacks is left out.
page_t *top_page_new (const json_t *state, top_order_t order);

#endif
