//  SPDX-License-Identifier: MIT
//
//  caller - a person who calls methods: shows that it takes long, and hangs up
//  on Ctrl-C

#ifndef CALLER_H
#define CALLER_H

#include <jansson.h>

#include "command.h"
#include "zp_client.h"

typedef struct caller caller_t;

//  How a call ended
typedef struct outcome {
    zp_status_t status;  // As the reply says
    char *text;          // Why it failed, or ""; free it with outcome_term
    int attempts;        // How often the request was sent
    int64_t elapsed_ms;  // How long it took
    bool interrupted;    // By Ctrl-C, SIGTERM or SIGHUP
    bool nobody;         // There was no connection at the end
} outcome_t;

void outcome_term (outcome_t *self);

//  The exit code that tells a script the same.
exit_code_t outcome_exit_code (const outcome_t *self);

//  Make a caller of an endpoint. name is what people call it. NULL, said on
//  stderr, if ZeroMQ can't make sense of it. From now on Ctrl-C ends calls, not
//  the process.
caller_t *caller_new (const char *endpoint, const char *name);

void caller_destroy (caller_t **self_p);

//  Ping the other end, which must be a zp_server, without waiting for the
//  answer: from that the client learns that it may tell it of a call's end by
//  Ctrl-C.
void caller_greet (caller_t *self);

//  Make the call that *call says, all but its fn, which is given the pieces of
//  the reply and the reply; wait for the end of it. The caller owns *outcome.
void caller_call (caller_t *self, const zp_call_t *call, outcome_t *outcome);

//  The same, and return the reply as JSON; the caller owns the reference. NULL
//  if it fails or is no JSON. caller_ask is for a method without arguments.
json_t *caller_json (caller_t *self, const zp_call_t *call, outcome_t *outcome);
json_t *caller_ask (caller_t *self, const char *method, int timeout_ms,
                    outcome_t *outcome);

//  Call zp.info, and try each method that the server has. False if it does not
//  say.
bool caller_try_methods (caller_t *self, int timeout_ms,
                         void (*fn) (void *arg, const char *method), void *arg);

//  For more than one call at a time: the client that starts them, and the loop
//  that it lives on.
zp_client_t *caller_client (caller_t *self);
zloop_t *caller_loop (caller_t *self);

//  Run that loop until caller_end, which may be called in the callback of a
//  call. False if Ctrl-C ended it: then calls may still be under way.
bool caller_run (caller_t *self);
void caller_end (caller_t *self);

#endif
