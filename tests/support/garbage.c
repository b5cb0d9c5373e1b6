//  SPDX-License-Identifier: MIT

#include "garbage.h"

#include <string.h>

#include "test_seed.h"

#define LONG 100  // A text that is no shorter has no more pieces

void
garbage_make (garbage_t *self, uint64_t *random, const char *const *pieces,
              size_t total)
{
    self->count = (size_t) test_below (random, GARBAGE_ARGS);
    for (size_t i = 0; i < self->count; i++) {
        char *text = self->text[i];
        text[0] = 0;
        do
            strcat (text, pieces[test_below (random, (int) total)]);
        while (test_below (random, 4) == 0 && strlen (text) < LONG);
        self->args[i] = (zp_span_t){text, strlen (text)};
    }
}
