//  SPDX-License-Identifier: MIT
//
//  help - what zp says about itself, made from the table of commands

#ifndef HELP_H
#define HELP_H

#include <stdio.h>

#include "command.h"

//  The overview: examples, commands, exit codes, environment.
void help_all (FILE *to);

//  All about one command, on stdout: examples first.
void help_command (const command_t *command);

//  The versions of zp and of the libraries it runs with, on stdout.
void help_version (void);

#endif
