//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "flags.h"

#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define FLAGS_MAX 16
#define HELP      0  // Of flag i it is i + 1

static void
s_set (const flag_t *flag, char *text)
{
    switch (flag->kind) {
    case FLAG_IS_WORDS:
        *(words_t *) flag->value = words_list (flag->name, text, flag->may);
        break;
    case FLAG_IS_NUMBERS:
        *(words_t *) flag->value =
            words_numbers (flag->name, text, flag->least, flag->most);
        break;
    case FLAG_IS_INT:
        *(int *) flag->value =
            (int) words_number (flag->name, text, flag->least, flag->most);
        break;
    case FLAG_IS_U64:
        *(uint64_t *) flag->value =
            (uint64_t) words_number (flag->name, text, flag->least, flag->most);
        break;
    case FLAG_IS_REAL:
        *(double *) flag->value =
            words_number (flag->name, text, flag->least, flag->most);
        break;
    case FLAG_IS_TEXT:
        *(const char **) flag->value = text;
        break;
    case FLAG_IS_TRUE:
        *(bool *) flag->value = true;
        break;
    case FLAG_IS_CALL:
        flag->fn (flag->value);
        break;
    }
}

void
flags_read (int argc, char **argv, const flag_t *flags,
            void (*print_help) (void))
{
    struct option known[FLAGS_MAX + 2] = {{"help", no_argument, NULL, HELP}};
    for (int i = 0; i < FLAGS_MAX && flags[i].name; i++)
        known[i + 1] = (struct option){
            flags[i].name,
            flags[i].kind < FLAG_IS_TRUE ? required_argument : no_argument,
            NULL, i + 1};
    int found;
    while ((found = getopt_long (argc, argv, "", known, NULL)) != -1) {
        if (found == HELP) {
            print_help ();
            exit (0);
        }
        if (found == '?')
            exit (2);
        s_set (&flags[found - 1], optarg);
    }
    if (optind < argc) {
        fprintf (stderr, "E: what is '%s'? See --help\n", argv[optind]);
        exit (2);
    }
}
