//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "saga_graph.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "arrow.h"
#include "duration.h"
#include "legend.h"
#include "saga_text.h"

#define MARGIN    32    // Around all
#define TOP       118   // Above the steps: the heads
#define BOX_HALF  42.0  // Half the height of a step
#define UNDO_GAP  26    // From a step down to its compensation
#define UNDO_HIGH 36    // Height of that
#define BESIDE    9     // From an edge to the way back beside it
#define DOT       9     // Radius of the beginning and the end
#define ID_SIZE   16    // Of the letters of an id
#define CODE_SIZE 14    // And of other names
#define ROOM      28    // Letters of a name that are shown
#define WIDE      700   // The least width

typedef struct drawing {
    const zp_saga_def_t *def;  // What is drawn
    FILE *to;                  // There
    layered_t graph;           // The steps, then the beginning and the end
    double left, top;          // Where the graph is
} drawing_t;

static bool
s_has (zp_saga_steps_t steps, size_t number)
{
    return steps >> number & 1;
}

bool
saga_graph_edge (const zp_saga_def_t *def, size_t from, size_t to)
{
    const zp_saga_steps_t after = def->steps[to].after;
    if (!s_has (after, from))
        return false;
    for (size_t i = 0; i < def->count; i++)
        if (s_has (after, i) && s_has (def->steps[i].past, from))
            return false;
    return true;
}

static void
s_add_edge (drawing_t *self, size_t from, size_t to)
{
    self->graph.edges[self->graph.edge_count++] =
        (layered_edge_t){.from = from, .to = to};
}

static void
s_find_edges (drawing_t *self)
{
    const zp_saga_def_t *def = self->def;
    size_t start = def->count, end = start + 1;
    zp_saga_steps_t followed = 0;
    self->graph.edges =
        calloc ((def->count + 2) * (def->count + 2), sizeof *self->graph.edges);
    assert (self->graph.edges);
    for (size_t to = 0; to < def->count; to++) {
        followed |= def->steps[to].after;
        if (!def->steps[to].after)
            s_add_edge (self, start, to);
        for (size_t from = 0; from < def->count; from++)
            if (saga_graph_edge (def, from, to))
                s_add_edge (self, from, to);
    }
    for (size_t from = 0; from < def->count; from++)
        if (!s_has (followed, from))
            s_add_edge (self, from, end);
}

//  How wide a name is, as it is shown
static double
s_width (const char *text, double size)
{
    size_t letters = text ? strlen (text) : 0;
    return (double) (letters > ROOM ? ROOM : letters) * SVG_LETTER * size;
}

static double
s_most (double a, double b)
{
    return a > b ? a : b;
}

static void
s_find_nodes (drawing_t *self)
{
    const zp_saga_def_t *def = self->def;
    self->graph.count = def->count + 2;
    self->graph.nodes = calloc (self->graph.count, sizeof *self->graph.nodes);
    assert (self->graph.nodes);
    for (size_t i = 0; i < def->count; i++) {
        const zp_saga_step_t *step = &def->steps[i];
        char above[SAGA_TEXT_SIZE];
        saga_text_doer (step, above);
        double wide = s_most (s_width (step->id, ID_SIZE),
                              s_width (saga_text_deed (step), CODE_SIZE));
        wide = s_most (wide, s_width (above, 12.5));
        wide = s_most (wide, s_width (step->compensation, CODE_SIZE) + 14);
        self->graph.nodes[i] = (layered_node_t){
            .width = s_most (wide + 48, 136),
            .above = BOX_HALF,
            .below =
                BOX_HALF + (step->compensation ? UNDO_GAP + UNDO_HIGH : 0)};
    }
    for (size_t i = def->count; i < self->graph.count; i++)
        self->graph.nodes[i] =
            (layered_node_t){.width = 2 * DOT, .above = DOT, .below = DOT};
}

static svg_shape_t
s_shape (const zp_saga_step_t *step)
{
    return step->kind == ZP_SAGA_PIVOT ? SVG_HEXAGON
           : step->wait_for            ? SVG_SLANTED
           : step->saga                ? SVG_BARRED
                                       : SVG_BOX;
}

static double
s_x (const drawing_t *self, size_t node)
{
    return self->left + self->graph.nodes[node].x;
}

static double
s_y (const drawing_t *self, size_t node)
{
    return self->top + self->graph.nodes[node].y;
}

//  From the middle of a node to where an edge touches it
static double
s_half (const drawing_t *self, size_t node)
{
    bool slanted = node < self->def->count &&
                   s_shape (&self->def->steps[node]) == SVG_SLANTED;
    return self->graph.nodes[node].width / 2 - (slanted ? SVG_SLANT / 2.0 : 0);
}

static void
s_draw_arrow (const drawing_t *self, const char *role,
              const layered_edge_t *edge, arrow_end_t from, arrow_end_t to,
              double below)
{
    arrow_t arrow = {.graph = &self->graph,
                     .left = self->left,
                     .top = self->top,
                     .role = role,
                     .below = below};
    arrow_draw (&arrow, self->to, edge, from, to);
}

