//  SPDX-License-Identifier: MIT

#include "args.h"
#include "commands.h"
#include "help.h"

static int
s_run (args_t *args)
{
    const char *name = args_operand (args, 0);
    if (!name) {
        help_all (stdout);
        return EXIT_OK;
    }
    const command_t *command = command_find (name);
    if (!command) {
        command_unknown (name);
        return EXIT_USAGE;
    }
    help_command (command);
    return EXIT_OK;
}

const command_t cmd_help = {
    .name = "help",
    .summary = "say more about zp, or about one command",
    .usage = "[COMMAND]",
    .examples = "zp help\n"
                "zp help call\n",
    .operands = {OPERAND_COMMAND},
    .run = s_run,
};
