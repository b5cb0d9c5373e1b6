//  SPDX-License-Identifier: MIT
//
//  confirm - asks before something is destroyed

#ifndef CONFIRM_H
#define CONFIRM_H

#include "args.h"
#include "output.h"

#define OPTION_YES                                                             \
    {                                                                          \
        .name = "yes", .letter = 'y', .text = "do not ask"                     \
    }

//  Ask the question, such as "remove 3 films", at the terminal: EXIT_OK if the
//  answer is yes, or if --yes was given. EXIT_USAGE where nobody can be asked,
//  which is said.
exit_code_t
confirm (const args_t *args, const char *format, ...) CHECK_PRINTF (2);

#endif
