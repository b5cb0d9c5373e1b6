//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include <czmq.h>

#include "commands.h"
#include "saga_commands.h"

char **
saga_services (const args_t *args)
{
    if (!args_has (args, "service"))
        return NULL;
    char **services = zmalloc ((VALUES_MAX + 1) * sizeof *services);
    const char *text;
    for (int i = 0; (text = args_text_at (args, "service", i)); i++)
        services[i] = strndup (text, strcspn (text, "="));
    return services;
}

void
saga_services_free (char ***services_p)
{
    char **services = *services_p;
    for (char **at = services; at && *at; at++)
        free (*at);
    free (services);
    *services_p = NULL;
}

const command_t cmd_saga = {
    .name = "saga",
    .summary =
        "check and draw definitions of sagas, run sagas, look after them",
    .examples = "zp saga check premium.json\n"
                "zp saga graph premium.json -o premium.svg\n",
    .family =
        (const command_t *const[]){&cmd_saga_check, &cmd_saga_graph, NULL},
};
