//  SPDX-License-Identifier: MIT

#include "commands.h"
#include "constellation.h"
#include "net.h"
#include "saga_commands.h"
#include "stage_look.h"
#include "topology_file.h"

static void
s_svg (FILE *to, const void *what)
{
    net_svg (what, to);
}

static void
s_mermaid (FILE *to, const void *what)
{
    net_mermaid (what, to);
}

static void
s_dot (FILE *to, const void *what)
{
    net_dot (what, to);
}

//  As a topology says
static exit_code_t
s_read (const args_t *args, net_t **net_p)
{
    const char *path = args_operand (args, 0);
    zp_json_doc_t *doc = topology_file_read (path);
    if (!doc)
        return EXIT_NOT_FOUND;
    topology_t *topology = topology_new (doc, path, NULL, 1);
    if (topology)
        *net_p = net_of_topology (topology);
    else
        topology_file_mistakes (doc, path, false);
    topology_destroy (&topology);
    zp_json_doc_destroy (&doc);
    return *net_p ? EXIT_OK : EXIT_USAGE;
}

//  As was measured
static exit_code_t
s_measure (const args_t *args, net_t **net_p)
{
    char *name;
    json_t *state = NULL;
    exit_code_t code = constellation_find (args_text (args, "name"), &name);
    if (code == EXIT_OK)
        code = stage_look_once (name, &state);
    if (code == EXIT_OK)
        *net_p = net_of_state (state);
    json_decref (state);
    free (name);
    return code;
}

static int
s_run (args_t *args)
{
    net_t *net = NULL;
    exit_code_t code =
        args_operand (args, 0) ? s_read (args, &net) : s_measure (args, &net);
    if (code != EXIT_OK)
        return code;
    if (args_has (args, "mermaid"))
        code = saga_draw (args, s_mermaid, net);
    else if (args_has (args, "dot"))
        code = saga_draw (args, s_dot, net);
    else if (args_has (args, "svg") || args_has (args, "output"))
        code = saga_draw (args, s_svg, net);
    else
        net_print (net);
    net_destroy (&net);
    return code;
}

const command_t cmd_graph = {
    .name = "graph",
    .summary = "show which service calls which",
    .usage = "[TOPOLOGY] [--svg|--mermaid|--dot] [--output FILE]",
    .examples = "zp graph\n"
                "zp graph --svg -o now.svg\n"
                "zp graph demos/streaming/topology.json -o plan.svg\n"
                "zp graph topology.json --dot | dot -Tpng > plan.png\n",
    .options = {{.name = "svg", .text = "draw it"},
                {.name = "mermaid",
                 .letter = 'm',
                 .text = "as text for mermaid"},
                {.name = "dot", .text = "as text for Graphviz"},
                OPTION_OUTPUT,
                OPTION_NAME},
    .operands = {OPERAND_FILE},
    .needed = 0,
    .run = s_run,
    .notes =
        "Of a topology file: a service whose arguments or environment\n"
        "name the endpoint of another one calls that. Without a file: what\n"
        "was measured of the running constellation, calls each second, and\n"
        "what fails or is lost, if its services have tracers.\n"
        "\n"
        "Services of a group are one. With --output alone it is SVG.",
};
