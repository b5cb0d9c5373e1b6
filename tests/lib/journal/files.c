//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <czmq.h>

static void
s_copy (const char *from, const char *to)
{
    zchunk_t *bytes = zchunk_slurp (from, 0);
    if (!bytes && !zsys_file_exists (from))
        return;
    FILE *file = fopen (to, "wb");
    assert_non_null (file);
    if (bytes)
        fwrite (zchunk_data (bytes), 1, zchunk_size (bytes), file);
    assert_int_equal (fclose (file), 0);
    zchunk_destroy (&bytes);
}

void
files_copy (const char *folder, const char *name, const char *path)
{
    static const char *endings[] = {"", "-wal", "-journal"};
    const char *source = getenv ("ZP_SOURCE_DIR");
    assert_non_null (source);
    for (size_t i = 0; i < 3; i++) {
        char *from = zsys_sprintf ("%s/tests/lib/journal/%s/%s%s", source,
                                   folder, name, endings[i]);
        char *to = zsys_sprintf ("%s%s", path, endings[i]);
        s_copy (from, to);
        free (from);
        free (to);
    }
}

char *
files_digest (const char *folder)
{
    zdir_t *dir = zdir_new (folder, "-");
    assert_non_null (dir);
    zlist_t *files = zdir_list (dir);
    char *digest = strdup ("");
    for (zfile_t *file = zlist_first (files); file; file = zlist_next (files)) {
        char *more =
            zsys_sprintf ("%s%s %s\n", digest, zfile_filename (file, folder),
                          zfile_digest (file));
        free (digest);
        digest = more;
    }
    zlist_destroy (&files);
    zdir_destroy (&dir);
    return digest;
}
