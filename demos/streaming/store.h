//  SPDX-License-Identifier: MIT
//
//  store - files that are on disk, and whole, by the time anybody is told
//
//  Those that fail return false, and errno says why.

#ifndef STORE_H
#define STORE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define STORE_NAME_MAX  128  // Bytes of a name
#define STORE_HASH_SIZE 41   // Of a SHA-1 in hexadecimal digits, with a 0

//  What is in a file
typedef struct store_sum {
    int64_t bytes;               // How many
    char hash[STORE_HASH_SIZE];  // Of them
} store_sum_t;

//  True if a text from outside can be the name of a file here: a-z, 0-9, and -
//  but not first.
bool store_name_right (const char *name);

//  Make a folder, unless it is there, and see that its name is on disk.
bool store_folder (const char *path);

//  Copy what is left in a file, but at most max bytes, to a file at path, which
//  is made or replaced. *bytes is how many there were.
bool store_copy (FILE *from, const char *path, int64_t max, int64_t *bytes);

//  Read a file, and see that it is on disk.
bool store_seal (const char *path, store_sum_t *sum);

//  Give a sealed file the name by which others know it, in the same folder, and
//  see that the name is on disk. What has that name already is replaced.
bool store_publish (const char *part, const char *path);

//  Write json to a file at path, which is there whole or not at all.
bool store_save (const char *path, json_t *json);

#endif
