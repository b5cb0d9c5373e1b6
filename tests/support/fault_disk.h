//  SPDX-License-Identifier: MIT
//
//  fault_disk - what a disk holds after the power was lost
//
//  Real files are what programs see, as the operating system shows it to them.
//  Told of each change to these, the disk knows what of it was synced, in which
//  order the rest came, and so what may be there when the power is back. A name
//  is one thing, and the file it stands for another: a file that was created,
//  synced, and whose folder was not, may have no name after it (POSIX promises
//  no more, and so does SQLite assume).
//
//  Not for several threads at once.

#ifndef FAULT_DISK_H
#define FAULT_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct fault_disk fault_disk_t;
typedef struct fault_file fault_file_t;

#define FAULT_SECTOR 512  // Bytes that a disk writes wholly or not at all

//  What becomes of changes that were not synced
typedef enum fault_loss {
    FAULT_LOSS_NOTHING,    // They are there: only the program died
    FAULT_LOSS_UNSYNCED,   // They are lost
    FAULT_LOSS_TORN,       // They are there up to some change, which is torn
    FAULT_LOSS_REORDERED,  // Each sector, size and name is there as it was at
                           // some time since it was synced; only what was cut
                           // off goes with the size. What lies between the old
                           // and the new end of a file may be garbage
    FAULT_LOSSES
} fault_loss_t;

fault_disk_t *fault_disk_new (void);
void fault_disk_destroy (fault_disk_t **self_p);

//  The file at path, which exists. What the disk was not told of counts as
//  synced. It is the disk's, until fault_disk_lose.
fault_file_t *fault_disk_file (fault_disk_t *self, const char *path);

//  The same if it was just created, and is empty.
fault_file_t *fault_disk_create (fault_disk_t *self, const char *path);

//  It is about to be deleted, if it exists.
void fault_disk_delete (fault_disk_t *self, const char *path);

//  Its bytes were changed (data is copied), or its size.
void fault_disk_write (fault_disk_t *self, fault_file_t *file, int64_t offset,
                       const void *data, size_t size);
void
fault_disk_resize (fault_disk_t *self, fault_file_t *file, int64_t size_bytes);

//  It was synced; or that failed, and then its changes are forgotten: the disk
//  will never have them, though programs see them, and a later sync succeeds
//  (as on Linux: Rebello et al., USENIX ATC 2020).
void fault_disk_sync (fault_file_t *file);
void fault_disk_sync_failed (fault_file_t *file);

//  The names in the folder that path lies in were synced.
void fault_disk_sync_names (fault_disk_t *self, const char *path);

int64_t fault_disk_size (const fault_file_t *file);

//  Sum of the sizes of the files that have names.
int64_t fault_disk_used (const fault_disk_t *self);

//  The power is lost, and comes back: the real files become what survived, as
//  the seed has it, and the disk forgets all of them. No program may have any
//  of them open.
void fault_disk_lose (fault_disk_t *self, fault_loss_t loss, uint64_t seed);

#endif
