//  SPDX-License-Identifier: MIT
//
//  gather - ask all services of a running constellation the same, at once

#ifndef GATHER_H
#define GATHER_H

#include <jansson.h>

#include "command.h"

typedef struct gather gather_t;

//  What each is asked
typedef struct gather_question {
    const char *key;     // Under which the answer is kept; NULL: the end
    const char *method;  // What is called
    const char *body;    // With what; NULL: nothing
} gather_question_t;

//  Make one for the constellation of that name, which must outlive it.
gather_t *gather_new (const char *name);

void gather_destroy (gather_t **self_p);

//  Ask the supervisor which services there are, by up.list or up.ps, and those
//  that are alive these questions. *reply_p, which the caller owns, is what the
//  supervisor said; each of its "services" has the answers under their keys.
//  There is none of one that did not answer in time, or not with JSON. An
//  exit_code_t, which was said if it is not EXIT_OK: then *reply_p is NULL.
exit_code_t gather_ask (gather_t *self, const char *method,
                        const gather_question_t *questions, json_t **reply_p);

//  Ask one of them. The caller owns the answer; NULL if there is none.
json_t *gather_ask_one (gather_t *self, const json_t *service,
                        const gather_question_t *question);

#endif
