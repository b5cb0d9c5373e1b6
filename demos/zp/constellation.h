//  SPDX-License-Identifier: MIT
//
//  constellation - the running constellation that a command is about
//
//  Those that return an exit_code_t have said on stderr why it is not EXIT_OK,
//  and what to do.

#ifndef CONSTELLATION_H
#define CONSTELLATION_H

#include <jansson.h>

#include "caller.h"

//  Find the name of the one that is wanted, as --name gives it, or of the only
//  one that runs if that is NULL. The caller frees *name_p.
exit_code_t constellation_find (const char *wanted, char **name_p);

//  A caller of the supervisor of that one. name must outlive it.
caller_t *constellation_caller (const char *name);

//  Say that a call of the supervisor did not do what it should.
exit_code_t constellation_failed (const char *name, const outcome_t *outcome);

//  Call up.list or up.ps of the supervisor. The caller owns the reference
//  *reply_p, which is NULL on failure.
exit_code_t constellation_ask (const char *name, const char *method,
                               int timeout_ms, json_t **reply_p);

//  Call one of the supervisor's verbs (verbs.h) with JSON, whose reference is
//  taken, and wait until it is so. The caller owns the reference *reply_p,
//  which is NULL on failure.
exit_code_t constellation_do (const char *name, const char *method,
                              json_t *args, json_t **reply_p);

//  Find a service in the reply of up.list or up.ps: EXIT_NOT_FOUND if there is
//  none of that name. *service is borrowed from the reply.
exit_code_t
constellation_service (json_t *reply, const char *name, json_t **service);

//  Find the endpoint of a service, which must be alive, in the constellation
//  that is wanted, as in constellation_find. The caller frees *endpoint_p.
exit_code_t constellation_endpoint (const char *wanted, const char *service,
                                    char **endpoint_p);

#endif
