//  SPDX-License-Identifier: MIT

#ifndef COMPARE_COMMANDS_H
#define COMPARE_COMMANDS_H

#include "command.h"

extern const command_t cmd_compare_work;

#endif
