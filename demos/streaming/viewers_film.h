//  SPDX-License-Identifier: MIT
//
//  viewers_film - is what was sent the film that it should be?
//
//  Byte by byte as it comes, against a file.

#ifndef VIEWERS_FILM_H
#define VIEWERS_FILM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct viewers_film {
    int file;        // With the film
    int64_t size;    // Its bytes
    char name[100];  // Of the file, without its folder
} viewers_film_t;

//  False, and errno says why, if it can't be read, or is no file with a film.
bool viewers_film_open (viewers_film_t *self, const char *path);
void viewers_film_close (viewers_film_t *self);

//  A part of it that is on its way
typedef struct viewers_part {
    int64_t at;   // Which byte comes next
    int64_t end;  // Behind the last one
    bool wrong;   // Others came
} viewers_part_t;

//  So many bytes have come.
void viewers_film_take (const viewers_film_t *self, viewers_part_t *part,
                        const void *data, size_t size);

//  When all is over: those came, all of them, and no others.
bool viewers_part_right (const viewers_part_t *self);

#endif
