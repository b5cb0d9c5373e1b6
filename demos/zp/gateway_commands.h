//  SPDX-License-Identifier: MIT
//
//  The commands of zp gateway, each defined in a cmd_gateway_*.c; cmd_gateway.c
//  makes them a family.

#ifndef GATEWAY_COMMANDS_H
#define GATEWAY_COMMANDS_H

#include "args.h"
#include "zp_gateway_routes.h"

extern const command_t cmd_gateway_serve, cmd_gateway_check, cmd_gateway_key;

//  Read a routes file. What is wrong is said on stderr, each mistake as
//  FILE:LINE:COLUMN: TEXT; then NULL is returned, and *code_p says how to end.
//  The lines of mistakes go to *mistakes_p as well, if that is not NULL; the
//  caller frees them.
zp_gateway_routes_t *
gateway_routes (const char *path, exit_code_t *code_p, char **mistakes_p);

//  Say on stderr each line of mistakes, with the file before it, and how many
//  there are.
void gateway_say_mistakes (const char *path, const char *mistakes);

#endif
