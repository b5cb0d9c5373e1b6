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

void
help_all (FILE *to)
{
    fprintf (to,
             "zp: run, look at and talk to a constellation of services\n\n");
    s_head (to, "Examples:");
    s_lines (to, "zp up demos/streaming/topology.json --detach\n"
                 "zp ps\n"
                 "zp call catalog catalog.search '{\"genre\": \"horror\"}'\n"
                 "zp logs -f catalog\n"
                 "zp down\n\n");
    s_head (to, "Commands:");
    for (const command_t *const *at = command_table; *at; at++)
        fprintf (to, "  %-12s %s\n", (*at)->name, (*at)->summary);
    fprintf (to, "\nzp help COMMAND says more. zp --version tells the versions."
                 "\n\n");
    s_head (to, "Exit codes:");
    s_lines (to, "0    done\n"
                 "1    the answer was an error, or it failed\n"
                 "2    what was typed, or a file that was given, is wrong\n"
                 "3    not running: nobody is there\n"
                 "4    not found: no such service, module, file\n"
                 "5    timed out\n"
                 "130  interrupted by Ctrl-C\n\n");
    s_head (to, "Environment:");
    s_lines (to, "NO_COLOR         if set and not empty: no colours\n"
                 "XDG_RUNTIME_DIR  where constellations keep their sockets and "
                 "logs (/tmp)\n"
                 "ZP_HOME          where zp copy finds the modules\n");
}

static void
s_option (const option_t *option)
{
    char text[64];
    snprintf (text, sizeof text, "%c%c%c --%s%s%s", option->letter ? '-' : ' ',
              option->letter ? option->letter : ' ', option->letter ? ',' : ' ',
              option->name, option->value ? " " : "",
              option->value ? option->value : "");
    printf ("  %-22s %s\n", text, option->text);
}

void
help_command (const command_t *command)
{
    printf ("zp %s: %s\n\n", command->name, command->summary);
    s_head (stdout, "Examples:");
    s_lines (stdout, command->examples);
    putchar ('\n');
    s_head (stdout, "Usage:");
    printf ("  zp %s %s\n\n", command->name, command->usage);
    s_head (stdout, "Options:");
    for (int i = 0; i < OPTIONS_MAX && command->options[i].name; i++)
        s_option (&command->options[i]);
    s_option (&(option_t){.name = "help", .letter = 'h', .text = "this text"});
    if (command->notes) {
        putchar ('\n');
        fputs (command->notes, stdout);
        putchar ('\n');
    }
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
