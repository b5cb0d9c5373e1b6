//  SPDX-License-Identifier: MIT
//
//  fault_vfs - a disk for SQLite that fails when and as a test wants it to
//
//  Real files, so that locks are real and others can look at them, but on a
//  fault_disk, which can lose the power. Each operation on a database, its
//  journal or its log is counted, and the n-th one can be made to fail:
//
//      fault_vfs_plan (&(fault_t){FAULT_POWER, FAULT_WRITE, .at = 17,
//                                 .loss = FAULT_LOSS_TORN, .seed = seed});
//      ... use SQLite, until it fails
//      if (fault_vfs_struck ()) ...
//      fault_vfs_restart ();
//      ... open the same database again, and see
//
//  Everything may be called by any thread at any time, but for install, remove
//  and restart: no database may be open then.

#ifndef FAULT_VFS_H
#define FAULT_VFS_H

#include <stdbool.h>
#include <stdint.h>

#include "fault_disk.h"

typedef enum fault_op {
    FAULT_OPEN,
    FAULT_READ,
    FAULT_WRITE,
    FAULT_TRUNCATE,
    FAULT_SYNC,
    FAULT_DELETE,
    FAULT_OPS
} fault_op_t;

typedef enum fault_kind {
    FAULT_NONE,
    FAULT_ERROR,  // EIO. A failed sync has lost what was to be synced
    FAULT_FULL,   // ENOSPC; of a write half is done
    FAULT_POWER   // It may be done, as the loss has it, and nothing goes any
                  // more until the restart
} fault_kind_t;

typedef struct fault {
    fault_kind_t kind;   // What shall happen
    fault_op_t op;       // At which operation
    uint64_t at;         // At the how manieth, from 1, since the plan was made
    bool lasting;        // And at all that follow
    bool database;       // Count only what is done to a database itself, not
                         // to its journal or log
    fault_loss_t loss;   // For FAULT_POWER: what becomes of what is not synced
    uint64_t seed;       // For what is left to chance
    int64_t room_bytes;  // Not 0: besides, the disk has room for so much
    bool lying;          // Besides, it reports a sync that it has not done
} fault_t;

//  Become SQLite's default VFS, on a disk that counts all it has as synced.
void fault_vfs_install (void);

//  Give SQLite its own one back.
void fault_vfs_remove (void);

//  From now on this may happen (copied), and counts start at 0; NULL: nothing.
void fault_vfs_plan (const fault_t *fault);

//  True if it has happened since.
bool fault_vfs_struck (void);

//  How many operations of that kind there were since the plan was made.
uint64_t fault_vfs_count (fault_op_t op);

//  Lose the power right now.
void fault_vfs_power_off (void);

//  Delete the database at path for good, with what SQLite keeps beside it.
void fault_vfs_delete (const char *path);

//  After a power loss, or a program that died: the files become what survived.
//  Nothing is planned any more.
void fault_vfs_restart (void);

#endif
