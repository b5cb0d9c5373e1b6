//  SPDX-License-Identifier: MIT
//
//  outcome - what a caller was told of its call

#ifndef OUTCOME_H
#define OUTCOME_H

#include "zp_client.h"

typedef struct outcome {
    int ended;           // How often it was told the end: once is right
    int pieces;          // Pieces before that
    zp_status_t status;  // How it ended
    char text[512];      // The failure's text
    char result[512];    // First part of each piece and of the result, with a
                         // space between them; as far as it fits
    size_t count;        // Parts of the result
    int attempts;        // As told
    int retry_after_ms;  // As told
    int64_t elapsed_ms;  // As told
} outcome_t;

//  Writes down what it is told; arg is an outcome_t.
void outcome_note (void *arg, const zp_reply_t *reply);

//  Start a call with one argument, whose outcome will be noted. Returns its id.
uint64_t outcome_start (zp_client_t *client, const char *method,
                        const char *arg, int timeout_ms, outcome_t *outcome);

//  True if it ended once, with that status. Prints what is wrong if not.
bool outcome_is (const outcome_t *outcome, zp_status_t status);

#endif
