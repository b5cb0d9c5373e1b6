//  SPDX-License-Identifier: MIT
//
//  flags - options on the command line, as a table says
//
//      const flag_t flags[] = {FLAG_NUMBERS ("size", &sizes, 8, 1 << 20),
//                              FLAG_TRUE ("json", &json), FLAG_END};
//      flags_read (argc, argv, flags, s_print_help);
//
//  What is wrong ends the program with a line that says so, and status 2.

#ifndef FLAGS_H
#define FLAGS_H

#include "words.h"

typedef enum flag_kind {
    FLAG_IS_WORDS,    // words_t, of words that may stand there
    FLAG_IS_NUMBERS,  // words_t, of numbers from least to most
    FLAG_IS_INT,      // int, from least to most
    FLAG_IS_U64,      // uint64_t, the same
    FLAG_IS_REAL,     // double, the same
    FLAG_IS_TEXT,     // const char *
    FLAG_IS_TRUE,     // bool; has no argument
    FLAG_IS_CALL      // Has no argument: calls fn
} flag_kind_t;

typedef struct flag {
    const char *name;          // After --; NULL: the table's end
    flag_kind_t kind;          // What it is
    void *value;               // Where it goes, or for fn
    double least, most;        // Of a number
    word_fn *may;              // Of a word
    void (*fn) (void *value);  // To be called
} flag_t;

#define FLAG_WORDS(name, value, may)                                           \
    {                                                                          \
        name, FLAG_IS_WORDS, value, 0, 0, may, NULL                            \
    }
#define FLAG_NUMBERS(name, value, least, most)                                 \
    {                                                                          \
        name, FLAG_IS_NUMBERS, value, least, most, NULL, NULL                  \
    }
#define FLAG_INT(name, value, least, most)                                     \
    {                                                                          \
        name, FLAG_IS_INT, value, least, most, NULL, NULL                      \
    }
#define FLAG_U64(name, value, least, most)                                     \
    {                                                                          \
        name, FLAG_IS_U64, value, least, most, NULL, NULL                      \
    }
#define FLAG_REAL(name, value, least, most)                                    \
    {                                                                          \
        name, FLAG_IS_REAL, value, least, most, NULL, NULL                     \
    }
#define FLAG_TEXT(name, value)                                                 \
    {                                                                          \
        name, FLAG_IS_TEXT, (void *) (value), 0, 0, NULL, NULL                 \
    }
#define FLAG_TRUE(name, value)                                                 \
    {                                                                          \
        name, FLAG_IS_TRUE, value, 0, 0, NULL, NULL                            \
    }
#define FLAG_CALL(name, fn, value)                                             \
    {                                                                          \
        name, FLAG_IS_CALL, value, 0, 0, NULL, fn                              \
    }
#define FLAG_END                                                               \
    {                                                                          \
        NULL, FLAG_IS_CALL, NULL, 0, 0, NULL, NULL                             \
    }

//  Read them in their order, so that a later one counts. With --help it prints
//  that and ends.
void flags_read (int argc, char **argv, const flag_t *flags,
                 void (*print_help) (void));

#endif
