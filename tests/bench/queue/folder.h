//  SPDX-License-Identifier: MIT
//
//  folder - a place on disk for what is measured, gone when the program ends

#ifndef FOLDER_H
#define FOLDER_H

#include <stdint.h>

//  Make a new folder in base, or, if that is NULL, beside the folder that this
//  program is in. On failure it ends the program. Returns its path, which
//  stays; it is removed, with all that is in it, when the program ends.
const char *folder_new (const char *base);

//  Remove all that is in the folder at path, and wait until the disk has
//  nothing left to do.
void folder_clean (const char *path);

//  Bytes on disk of all files in the folder at path.
uint64_t folder_bytes (const char *path);

//  How long it takes there to sync 4 KiB: microseconds, the median of many.
//  Written over what was there, as a log that is used again does, or appended.
typedef struct folder_syncs {
    double over_us;    // Written over
    double append_us;  // Appended
} folder_syncs_t;

folder_syncs_t folder_sync (const char *path);

#endif