//  From the right side of a step to the left side of another
static void
s_draw_edge (const drawing_t *self, const layered_edge_t *edge)
{
    const layered_node_t *nodes = self->graph.nodes;
    arrow_end_t from = {nodes[edge->from].layer,
                        s_x (self, edge->from) + s_half (self, edge->from),
                        s_y (self, edge->from)};
    arrow_end_t to = {nodes[edge->to].layer,
                      s_x (self, edge->to) - s_half (self, edge->to) - 1,
                      s_y (self, edge->to)};
    s_draw_arrow (self, "flow", edge, from, to, 0);
}

//  Compensations run the other way
static void
s_draw_way_back (const drawing_t *self, const layered_edge_t *edge)
{
    const zp_saga_def_t *def = self->def;
    const layered_node_t *nodes = self->graph.nodes;
    if (edge->from >= def->count || edge->to >= def->count ||
        !def->steps[edge->from].compensation ||
        !def->steps[edge->to].compensation)
        return;
    double down = BOX_HALF + UNDO_GAP + UNDO_HIGH / 2.0;
    arrow_end_t from = {nodes[edge->to].layer,
                        s_x (self, edge->to) - nodes[edge->to].width / 2,
                        s_y (self, edge->to) + down};
    arrow_end_t to = {nodes[edge->from].layer,
                      s_x (self, edge->from) + nodes[edge->from].width / 2 + 1,
                      s_y (self, edge->from) + down};
    s_draw_arrow (self, "undo", edge, from, to, BESIDE);
}

static void
s_draw_compensation (const drawing_t *self, size_t number)
{
    const zp_saga_step_t *step = &self->def->steps[number];
    char name[SAGA_TEXT_SIZE];
    double x = s_x (self, number), width = self->graph.nodes[number].width;
    double from = s_y (self, number) + BOX_HALF, to = from + UNDO_GAP;
    double middle = to + UNDO_HIGH / 2.0;
    svg_group (self->to, "compensation", "%s is undone by %s%s", step->id,
               step->saga ? "the saga " : "", step->compensation);
    svg_line (self->to, "undo dash", x, from, x, to);
    svg_shape (self->to, "undo", SVG_PILL,
               (svg_box_t){x - width / 2, to, width, UNDO_HIGH});
    //  An arrow that turns back
    svg_path (self->to, "undo hollow",
              "M%.1f %.1fh7a4.5 4.5 0 0 1 0 9h-6m3 -13l-4 4l4 4",
              x - width / 2 + 14, middle - 4.5);
    svg_text (self->to, x + 9, middle + 5, "code middle", "%s",
              saga_text_short (step->compensation, ROOM, name));
    svg_group_end (self->to);
}

static void
s_draw_step (const drawing_t *self, size_t number)
{
    const zp_saga_step_t *step = &self->def->steps[number];
    char text[SAGA_TEXT_SIZE], doer[SAGA_TEXT_SIZE], class[64];
    double width = self->graph.nodes[number].width;
    double x = s_x (self, number), y = s_y (self, number);
    svg_group (self->to, "step", "%s", saga_text_step (step, text));
    snprintf (class, sizeof class, "%s%s%s", saga_text_kind (step->kind),
              step->kind == ZP_SAGA_PIVOT ? " thick" : "",
              step->optional ? " dash" : "");
    svg_shape (self->to, class, s_shape (step),
               (svg_box_t){x - width / 2, y - BOX_HALF, width, 2 * BOX_HALF});
    svg_text (self->to, x, y - 17, "code id middle", "%s",
              saga_text_short (step->id, ROOM, text));
    saga_text_doer (step, doer);
    svg_text (self->to, x, y + 4, "small dim middle", "%s",
              saga_text_short (doer, ROOM + 4, text));
    svg_text (self->to, x, y + 25, "code middle", "%s",
              saga_text_short (saga_text_deed (step), ROOM, text));
    svg_group_end (self->to);
    if (step->compensation)
        s_draw_compensation (self, number);
}

//  Through the pivot, or before the first step that can't be undone; -1: there
//  is none
static double
s_no_return (const drawing_t *self)
{
    double x = -1;
    for (size_t i = 0; i < self->def->count; i++) {
        if (self->def->steps[i].kind == ZP_SAGA_PIVOT)
            return s_x (self, i);
        if (self->def->steps[i].kind != ZP_SAGA_RETRIABLE)
            continue;
        size_t layer = self->graph.nodes[i].layer;
        double before = self->left + self->graph.layers[layer].x -
                        self->graph.layer_gap / 2;
        x = x < 0 || before < x ? before : x;
    }
    return x;
}

