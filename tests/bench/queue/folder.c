//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "folder.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "figure.h"
#include "flow.h"
#include "part.h"

#define BLOCK       4096
#define BLOCKS      64  // Synced to find out how long it takes
#define DESCRIPTORS 16  // For nftw

static char s_path[PATH_MAX];
static uint64_t s_bytes;

static int
s_remove (const char *path, const struct stat *info, int kind,
          struct FTW *place)
{
    (void) info;
    (void) kind;
    if (place->level > 0)
        remove (path);
    return 0;
}

static int
s_add (const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void) path;
    (void) place;
    if (kind == FTW_F)
        s_bytes += (uint64_t) info->st_blocks * 512;
    return 0;
}

static void
s_end (void)
{
    folder_clean (s_path);
    rmdir (s_path);
}

const char *
folder_new (const char *base)
{
    char program[PATH_MAX];
    ssize_t size = readlink ("/proc/self/exe", program, sizeof program - 1);
    part_check (size > 0, "/proc/self/exe");
    program[size] = 0;
    *strrchr (program, '/') = 0;
    size =
        base ? snprintf (s_path, sizeof s_path, "%s/bench-XXXXXX", base)
             : snprintf (s_path, sizeof s_path, "%s/../bench-XXXXXX", program);
    part_check (size < (ssize_t) sizeof s_path && mkdtemp (s_path), s_path);
    atexit (s_end);
    struct statfs info;
    if (statfs (s_path, &info) == 0 && info.f_type == TMPFS_MAGIC)
        fprintf (stderr, "I: %s is in memory, where to sync means nothing\n",
                 s_path);
    return s_path;
}

void
folder_clean (const char *path)
{
    nftw (path, s_remove, DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
    int handle = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle >= 0) {
        syncfs (handle);
        close (handle);
    }
}

uint64_t
folder_bytes (const char *path)
{
    s_bytes = 0;
    nftw (path, s_add, DESCRIPTORS, FTW_PHYS);
    return s_bytes;
}

//  Write and sync each block of a file.
static double
s_sync_us (int handle)
{
    static const char block[BLOCK] = "block";
    double values[BLOCKS];
    for (int i = 0; i < BLOCKS; i++) {
        part_check (pwrite (handle, block, BLOCK, (off_t) i * BLOCK) == BLOCK,
                    "write");
        uint64_t start_ns = flow_clock ();
        part_check (fdatasync (handle) == 0, "sync");
        values[i] = (double) (flow_clock () - start_ns) / 1e3;
    }
    return figure_of (values, BLOCKS).median;
}

folder_syncs_t
folder_sync (const char *path)
{
    char *name;
    part_check (asprintf (&name, "%s/sync", path) > 0, "memory");
    int handle = open (name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    part_check (handle >= 0, name);
    folder_syncs_t syncs = {.append_us = s_sync_us (handle)};
    syncs.over_us = s_sync_us (handle);
    close (handle);
    unlink (name);
    free (name);
    return syncs;
}
