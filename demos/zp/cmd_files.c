//  SPDX-License-Identifier: MIT

#include "commands.h"
#include "files_commands.h"

const command_t cmd_files = {
    .name = "files",
    .summary = "run a file server, for zp get and zp put",
    .examples = "zp files serve films --put --detach\n"
                "zp put film.webm\n"
                "zp get film.webm copy.webm\n",
    .family = (const command_t *const[]){&cmd_files_serve, NULL},
    .notes =
        "The file server is the one that --at names, or else the environment\n"
        "variable ZP_FILES: an endpoint, such as tcp://127.0.0.1:5555, or a\n"
        "service of the running constellation. Without these it is the only\n"
        "one that is there: a service called files, or a zp files serve that\n"
        "was not told where to listen.",
};
