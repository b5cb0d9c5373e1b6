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

//  Call a method of its supervisor, with one argument if that is not NULL, and
//  pass on the pieces of the reply to fn if that is not NULL. The caller owns
//  the reference *reply_p.
exit_code_t
constellation_call (const char *name, const char *method, const char *argument,
                    int timeout_ms, zp_client_fn *fn, json_t **reply_p);

//  Find a service in the reply of up.list or up.ps: EXIT_NOT_FOUND if there is
//  none of that name. *service is borrowed from the reply.
exit_code_t
constellation_service (json_t *reply, const char *name, json_t **service);

#endif
