//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "args.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "zp_similar.h"

#define FIRST 256  // What getopt_long returns for the first option
#define HELP  (FIRST + OPTIONS_MAX)

static int
s_count (const command_t *command)
{
    int count = 0;
    while (count < OPTIONS_MAX && command->options[count].name)
        count++;
    return count;
}

static int
s_operands_max (const command_t *command)
{
    int count = 0;
    while (count < OPERANDS_MAX && command->operands[count] != OPERAND_NONE)
        count++;
    return count;
}

//  Fill in what getopt_long wants to know
static void
s_describe (const command_t *command, struct option *longs, char *shorts)
{
    *shorts++ = ':';  // Tell a missing value from an unknown option
    int count = s_count (command);
    for (int i = 0; i < count; i++) {
        const option_t *option = &command->options[i];
        *longs++ = (struct option){option->name, option->value != NULL, NULL,
                                   FIRST + i};
        if (option->letter) {
            *shorts++ = option->letter;
            if (option->value)
                *shorts++ = ':';
        }
    }
    *longs++ = (struct option){"help", 0, NULL, HELP};
    *longs = (struct option){0};
    *shorts++ = 'h';
    *shorts = 0;
}

static void
s_try_help (const command_t *command)
{
    say_hint ("zp help %s", command->name);
}

static void
s_unknown (const command_t *command, const char *word)
{
    zp_similar_t similar = {.word = word + strspn (word, "-")};
    for (int i = 0; i < s_count (command); i++)
        zp_similar_try (&similar, command->options[i].name);
    zp_similar_try (&similar, "help");
    say_error ("zp %s: unknown option %s", command->name, word);
    if (similar.best)
        say_hint_meant ("--%s", similar.best);
    else
        s_try_help (command);
}

//  Says what getopt_long did not like, which has left optopt and optind
static void
s_complain (const command_t *command, int found, char **argv)
{
    if (found == ':') {
        say_error ("zp %s: option %s needs a value", command->name,
                   argv[optind - 1]);
        s_try_help (command);
    }
    else if (optopt >= FIRST) {
        say_error ("zp %s: option %s takes no value", command->name,
                   argv[optind - 1]);
        s_try_help (command);
    }
    else if (optopt) {
        char word[] = {'-', (char) optopt, 0};
        s_unknown (command, word);
    }
    else
        s_unknown (command, argv[optind - 1]);
}

static bool
s_number_fits (const option_t *option, const char *text)
{
    char *end;
    errno = 0;
    long number = strtol (text, &end, 10);
    return *text && *end == 0 && errno == 0 && number >= option->min &&
           number <= option->max;
}

static bool
s_number_right (const command_t *command, const option_t *option,
                const char *value)
{
    if (s_number_fits (option, value))
        return true;
    say_error ("zp %s: --%s takes a number from %ld to %ld, not '%s'",
               command->name, option->name, option->min, option->max, value);
    s_try_help (command);
    return false;
}

static bool
s_choice_right (const command_t *command, const option_t *option,
                const char *value)
{
    zp_similar_t similar = {.word = value};
    for (const char *const *at = option->choices; *at; at++) {
        if (strcmp (*at, value) == 0)
            return true;
        zp_similar_try (&similar, *at);
    }
    say_error ("zp %s: --%s can't be '%s'", command->name, option->name, value);
    if (similar.best)
        say_hint_meant ("%s", similar.best);
    else
        s_try_help (command);
    return false;
}

static bool
s_take (args_t *self, int number, const char *value)
{
    const option_t *option = &self->command->options[number];
    if ((option->min || option->max) &&
        !s_number_right (self->command, option, value))
        return false;
    if (option->choices && !s_choice_right (self->command, option, value))
        return false;
    const char **values = self->values[number];
    int count = 0;
    while (option->many && count < VALUES_MAX && values[count])
        count++;
    if (count == VALUES_MAX) {
        say_error ("zp %s: --%s can be given %d times, not more",
                   self->command->name, option->name, VALUES_MAX);
        return false;
    }
    values[count] = value ? value : "";
    return true;
}

//  Number of the option with that letter; all letters that come here are known
static int
s_lettered (const command_t *command, int letter)
{
    int number = 0;
    while (command->options[number].letter != letter)
        number++;
    return number;
}

static bool
s_operands_right (const args_t *self)
{
    int max = s_operands_max (self->command);
    bool more = self->count > max && !self->command->many;
    if (self->count >= self->command->needed && !more)
        return true;
    if (more)
        say_error ("zp %s: what is '%s' for?", self->command->name,
                   self->operands[max]);
    else
        say_error ("zp %s: something is missing", self->command->name);
    say ("    usage: zp %s %s", self->command->name, self->command->usage);
    s_try_help (self->command);
    return false;
}

bool
args_parse (args_t *self, const command_t *command, int argc, char **argv)
{
    struct option longs[OPTIONS_MAX + 2];
    char shorts[2 * OPTIONS_MAX + 3];
    s_describe (command, longs, shorts);

    *self = (args_t){.command = command};
    opterr = 0;
    optind = 0;  // Start anew; in glibc 1 is not enough
    int found;
    while ((found = getopt_long (argc, argv, shorts, longs, NULL)) != -1) {
        if (found == '?' || found == ':') {
            s_complain (command, found, argv);
            return false;
        }
        if (found == HELP || found == 'h') {
            self->help = true;
            return true;
        }
        int number =
            found >= FIRST ? found - FIRST : s_lettered (command, found);
        if (!s_take (self, number, optarg))
            return false;
    }
    self->operands = argv + optind;
    self->count = argc - optind;
    return s_operands_right (self);
}

const char *
args_operand (const args_t *self, int number)
{
    return number < self->count ? self->operands[number] : NULL;
}

const char *
args_text_at (const args_t *self, const char *name, int number)
{
    for (int i = 0; i < s_count (self->command); i++)
        if (strcmp (self->command->options[i].name, name) == 0)
            return number < VALUES_MAX ? self->values[i][number] : NULL;
    assert (!"an option that the command has");
    return NULL;
}

const char *
args_text (const args_t *self, const char *name)
{
    return args_text_at (self, name, 0);
}

bool
args_has (const args_t *self, const char *name)
{
    return args_text (self, name) != NULL;
}

long
args_number (const args_t *self, const char *name, long otherwise)
{
    const char *text = args_text (self, name);
    return text ? strtol (text, NULL, 10) : otherwise;
}
