//  SPDX-License-Identifier: MIT

#include <stddef.h>

#include "commands.h"
#include "stage_commands.h"

const command_t cmd_stage = {
    .name = "stage",
    .summary = "look at all of a constellation, and break it on purpose",
    .examples = "zp stage serve scenes.json --control ipc:///run/control \\\n"
                "    --bind ipc:///run/stage\n"
                "zp call stage stage.state\n",
    .family = (const command_t *const[]){&cmd_stage_serve, NULL},
    .notes = "It is the service \"stage\" of a topology, and what zp top, "
             "break, heal and\n"
             "the page ask.",
};
