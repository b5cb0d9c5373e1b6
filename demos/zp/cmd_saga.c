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
    .summary = "run sagas over several services, and look after them",
    .examples = "zp saga check premium.json\n"
                "zp saga graph premium.json -o premium.svg\n"
                "zp saga serve sagas.db premium.json --detach \\\n"
                "    -s licence=tcp://127.0.0.1:5570 "
                "-s billing=tcp://127.0.0.1:5571\n"
                "zp saga start start-premium-stream '{\"title\": 7}' --wait\n"
                "zp saga ls --state parked\n"
                "zp saga show order-7 --svg -o order-7.svg\n"
                "zp saga retry order-7 --why 'the licence service is back'\n",
    .family =
        (const command_t *const[]){
            &cmd_saga_serve, &cmd_saga_start, &cmd_saga_wait, &cmd_saga_ls,
            &cmd_saga_show, &cmd_saga_stat, &cmd_saga_definitions,
            &cmd_saga_signal, &cmd_saga_retry, &cmd_saga_skip, &cmd_saga_abort,
            &cmd_saga_complete, &cmd_saga_check, &cmd_saga_graph, NULL},
    .notes =
        "A saga is steps in several services that are all done, or undone. "
        "One\n"
        "that can go neither on nor back is PARKED, until somebody has "
        "looked:\n"
        "retry, skip or complete. Who did that, and why, is kept.\n"
        "\n"
        "The coordinator is the one that --at names, or else the environment\n"
        "variable ZP_SAGA: an endpoint, such as tcp://127.0.0.1:5555, or a\n"
        "service of the running constellation. Without these it is the only\n"
        "one that is there: a service called saga, or a zp saga serve that "
        "was\n"
        "not told where to listen.",
};
