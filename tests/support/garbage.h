//  SPDX-License-Identifier: MIT
//
//  garbage - random arguments, made of pieces that mean something

#ifndef GARBAGE_H
#define GARBAGE_H

#include <stddef.h>
#include <stdint.h>

#include "zp_envelope.h"

#define GARBAGE_ARGS 5

typedef struct garbage {
    size_t count;                  // So many, the last place is left free
    zp_span_t args[GARBAGE_ARGS];  // These; what they say is below
    char text[GARBAGE_ARGS][200];  // Some pieces each, and a 0
} garbage_t;

//  Make others, of these pieces, of less than 100 bytes each.
void garbage_make (garbage_t *self, uint64_t *random, const char *const *pieces,
                   size_t total);

#endif
