//  SPDX-License-Identifier: MIT
//
//  What a command of zp is: its help, its options and its function; or a family
//  of commands, such as `zp queue`, with a table of these. zp itself is the
//  family of all.

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

//  What an operand or the value of an option names, so that completion knows
//  what to offer
typedef enum operand {
    OPERAND_NONE,
    OPERAND_FILE,
    OPERAND_SERVICE,
    OPERAND_GROUP,   // Several of a service that zp scale can set the number of
    OPERAND_SCENE,   // Of the constellation's stage
    OPERAND_METHOD,  // Of the service that is the operand before
    OPERAND_MODULE,
    OPERAND_QUEUE,       // Of the broker that --at and --name say
    OPERAND_LOG,         // The same
    OPERAND_SAGA,        // Its id: the same
    OPERAND_DEFINITION,  // Of sagas: the same
    OPERAND_COMMAND,     // Of the family that the operands before are
    OPERAND_CONSTELLATION,
    OPERAND_SHELL,
    OPERAND_OTHER,
} operand_t;

typedef struct command_option {
    const char *name;            // Long name, without the dashes
    char letter;                 // Short name; 0: none
    const char *value;           // What it takes, as help calls it; NULL: a
                                 // flag
    long min, max;               // Numbers that it takes; both 0: any text
    const char *const *choices;  // Or one of these, ended by NULL
    operand_t names;             // What the value names, for completion
    bool many;                   // It may be given more than once
    const char *text;            // For help
} option_t;

#define OPTIONS_MAX 16

#define OPTION_JSON                                                            \
    {                                                                          \
        .name = "json", .text = "print JSON, for programs"                     \
    }
#define OPTION_NAME                                                            \
    {                                                                          \
        .name = "name", .value = "NAME", .names = OPERAND_CONSTELLATION,       \
        .text = "which constellation, if several are running"                  \
    }

#define OPERANDS_MAX 3

typedef struct args args_t;
typedef struct command command_t;

struct command {
    const char *name;      // As typed, such as "ps" or "queue put"
    const char *summary;   // One line
    const char *usage;     // What follows the name, such as "SERVICE METHOD"
    const char *examples;  // Lines, the first thing that help shows
    const char *notes;     // Lines, the last thing; may be NULL
    option_t options[OPTIONS_MAX];     // Up to the first without a name
    operand_t operands[OPERANDS_MAX];  // Up to the first OPERAND_NONE
    int needed;                        // How many of these must be there
    bool many;                         // The last may come more than once
    int (*run) (args_t *args);         // Does it, and returns an exit_code_t
    const command_t *const *family;    // Its commands, ended by NULL; one of
                                       // both must be there, or both
};

//  zp itself
extern const command_t cmd_zp;

//  The command that the first of the words name, as far as they name one, and
//  otherwise the family that they lead to. *used is how many are its name.
const command_t *command_find (char *const *words, int count, int *used);

//  What the command is called in its family: the last word of its name.
const char *command_word (const command_t *self);

//  Say on stderr that there is no such command in the family, and which may be
//  meant.
void command_unknown (const command_t *family, const char *word);

#endif
