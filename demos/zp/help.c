//  SPDX-License-Identifier: MIT

#include "help.h"

#include "output.h"

static void
s_head (FILE *to, const char *text)
{
    fprintf (to, "%s%s%s\n", paint (to, BOLD), text, paint (to, PLAIN));
}

//  Print lines, each indented
static void
s_lines (FILE *to, const char *lines)
{
    while (*lines) {
        size_t size = strcspn (lines, "\n");
        fprintf (to, "%s%.*s\n", size ? "  " : "", (int) size, lines);
        lines += size + (lines[size] == '\n');
    }
}

static void
s_option (FILE *to, const option_t *option)
{
    char text[64];
    snprintf (text, sizeof text, "%c%c%c --%s%s%s", option->letter ? '-' : ' ',
              option->letter ? option->letter : ' ', option->letter ? ',' : ' ',
              option->name, option->value ? " " : "",
              option->value ? option->value : "");
    fprintf (to, "  %-22s %s\n", text, option->text);
}

static void
s_options (FILE *to, const command_t *command)
{
    s_head (to, "Usage:");
    fprintf (to, "  zp %s %s\n\n", command->name, command->usage);
    s_head (to, "Options:");
    for (int i = 0; i < OPTIONS_MAX && command->options[i].name; i++)
        s_option (to, &command->options[i]);
    s_option (to,
              &(option_t){.name = "help", .letter = 'h', .text = "this text"});
}

static void
s_family (FILE *to, const command_t *family)
{
    s_head (to, "Commands:");
    for (const command_t *const *at = family->family; *at; at++)
        fprintf (to, "  %-12s %s\n", command_word (*at), (*at)->summary);
    fprintf (to, "\nzp help%s%s COMMAND says more.%s\n",
             *family->name ? " " : "", family->name,
             family == &cmd_zp ? " zp --version tells the versions." : "");
}

//  What is the same for all commands
static void
s_common (FILE *to)
{
    putc ('\n', to);
    s_head (to, "Exit codes:");
    s_lines (to, "0    done\n"
                 "1    the answer was an error, or it failed\n"
                 "2    what was typed, or a file that was given, is wrong\n"
                 "3    not running: nobody is there\n"
                 "4    not found: no such service, queue, log, saga, module, "
                 "file\n"
                 "5    timed out\n"
                 "130  interrupted by Ctrl-C\n\n");
    s_head (to, "Environment:");
    s_lines (
        to,
        "NO_COLOR         if set and not empty: no colours\n"
        "XDG_RUNTIME_DIR  where constellations keep their sockets and "
        "logs (/tmp)\n"
        "ZP_FILES         the files of zp get and zp put: a service or an "
        "endpoint\n"
        "ZP_HOME          where zp copy finds the modules\n"
        "ZP_LOG           the event log of zp log: a service or an endpoint\n"
        "ZP_PUB           where zp sub and zp relay find a publisher: "
        "UPDATES,REQUESTS\n"
        "ZP_QUEUE         the broker of zp queue: a service or an "
        "endpoint\n"
        "ZP_SAGA          the coordinator of zp saga: a service or an "
        "endpoint\n");
}

void
help_command (const command_t *command, FILE *to)
{
    fprintf (to, "zp%s%s: %s\n\n", *command->name ? " " : "", command->name,
             command->summary);
    s_head (to, "Examples:");
    s_lines (to, command->examples);
    putc ('\n', to);
    if (command->run)
        s_options (to, command);
    if (command->run && command->family)
        putc ('\n', to);
    if (command->family)
        s_family (to, command);
    if (command->notes)
        fprintf (to, "\n%s\n", command->notes);
    if (command == &cmd_zp)
        s_common (to);
}

void
help_version (void)
{
    int zmq[3], czmq[3];
    zmq_version (&zmq[0], &zmq[1], &zmq[2]);
    zsys_version (&czmq[0], &czmq[1], &czmq[2]);
    printf ("zp %s (libzmq %d.%d.%d, CZMQ %d.%d.%d)\n", ZP_VERSION, zmq[0],
            zmq[1], zmq[2], czmq[0], czmq[1], czmq[2]);
}
