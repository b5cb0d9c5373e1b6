//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "logfile.h"

#include <fcntl.h>

#include "output.h"

#define BLOCK     4096
#define LARGE     (1 << 20)  // Bytes of a log that is not added to
#define LINE_ROOM 300        // Characters of a line that is passed on

off_t
logfile_tail (int fd, long lines)
{
    char block[BLOCK];
    off_t end = lseek (fd, 0, SEEK_END), at = end;
    while (at > 0) {
        off_t from = at > BLOCK ? at - BLOCK : 0;
        ssize_t size = pread (fd, block, (size_t) (at - from), from);
        if (size <= 0)
            return 0;
        for (ssize_t i = size - 1; i >= 0; i--)
            //  The end of the last line begins no other
            if (block[i] == '\n' && from + i + 1 < end && --lines <= 0)
                return from + i + 1;
        at = from;
    }
    return 0;
}

//  Call fn for each of the last lines of the file
static void
s_each_line (const char *path, long lines,
             void (*fn) (void *arg, const char *line), void *arg)
{
    int fd = open (path, O_RDONLY | O_CLOEXEC);
    FILE *file = fd != -1 ? fdopen (fd, "r") : NULL;
    char *line = NULL;
    size_t room = 0;
    if (file)
        fseeko (file, logfile_tail (fd, lines), SEEK_SET);
    while (file && getline (&line, &room, file) != -1) {
        line[strcspn (line, "\n")] = 0;
        fn (arg, line);
    }
    free (line);
    if (file)
        fclose (file);
}

static void
s_say_line (void *arg, const char *line)
{
    bool *some = arg;
    say ("    | %s", line);
    *some = true;
}

void
logfile_say_tail (const char *path, long lines)
{
    bool some = false;
    s_each_line (path, lines, s_say_line, &some);
    if (!some)
        say ("    (it printed nothing)");
}

static void
s_keep_line (void *arg, const char *line)
{
    char **last_p = arg;
    free (*last_p);
    *last_p = one_line (line, strlen (line), LINE_ROOM);
}

char *
logfile_last (const char *path)
{
    char *last = NULL;
    s_each_line (path, 1, s_keep_line, &last);
    return last;
}

void
logfile_write_to (const char *path)
{
    struct stat about;
    int flags = O_WRONLY | O_CREAT | O_APPEND;
    if (stat (path, &about) == 0 && about.st_size > LARGE)
        flags |= O_TRUNC;
    int log = open (path, flags, 0600), null = open ("/dev/null", O_RDWR);
    fflush (stdout);
    dup2 (null, STDIN_FILENO);
    dup2 (log != -1 ? log : null, STDOUT_FILENO);
    dup2 (log != -1 ? log : null, STDERR_FILENO);
    close (log);
    close (null);
}
