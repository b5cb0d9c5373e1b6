//  SPDX-License-Identifier: MIT
//
//  textfile - a file that a person wrote, read at once

#ifndef TEXTFILE_H
#define TEXTFILE_H

#include <stddef.h>

//  All of it, with a 0 behind, which the caller frees. NULL, and errno, if it
//  can't be read, or is longer than max bytes (EFBIG).
char *textfile_read (const char *path, size_t max, size_t *size_p);

#endif
