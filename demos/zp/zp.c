//  SPDX-License-Identifier: MIT
//
//  zp, the command line. Each command is a file cmd_*.c and a row in the table.

#include <czmq.h>

#include "args.h"
#include "commands.h"
#include "help.h"
#include "output.h"
#include "similar.h"

const command_t *const command_table[] = {
    &cmd_up,   &cmd_down,   &cmd_ps,         &cmd_logs, &cmd_call,
    &cmd_copy, &cmd_doctor, &cmd_completion, &cmd_help, NULL,
};

const command_t *
command_find (const char *name)
{
    for (const command_t *const *at = command_table; *at; at++)
        if (strcmp ((*at)->name, name) == 0)
            return *at;
    return NULL;
}

void
command_unknown (const char *name)
{
    similar_t similar = {.word = name};
    for (const command_t *const *at = command_table; *at; at++)
        similar_try (&similar, (*at)->name);
    say_error ("no command '%s'", name);
    if (similar.best)
        say_hint_meant ("zp %s", similar.best);
    else
        say_hint ("zp help");
}

static int
s_run (const command_t *command, int argc, char **argv)
{
    args_t args;
    if (!args_parse (&args, command, argc, argv))
        return EXIT_USAGE;
    if (args.help) {
        help_command (command);
        return EXIT_OK;
    }
    return command->run (&args);
}

//  What was printed must have arrived: a full disk is an error
static int
s_flushed (int code)
{
    progress_end ();
    bool failed = ferror (stdout);
    if ((fflush (stdout) == EOF || failed) && code == EXIT_OK) {
        say_error ("can't write the output: %s", strerror (errno));
        return EXIT_ERROR;
    }
    return code;
}

int
main (int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : NULL;
    if (!name) {
        help_all (stderr);
        return EXIT_USAGE;
    }
    if (strcmp (name, "--version") == 0) {
        help_version ();
        return s_flushed (EXIT_OK);
    }
    if (strcmp (name, "--help") == 0 || strcmp (name, "-h") == 0) {
        help_all (stdout);
        return s_flushed (EXIT_OK);
    }
    const command_t *command = command_find (name);
    if (!command) {
        command_unknown (name);
        return EXIT_USAGE;
    }
    return s_flushed (s_run (command, argc - 1, argv + 1));
}
