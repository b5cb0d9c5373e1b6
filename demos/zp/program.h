//  SPDX-License-Identifier: MIT
//
//  program - finds programs that a topology names

#ifndef PROGRAM_H
#define PROGRAM_H

#include <czmq.h>

#include "zp_similar.h"

//  The folder that this program itself is in; the caller frees it.
char *program_folder (void);

//  The full path of a program, which the caller frees: an absolute name as it
//  is; one with a slash from folder; any other next to this program, or else in
//  PATH. NULL if there is none that may be run.
char *program_find (const char *name, const char *folder);

//  The names of the programs next to this one, this one excepted, sorted. The
//  caller destroys the list.
zlistx_t *program_neighbours (void);

#endif
