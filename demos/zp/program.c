//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "program.h"

#include <dirent.h>
#include <limits.h>

char *
program_folder (void)
{
    char *path = realpath ("/proc/self/exe", NULL);
    char *slash = path ? strrchr (path, '/') : NULL;
    if (slash)
        *slash = 0;
    return path;
}

static bool
s_runs (const char *path)
{
    struct stat about;
    return stat (path, &about) == 0 && S_ISREG (about.st_mode) &&
           access (path, X_OK) == 0;
}

//  The full path of that name in that folder, if it can be run
static char *
s_in (const char *folder, const char *name)
{
    char *path = zsys_sprintf ("%s/%s", *folder ? folder : ".", name);
    char *found = s_runs (path) ? realpath (path, NULL) : NULL;
    free (path);
    return found;
}

static char *
s_in_path (const char *name)
{
    const char *path = getenv ("PATH");
    char *folders = strdup (path ? path : ""), *rest = folders, *found = NULL;
    while (rest && !found)
        found = s_in (strsep (&rest, ":"), name);
    free (folders);
    return found;
}

char *
program_find (const char *name, const char *folder)
{
    if (*name == 0)
        return NULL;
    if (*name == '/')
        return s_in ("/", name);
    if (strchr (name, '/'))
        return s_in (folder, name);
    char *here = program_folder ();
    char *found = here ? s_in (here, name) : NULL;
    free (here);
    return found ? found : s_in_path (name);
}

static int
s_compare (const void *a, const void *b)
{
    return strcmp (a, b);
}

zlistx_t *
program_neighbours (void)
{
    zlistx_t *names = zlistx_new ();
    zlistx_set_duplicator (names, (zlistx_duplicator_fn *) strdup);
    zlistx_set_destructor (names, (zlistx_destructor_fn *) zstr_free);
    zlistx_set_comparator (names, s_compare);
    char *here = program_folder ();
    char *self = realpath ("/proc/self/exe", NULL);
    DIR *folder = here ? opendir (here) : NULL;
    struct dirent *entry;
    while (folder && (entry = readdir (folder))) {
        char *path = s_in (here, entry->d_name);
        if (path && strcmp (path, self) != 0)
            zlistx_add_end (names, entry->d_name);
        free (path);
    }
    if (folder)
        closedir (folder);
    free (self);
    free (here);
    zlistx_sort (names);
    return names;
}
