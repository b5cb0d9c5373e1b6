//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "frames_file.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

//  Append the bytes in this line to the frame. True if it goes on
static bool
s_read_bytes (const char *line, zchunk_t *frame)
{
    unsigned value;
    int used;
    while (sscanf (line, " %2x%n", &value, &used) == 1) {
        uint8_t byte = (uint8_t) value;
        zchunk_extend (frame, &byte, 1);
        line += used;
    }
    line += strspn (line, " -\n");
    if (*line && *line != '\\')
        fail_msg ("not a frame: %s", line);
    return *line == '\\';
}

static zmsg_t *
s_read (FILE *file)
{
    zmsg_t *message = zmsg_new ();
    zchunk_t *frame = zchunk_new (NULL, 0);
    char line[256];
    int count = 1;
    while (fgets (line, sizeof line, file)) {
        if (line[0] == '#')
            continue;
        const char *bytes = strchr (line, '*');
        if (bytes)
            count = atoi (line);
        if (s_read_bytes (bytes ? bytes + 1 : line, frame))
            continue;
        for (; count; count--)
            zmsg_addmem (message, zchunk_data (frame), zchunk_size (frame));
        zchunk_set (frame, NULL, 0);
        count = 1;
    }
    zchunk_destroy (&frame);
    return message;
}

void
frames_file_each (const char *folder, frames_file_fn *fn, void *arg)
{
    const char *source = getenv ("ZP_SOURCE_DIR");
    if (!source)
        fail_msg ("set ZP_SOURCE_DIR to the top of the source tree");
    char pattern[4096];
    snprintf (pattern, sizeof pattern, "%s/tests/patterns/reqrep/%s/*.frames",
              source, folder);
    glob_t found;
    assert_int_equal (glob (pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        FILE *file = fopen (found.gl_pathv[i], "r");
        assert_non_null (file);
        fn (strrchr (found.gl_pathv[i], '/') + 1, s_read (file), arg);
        fclose (file);
    }
    globfree (&found);
}
