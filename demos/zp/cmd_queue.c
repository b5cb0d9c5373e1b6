//  SPDX-License-Identifier: MIT

#include <stddef.h>

#include "commands.h"
#include "queue_commands.h"

const char *const queue_states[] = {"ready", "delayed", "leased", "buried",
                                    NULL};

const command_t cmd_queue = {
    .name = "queue",
    .summary = "run a broker of durable work queues, and look after them",
    .examples = "zp queue serve jobs.db --detach\n"
                "zp queue put jobs '{\"film\": 7}'\n"
                "zp queue put jobs - --lines < films.txt\n"
                "zp queue ls\n"
                "zp queue reserve jobs --ack\n"
                "zp queue dead\n"
                "zp queue kick jobs.dead\n",
    .family =
        (const command_t *const[]){
            &cmd_queue_serve, &cmd_queue_ls, &cmd_queue_stat, &cmd_queue_put,
            &cmd_queue_peek, &cmd_queue_reserve, &cmd_queue_ack,
            &cmd_queue_nack, &cmd_queue_release, &cmd_queue_touch,
            &cmd_queue_bury, &cmd_queue_kick, &cmd_queue_purge,
            &cmd_queue_pause, &cmd_queue_resume, &cmd_queue_dead, NULL},
    .notes =
        "A message is ready, then leased to a worker, who acks it; or it is\n"
        "delayed, or buried until somebody kicks it. One that was delivered\n"
        "in vain too often goes to the dead-letter queue, QUEUE.dead.\n"
        "\n"
        "The broker is the one that --at names, or else the environment\n"
        "variable ZP_QUEUE: an endpoint, such as tcp://127.0.0.1:5555, or a\n"
        "service of the running constellation. Without these it is the only\n"
        "one that is there: a service called queue, or a zp queue serve that\n"
        "was not told where to listen.",
};
