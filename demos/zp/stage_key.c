//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "stage_key.h"

#include <czmq.h>
#include <fcntl.h>

#include "textfile.h"
#include "zp_gateway_keys.h"

#define WHO        "stage"  // Name of the key, and the group that it opens
#define FILE_BYTES 4096

//  Write all of a text where nobody else can read it, then give it its name
static char *
s_write (const char *path, const char *text)
{
    char *new = zsys_sprintf ("%s.new", path);
    unlink (new);  // Left by one that was killed
    int file = open (new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ssize_t size = (ssize_t) strlen (text);
    bool written = file != -1 && write (file, text, (size_t) size) == size;
    int error = errno;
    if (file != -1 && close (file) == -1 && written) {
        written = false;
        error = errno;
    }
    if (written && rename (new, path) == -1) {
        written = false;
        error = errno;
    }
    if (!written)
        unlink (new);
    free (new);
    return written
               ? NULL
               : zsys_sprintf ("can't write %s: %s", path, strerror (error));
}

//  True if the files are of this run, and belong to each other
static bool
s_there (const char *keys, const char *token, const char *head)
{
    if (!keys || !token)
        return false;
    size_t keys_size = 0, token_size = 0;
    char *text = textfile_read (keys, FILE_BYTES, &keys_size);
    char *key = textfile_read (token, FILE_BYTES, &token_size);
    bool there = false;
    if (text && key && strncmp (text, head, strlen (head)) == 0) {
        zp_gateway_keys_t *all =
            zp_gateway_keys_new ((zp_span_t){text, keys_size}, NULL);
        zp_span_t shown = {key, strcspn (key, "\n")};
        const zp_gateway_key_t *found =
            all ? zp_gateway_keys_find (all, shown) : NULL;
        there = found && zp_gateway_key_opens (found, WHO);
        zp_gateway_keys_destroy (&all);
    }
    free (text);
    free (key);
    return there;
}

char *
stage_key_make (const char *keys, const char *token, const char *run)
{
    char *head = zsys_sprintf ("#  Of the run %s\n", run), *why = NULL;
    if (!s_there (keys, token, head)) {
        char key[ZP_GATEWAY_KEY_SIZE + 1];
        char *line = zp_gateway_key_make (WHO, WHO, key);
        char *text = zsys_sprintf ("%s%s", head, line);
        char *secret = zsys_sprintf ("%s\n", key);
        if (keys)
            why = s_write (keys, text);
        if (token && !why)
            why = s_write (token, secret);
        free (secret);
        free (text);
        free (line);
    }
    free (head);
    return why;
}
