//  SPDX-License-Identifier: MIT
//
//  zp_similar - "did you mean?"
//
//  Among the names that are tried, finds the one that a mistyped word was most
//  likely meant to be. Close is: few letters wrong, missing, too many, or two
//  swapped (optimal string alignment, a kind of Damerau-Levenshtein distance);
//  or the word is how the name begins, or its last part after a dot.

#ifndef ZP_SIMILAR_H
#define ZP_SIMILAR_H

#include <stddef.h>

typedef struct zp_similar {
    const char *word;  // What was typed; set it, and the rest to 0
    const char *best;  // The closest name so far that is close enough, or NULL
    size_t distance;   // How far that is
} zp_similar_t;

//  Try one name, which must stay as long as best is looked at.
void zp_similar_try (zp_similar_t *self, const char *name);

#endif
