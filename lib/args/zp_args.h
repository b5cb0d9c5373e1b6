//  SPDX-License-Identifier: MIT
//
//  zp_args - the options of a method: a JSON object, checked

#ifndef ZP_ARGS_H
#define ZP_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zp_envelope.h"

#define ZP_ARGS_ERROR 256

//  One key that the object may have, and where its value goes: a number, a
//  flag, or a text. What is not in the object stays as it was.
typedef struct zp_arg {
    const char *name;  // The key
    int64_t *number;   // An integer goes here, from min to max
    int64_t min;       // The least
    int64_t max;       // The most
    bool *flag;        // Or true and false
    char *text;        // Or a text, with a 0 at its end
    size_t room;       // Bytes there, that 0 included
} zp_arg_t;

//  Read the object; nothing at all is the empty one. On failure false is
//  returned, and error, room for ZP_ARGS_ERROR bytes, says what is wrong;
//  some values may have been set.
bool
zp_args_read (zp_span_t json, const zp_arg_t *args, size_t count, char *error);

//  Copy a text from outside to room for size bytes, as far as it fits and with
//  a 0 at its end; '?' stands for what is not printable ASCII, so that any
//  terminal can take it. Returns room.
const char *zp_args_plain (zp_span_t text, char *room, size_t size);

#endif
