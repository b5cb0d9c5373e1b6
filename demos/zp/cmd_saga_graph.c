//  SPDX-License-Identifier: MIT

#include <errno.h>

#include "definitions.h"
#include "output.h"
#include "saga_commands.h"
#include "saga_graph.h"

exit_code_t
saga_draw (const args_t *args, saga_draw_fn *draw, const void *what)
{
    const char *path = args_text (args, "output");
    FILE *to = path ? fopen (path, "w") : stdout;
    bool good = to;
    if (good) {
        draw (to, what);
        good = !ferror (to);
    }
    if (to && path)
        good = fclose (to) == 0 && good;
    if (good || !path)  // What went wrong with stdout is found at the end
        return EXIT_OK;
    say_error ("can't write %s: %s", path, strerror (errno));
    return EXIT_ERROR;
}

static void
s_svg (FILE *to, const void *what)
{
    saga_graph_svg (what, to);
}

static void
s_mermaid (FILE *to, const void *what)
{
    saga_graph_mermaid (what, to);
}

//  A saga in it may be defined elsewhere: that is for zp saga check
static exit_code_t
s_read (const char *path, zp_saga_def_t **def_p)
{
    definitions_t definitions;
    char *words[] = {(char *) path, NULL};
    exit_code_t code = definitions_read (&definitions, words, NULL);
    *def_p = NULL;
    if (code == EXIT_OK && definitions.count > 1) {
        say_error ("%s has %zu definitions; which one?", path,
                   definitions.count);
        say_hint ("zp saga graph %s", definitions.all[0].path);
        code = EXIT_USAGE;
    }
    else if (code == EXIT_OK && definitions.all[0].def)
        *def_p = zp_saga_def_use (definitions.all[0].def);
    else if (code == EXIT_OK)
        code = definitions_say (&definitions);
    definitions_clear (&definitions);
    return code;
}

static int
s_run (args_t *args)
{
    zp_saga_def_t *def;
    exit_code_t code = s_read (args_operand (args, 0), &def);
    if (def)
        code = saga_draw (args, args_has (args, "mermaid") ? s_mermaid : s_svg,
                          def);
    zp_saga_def_destroy (&def);
    return code;
}

const command_t cmd_saga_graph = {
    .name = "saga graph",
    .summary = "draw a definition of a saga",
    .usage = "DEFINITION [--mermaid] [--output FILE]",
    .examples = "zp saga graph premium.json > premium.svg\n"
                "zp saga graph premium.json -o premium.svg\n"
                "zp saga graph premium.json --mermaid\n",
    .options = {{.name = "mermaid",
                 .letter = 'm',
                 .text = "as text for mermaid, not as SVG"},
                OPTION_OUTPUT},
    .operands = {OPERAND_FILE},
    .needed = 1,
    .run = s_run,
    .notes =
        "SVG is for every browser, and follows its light or dark colours;\n"
        "mermaid (https://mermaid.js.org) for pages in Markdown, in a block\n"
        "of the language mermaid.\n"
        "\n"
        "From left to right which step comes after which; beneath each what\n"
        "undoes it; the pivot, a hexagon, is at the point of no return. A\n"
        "slanted box waits for a signal, one with bars runs another saga.",
};
