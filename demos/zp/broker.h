//  SPDX-License-Identifier: MIT
//
//  broker - the broker of queues, event log, or coordinator of sagas, that a
//  command is about
//
//  Which kind of broker it is follows from the first word of the command's
//  name: that is also what its service in a constellation is called.
//
//  Those that return an exit_code_t have said on stderr why it is not EXIT_OK,
//  and what to do.

#ifndef BROKER_H
#define BROKER_H

#include "args.h"
#include "caller.h"

//  The options of each command that calls a broker
#define OPTIONS_BROKER                                                         \
    {.name = "at",                                                             \
     .value = "WHERE",                                                         \
     .names = OPERAND_SERVICE,                                                 \
     .text = "where it is: a service or an endpoint"},                         \
        {.name = "timeout",                                                    \
         .letter = 't',                                                        \
         .value = "MS",                                                        \
         .min = 1,                                                             \
         .max = INT_MAX,                                                       \
         .text = "how long to wait for its answer (5000)"},                    \
        OPTION_NAME, OPTION_JSON

typedef struct broker broker_t;

#define BROKER_WORDS_MAX 3

//  Where such a broker listens if nothing else is said; the caller frees it.
char *broker_default_endpoint (const command_t *command);

//  Find the endpoint of a broker: where `at` says, or else $ZP_QUEUE, $ZP_LOG
//  or $ZP_SAGA: an endpoint, or a service in the constellation `name`; or else
//  the only one of these that is there: a service of that name in a running
//  constellation, and the default endpoint. Both may be NULL. The caller frees
//  *endpoint_p.
exit_code_t broker_find (const command_t *command, const char *at,
                         const char *name, char **endpoint_p);

//  How to ask a broker for the names of what an operand can be
typedef struct broker_list {
    operand_t operand;   // Such as OPERAND_QUEUE
    const char *method;  // Gives JSON, an array of objects
    const char *key;     // In each its name
    const char *hint;    // What shows them, after "zp"
} broker_list_t;

//  NULL if a broker knows no such names.
const broker_list_t *broker_list (operand_t operand);

//  Find a broker as the options say, let fn work with it, and return what that
//  has returned.
typedef exit_code_t (broker_fn) (broker_t *self, const args_t *args);
exit_code_t broker_use (const args_t *args, broker_fn *fn);

//  What makes the calls, for those who need more than the verbs below.
caller_t *broker_caller (broker_t *self);

//  How long a call may take, besides what it waits for by itself.
int broker_timeout_ms (broker_t *self);

typedef struct broker_call {
    const char *method;  // Such as "queue.put"
    const char *name;    // The first argument: a queue, log or saga; or NULL
    const char *words[BROKER_WORDS_MAX];  // The next ones, up to a NULL
    const zp_span_t *body;                // The next argument; may be NULL
    json_t *options;   // The last one; its reference is taken; may be NULL
    int wait_ms;       // How long the broker may wait before it answers
    bool once;         // Not idempotent: never send it a second time
    zp_client_fn *fn;  // Told of the pieces and the reply; may be NULL
    void *arg;         // Given to fn
} broker_call_t;

//  Call a method.
exit_code_t broker_call (broker_t *self, const broker_call_t *call);

//  The same, all but fn: the first part of the reply is JSON. The caller owns
//  the reference *reply_p, which is NULL on failure.
exit_code_t
broker_ask (broker_t *self, const broker_call_t *call, json_t **reply_p);

//  The same, but it is text, which the caller frees.
exit_code_t
broker_ask_text (broker_t *self, const broker_call_t *call, char **reply_p);

//  Say why a call failed, about that queue, log or saga; it may be NULL.
exit_code_t
broker_failed (broker_t *self, const char *name, const outcome_t *outcome);

#endif
