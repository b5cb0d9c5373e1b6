//  SPDX-License-Identifier: MIT

#include "layered.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ORDER_SWEEPS 24  // Until the order is good
#define PLACE_SWEEPS 24  // Until the heights are

//  A node, or the bend of an edge, in its layer
typedef struct vertex {
    size_t layer;         // In which
    double above, below;  // Its size
    double y;             // Its centre line
    double wish;          // Where it would like to be
} vertex_t;

//  A piece of an edge, from a layer to the next
typedef struct piece {
    size_t from, to;  // Vertices
} piece_t;

//  A block of vertices that touch each other
typedef struct block {
    double sum;    // Of what its vertices wish
    size_t count;  // How many they are
} block_t;

typedef struct work {
    layered_t *graph;    // In which all is found
    vertex_t *vertices;  // First the nodes, then the bends, edge by edge
    size_t count;        // How many
    piece_t *pieces;     // Between neighbouring layers
    size_t piece_count;  // How many
    size_t *order;       // Vertices, layer by layer, from above
    size_t *first;       // In that, of each layer; and the end
    size_t *place;       // Of each vertex in its layer
    block_t *blocks;     // For s_settle
} work_t;

static void *
s_new (size_t count, size_t size)
{
    void *memory = calloc (count + 1, size);
    assert (memory);
    return memory;
}

//  The longest path to each node
static void
s_find_layers (layered_t *self)
{
    bool more = true;
    for (size_t i = 0; i < self->count; i++)
        self->nodes[i].layer = 0;
    for (size_t round = 0; more && round <= self->count; round++) {
        more = false;
        for (size_t i = 0; i < self->edge_count; i++) {
            size_t least = self->nodes[self->edges[i].from].layer + 1;
            layered_node_t *to = &self->nodes[self->edges[i].to];
            more = more || to->layer < least;
            to->layer = to->layer < least ? least : to->layer;
        }
    }
    assert (!more);  // There would be a cycle
    self->layer_count = 0;
    for (size_t i = 0; i < self->count; i++)
        if (self->nodes[i].layer >= self->layer_count)
            self->layer_count = self->nodes[i].layer + 1;
}

static void
s_add_piece (work_t *self, size_t from, size_t to)
{
    self->pieces[self->piece_count++] = (piece_t){from, to};
}

//  Cut the edges into pieces, with bends between
static void
s_cut (work_t *self)
{
    layered_t *graph = self->graph;
    size_t most = graph->count + graph->edge_count * graph->layer_count;
    self->vertices = s_new (most, sizeof *self->vertices);
    self->pieces =
        s_new (graph->edge_count * graph->layer_count, sizeof *self->pieces);
    for (size_t i = 0; i < graph->count; i++) {
        const layered_node_t *node = &graph->nodes[i];
        self->vertices[self->count++] = (vertex_t){
            .layer = node->layer, .above = node->above, .below = node->below};
    }
    for (size_t i = 0; i < graph->edge_count; i++) {
        size_t last = graph->edges[i].from, to = graph->edges[i].to;
        for (size_t layer = graph->nodes[last].layer + 1;
             layer < graph->nodes[to].layer; layer++) {
            self->vertices[self->count] = (vertex_t){.layer = layer};
            s_add_piece (self, last, self->count);
            last = self->count++;
        }
        s_add_piece (self, last, to);
    }
}

//  Layer by layer, as they come
static void
s_order (work_t *self)
{
    self->order = s_new (self->count, sizeof *self->order);
    self->place = s_new (self->count, sizeof *self->place);
    self->first = s_new (self->graph->layer_count + 1, sizeof *self->first);
    self->blocks = s_new (self->count, sizeof *self->blocks);
    size_t next = 0;
    for (size_t layer = 0; layer < self->graph->layer_count; layer++) {
        self->first[layer] = next;
        for (size_t i = 0; i < self->count; i++)
            if (self->vertices[i].layer == layer) {
                self->place[i] = next - self->first[layer];
                self->order[next++] = i;
            }
    }
    self->first[self->graph->layer_count] = next;
}

