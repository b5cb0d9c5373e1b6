//  SPDX-License-Identifier: MIT
//
//  stage_key - the key of who may break things
//
//  Made anew for each run of a constellation, but not when only the stage is
//  started again: the gateway has read it.

#ifndef STAGE_KEY_H
#define STAGE_KEY_H

#include <stdbool.h>

//  Make a key for the group "stage": its line goes to a gateway's file of keys,
//  the key itself to another, each whole or not at all, and for nobody else to
//  read. Either may be NULL. run names the run, in one word. NULL, or why it
//  could not be done, which the caller frees.
char *stage_key_make (const char *keys, const char *token, const char *run);

#endif
