//  SPDX-License-Identifier: MIT
//
//  fault_file - a file of a fault_disk: what of it was synced, what came later
//
//  Private to fault_disk.c. All changes to a disk are numbered from 1, those of
//  names as well. A place is what is written at once: a sector, the size of a
//  file, or a name. For each place a power loss has a moment, the number of the
//  last change that it got; the kinds of loss differ in nothing but how that is
//  chosen.

#ifndef FAULT_FILE_H
#define FAULT_FILE_H

#include "fault_disk.h"

typedef struct fault_power {
    fault_loss_t kind;  // Of the loss
    uint64_t seed;      // For what is left to chance
    uint64_t first;     // Number of the first change that was not synced
    uint64_t last;      // And of the last; 0: all were
} fault_power_t;

//  The last change that a place of a thing (a file, a name) got.
uint64_t
fault_moment (const fault_power_t *power, uint64_t thing, uint64_t place);

//  An empty file, with a number that no other thing has.
fault_file_t *fault_file_new (uint64_t number);
void fault_file_destroy (fault_file_t **self_p);

//  Its content is that of the real file at path: false if there is none.
bool fault_file_load (fault_file_t *self, const char *path);

//  Change `number` writes these bytes, or makes it longer, by zeros, or
//  shorter.
void fault_file_write (fault_file_t *self, uint64_t number, int64_t offset,
                       const void *data, size_t size);
void
fault_file_resize (fault_file_t *self, uint64_t number, int64_t size_bytes);

//  Bring to the disk what the loss spares, NULL: all; and forget the rest.
void fault_file_settle (fault_file_t *self, const fault_power_t *power);

//  Forget all changes that were not synced.
void fault_file_forget (fault_file_t *self);

//  The first change that was not synced; UINT64_MAX if all were.
uint64_t fault_file_first (fault_file_t *self);

//  Make the real file at path what the disk has.
void fault_file_store (const fault_file_t *self, const char *path);

//  As programs see it.
int64_t fault_file_size (const fault_file_t *self);

#endif
