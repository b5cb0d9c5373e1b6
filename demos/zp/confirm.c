//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "confirm.h"

#include <poll.h>

#include "signals.h"

//  True if a line that starts with y was typed; *interrupted is set by Ctrl-C
static bool
s_read_yes (bool *interrupted)
{
    char answer[256] = "";
    int signals = signals_open ();
    struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                           {.fd = signals, .events = POLLIN}};
    poll (fds, 2, -1);
    *interrupted = fds[1].revents != 0;
    //  A terminal gives a line at a time
    if (!*interrupted && read (STDIN_FILENO, answer, sizeof answer - 1) <= 0)
        answer[0] = 0;
    if (!strchr (answer, '\n'))
        fputc ('\n', stderr);
    close (signals);
    return answer[0] == 'y' || answer[0] == 'Y';
}

exit_code_t
confirm (const args_t *args, const char *format, ...)
{
    if (args_has (args, "yes"))
        return EXIT_OK;
    va_list arguments;
    va_start (arguments, format);
    char *question = zsys_vprintf (format, arguments);
    va_end (arguments);
    exit_code_t code = EXIT_ERROR;
    if (!isatty (STDIN_FILENO) || !isatty (STDERR_FILENO)) {
        say_error ("%s? There is no terminal to ask at", question);
        say_hint ("--yes, if that is what you want");
        code = EXIT_USAGE;
    }
    else {
        bool interrupted;
        ask ("%s? [y/N] ", question);
        if (s_read_yes (&interrupted))
            code = EXIT_OK;
        else {
            code = interrupted ? EXIT_INTERRUPTED : EXIT_ERROR;
            say ("nothing was done");
        }
    }
    free (question);
    return code;
}
