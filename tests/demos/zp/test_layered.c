//  SPDX-License-Identifier: MIT
//
//  Where the nodes of a graph are drawn

#include "layered.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "test_seed.h"

#define NODES_MAX  40
#define EDGES_MAX  (NODES_MAX * NODES_MAX)
#define GAP        10
#define NEAR(a, b) assert_true (fabs ((a) - (b)) < 0.01)

//  A graph with room for all
typedef struct drawn {
    layered_t graph;                  // The graph
    layered_node_t nodes[NODES_MAX];  // Its nodes
    layered_edge_t edges[EDGES_MAX];  // And edges
} drawn_t;

static void
s_make (drawn_t *self, size_t count, const size_t (*edges)[2],
        size_t edge_count)
{
    memset (self, 0, sizeof *self);
    self->graph = (layered_t){.nodes = self->nodes,
                              .count = count,
                              .edges = self->edges,
                              .edge_count = edge_count,
                              .layer_gap = GAP,
                              .node_gap = GAP};
    for (size_t i = 0; i < count; i++)
        self->nodes[i] =
            (layered_node_t){.width = 100, .above = 20, .below = 30};
    for (size_t i = 0; i < edge_count; i++)
        self->edges[i] =
            (layered_edge_t){.from = edges[i][0], .to = edges[i][1]};
}

#define MAKE(self, count, edges)                                               \
    s_make (self, count, edges, sizeof (edges) / sizeof *(edges))

static void
test_a_chain_is_a_straight_line (void **state)
{
    (void) state;
    static const size_t edges[][2] = {{2, 3}, {0, 1}, {1, 2}};
    drawn_t chain;
    MAKE (&chain, 4, edges);
    chain.nodes[2].below = 90;
    layered_find (&chain.graph);
    for (size_t i = 0; i < 4; i++) {
        NEAR (chain.nodes[i].y, 20);
        NEAR (chain.nodes[i].x, 50 + (double) i * 110);
    }
    NEAR (chain.graph.width, 430);
    NEAR (chain.graph.height, 110);
    layered_clear (&chain.graph);
}

static void
test_a_diamond_is_symmetric (void **state)
{
    (void) state;
    static const size_t edges[][2] = {{0, 1}, {0, 2}, {1, 3}, {2, 3}};
    drawn_t diamond;
    MAKE (&diamond, 4, edges);
    layered_find (&diamond.graph);
    layered_node_t *nodes = diamond.nodes;
    NEAR (nodes[0].y, nodes[3].y);
    NEAR (nodes[1].y + nodes[2].y, 2 * nodes[0].y);
    NEAR (fabs (nodes[1].y - nodes[2].y), 20 + GAP + 30);
    assert_int_equal (nodes[3].layer, 2);
    layered_clear (&diamond.graph);
}

static void
test_edges_that_need_not_cross_do_not (void **state)
{
    (void) state;
    static const size_t edges[][2] = {{0, 5}, {1, 4}, {2, 3}};
    drawn_t ladder;
    MAKE (&ladder, 6, edges);
    layered_find (&ladder.graph);
    for (size_t i = 0; i < 3; i++)
        NEAR (ladder.nodes[i].y, ladder.nodes[5 - i].y);
    layered_clear (&ladder.graph);
}

static void
test_a_long_edge_goes_round_what_is_between (void **state)
{
    (void) state;
    static const size_t edges[][2] = {{0, 1}, {1, 2}, {2, 3}, {0, 3}};
    drawn_t bow;
    MAKE (&bow, 4, edges);
    layered_find (&bow.graph);
    for (size_t i = 0; i < 2; i++) {
        double y = bow.nodes[i + 1].y, bend = bow.edges[3].bends[i];
        assert_true (bend <= y - 20 - GAP || bend >= y + 30 + GAP);
    }
    layered_clear (&bow.graph);
}

static void
test_one_node_is_at_the_corner (void **state)
{
    (void) state;
    drawn_t one;
    s_make (&one, 1, NULL, 0);
    layered_find (&one.graph);
    NEAR (one.nodes[0].x, 50);
    NEAR (one.nodes[0].y, 20);
    assert_int_equal (one.graph.layer_count, 1);
    layered_clear (&one.graph);
}

//  Edges from lower numbers to higher ones
static void
s_make_any (drawn_t *self, uint64_t *seed)
{
    static size_t edges[EDGES_MAX][2];
    size_t count = 1 + (size_t) test_below (seed, NODES_MAX), edge_count = 0;
    int many = 2 + test_below (seed, 20);
    for (size_t to = 0; to < count; to++)
        for (size_t from = 0; from < to; from++)
            if (test_below (seed, many) == 0) {
                edges[edge_count][0] = from;
                edges[edge_count++][1] = to;
            }
    s_make (self, count, (const size_t (*)[2]) edges, edge_count);
    for (size_t i = 0; i < count; i++) {
        self->nodes[i].width = test_below (seed, 200);
        self->nodes[i].below = test_below (seed, 100);
    }
}

static void
s_check_nodes (const drawn_t *self)
{
    const layered_t *graph = &self->graph;
    for (size_t i = 0; i < graph->count; i++) {
        const layered_node_t *a = &graph->nodes[i];
        assert_true (a->y - a->above > -0.01);
        assert_true (a->y + a->below < graph->height + 0.01);
        assert_true (a->x + a->width / 2 < graph->width + 0.01);
        for (size_t j = 0; j < i; j++) {
            const layered_node_t *b = &graph->nodes[j];
            if (a->layer == b->layer)
                assert_true (a->y - a->above > b->y + b->below + GAP - 0.01 ||
                             b->y - b->above > a->y + a->below + GAP - 0.01);
        }
    }
}

static void
s_check_edges (const drawn_t *self)
{
    const layered_t *graph = &self->graph;
    for (size_t i = 0; i < graph->edge_count; i++) {
        const layered_edge_t *edge = &graph->edges[i];
        size_t layer = graph->nodes[edge->from].layer;
        assert_true (layer < graph->nodes[edge->to].layer);
        for (size_t j = 0; ++layer < graph->nodes[edge->to].layer; j++)
            for (size_t k = 0; k < graph->count; k++) {
                const layered_node_t *node = &graph->nodes[k];
                double bend = edge->bends[j];
                if (node->layer == layer)
                    assert_true (bend < node->y - node->above - GAP + 0.01 ||
                                 bend > node->y + node->below + GAP - 0.01);
            }
    }
}

static void
test_nothing_overlaps_in_any_graph (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    static drawn_t any, again;
    for (int round = 0; round < 15; round++) {
        uint64_t same = seed;
        s_make_any (&any, &seed);
        s_make_any (&again, &same);
        layered_find (&any.graph);
        s_check_nodes (&any);
        s_check_edges (&any);
        layered_find (&again.graph);
        assert_memory_equal (any.nodes, again.nodes, sizeof any.nodes);
        layered_clear (&any.graph);
        layered_clear (&again.graph);
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_chain_is_a_straight_line),
        cmocka_unit_test (test_a_diamond_is_symmetric),
        cmocka_unit_test (test_edges_that_need_not_cross_do_not),
        cmocka_unit_test (test_a_long_edge_goes_round_what_is_between),
        cmocka_unit_test (test_one_node_is_at_the_corner),
        cmocka_unit_test (test_nothing_overlaps_in_any_graph),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
