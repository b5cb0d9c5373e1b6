//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
s_wrong (const char *option, const char *value)
{
    fprintf (stderr, "E: --%s can't be '%s'; see --help\n", option, value);
    exit (2);
}

double
words_number (const char *option, const char *text, double least, double most)
{
    char *end;
    double number = strtod (text, &end);
    if (end == text || *end || !(number >= least && number <= most))
        s_wrong (option, text);
    return number;
}

static words_t
s_list (const char *option, char *text)
{
    words_t list = {.count = 0};
    char *rest = text;
    while (rest && list.count < WORDS_MAX)
        list.items[list.count++] = strsep (&rest, ",");
    if (rest)
        s_wrong (option, rest);
    return list;
}

words_t
words_list (const char *option, char *text, word_fn *may)
{
    words_t list = s_list (option, text);
    for (size_t i = 0; i < list.count; i++)
        if (!may (list.items[i]))
            s_wrong (option, list.items[i]);
    return list;
}

words_t
words_numbers (const char *option, char *text, double least, double most)
{
    words_t list = s_list (option, text);
    for (size_t i = 0; i < list.count; i++)
        words_number (option, list.items[i], least, most);
    return list;
}

bool
words_have (const words_t *self, const char *word)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp (self->items[i], word) == 0)
            return true;
    return false;
}
