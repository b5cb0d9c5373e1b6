//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "expand.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES                                                             \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

//  Bytes of the name of the placeholder that starts here, or 0 if none does
static size_t
s_name_size (const char *text)
{
    size_t size = *text == '{' ? strspn (text + 1, NAME_BYTES) : 0;
    return size < EXPAND_NAME_MAX && text[1 + size] == '}' ? size : 0;
}

char *
expand (const char *text, expand_fn *fn, void *arg, char *unknown)
{
    char *expanded;
    size_t expanded_size;
    FILE *out = open_memstream (&expanded, &expanded_size);
    assert (out);
    bool known = true;
    while (*text && known) {
        size_t size = s_name_size (text);
        if (size) {
            char name[EXPAND_NAME_MAX] = "";
            memcpy (name, text + 1, size);
            const char *value = fn (arg, name);
            known = value != NULL;
            if (known)
                fputs (value, out);
            else
                strcpy (unknown, name);
            text += size + 2;
        }
        else {
            putc (*text, out);
            text += text[0] == '{' && text[1] == '{' ? 2 : 1;
        }
    }
    fclose (out);
    if (!known) {
        free (expanded);
        return NULL;
    }
    return expanded;
}
