//  SPDX-License-Identifier: MIT
//
//  zp_file - files as sources of transfers
//
//  A file's version is its size and the time of its last change in
//  milliseconds, so that copies which keep that time are the same version.
//  While it is open any change of it is noticed, before what was read since is
//  given out.

#ifndef ZP_FILE_H
#define ZP_FILE_H

#include <sys/stat.h>

#include "zp_folder.h"

//  The files of a folder, which must outlive what is opened.
zp_transfer_source_t zp_file_source_of_folder (zp_folder_t *folder);

//  Any file: the names are paths.
zp_transfer_source_t zp_file_source_of_paths (void);

//  What to say of a file.
void zp_file_info (const struct stat *stat, zp_transfer_info_t *info);

#endif
