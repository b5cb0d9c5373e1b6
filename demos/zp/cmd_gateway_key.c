//  SPDX-License-Identifier: MIT

#include "gateway_commands.h"
#include "output.h"
#include "zp_gateway_keys.h"

static int
s_run (args_t *args)
{
    char key[ZP_GATEWAY_KEY_SIZE + 1];
    const char *groups = args_operand (args, 1);
    char *line = zp_gateway_key_make (args_operand (args, 0), groups, key);
    if (!line) {
        say_error ("a name, and each of the groups, is 1 to %d letters, "
                   "digits, '.', '_' or '-'",
                   ZP_GATEWAY_KEY_NAME);
        say_hint ("zp gateway key ann staff,uploads >> keys");
        return EXIT_USAGE;
    }
    fputs (line, stdout);
    free (line);
    say ("the key, which nobody can have again: %s", key);
    return EXIT_OK;
}

const command_t cmd_gateway_key = {
    .name = "gateway key",
    .summary = "make an API key, and its line for the file of keys",
    .usage = "NAME [GROUP,...]",
    .examples = "zp gateway key ann staff,uploads >> keys\n"
                "zp gateway serve routes.json --keys keys\n"
                "curl -H 'Authorization: Bearer zpk_...' "
                "http://127.0.0.1:8080/films\n",
    .needed = 1,
    .operands = {OPERAND_OTHER, OPERAND_OTHER},
    .run = s_run,
    .notes = "The line goes to stdout, the key to stderr. The file has only "
             "its hash.\n"
             "GROUPs are those that routes ask for with \"private\".",
};
