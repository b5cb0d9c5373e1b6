//  SPDX-License-Identifier: MIT

#include "arrow.h"

#include <string.h>

#define STRAIGHT 10  // Of its end: as much as the head is long

//  The side of a layer at which an arrow enters or leaves it
static double
s_side (const arrow_t *self, size_t layer, bool right)
{
    const layered_layer_t *at = &self->graph->layers[layer];
    return self->left + at->x + (right ? at->width : 0);
}

void
arrow_draw (const arrow_t *self, FILE *to_file, const layered_edge_t *edge,
            arrow_end_t from, arrow_end_t to)
{
    bool on = to.layer > from.layer;
    size_t first = on ? from.layer : to.layer;
    double x = s_side (self, from.layer, on), y = from.y;
    fprintf (to_file,
             "<path class=\"%s hollow%s%s\" marker-end=\"url(#to-%s)\" "
             "d=\"M%.1f %.1fH%.1f",
             self->role, strcmp (self->role, "undo") == 0 ? " dash" : "",
             self->thick ? " thick" : "", self->role, from.x, y, x);
    for (size_t layer = from.layer; layer != to.layer;) {
        layer = on ? layer + 1 : layer - 1;
        bool last = layer == to.layer;
        double next_x = s_side (self, layer, !on) + (on ? -STRAIGHT : STRAIGHT);
        double next_y =
            last ? to.y
                 : self->top + edge->bends[layer - first - 1] + self->below;
        double middle = (x + next_x) / 2;
        fprintf (to_file, "C%.1f %.1f %.1f %.1f %.1f %.1f", middle, y, middle,
                 next_y, next_x, next_y);
        x = s_side (self, layer, on);
        y = next_y;
        fprintf (to_file, "H%.1f", last ? to.x : x);
    }
    fputs ("\"/>\n", to_file);
}
