//  SPDX-License-Identifier: MIT
//
//  files - those beside the tests, and what is in a folder

#ifndef FILES_H
#define FILES_H

//  Copy a file of that folder beside the tests, such as "invalid", to path;
//  with it those with -wal and -journal at the end, if there are any.
void files_copy (const char *folder, const char *name, const char *path);

//  The names of all files in a folder and what is in them, as text that is the
//  same if these are. To be freed.
char *files_digest (const char *folder);

#endif
