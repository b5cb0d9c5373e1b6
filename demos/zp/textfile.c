//  SPDX-License-Identifier: MIT

#include "textfile.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

char *
textfile_read (const char *path, size_t max, size_t *size_p)
{
    FILE *file = fopen (path, "r");
    if (!file)
        return NULL;
    char *text = malloc (max + 1);
    assert (text);
    errno = 0;
    *size_p = fread (text, 1, max + 1, file);
    int error = ferror (file) ? errno : *size_p > max ? EFBIG : 0;
    fclose (file);
    if (error) {
        free (text);
        errno = error;
        return NULL;
    }
    text[*size_p] = 0;
    return text;
}
