//  SPDX-License-Identifier: MIT

#include "saga_graph.h"

#include "saga_text.h"

//  The brackets of a node's shape: of one that waits, runs a saga, is the
//  pivot, and of others
static const char *const *
s_brackets (const zp_saga_step_t *step)
{
    static const char *const brackets[][2] = {
        {"[/", "/]"}, {"[[", "]]"}, {"{{", "}}"}, {"[", "]"}};
    return brackets[step->kind == ZP_SAGA_PIVOT ? 2
                    : step->wait_for            ? 0
                    : step->saga                ? 1
                                                : 3];
}

static void
s_print_step (const zp_saga_def_t *def, size_t number, FILE *to)
{
    const zp_saga_step_t *step = &def->steps[number];
    const char *const *brackets = s_brackets (step);
    char text[SAGA_TEXT_SIZE];
    fprintf (to, "    s%zu%s\"<b>%s</b><br/>%s<br/>%s\"%s:::%s\n", number,
             brackets[0], step->id, saga_text_doer (step, text),
             saga_text_deed (step), brackets[1],
             step->optional ? "optional" : saga_text_kind (step->kind));
    if (step->compensation)
        fprintf (to,
                 "    u%zu([\"%s\"]):::undo\n"
                 "    s%zu -. undo .-> u%zu\n",
                 number, step->compensation, number, number);
}

void
saga_graph_mermaid (const zp_saga_def_t *def, FILE *to)
{
    fprintf (to, "---\ntitle: %s, version %lld\n---\nflowchart LR\n", def->name,
             (long long) def->version);
    for (size_t i = 0; i < def->count; i++)
        s_print_step (def, i, to);
    for (size_t i = 0; i < def->count; i++)
        for (size_t j = 0; j < def->count; j++)
            if (saga_graph_edge (def, j, i))
                fprintf (to, "    s%zu --> s%zu\n", j, i);
    fputs ("    classDef compensatable fill:#ddf0ff,stroke:#0969da,"
           "color:#1b1f24\n"
           "    classDef pivot fill:#f0e5ff,stroke:#8250df,stroke-width:4px,"
           "color:#1b1f24\n"
           "    classDef retriable fill:#dcf7e3,stroke:#1a7f37,color:#1b1f24\n"
           "    classDef optional fill:#dcf7e3,stroke:#1a7f37,"
           "stroke-dasharray:6 4,color:#1b1f24\n"
           "    classDef undo fill:#ffe9d6,stroke:#bc4c00,"
           "stroke-dasharray:6 4,color:#1b1f24\n",
           to);
}
