//  SPDX-License-Identifier: MIT
//
//  zp, the command line. Each command is a file cmd_*.c and a row in the table.

#include <czmq.h>
#include <fcntl.h>

#include "args.h"
#include "commands.h"
#include "help.h"
#include "output.h"

const command_t cmd_zp = {
    .name = "",
    .summary = "run, look at and talk to a constellation of services",
    .examples = "zp up demos/streaming/topology.json --detach\n"
                "zp ps\n"
                "zp call catalog catalog.search '{\"genre\": \"horror\"}'\n"
                "zp logs -f catalog\n"
                "zp down\n",
    .family =
        (const command_t *const[]){
            &cmd_up,    &cmd_down,  &cmd_ps,     &cmd_start,
            &cmd_stop,  &cmd_kill,  &cmd_pause,  &cmd_resume,
            &cmd_scale, &cmd_break, &cmd_heal,   &cmd_load,
            &cmd_top,   &cmd_trace, &cmd_graph,  &cmd_logs,
            &cmd_call,  &cmd_queue, &cmd_log,    &cmd_saga,
            &cmd_pub,   &cmd_sub,   &cmd_relay,  &cmd_gateway,
            &cmd_files, &cmd_get,   &cmd_put,    &cmd_compare,
            &cmd_stage, &cmd_copy,  &cmd_doctor, &cmd_completion,
            &cmd_help,  NULL},
};

//  What follows the name of a family is none of its commands
static int
s_run_family (const command_t *family, const char *word)
{
    if (!word)
        help_command (family, stderr);
    else if (strcmp (word, "--help") == 0 || strcmp (word, "-h") == 0) {
        help_command (family, stdout);
        return EXIT_OK;
    }
    else if (family == &cmd_zp && strcmp (word, "--version") == 0) {
        help_version ();
        return EXIT_OK;
    }
    else
        command_unknown (family, word);
    return EXIT_USAGE;
}

static int
s_run (const command_t *command, int argc, char **argv)
{
    args_t args;
    if (!args_parse (&args, command, argc, argv))
        return EXIT_USAGE;
    if (args.help) {
        help_command (command, stdout);
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

//  If one of these was closed, the next socket would take its number, and what
//  is printed would go there. This way nothing can be read or written
static void
s_keep_standard_files (void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl (fd, F_GETFD) == -1)
            open ("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int
main (int argc, char **argv)
{
    s_keep_standard_files ();
    int used;
    const command_t *command = command_find (argv + 1, argc - 1, &used);
    //  getopt wants one word, the name, before the others
    return s_flushed (command->run ? s_run (command, argc - used, argv + used)
                                   : s_run_family (command, argv[1 + used]));
}
