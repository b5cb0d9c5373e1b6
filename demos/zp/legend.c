//  SPDX-License-Identifier: MIT

#include "legend.h"

#include <string.h>

#define LINE   28   // From one line to the next
#define SAMPLE 34   // Width of a sample
#define HIGH   18   // And its height
#define GAP    8    // From that to its text
#define SPACE  26   // Between columns
#define LETTER 7.9  // Of the text, on the average and a little more

//  How wide a column must be
static double
s_column (const legend_entry_t *entries, size_t count)
{
    size_t letters = 0;
    for (size_t i = 0; i < count; i++)
        if (entries[i].shown && strlen (entries[i].text) > letters)
            letters = strlen (entries[i].text);
    return SAMPLE + GAP + (double) letters * LETTER + SPACE;
}

double
legend_draw (FILE *to, double x, double y, double width,
             const legend_entry_t *entries, size_t count)
{
    double column = s_column (entries, count);
    size_t columns = (size_t) ((width + SPACE) / column), shown = 0;
    columns = columns ? columns : 1;
    for (size_t i = 0; i < count; i++) {
        const legend_entry_t *entry = &entries[i];
        if (!entry->shown)
            continue;
        double left = x + (double) (shown % columns) * column;
        size_t line = shown / columns;
        double top = y + (double) line * LINE;
        shown++;
        if (to) {
            svg_shape (to, entry->class, entry->shape,
                       (svg_box_t){left, top, SAMPLE, HIGH});
            svg_text (to, left + SAMPLE + GAP, top + 14, "dim", "%s",
                      entry->text);
        }
    }
    size_t lines = (shown + columns - 1) / columns;
    return lines ? (double) (lines - 1) * LINE + HIGH : 0;
}
