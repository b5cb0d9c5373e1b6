//  SPDX-License-Identifier: MIT
//
//  What a command of zp is: a row of the table in zp.c, with its help, its
//  options and its function. One file cmd_*.c for each.

#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>

//  How zp ends, for scripts. EXIT_SUCCESS is 0 as ever.
typedef enum exit_code {
    EXIT_OK = 0,             // Done
    EXIT_ERROR = 1,          // The answer was an error, or it failed
    EXIT_USAGE = 2,          // What was typed, or a file given, is wrong
    EXIT_NOT_RUNNING = 3,    // Nobody there
    EXIT_NOT_FOUND = 4,      // There is no such service, module, file
    EXIT_TIMEOUT = 5,        // Out of time
    EXIT_INTERRUPTED = 130,  // Ctrl-C
} exit_code_t;

typedef struct command_option {
    const char *name;   // Long name, without the dashes
    char letter;        // Short name; 0: none
    const char *value;  // What it takes, as help calls it; NULL: a flag
    long min, max;      // Numbers that it takes; both 0: any text
    const char *text;   // For help
} option_t;

#define OPTIONS_MAX 12

#define OPTION_JSON                                                            \
    {                                                                          \
        .name = "json", .text = "print JSON, for programs"                     \
    }
#define OPTION_NAME                                                            \
    {                                                                          \
        .name = "name", .value = "NAME",                                       \
        .text = "which constellation, if several are running"                  \
    }

//  What an operand names, so that completion knows what to offer
typedef enum operand {
    OPERAND_NONE,
    OPERAND_FILE,
    OPERAND_SERVICE,
    OPERAND_METHOD,  // Of the service that is the operand before
    OPERAND_MODULE,
    OPERAND_COMMAND,
    OPERAND_SHELL,
    OPERAND_OTHER,
} operand_t;

#define OPERANDS_MAX 3

typedef struct args args_t;

typedef struct command {
    const char *name;      // As typed
    const char *summary;   // One line
    const char *usage;     // What follows the name, such as "SERVICE METHOD"
    const char *examples;  // Lines, the first thing that help shows
    const char *notes;     // Lines, the last thing; may be NULL
    option_t options[OPTIONS_MAX];     // Up to the first without a name
    operand_t operands[OPERANDS_MAX];  // Up to the first OPERAND_NONE
    int needed;                        // How many of these must be there
    int (*run) (args_t *args);         // Does it, and returns an exit_code_t
} command_t;

//  The table, ended by NULL, and a search in it that returns NULL for none
extern const command_t *const command_table[];
const command_t *command_find (const char *name);

//  Say on stderr that there is no such command, and which may be meant.
void command_unknown (const char *name);

#endif
