//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "store.h"

#include <czmq.h>
#include <libgen.h>

#define BLOCK 65536

bool
store_name_right (const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    size_t size = strlen (name);
    return size > 0 && size <= STORE_NAME_MAX && *name != '-' &&
           strspn (name, letters) == size;
}

//  See that the names in the folder of a file are on disk
static bool
s_sync_folder (const char *path)
{
    char *copy = strdup (path);
    int folder = open (dirname (copy), O_RDONLY | O_DIRECTORY);
    bool well = folder != -1 && fsync (folder) == 0;
    if (folder != -1)
        close (folder);
    free (copy);
    return well;
}

bool
store_folder (const char *path)
{
    return (mkdir (path, 0777) == 0 || errno == EEXIST) && s_sync_folder (path);
}

//  Close a file that all was well with so far, or was not
static bool
s_close (FILE *file, bool well)
{
    int why = errno;
    bool closed = fclose (file) == 0;
    if (!well)
        errno = why;
    return well && closed;
}

bool
store_copy (FILE *from, const char *path, int64_t max, int64_t *bytes)
{
    *bytes = 0;
    FILE *to = fopen (path, "wb");
    if (!to)
        return false;
    char block[BLOCK];
    size_t size = 1;
    bool well = true;
    while (well && size && *bytes < max) {
        int64_t left = max - *bytes;
        size = fread (block, 1, left < BLOCK ? (size_t) left : BLOCK, from);
        well = !ferror (from) && fwrite (block, 1, size, to) == size;
        *bytes += (int64_t) size;
    }
    return s_close (to, well);
}

bool
store_seal (const char *path, store_sum_t *sum)
{
    sum->bytes = 0;
    FILE *file = fopen (path, "rb");
    if (!file)
        return false;
    char block[BLOCK];
    size_t size;
    zdigest_t *digest = zdigest_new ();
    while ((size = fread (block, 1, BLOCK, file)) > 0) {
        zdigest_update (digest, (const byte *) block, size);
        sum->bytes += (int64_t) size;
    }
    snprintf (sum->hash, sizeof sum->hash, "%s", zdigest_string (digest));
    for (char *at = sum->hash; *at; at++)
        *at = (char) tolower ((unsigned char) *at);
    zdigest_destroy (&digest);
    return s_close (file, !ferror (file) && fsync (fileno (file)) == 0);
}

bool
store_publish (const char *part, const char *path)
{
    return rename (part, path) == 0 && s_sync_folder (path);
}

bool
store_save (const char *path, json_t *json)
{
    //  Two that write the same at once must not share the part
    char *part = zsys_sprintf ("%s.%d-%p", path, getpid (), (void *) json);
    store_sum_t sum;
    bool well = json_dump_file (json, part, JSON_INDENT (2)) == 0 &&
                store_seal (part, &sum) && store_publish (part, path);
    int why = errno;
    if (!well)
        unlink (part);
    free (part);
    errno = why;
    return well;
}
