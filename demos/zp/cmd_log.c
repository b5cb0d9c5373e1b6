//  SPDX-License-Identifier: MIT

#include <stddef.h>

#include "commands.h"
#include "log_commands.h"

const command_t cmd_log = {
    .name = "log",
    .summary = "run durable event logs, write and read them",
    .examples = "zp log serve events.db --detach\n"
                "zp log append views '{\"film\": 7}'\n"
                "zp log append views - --lines < views.txt\n"
                "zp log read views --from 100 --count 10\n"
                "zp log follow views --group mail\n"
                "zp log groups views\n",
    .family =
        (const command_t *const[]){
            &cmd_log_serve, &cmd_log_append, &cmd_log_read, &cmd_log_follow,
            &cmd_log_ls, &cmd_log_stat, &cmd_log_groups, &cmd_log_trim,
            &cmd_log_keep, &cmd_log_seek, &cmd_log_forget, NULL},
    .notes =
        "An event has an offset, from 0, the same for ever. Who reads keeps\n"
        "his own place; a group's place is kept with the log, and each event\n"
        "goes to one of its members, until one has acked it.\n"
        "\n"
        "The event log is the one that --at names, or else the environment\n"
        "variable ZP_LOG: an endpoint, such as tcp://127.0.0.1:5555, or a\n"
        "service of the running constellation. Without these it is the only\n"
        "one that is there: a service called log, or a zp log serve that was\n"
        "not told where to listen.",
};
