//  SPDX-License-Identifier: MIT
//
//  What zp get, zp put and zp files share.

#ifndef FILES_COMMANDS_H
#define FILES_COMMANDS_H

#include <czmq.h>

#include "args.h"
#include "zp_status.h"

extern const command_t cmd_files_serve;

#define PATIENCE_MS 10000

#define OPTION_TIMEOUT                                                         \
    {                                                                          \
        .name = "timeout", .letter = 't', .value = "MS", .min = 1,             \
        .max = INT_MAX, .text = "give up after so long with no server (10000)" \
    }

//  How far a file has come, for whoever looks at the terminal
typedef struct files_meter {
    const char *name;  // Of the file
    int64_t since_ms;  // When it began
    int64_t shown_ms;  // When it was shown last
    uint64_t first;    // Bytes that were there then
    bool begun;        // These are known
} files_meter_t;

//  So many bytes of all are there.
void files_meter_show (files_meter_t *self, uint64_t at, uint64_t all);

//  How long it took, in seconds.
double files_meter_s (const files_meter_t *self);

//  Bytes for people: "12.5 MiB". It stays until the next call but three.
const char *files_bytes (double bytes);

//  The last part of a path.
const char *files_leaf (const char *path);

//  Say why it ended, and return the exit code that says the same.
exit_code_t
files_failed (const char *name, zp_status_t status, const char *text);

//  Say how much is kept to go on with, if there is any.
void files_tell_kept (uint64_t bytes);

#endif
