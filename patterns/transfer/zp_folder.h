//  SPDX-License-Identifier: MIT
//
//  zp_folder - names from outside, looked up below a folder and nowhere else
//
//  A name is a relative path. It is walked from the folder on, one part after
//  the other, with no symbolic link followed, so that nobody who changes links
//  meanwhile can lead it elsewhere. Parts that are empty or begin with a dot
//  are refused, "." and ".." with them.

#ifndef ZP_FOLDER_H
#define ZP_FOLDER_H

#include "zp_transfer.h"

typedef struct zp_folder zp_folder_t;

//  The folder at this path; it may be a link itself. On failure NULL, and text,
//  room for ZP_TRANSFER_TEXT bytes, says why.
zp_folder_t *zp_folder_new (const char *path, char *text);

void zp_folder_destroy (zp_folder_t **self_p);

//  Open the folder in which `name` is, or would be, and point *leaf_p at the
//  last part of name. Returns a descriptor, for the caller to close; or -1, and
//  *status_p and text say why.
int zp_folder_parent (zp_folder_t *self, const char *name, const char **leaf_p,
                      zp_status_t *status_p, char *text);

//  Open the regular file called `name` for reading. Returns as above.
int zp_folder_open (zp_folder_t *self, const char *name, zp_status_t *status_p,
                    char *text);

//  The status for an errno, with the text "WHAT: REASON". Returns -1.
int
zp_folder_fail (int error, const char *what, zp_status_t *status_p, char *text);

#endif
