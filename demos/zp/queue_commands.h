//  SPDX-License-Identifier: MIT
//
//  The commands of zp queue, each defined in a cmd_queue_*.c; cmd_queue.c makes
//  them a family.

#ifndef QUEUE_COMMANDS_H
#define QUEUE_COMMANDS_H

#include "command.h"

extern const command_t cmd_queue_serve, cmd_queue_ls, cmd_queue_stat,
    cmd_queue_put, cmd_queue_peek, cmd_queue_reserve, cmd_queue_ack,
    cmd_queue_nack, cmd_queue_release, cmd_queue_touch, cmd_queue_bury,
    cmd_queue_kick, cmd_queue_purge, cmd_queue_pause, cmd_queue_resume,
    cmd_queue_dead;

//  Where a message can be, as typed, ended by NULL; the first is the default
extern const char *const queue_states[];

#define OPTION_STATE                                                           \
    {                                                                          \
        .name = "state", .letter = 's', .value = "STATE",                      \
        .choices = queue_states,                                               \
        .text = "ready (default), delayed, leased or buried"                   \
    }

#endif
