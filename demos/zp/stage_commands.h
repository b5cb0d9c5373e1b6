//  SPDX-License-Identifier: MIT
//
//  The commands of zp stage, each defined in a cmd_stage_*.c; cmd_stage.c makes
//  them a family.

#ifndef STAGE_COMMANDS_H
#define STAGE_COMMANDS_H

#include "command.h"

extern const command_t cmd_stage_serve;

#endif
