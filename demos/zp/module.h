//  SPDX-License-Identifier: MIT
//
//  module - what the MODULE files say
//
//  Each folder of lib/ and patterns/ is a module, and its file MODULE says what
//  belongs to it, in lines of a key and its values.

#ifndef MODULE_H
#define MODULE_H

#include <czmq.h>

typedef struct module {
    char *folder;     // From the root, such as "lib/status"
    char *summary;    // One line
    zlistx_t *files;  // Names in that folder
    zlistx_t *needs;  // Folders of other modules
    zlistx_t *links;  // Packages that pkg-config knows, or linker flags
} module_t;

//  The folder that holds lib/ and patterns/: $ZP_HOME, where this program was
//  installed, or where it was built. NULL if there is none. The caller frees
//  it.
char *module_root (void);

//  The folders of all modules, such as "lib/status", sorted. The caller
//  destroys the list.
zlistx_t *module_list (const char *root);

//  Read the module in a folder, or NULL and errno.
module_t *module_load (const char *root, const char *folder);

void module_destroy (module_t **self_p);

//  Load a module, by its folder or the last part of that, and all that it
//  needs, each after what it needs. The caller destroys the list and what is in
//  it. NULL if one is not there: *missing, which the caller frees, is its name.
zlistx_t *module_closure (const char *root, const char *name, char **missing);

#endif
