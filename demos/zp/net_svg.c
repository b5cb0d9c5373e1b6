//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "arrow.h"
#include "legend.h"
#include "net.h"

#define MARGIN 32    // Around all
#define TOP    96    // Above the graph: the heads
#define HALF   22.0  // Half the height of a node
#define LETTER 8.6   // Width of a letter of its name
#define MARK   10    // Radius of a mark
#define NOTE   24    // A line beneath
#define BUSY   10.0  // Calls each second along a thick edge
#define WIDE   700   // The least width
#define ALONE  SIZE_MAX
#define GAP    20  // Between services

typedef struct place {
    double x, y;   // Of the middle of a service
    double width;  // Of its box
} place_t;

typedef struct drawing {
    const net_t *net;  // What is drawn
    FILE *to;          // There
    layered_t graph;   // Where its nodes are
    double left, top;  // Where that is
    size_t *slots;     // Of each service its number there; ALONE: none
    place_t *places;   // Where each service is
    double width;      // Of all, without the margins
    double bottom;     // Of the lowest service
    size_t *ways;      // Of each edge its number in the graph
    bool *back;        // It is drawn against the direction there
} drawing_t;

//  Depth first: an edge to a node that is being visited closes a circle, and
//  so is turned round
static void
s_visit (drawing_t *self, size_t node, char *seen)
{
    seen[node] = 1;
    for (size_t i = 0; i < self->net->edge_count; i++) {
        const net_edge_t *edge = &self->net->edges[i];
        if (edge->from != node)
            continue;
        self->back[i] = seen[edge->to] == 1;
        if (!seen[edge->to])
            s_visit (self, edge->to, seen);
    }
    seen[node] = 2;
}

//  From those that nobody calls; those in circles that nobody enters come last
static void
s_find_back (drawing_t *self)
{
    const net_t *net = self->net;
    char *seen = calloc (net->count + 1, 1),
         *called = calloc (net->count + 1, 1);
    assert (seen && called);
    for (size_t i = 0; i < net->edge_count; i++)
        called[net->edges[i].to] = 1;
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < net->count; i++)
            if (!seen[i] && (round || !called[i]))
                s_visit (self, i, seen);
    free (seen);
    free (called);
}

static void
s_find_edges (drawing_t *self)
{
    const net_t *net = self->net;
    layered_t *graph = &self->graph;
    self->back = calloc (net->edge_count + 1, sizeof *self->back);
    self->ways = calloc (net->edge_count + 1, sizeof *self->ways);
    graph->edges = calloc (net->edge_count + 1, sizeof *graph->edges);
    assert (self->back && self->ways && graph->edges);
    s_find_back (self);
    for (size_t i = 0; i < net->edge_count; i++) {
        const net_edge_t *edge = &net->edges[i];
        size_t from = self->back[i] ? edge->to : edge->from;
        size_t to = self->back[i] ? edge->from : edge->to, at = 0;
        while (at < graph->edge_count &&
               (graph->edges[at].from != from || graph->edges[at].to != to))
            at++;
        self->ways[i] = at;
        if (at == graph->edge_count)
            graph->edges[graph->edge_count++] = (layered_edge_t){
                .from = self->slots[from], .to = self->slots[to]};
    }
}

//  What stands below the name
static void
s_below (const net_t *net, const net_node_t *node, char *text, size_t size)
{
    char many[64] = "", rate[32] = "";
    if (node->max > 1)
        snprintf (many, sizeof many, "%zu of %zu", node->count, node->max);
    bool well = strcmp (node->state, "ready") == 0;
    if (net->measured && well)
        snprintf (rate, sizeof rate, "%.3g/s", node->rate);
    const char *state = well ? rate : node->state;
    snprintf (text, size, "%s%s%s", many, *many && *state ? ", " : "", state);
}

//  Only who calls or is called is in the graph
static void
s_find_nodes (drawing_t *self)
{
    const net_t *net = self->net;
    self->graph.nodes = calloc (net->count + 1, sizeof *self->graph.nodes);
    self->slots = calloc (net->count + 1, sizeof *self->slots);
    self->places = calloc (net->count + 1, sizeof *self->places);
    assert (self->graph.nodes && self->slots && self->places);
    for (size_t i = 0; i < net->count; i++) {
        char below[128];
        s_below (net, &net->nodes[i], below, sizeof below);
        double wide = LETTER * (double) strlen (net->nodes[i].name);
        double more = 7.2 * (double) strlen (below);
        self->places[i].width = (wide > more ? wide : more) + 28;
        self->slots[i] = ALONE;
    }
    for (size_t i = 0; i < 2 * net->edge_count; i++) {
        const net_edge_t *edge = &net->edges[i / 2];
        size_t node = i % 2 ? edge->to : edge->from;
        if (self->slots[node] != ALONE)
            continue;
        self->slots[node] = self->graph.count;
        self->graph.nodes[self->graph.count++] = (layered_node_t){
            .width = self->places[node].width, .above = HALF, .below = HALF};
    }
}