static void
s_draw_no_return (const drawing_t *self)
{
    double x = s_no_return (self), y = self->top - 16;
    if (x < 0)
        return;
    svg_group (self->to, "no-return",
               "behind this line nothing is undone any more");
    svg_line (self->to, "pivot dash", x, y, x,
              self->top + self->graph.height + 14);
    svg_text (self->to, x, y - 8, "pivot ink middle", "point of no return");
    svg_group_end (self->to);
}

static void
s_draw_ends (const drawing_t *self)
{
    size_t start = self->def->count, end = start + 1;
    svg_circle (self->to, "flow ink", s_x (self, start), s_y (self, start),
                DOT);
    svg_circle (self->to, "flow ink", s_x (self, end), s_y (self, end),
                DOT - 4);
    svg_circle (self->to, "flow hollow", s_x (self, end), s_y (self, end),
                DOT - 1);
}

static void
s_draw_heads (const drawing_t *self)
{
    char duration[DURATION_SIZE];
    const zp_saga_def_t *def = self->def;
    svg_text (self->to, MARGIN, 46, "head", "%s", def->name);
    svg_text (self->to, MARGIN, 70, "dim", "version %lld, %zu step%s%s%s",
              (long long) def->version, def->count, def->count == 1 ? "" : "s",
              def->deadline_ms ? ", undone if not past the point of no return "
                                 "after "
                               : "",
              def->deadline_ms ? duration_text (def->deadline_ms, duration)
                               : "");
}

//  What the picture needs to be understood
static double
s_draw_legend (const drawing_t *self, FILE *to, double y, double width)
{
    legend_entry_t entries[] = {
        {"compensatable", SVG_BOX, "compensatable: can be undone", false},
        {"undo", SVG_PILL, "compensation, run in the reverse order", false},
        {"pivot thick", SVG_HEXAGON, "pivot: done, or all is undone", false},
        {"retriable", SVG_BOX, "retriable: repeated until done", false},
        {"retriable dash", SVG_BOX, "optional: if it fails, the saga goes on",
         false},
        {"plain", SVG_SLANTED, "waits for a signal", false},
        {"plain", SVG_BARRED, "runs another saga", false},
    };
    for (size_t i = 0; i < self->def->count; i++) {
        const zp_saga_step_t *step = &self->def->steps[i];
        entries[0].shown |= step->kind == ZP_SAGA_COMPENSATABLE;
        entries[1].shown |= step->compensation != NULL;
        entries[2].shown |= step->kind == ZP_SAGA_PIVOT;
        entries[3].shown |= step->kind == ZP_SAGA_RETRIABLE && !step->optional;
        entries[4].shown |= step->optional;
        entries[5].shown |= step->wait_for != NULL;
        entries[6].shown |= s_shape (step) == SVG_BARRED;
    }
    return legend_draw (to, MARGIN, y, width, entries,
                        sizeof entries / sizeof *entries);
}

//  All of it in words
static char *
s_description (const zp_saga_def_t *def)
{
    char *words, text[SAGA_TEXT_SIZE];
    size_t size;
    FILE *to = open_memstream (&words, &size);
    assert (to);
    for (size_t i = 0; i < def->count; i++) {
        fprintf (to, "%s%s", i ? "; " : "",
                 saga_text_step (&def->steps[i], text));
        for (size_t j = 0; j < def->count; j++)
            if (saga_graph_edge (def, j, i))
                fprintf (to, ", after %s", def->steps[j].id);
    }
    fclose (to);
    return words;
}

static void
s_draw (drawing_t *self, double width)
{
    const layered_t *graph = &self->graph;
    double bottom = self->top + graph->height + 42;
    double legend = s_draw_legend (self, NULL, 0, width);
    char *description = s_description (self->def);
    char title[128];
    snprintf (title, sizeof title, "The saga %s", self->def->name);
    svg_begin (self->to, width + 2 * MARGIN, bottom + legend + MARGIN, title,
               description);
    free (description);
    s_draw_heads (self);
    s_draw_no_return (self);
    for (size_t i = 0; i < graph->edge_count; i++)
        s_draw_way_back (self, &graph->edges[i]);
    for (size_t i = 0; i < graph->edge_count; i++)
        s_draw_edge (self, &graph->edges[i]);
    for (size_t i = 0; i < self->def->count; i++)
        s_draw_step (self, i);
    s_draw_ends (self);
    s_draw_legend (self, self->to, bottom, width);
    svg_end (self->to);
}

void
saga_graph_svg (const zp_saga_def_t *def, FILE *to)
{
    drawing_t self = {.def = def, .to = to};
    self.graph.layer_gap = 54;
    self.graph.node_gap = 30;
    s_find_nodes (&self);
    s_find_edges (&self);
    layered_find (&self.graph);
    double width = s_most (self.graph.width, WIDE);
    self.left = MARGIN + (width - self.graph.width) / 2;
    self.top = TOP;
    s_draw (&self, width);
    layered_clear (&self.graph);
    free (self.graph.edges);
    free (self.graph.nodes);
}
