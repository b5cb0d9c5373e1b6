//  SPDX-License-Identifier: MIT

#include "args.h"
#include "commands.h"
#include "help.h"
#include "output.h"

static int
s_run (args_t *args)
{
    int used;
    const command_t *command =
        command_find (args->operands, args->count, &used);
    if (used == args->count) {
        help_command (command, stdout);
        return EXIT_OK;
    }
    if (command->family)
        command_unknown (command, args->operands[used]);
    else
        say_error ("zp %s has no command '%s'", command->name,
                   args->operands[used]);
    return EXIT_USAGE;
}

const command_t cmd_help = {
    .name = "help",
    .summary = "say more about zp, or about one command",
    .usage = "[COMMAND]",
    .examples = "zp help\n"
                "zp help call\n"
                "zp help queue put\n",
    .operands = {OPERAND_COMMAND},
    .many = true,
    .run = s_run,
};