//  Those in the graph are where that says; the others are beneath, side by side
static void
s_place (drawing_t *self)
{
    const layered_t *graph = &self->graph;
    self->width = graph->width > WIDE ? graph->width : WIDE;
    self->left = MARGIN + (self->width - graph->width) / 2;
    double x = MARGIN,
           y = self->top + graph->height + (graph->count ? 66 : HALF);
    self->bottom = self->top + graph->height;
    for (size_t i = 0; i < self->net->count; i++) {
        place_t *place = &self->places[i];
        if (self->slots[i] != ALONE) {
            const layered_node_t *node = &graph->nodes[self->slots[i]];
            place->x = self->left + node->x;
            place->y = self->top + node->y;
            continue;
        }
        if (x > MARGIN && x + place->width > MARGIN + self->width) {
            x = MARGIN;
            y += 2 * HALF + GAP;
        }
        place->x = x + place->width / 2;
        place->y = y;
        x += place->width + GAP;
        self->bottom = y + HALF;
    }
}

static void
s_draw_node (const drawing_t *self, size_t number)
{
    const net_node_t *node = &self->net->nodes[number];
    const char *state = node->state;
    char below[128];
    s_below (self->net, node, below, sizeof below);
    double x = self->places[number].x, y = self->places[number].y;
    double width = self->places[number].width;
    bool off = strcmp (state, "off") == 0 || strcmp (state, "stopped") == 0;
    const char *class = !*state || off                 ? "plain"
                        : strcmp (state, "ready") == 0 ? "compensatable"
                        : strcmp (state, "dead") == 0  ? "bad thick"
                                                       : "person";
    char all[96];
    snprintf (all, sizeof all, "%s%s", class, off ? " dash" : "");
    svg_group (self->to, "service", "%s%s%s", node->name, *below ? ": " : "",
               below);
    svg_shape (self->to, all, SVG_BOX,
               (svg_box_t){x - width / 2, y - HALF, width, 2 * HALF});
    svg_text (self->to, x, y + (*below ? -2 : 5), "code middle", "%s",
              node->name);
    if (*below)
        svg_text (self->to, x, y + 15, "small dim middle", "%s", below);
    svg_group_end (self->to);
}

//  A place on an arrow where others are few: the middle of a short one, the
//  first bend of another
static void
s_find_middle (const drawing_t *self, const layered_edge_t *way,
               arrow_end_t from, arrow_end_t to, double *x, double *y)
{
    const layered_layer_t *layers = self->graph.layers;
    size_t first = from.layer < to.layer ? from.layer : to.layer;
    size_t last = from.layer + to.layer - first;
    const layered_layer_t *at = &layers[first];
    if (last > first + 1 && way->bends) {
        *x = self->left + layers[first + 1].x + layers[first + 1].width / 2;
        *y = self->top + way->bends[0];
        return;
    }
    *x = self->left + (at->x + at->width + layers[last].x) / 2;
    *y = (from.y + to.y) / 2;
}

static void
s_draw_edge (const drawing_t *self, size_t number, size_t *marks)
{
    const net_t *net = self->net;
    const net_edge_t *edge = &net->edges[number];
    const layered_node_t *nodes = self->graph.nodes;
    const place_t *caller = &self->places[edge->from];
    const place_t *server = &self->places[edge->to];
    double side = self->back[number] ? -1 : 1;
    arrow_end_t from = {nodes[self->slots[edge->from]].layer,
                        caller->x + side * caller->width / 2, caller->y};
    arrow_end_t to = {nodes[self->slots[edge->to]].layer,
                      server->x - side * (server->width / 2 + 1), server->y};
    if (self->back[number]) {
        //  Beside the way there, if there is one
        from.y += 8;
        to.y += 8;
    }
    bool bad = net_edge_bad (edge);
    arrow_t arrow = {.graph = &self->graph,
                     .left = self->left,
                     .top = self->top,
                     .role = bad ? "bad" : "flow",
                     .thick = edge->rate >= BUSY,
                     .below = self->back[number] ? 8 : 0};
    char text[NET_TEXT_SIZE];
    svg_group (self->to, "edge", "%s to %s%s%s", net->nodes[edge->from].name,
               net->nodes[edge->to].name,
               *net_edge_text (edge, text) ? ": " : "", text);
    const layered_edge_t *way = &self->graph.edges[self->ways[number]];
    arrow_draw (&arrow, self->to, way, from, to);
    if (bad) {
        double x, y;
        s_find_middle (self, way, from, to, &x, &y);
        svg_circle (self->to, "bad", x, y, MARK);
        svg_text (self->to, x, y + 4.5, "small middle", "%zu", ++*marks);
    }
    svg_group_end (self->to);
}