static size_t
s_crossings (const work_t *self)
{
    size_t crossings = 0;
    for (size_t i = 0; i < self->piece_count; i++)
        for (size_t j = i + 1; j < self->piece_count; j++) {
            const piece_t *a = &self->pieces[i], *b = &self->pieces[j];
            if (self->vertices[a->from].layer != self->vertices[b->from].layer)
                continue;
            const size_t *place = self->place;
            crossings += (place[a->from] < place[b->from] &&
                          place[a->to] > place[b->to]) ||
                         (place[a->from] > place[b->from] &&
                          place[a->to] < place[b->to]);
        }
    return crossings;
}

//  Sort a layer by what its vertices wish; those that wish the same stay
static void
s_sort (work_t *self, size_t layer)
{
    size_t *begin = self->order + self->first[layer];
    size_t count = self->first[layer + 1] - self->first[layer];
    for (size_t i = 1; i < count; i++) {
        size_t vertex = begin[i], j = i;
        for (; j > 0 &&
               self->vertices[begin[j - 1]].wish > self->vertices[vertex].wish;
             j--)
            begin[j] = begin[j - 1];
        begin[j] = vertex;
    }
    for (size_t i = 0; i < count; i++)
        self->place[begin[i]] = i;
}

//  What a vertex wishes in the layer's order: the mean place of its neighbours
//  in the layer before, or behind
static void
s_wish_place (work_t *self, size_t vertex, bool before)
{
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < self->piece_count; i++) {
        const piece_t *piece = &self->pieces[i];
        if ((before ? piece->to : piece->from) != vertex)
            continue;
        sum += (double) self->place[before ? piece->from : piece->to];
        count++;
    }
    self->vertices[vertex].wish =
        count ? sum / (double) count : (double) self->place[vertex];
}

static void
s_sweep_order (work_t *self, bool forward)
{
    size_t layers = self->graph->layer_count;
    for (size_t i = 0; i < layers; i++) {
        size_t layer = forward ? i : layers - 1 - i;
        for (size_t at = self->first[layer]; at < self->first[layer + 1]; at++)
            s_wish_place (self, self->order[at], forward);
        s_sort (self, layer);
    }
}

//  Find an order with few crossings; the first one of the best
static void
s_untangle (work_t *self)
{
    size_t size = self->count * sizeof *self->order;
    size_t *order = s_new (self->count, sizeof *order);
    size_t best = s_crossings (self);
    memcpy (order, self->order, size);
    for (int i = 0; i < ORDER_SWEEPS && best > 0; i++) {
        s_sweep_order (self, i % 2 == 0);
        size_t crossings = s_crossings (self);
        if (crossings < best) {
            best = crossings;
            memcpy (order, self->order, size);
        }
    }
    memcpy (self->order, order, size);
    free (order);
}

//  What it wishes: the mean height of its neighbours, in both layers
static void
s_wish_height (work_t *self, size_t vertex)
{
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < self->piece_count; i++) {
        const piece_t *piece = &self->pieces[i];
        if (piece->from == vertex || piece->to == vertex) {
            size_t other = piece->from == vertex ? piece->to : piece->from;
            sum += self->vertices[other].y;
            count++;
        }
    }
    vertex_t *self_ = &self->vertices[vertex];
    self_->wish = count ? sum / (double) count : self_->y;
}

//  How far a vertex is below the first of its layer at least
static double
s_least (const work_t *self, size_t layer, size_t at)
{
    double least = 0;
    for (size_t i = self->first[layer] + 1; i <= at; i++)
        least += self->vertices[self->order[i - 1]].below +
                 self->graph->node_gap + self->vertices[self->order[i]].above;
    return least;
}

