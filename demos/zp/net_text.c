//  SPDX-License-Identifier: MIT

#include <stdlib.h>
#include <string.h>

#include "net.h"
#include "table.h"

//  The name of a node, in quotes, with what is known of it below
static void
s_print_label (FILE *to, const net_node_t *node, const char *line)
{
    fprintf (to, "\"%s", node->name);
    if (node->max > 1)
        fprintf (to, "%s%zu of %zu", line, node->count, node->max);
    if (*node->state && strcmp (node->state, "ready") != 0)
        fprintf (to, "%s%s", line, node->state);
    putc ('"', to);
}

void
net_mermaid (const net_t *self, FILE *to)
{
    char text[NET_TEXT_SIZE];
    fprintf (to, "---\ntitle: %s\n---\nflowchart LR\n", self->name);
    for (size_t i = 0; i < self->count; i++) {
        fprintf (to, "    s%zu[", i);
        s_print_label (to, &self->nodes[i], "<br/>");
        fputs ("]\n", to);
    }
    for (size_t i = 0; i < self->edge_count; i++) {
        const net_edge_t *edge = &self->edges[i];
        net_edge_text (edge, text);
        fprintf (to, "    s%zu %s%s%s%s s%zu\n", edge->from,
                 net_edge_bad (edge) ? "-. " : "--", *text ? " \"" : "", text,
                 net_edge_bad (edge) ? "\" .->"
                 : *text             ? "\" -->"
                                     : ">",
                 edge->to);
    }
}

void
net_dot (const net_t *self, FILE *to)
{
    char text[NET_TEXT_SIZE];
    fprintf (to, "digraph \"%s\" {\n    rankdir=LR\n    node [shape=box]\n",
             self->name);
    for (size_t i = 0; i < self->count; i++) {
        fprintf (to, "    s%zu [label=", i);
        s_print_label (to, &self->nodes[i], "\\n");
        fputs ("]\n", to);
    }
    for (size_t i = 0; i < self->edge_count; i++) {
        const net_edge_t *edge = &self->edges[i];
        net_edge_text (edge, text);
        fprintf (to, "    s%zu -> s%zu", edge->from, edge->to);
        if (*text)
            fprintf (to, " [label=\"%s\"%s]", text,
                     net_edge_bad (edge) ? " style=dashed color=red" : "");
        putc ('\n', to);
    }
    fputs ("}\n", to);
}

void
net_print (const net_t *self)
{
    static const char *const heads[] = {"FROM", "TO", "CALLS", NULL};
    char text[NET_TEXT_SIZE];
    table_t *table = table_new (self->measured ? 3 : 2);
    table_cell (table, BOLD, "%s", heads[0]);
    table_cell (table, BOLD, "%s", heads[1]);
    if (self->measured)
        table_cell (table, BOLD, "%s", heads[2]);
    for (size_t i = 0; i < self->edge_count; i++) {
        const net_edge_t *edge = &self->edges[i];
        table_cell (table, PLAIN, "%s", self->nodes[edge->from].name);
        table_cell (table, PLAIN, "%s", self->nodes[edge->to].name);
        if (self->measured)
            table_cell (table, net_edge_bad (edge) ? RED : PLAIN, "%s",
                        *net_edge_text (edge, text) ? text : "-");
    }
    table_print (&table);
}
