//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "rundir.h"

#include <dirent.h>
#include <fcntl.h>

#define NAME_MAX_BYTES 31

static bool
s_is_name (const char *name)
{
    size_t size = strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789-_");
    return size > 0 && size <= NAME_MAX_BYTES && name[size] == 0 &&
           isalnum ((unsigned char) *name);
}

char *
rundir_name_wrong (const char *name)
{
    if (s_is_name (name))
        return NULL;
    return zsys_sprintf ("a name is 1 to %d of a-z, 0-9, - and _, and starts "
                         "with a letter or digit, unlike \"%s\"",
                         NAME_MAX_BYTES, name);
}

char *
rundir_base (void)
{
    const char *folder = getenv ("XDG_RUNTIME_DIR");
    if (!folder || *folder != '/')
        folder = "/tmp";
    return zsys_sprintf ("%s/zpatterns-%d", folder, (int) geteuid ());
}

char *
rundir_path (const char *name)
{
    char *base = rundir_base ();
    char *path = zsys_sprintf ("%s/%s", base, name);
    free (base);
    return path;
}

static char *
s_file (const char *name, const char *file)
{
    char *base = rundir_base ();
    char *path = zsys_sprintf ("%s/%s/%s", base, name, file);
    free (base);
    return path;
}

//  Make a folder that is ours alone. In /tmp somebody else may have been there
//  first, or have laid a link, so believe only what lstat says. Returns NULL,
//  or why not.
static char *
s_make (const char *path)
{
    struct stat about;
    if (mkdir (path, 0700) == -1 && errno != EEXIST)
        return zsys_sprintf ("can't make the folder %s: %s", path,
                             strerror (errno));
    if (lstat (path, &about) == -1)
        return zsys_sprintf ("can't look at %s: %s", path, strerror (errno));
    if (!S_ISDIR (about.st_mode) || about.st_uid != geteuid () ||
        about.st_mode & 077)
        return zsys_sprintf ("%s must be a folder of yours that nobody else "
                             "may enter: chmod 700 or remove it, or set "
                             "XDG_RUNTIME_DIR",
                             path);
    return NULL;
}

char *
rundir_make_base (void)
{
    char *base = rundir_base ();
    char *why = s_make (base);
    free (base);
    return why;
}

static char *
s_make_all (const char *name)
{
    char *path = rundir_path (name), *logs = s_file (name, "logs");
    char *why = rundir_make_base ();
    if (!why)
        why = s_make (path);
    if (!why)
        why = s_make (logs);
    free (logs);
    free (path);
    return why;
}

//  A lock of the whole file. It belongs to the open file, not to the process
//  (F_OFD_...), so children that inherit it hold it as well, and others can ask
//  for it without taking it.
static struct flock
s_lock (void)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

int
rundir_take (const char *name, bool *busy, char **why)
{
    *busy = false;
    *why = s_make_all (name);
    if (*why)
        return -1;
    char *path = s_file (name, "lock");
    int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct flock lock = s_lock ();
    if (fd == -1)
        *why = zsys_sprintf ("can't open %s: %s", path, strerror (errno));
    else if (fcntl (fd, F_OFD_SETLK, &lock) == -1) {
        *busy = errno == EAGAIN || errno == EACCES;
        *why = *busy
                   ? zsys_sprintf ("%s is running already", name)
                   : zsys_sprintf ("can't lock %s: %s", path, strerror (errno));
        close (fd);
        fd = -1;
    }
    else {
        //  Who holds it is for people, so it is no harm if that can't be
        //  written
        if (ftruncate (fd, 0) == 0)
            dprintf (fd, "%d\n", (int) getpid ());
        rundir_clean (name);
    }
    free (path);
    return fd;
}

pid_t
rundir_holder (const char *name)
{
    char *path = s_file (name, "lock");
    int fd = open (path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    free (path);
    if (fd == -1)
        return 0;
    struct flock lock = s_lock ();
    bool held = fcntl (fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    char pid[16] = "";
    ssize_t size = held ? read (fd, pid, sizeof pid - 1) : 0;
    close (fd);
    //  Taken, but its pid not written yet, is running as well
    return !held ? 0 : size > 0 && atoi (pid) > 0 ? atoi (pid) : 1;
}

void
rundir_clean (const char *name)
{
    char *path = rundir_path (name);
    int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd != -1 ? fdopendir (fd) : NULL;
    struct dirent *entry;
    struct stat about;
    while (folder && (entry = readdir (folder)))
        if (fstatat (fd, entry->d_name, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISSOCK (about.st_mode))
            unlinkat (fd, entry->d_name, 0);
    if (folder)
        closedir (folder);
    free (path);
}

static int
s_compare (const void *a, const void *b)
{
    return strcmp (a, b);
}

zlistx_t *
rundir_list (bool running)
{
    zlistx_t *names = zlistx_new ();
    zlistx_set_duplicator (names, (zlistx_duplicator_fn *) strdup);
    zlistx_set_destructor (names, (zlistx_destructor_fn *) zstr_free);
    zlistx_set_comparator (names, s_compare);
    char *base = rundir_base ();
    DIR *folder = opendir (base);
    struct dirent *entry;
    while (folder && (entry = readdir (folder)))
        if (s_is_name (entry->d_name) &&
            (rundir_holder (entry->d_name) != 0) == running)
            zlistx_add_end (names, entry->d_name);
    if (folder)
        closedir (folder);
    free (base);
    zlistx_sort (names);
    return names;
}