//  What the marks mean, from y on
static void
s_draw_marks (const drawing_t *self, double y)
{
    const net_t *net = self->net;
    size_t number = 0;
    char text[NET_TEXT_SIZE];
    for (size_t i = 0; i < net->edge_count; i++) {
        const net_edge_t *edge = &net->edges[i];
        if (!net_edge_bad (edge))
            continue;
        y += NOTE;
        svg_circle (self->to, "bad", MARGIN + MARK, y - 5, MARK);
        svg_text (self->to, MARGIN + MARK, y - 0.5, "small middle", "%zu",
                  ++number);
        svg_text (self->to, MARGIN + 3 * MARK, y, "", "%s to %s: %s",
                  net->nodes[edge->from].name, net->nodes[edge->to].name,
                  net_edge_text (edge, text));
    }
}

static double
s_draw_legend (const drawing_t *self, FILE *to, double y)
{
    const net_t *net = self->net;
    legend_entry_t entries[] = {
        {"flow", SVG_ARROW, "calls", true},
        {"flow thick", SVG_ARROW, "ten times a second, or more", false},
        {"bad", SVG_ARROW, "calls fail, or messages are lost", false},
        {"bad thick", SVG_BOX, "dead", false},
        {"person", SVG_BOX, "does not answer as it should", false},
    };
    for (size_t i = 0; i < net->edge_count; i++) {
        entries[1].shown |= net->edges[i].rate >= BUSY;
        entries[2].shown |= net_edge_bad (&net->edges[i]);
    }
    for (size_t i = 0; i < net->count; i++) {
        const char *state = net->nodes[i].state;
        bool good = !*state || strcmp (state, "ready") == 0 ||
                    strcmp (state, "off") == 0 ||
                    strcmp (state, "stopped") == 0;
        bool dead = strcmp (state, "dead") == 0;
        entries[3].shown |= dead;
        entries[4].shown |= !good && !dead;
    }
    return legend_draw (to, MARGIN, y, self->width, entries,
                        sizeof entries / sizeof *entries);
}

//  All of it in words
static char *
s_description (const net_t *net)
{
    char *words, text[NET_TEXT_SIZE];
    size_t size;
    FILE *to = open_memstream (&words, &size);
    assert (to);
    fprintf (to, "%zu services", net->count);
    for (size_t i = 0; i < net->edge_count; i++) {
        const net_edge_t *edge = &net->edges[i];
        net_edge_text (edge, text);
        fprintf (to, "; %s calls %s%s%s", net->nodes[edge->from].name,
                 net->nodes[edge->to].name, *text ? ", " : "", text);
    }
    fclose (to);
    return words;
}

static void
s_draw (drawing_t *self)
{
    const net_t *net = self->net;
    char title[128], *description = s_description (net);
    double notes = self->bottom + 16, marks = 0;
    for (size_t i = 0; i < net->edge_count; i++)
        marks += net_edge_bad (&net->edges[i]);
    double legend = notes + NOTE * marks + 26;
    double height = legend + s_draw_legend (self, NULL, 0) + MARGIN;
    snprintf (title, sizeof title, "Which service of %.60s calls which",
              net->name);
    svg_begin (self->to, self->width + 2 * MARGIN, height, title, description);
    free (description);
    svg_text (self->to, MARGIN, 46, "head", "%s", net->name);
    svg_text (self->to, MARGIN, 70, "dim", "%zu services and groups; %s",
              net->count,
              net->measured ? "calls as measured in the last two seconds"
                            : "who knows whose endpoint");
    size_t mark = 0;
    for (size_t i = 0; i < net->edge_count; i++)
        s_draw_edge (self, i, &mark);
    for (size_t i = 0; i < net->count; i++)
        s_draw_node (self, i);
    s_draw_marks (self, notes);
    s_draw_legend (self, self->to, legend);
    svg_end (self->to);
}

void
net_svg (const net_t *net, FILE *to)
{
    drawing_t self = {.net = net, .to = to, .top = TOP};
    self.graph.layer_gap = 90;
    self.graph.node_gap = GAP;
    s_find_nodes (&self);
    s_find_edges (&self);
    if (self.graph.count)
        layered_find (&self.graph);
    s_place (&self);
    s_draw (&self);
    if (self.graph.count)
        layered_clear (&self.graph);
    free (self.graph.nodes);
    free (self.graph.edges);
    free (self.places);
    free (self.slots);
    free (self.back);
    free (self.ways);
}
