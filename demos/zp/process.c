//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "process.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool
process_read (process_t *self, pid_t pid)
{
    char path[32], text[1024] = "";
    snprintf (path, sizeof path, "/proc/%d/stat", (int) pid);
    FILE *file = fopen (path, "r");
    if (!file)
        return false;
    size_t size = fread (text, 1, sizeof text - 1, file);
    fclose (file);
    text[size] = 0;
    //  The program's name, in parentheses, may hold anything
    const char *after = strrchr (text, ')');
    int parent;
    long user, system, pages;
    if (!after || sscanf (after,
                          ") %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u"
                          " %ld %ld %*d %*d %*d %*d %*d %*d %*u %*u %ld",
                          &parent, &user, &system, &pages) != 4)
        return false;
    self->parent = parent;
    self->rss_kb = pages * (sysconf (_SC_PAGESIZE) / 1024);
    self->cpu_ms = (user + system) * 1000 / sysconf (_SC_CLK_TCK);
    return true;
}

long
process_files (pid_t pid)
{
    char path[32];
    snprintf (path, sizeof path, "/proc/%d/fd", (int) pid);
    DIR *folder = opendir (path);
    if (!folder)
        return -1;
    long count = 0;
    struct dirent *entry;
    while ((entry = readdir (folder)))
        count += entry->d_name[0] != '.';
    closedir (folder);
    return count;
}
