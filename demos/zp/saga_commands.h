//  SPDX-License-Identifier: MIT
//
//  The commands of zp saga, each defined in a cmd_saga_*.c; cmd_saga.c makes
//  them a family.

#ifndef SAGA_COMMANDS_H
#define SAGA_COMMANDS_H

#include <stdio.h>

#include "args.h"
#include "output.h"

extern const command_t cmd_saga_serve, cmd_saga_start, cmd_saga_wait,
    cmd_saga_ls, cmd_saga_show, cmd_saga_stat, cmd_saga_definitions,
    cmd_saga_signal, cmd_saga_retry, cmd_saga_skip, cmd_saga_abort,
    cmd_saga_complete, cmd_saga_check, cmd_saga_graph;

#define OPTION_SERVICE(v, t)                                                   \
    {                                                                          \
        .name = "service", .letter = 's', .value = (v), .many = true,          \
        .text = (t)                                                            \
    }

#define OPTION_OUTPUT                                                          \
    {                                                                          \
        .name = "output", .letter = 'o', .value = "FILE",                      \
        .names = OPERAND_FILE, .text = "write there, not to stdout"            \
    }

//  In which colour a state is printed, such as "PARKED".
colour_t saga_colour (const char *state);

//  Let draw write to where --output says, or to stdout.
typedef void (saga_draw_fn) (FILE *to, const void *what);
exit_code_t
saga_draw (const args_t *args, saga_draw_fn *draw, const void *what);

//  The names that the options --service give, each up to a '=', with a NULL at
//  the end; NULL if none was given. The caller frees each, and the whole, with
//  saga_services_free.
char **saga_services (const args_t *args);
void saga_services_free (char ***services_p);

#endif
