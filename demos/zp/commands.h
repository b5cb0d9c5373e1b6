//  SPDX-License-Identifier: MIT
//
//  The commands, each defined in its cmd_*.c; zp.c makes them a table.

#ifndef COMMANDS_H
#define COMMANDS_H

#include "command.h"

extern const command_t cmd_up, cmd_down, cmd_ps, cmd_start, cmd_stop, cmd_kill,
    cmd_pause, cmd_resume, cmd_scale, cmd_logs, cmd_call, cmd_queue, cmd_log,
    cmd_saga, cmd_pub, cmd_sub, cmd_relay, cmd_gateway, cmd_files, cmd_get,
    cmd_put, cmd_compare, cmd_stage, cmd_copy, cmd_doctor, cmd_completion,
    cmd_top, cmd_trace, cmd_graph, cmd_break, cmd_heal, cmd_load, cmd_help;

#endif
