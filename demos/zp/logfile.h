//  SPDX-License-Identifier: MIT
//
//  logfile - the end of a file of lines

#ifndef LOGFILE_H
#define LOGFILE_H

#include <sys/types.h>

//  Where the last lines of the open file begin, as many as asked for; 0 if it
//  has no more.
off_t logfile_tail (int fd, long lines);

//  Say the last lines of the file on stderr, indented, or that there are none.
void logfile_say_tail (const char *path, long lines);

//  Its last line, which the caller frees, cut if it is very long; or NULL.
char *logfile_last (const char *path);

//  From now on let all that this process prints go to the end of the file, or
//  to nowhere if that can't be; a file that is large already is begun anew.
void logfile_write_to (const char *path);

#endif
