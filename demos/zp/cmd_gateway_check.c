//  SPDX-License-Identifier: MIT

#include "gateway_commands.h"
#include "output.h"

//  Lines such as "5:46: there is no such service\n" as an array
static json_t *
s_json (const char *mistakes)
{
    json_t *list = json_array ();
    for (const char *line = mistakes; line && *line;) {
        size_t size = strcspn (line, "\n");
        int row = 0, column = 0, used = 0;
        sscanf (line, "%d:%d: %n", &row, &column, &used);
        char *text = zsys_sprintf ("%.*s", (int) size - used, line + used);
        json_array_append_new (list,
                               json_pack ("{si, si, so}", "line", row, "column",
                                          column, "text", json_text (text)));
        free (text);
        line += size + (line[size] == '\n');
    }
    return list;
}

static int
s_run (args_t *args)
{
    const char *path = args_operand (args, 0);
    exit_code_t code;
    char *mistakes;
    zp_gateway_routes_t *routes = gateway_routes (path, &code, &mistakes);
    if (code != EXIT_NOT_FOUND && args_has (args, "json"))
        print_json (
            json_pack ("{so, sI, sI, so}", "file", json_text (path), "services",
                       (json_int_t) (routes ? routes->services_count : 0),
                       "routes", (json_int_t) (routes ? routes->count : 0),
                       "mistakes", s_json (mistakes)));
    else if (routes)
        say ("%s: %zu route%s to %zu service%s, no mistakes", path,
             routes->count, routes->count == 1 ? "" : "s",
             routes->services_count, routes->services_count == 1 ? "" : "s");
    zp_gateway_routes_destroy (&routes);
    free (mistakes);
    return code;
}

const command_t cmd_gateway_check = {
    .name = "gateway check",
    .summary = "find all mistakes in a routes file",
    .usage = "ROUTES [--json]",
    .examples = "zp gateway check routes.json\n"
                "zp gateway check routes.json --json | jq '.mistakes[]'\n",
    .options = {OPTION_JSON},
    .operands = {OPERAND_FILE},
    .needed = 1,
    .run = s_run,
    .notes = "Each mistake is told as FILE:LINE:COLUMN: what is wrong, and the "
             "exit\n"
             "code is then 2.",
};
