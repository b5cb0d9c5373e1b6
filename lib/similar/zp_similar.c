//  SPDX-License-Identifier: MIT

#include "zp_similar.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define WORD_MAX 64  // Longer words are not compared

static size_t
s_least (size_t a, size_t b)
{
    return a < b ? a : b;
}

//  Three rows of the matrix are enough: a swap looks two rows back
static size_t
s_distance (const char *a, const char *b)
{
    size_t rows[3][WORD_MAX + 1];
    size_t width = strlen (b);
    for (size_t j = 0; j <= width; j++)
        rows[0][j] = j;
    size_t i;
    for (i = 1; a[i - 1]; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i - 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            bool differ = a[i - 1] != b[j - 1];
            row[j] = s_least (above[j - 1] + differ,
                              s_least (above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = s_least (row[j], rows[(i - 2) % 3][j - 2] + 1);
        }
    }
    return rows[(i - 1) % 3][width];
}

static bool
s_is_part (const char *word, const char *name)
{
    const char *dot = strrchr (name, '.');
    size_t size = strlen (word);
    return size >= 2 && (strncasecmp (name, word, size) == 0 ||
                         (dot && strcasecmp (dot + 1, word) == 0));
}

void
zp_similar_try (zp_similar_t *self, const char *name)
{
    size_t size = strlen (self->word);
    if (size == 0 || size > WORD_MAX || strlen (name) > WORD_MAX)
        return;
    size_t distance = s_distance (self->word, name);
    size_t enough = size < 3 ? 1 : (size + 2) / 3;
    if (s_is_part (self->word, name))
        distance = s_least (distance, 1);
    if (distance <= enough && distance < strlen (name) &&
        (!self->best || distance < self->distance)) {
        self->best = name;
        self->distance = distance;
    }
}
