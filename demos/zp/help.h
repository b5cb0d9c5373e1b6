//  SPDX-License-Identifier: MIT
//
//  help - what zp says about itself, made from the table of commands

#ifndef HELP_H
#define HELP_H

#include <stdio.h>

#include "command.h"

//  All about one command or family of commands, examples first; about zp
//  itself also the exit codes and the environment.
void help_command (const command_t *command, FILE *to);

//  The versions of zp and of the libraries it runs with, on stdout.
void help_version (void);

#endif
