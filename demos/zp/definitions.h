//  SPDX-License-Identifier: MIT
//
//  definitions - the definitions of sagas that a command is given: files, and
//  folders of them, checked one by one (zp_saga_def.h) and against each other
//
//  Against each other: no two of one name; a step that is a saga finds that
//  among them; and none would run itself.

#ifndef DEFINITIONS_H
#define DEFINITIONS_H

#include <jansson.h>

#include "command.h"
#include "zp_saga_def.h"

typedef struct definition {
    char *path;          // Of its file
    zp_saga_def_t *def;  // NULL: it has mistakes of its own
    json_t *mistakes;    // An array of {"line", "column", "text"}
} definition_t;

typedef struct definitions {
    definition_t *all;  // In the order of the words, a folder's by name
    size_t count;       // How many
    size_t mistakes;    // In all of them
} definitions_t;

//  Read what the words name, up to a NULL. services lists those that there are,
//  as zp_saga_def_new has it. EXIT_NOT_FOUND if a file can't be read or a
//  folder has none, which was said; a definition with mistakes is EXIT_OK. In
//  any case the caller clears *self.
exit_code_t definitions_read (definitions_t *self, char *const *words,
                              const char *const *services);
void definitions_clear (definitions_t *self);

//  Say on stderr all mistakes as FILE:LINE:COLUMN: TEXT, and how many there
//  are. EXIT_USAGE, or EXIT_OK if there are none.
exit_code_t definitions_say (const definitions_t *self);

#endif
