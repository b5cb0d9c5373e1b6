//  SPDX-License-Identifier: MIT
//
//  handlers - what servers under test do with requests

#ifndef HANDLERS_H
#define HANDLERS_H

#include "zp_request.h"

//  Replies with its arguments.
void handle_echo (zp_request_t *request, void *arg);

//  Each argument as a piece, then "end" as the reply. Stops at a piece that
//  could not be sent, and fails with the status of that.
void handle_stream (zp_request_t *request, void *arg);

//  Keeps the request for the test to end, or to look at.
#define HELD_MAX 100

typedef struct held {
    zp_request_t *request[HELD_MAX];  // In the order they came
    size_t count;                     // How many; it never shrinks
} held_t;

void handle_hold (zp_request_t *request, void *held);

#endif
