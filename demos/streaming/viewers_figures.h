//  SPDX-License-Identifier: MIT
//
//  viewers_figures - what is counted of all acts, for load.stats

#ifndef VIEWERS_FIGURES_H
#define VIEWERS_FIGURES_H

#include "viewers_act.h"
#include "viewers_recent.h"

//  All 0 is none. Acts are in the order of viewers_acts.
typedef struct viewers_figures {
    uint64_t counts[VIEWERS_ACTS][VIEWERS_COUNTS];  // Of each act
    viewers_recent_t recent[VIEWERS_ACTS];  // All that ended, and how long it
                                            // took to be answered well
    viewers_recent_t stale;  // How long home pages took that were in part old
    uint64_t given_up;       // Not begun, since too many were open
} viewers_figures_t;

//  Free the memory; they are none then.
void viewers_figures_clear (viewers_figures_t *self);

//  {rate, accepted_p50_ms, accepted_p99_ms, shed, given_up, acts}; the caller
//  owns it.
json_t *viewers_figures_json (const viewers_figures_t *self, int64_t now_us);

#endif
