//  SPDX-License-Identifier: MIT
//
//  The commands of zp log, each defined in a cmd_log_*.c; cmd_log.c makes them
//  a family.

#ifndef LOG_COMMANDS_H
#define LOG_COMMANDS_H

#include "command.h"

extern const command_t cmd_log_serve, cmd_log_append, cmd_log_read,
    cmd_log_follow, cmd_log_ls, cmd_log_stat, cmd_log_groups, cmd_log_trim,
    cmd_log_keep, cmd_log_seek, cmd_log_forget;

#define OPTIONS_KEEP                                                           \
    {.name = "keep",                                                           \
     .value = "MS",                                                            \
     .min = 0,                                                                 \
     .max = LONG_MAX,                                                          \
     .text = "trim events that are older; 0: none"},                           \
        {.name = "keep-bytes",                                                 \
         .value = "N",                                                         \
         .min = 0,                                                             \
         .max = LONG_MAX,                                                      \
         .text = "trim beyond so many bytes of bodies; 0: none"},              \
    {                                                                          \
        .name = "keep-events", .value = "N", .min = 0, .max = LONG_MAX,        \
        .text = "trim beyond so many events; 0: none"                          \
    }

#define OPTIONS_GROUP                                                          \
    {.name = "group",                                                          \
     .letter = 'g',                                                            \
     .value = "GROUP",                                                         \
     .text = "as a member: what no other member has, and ack it"},             \
    {                                                                          \
        .name = "member", .letter = 'm', .value = "NAME",                      \
        .text = "its name in the group (host and process)"                     \
    }

#endif
