//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/inotify.h>

#include "args.h"
#include "commands.h"
#include "constellation.h"
#include "logfile.h"
#include "output.h"
#include "rundir.h"
#include "signals.h"
#include "zp_similar.h"

#define LOOK_MS 500  // How often to see if the constellation still runs

//  A log that is being shown
typedef struct view {
    const char *service;  // Whose
    int fd;               // The open file
    bool json;            // Print a JSON object for each line
    char *line;           // For JSON: the start of a line that is not complete
    size_t size;          // Bytes of it
} view_t;

//  The constellation: as for other commands, but one that has stopped will do
static exit_code_t
s_find (const args_t *args, char **name_p)
{
    zlistx_t *running = rundir_list (true), *stopped = rundir_list (false);
    const char *wanted = args_text (args, "name");
    exit_code_t result = EXIT_OK;
    *name_p = NULL;
    if (wanted && zlistx_find (stopped, (void *) wanted))
        *name_p = strdup (wanted);
    else if (!wanted && zlistx_size (running) == 0 &&
             zlistx_size (stopped) == 1)
        *name_p = strdup (zlistx_first (stopped));
    else
        result = constellation_find (args_text (args, "name"), name_p);
    zlistx_destroy (&running);
    zlistx_destroy (&stopped);
    return result;
}

static void
s_not_found (const char *folder, const char *service)
{
    say_error ("no log of %s", service);
    zp_similar_t similar = {.word = service};
    DIR *logs = opendir (folder);
    struct dirent *entry;
    while (logs && (entry = readdir (logs))) {
        char *end = strstr (entry->d_name, ".log");
        if (end && end[4] == 0) {
            *end = 0;
            zp_similar_try (&similar, entry->d_name);
        }
    }
    if (similar.best)
        say_hint_meant ("%s", similar.best);
    else
        say_hint ("zp ps shows the services; the logs are in %s", folder);
    if (logs)
        closedir (logs);
}

static void
s_print_line (view_t *self, const char *line, size_t size)
{
    char *text = strndup (line, size);
    json_t *json = json_object ();
    json_object_set_new (json, "service", json_text (self->service));
    json_object_set_new (json, "line", json_text (text));
    char *dump = json_dumps (json, JSON_COMPACT);
    puts (dump);
    free (dump);
    json_decref (json);
    free (text);
}

//  Print the lines that are complete, and keep the rest
static void
s_print_lines (view_t *self, const char *data, size_t size)
{
    self->line = realloc (self->line, self->size + size);
    assert (self->line);
    memcpy (self->line + self->size, data, size);
    self->size += size;
    char *from = self->line, *end = self->line + self->size, *stop;
    while ((stop = memchr (from, '\n', (size_t) (end - from)))) {
        s_print_line (self, from, (size_t) (stop - from));
        from = stop + 1;
    }
    self->size = (size_t) (end - from);
    memmove (self->line, from, self->size);
}

//  Print what there is
static void
s_print_new (view_t *self)
{
    char block[65536];
    ssize_t size;
    while ((size = read (self->fd, block, sizeof block)) > 0) {
        if (self->json)
            s_print_lines (self, block, (size_t) size);
        else
            print_bytes (block, (size_t) size);
    }
    fflush (stdout);
}

//  Print what comes, until Ctrl-C or the end of the constellation
static int
s_follow (view_t *self, const char *path, const char *name)
{
    int signals = signals_open ();  // Before a person sees the first line
    int changes = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
    inotify_add_watch (changes, path, IN_MODIFY);
    struct pollfd fds[] = {{.fd = signals, .events = POLLIN},
                           {.fd = changes, .events = POLLIN}};
    bool running = true, interrupted = false;
    while (running && !interrupted) {
        //  First look if it runs, then print: nothing is lost at the end
        running = rundir_holder (name) != 0;
        char events[4096];
        while (read (changes, events, sizeof events) > 0)
            ;
        s_print_new (self);
        if (running && poll (fds, 2, LOOK_MS) > 0)
            interrupted = fds[0].revents != 0;
    }
    close (signals);
    close (changes);
    return interrupted ? EXIT_INTERRUPTED : EXIT_OK;
}

static int
s_show (args_t *args, const char *name)
{
    const char *service = args_operand (args, 0);
    char *run = rundir_path (name);
    char *folder = zsys_sprintf ("%s/logs", run);
    char *path = zsys_sprintf ("%s/%s.log", folder, service);
    char *wrong = rundir_name_wrong (service);
    view_t view = {.service = service, .json = args_has (args, "json")};
    view.fd = wrong ? -1 : open (path, O_RDONLY | O_CLOEXEC);
    int result = EXIT_OK;
    if (view.fd == -1) {
        s_not_found (folder, service);
        result = EXIT_NOT_FOUND;
    }
    else {
        if (args_has (args, "lines"))
            lseek (view.fd,
                   logfile_tail (view.fd, args_number (args, "lines", 0)),
                   SEEK_SET);
        if (args_has (args, "follow"))
            result = s_follow (&view, path, name);
        else
            s_print_new (&view);
        if (view.size)
            s_print_line (&view, view.line, view.size);
        free (view.line);
        close (view.fd);
    }
    free (wrong);
    free (path);
    free (folder);
    free (run);
    return result;
}

static int
s_run (args_t *args)
{
    char *name;
    int result = s_find (args, &name);
    if (result == EXIT_OK)
        result = s_show (args, name);
    free (name);
    return result;
}

const command_t cmd_logs = {
    .name = "logs",
    .summary = "show what a service printed",
    .usage = "SERVICE [-f]",
    .examples = "zp logs catalog\n"
                "zp logs -f catalog\n"
                "zp logs catalog --lines 20\n"
                "zp logs zp\n",
    .options = {{.name = "follow",
                 .letter = 'f',
                 .text = "go on until Ctrl-C, or until all is down"},
                {.name = "lines",
                 .letter = 'n',
                 .value = "N",
                 .min = 1,
                 .max = LONG_MAX,
                 .text = "only the last N lines, and what follows"},
                OPTION_NAME,
                {.name = "json", .text = "print a JSON object for each line"}},
    .operands = {OPERAND_SERVICE},
    .needed = 1,
    .run = s_run,
    .notes = "The log begins anew when the service is started; the one before\n"
             "is kept as SERVICE.log.1 beside it. What zp up --detach has to\n"
             "say is the log of zp. Logs can be read after the end as well.",
};
