//  SPDX-License-Identifier: MIT
//
//  args - the command line after the command's name, taken apart

#ifndef ARGS_H
#define ARGS_H

#include "command.h"

#define VALUES_MAX 32  // Of an option that can be given more than once

struct args {
    const command_t *command;                     // Whose they are
    const char *values[OPTIONS_MAX][VALUES_MAX];  // By its options; NULL: not
                                                  // given, or not so often
    char **operands;  // The words that are no options, ended by NULL
    int count;        // How many of these
    bool help;        // --help was among them
};

//  Take apart argc words of argv, of which the first is the command's name.
//  False if they are wrong: that was said on stderr, with what may be meant.
//  argv may be reordered, and must stay.
bool args_parse (args_t *self, const command_t *command, int argc, char **argv);

//  The operand with that number, counted from 0, or NULL.
const char *args_operand (const args_t *self, int number);

//  True if the option with that name, which the command has, was given.
bool args_has (const args_t *self, const char *name);

//  The value of the option, or NULL if it was not given.
const char *args_text (const args_t *self, const char *name);

//  Its value with that number, counted from 0, or NULL if it was not given so
//  often.
const char *args_text_at (const args_t *self, const char *name, int number);

//  The same as a number, or otherwise if it was not given.
long args_number (const args_t *self, const char *name, long otherwise);

#endif
