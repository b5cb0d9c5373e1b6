//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include <errno.h>

#include "commands.h"
#include "gateway_commands.h"
#include "output.h"
#include "textfile.h"

void
gateway_say_mistakes (const char *path, const char *mistakes)
{
    int count = 0;
    for (const char *line = mistakes; *line; count++) {
        int size = (int) strcspn (line, "\n");
        say ("%s:%.*s", path, size, line);
        line += size + (line[size] == '\n');
    }
    say_error ("%d mistake%s in %s", count, count == 1 ? "" : "s", path);
}

zp_gateway_routes_t *
gateway_routes (const char *path, exit_code_t *code_p, char **mistakes_p)
{
    size_t size;
    char *text = textfile_read (path, ZP_GATEWAY_ROUTES_BYTES, &size);
    char *mistakes = NULL;
    zp_gateway_routes_t *routes = NULL;
    if (!text) {
        say_error ("can't read %s: %s", path, strerror (errno));
        *code_p = EXIT_NOT_FOUND;
    }
    else {
        routes = zp_gateway_routes_new ((zp_span_t){text, size}, &mistakes);
        *code_p = routes ? EXIT_OK : EXIT_USAGE;
        if (!routes)
            gateway_say_mistakes (path, mistakes);
    }
    if (mistakes_p)
        *mistakes_p = mistakes;
    else
        free (mistakes);
    free (text);
    return routes;
}

const command_t cmd_gateway = {
    .name = "gateway",
    .summary = "one HTTP entry for services: JSON, events, films",
    .examples = "zp gateway check routes.json\n"
                "zp gateway serve routes.json\n"
                "zp gateway key ann staff >> keys\n"
                "curl http://127.0.0.1:8080/healthz\n",
    .family = (const command_t *const[]){&cmd_gateway_serve, &cmd_gateway_check,
                                         &cmd_gateway_key, NULL},
    .notes = "What is answered how is in the routes file; "
             "patterns/gateway/README.md\n"
             "explains it. The gateway has no TLS: put a proxy before it where "
             "strangers\n"
             "can come.",
};