//  Place a layer as near to the wishes as can be (least squares): those that
//  would overlap make a block, which gets the mean of what they wish
static void
s_settle (work_t *self, size_t layer)
{
    block_t *blocks = self->blocks;
    size_t count = 0, at = self->first[layer];
    for (; at < self->first[layer + 1]; at++) {
        double wish =
            self->vertices[self->order[at]].wish - s_least (self, layer, at);
        blocks[count++] = (block_t){wish, 1};
        while (count > 1 &&
               blocks[count - 2].sum * (double) blocks[count - 1].count >
                   blocks[count - 1].sum * (double) blocks[count - 2].count) {
            blocks[count - 2].sum += blocks[count - 1].sum;
            blocks[count - 2].count += blocks[count - 1].count;
            count--;
        }
    }
    at = self->first[layer];
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < blocks[i].count; j++, at++)
            self->vertices[self->order[at]].y =
                blocks[i].sum / (double) blocks[i].count +
                s_least (self, layer, at);
}

static void
s_find_heights (work_t *self)
{
    size_t layers = self->graph->layer_count;
    for (int sweep = 0; sweep < PLACE_SWEEPS; sweep++)
        for (size_t i = 0; i < layers; i++) {
            size_t layer = sweep % 2 ? layers - 1 - i : i;
            for (size_t at = self->first[layer]; at < self->first[layer + 1];
                 at++)
                s_wish_height (self, self->order[at]);
            s_settle (self, layer);
        }
}

static void
s_find_widths (layered_t *self)
{
    self->layers = s_new (self->layer_count, sizeof *self->layers);
    for (size_t i = 0; i < self->count; i++) {
        layered_layer_t *layer = &self->layers[self->nodes[i].layer];
        if (layer->width < self->nodes[i].width)
            layer->width = self->nodes[i].width;
    }
    self->width = 0;
    for (size_t i = 0; i < self->layer_count; i++) {
        self->layers[i].x = self->width + (i ? self->layer_gap : 0);
        self->width = self->layers[i].x + self->layers[i].width;
    }
}

//  Give the nodes and bends their places
static void
s_tell (work_t *self)
{
    layered_t *graph = self->graph;
    double top = 0;
    for (size_t i = 0; i < self->count; i++) {
        const vertex_t *vertex = &self->vertices[i];
        if (i == 0 || vertex->y - vertex->above < top)
            top = vertex->y - vertex->above;
    }
    graph->height = 0;
    for (size_t i = 0; i < self->count; i++) {
        vertex_t *vertex = &self->vertices[i];
        vertex->y -= top;
        if (vertex->y + vertex->below > graph->height)
            graph->height = vertex->y + vertex->below;
    }
    for (size_t i = 0; i < graph->count; i++) {
        layered_node_t *node = &graph->nodes[i];
        const layered_layer_t *layer = &graph->layers[node->layer];
        node->x = layer->x + layer->width / 2;
        node->y = self->vertices[i].y;
    }
    size_t bend = graph->count;
    for (size_t i = 0; i < graph->edge_count; i++) {
        layered_edge_t *edge = &graph->edges[i];
        size_t count =
            graph->nodes[edge->to].layer - graph->nodes[edge->from].layer - 1;
        edge->bends = s_new (count, sizeof *edge->bends);
        for (size_t j = 0; j < count; j++)
            edge->bends[j] = self->vertices[bend++].y;
    }
}

void
layered_find (layered_t *self)
{
    assert (self->count > 0);
    work_t work = {.graph = self};
    s_find_layers (self);
    s_find_widths (self);
    s_cut (&work);
    s_order (&work);
    s_untangle (&work);
    s_find_heights (&work);
    s_tell (&work);
    free (work.vertices);
    free (work.pieces);
    free (work.order);
    free (work.place);
    free (work.first);
    free (work.blocks);
}

void
layered_clear (layered_t *self)
{
    for (size_t i = 0; i < self->edge_count; i++) {
        free (self->edges[i].bends);
        self->edges[i].bends = NULL;
    }
    free (self->layers);
    self->layers = NULL;
}
