//  SPDX-License-Identifier: MIT
//
//  words - values on the command line
//
//  What is wrong ends the program with a line that says so, and status 2.

#ifndef WORDS_H
#define WORDS_H

#include <stdbool.h>
#include <stddef.h>

#define WORDS_MAX 8  // In a list

//  Words, given with commas between them
typedef struct words {
    const char *items[WORDS_MAX];  // Point into the command line
    size_t count;                  // How many
} words_t;

//  True if it may stand there
typedef bool (word_fn) (const char *word);

//  Text, which is cut, as a list of words that all may stand there.
words_t words_list (const char *option, char *text, word_fn *may);

//  The same, numbers from least to most.
words_t
words_numbers (const char *option, char *text, double least, double most);

//  Text as a number from least to most.
double
words_number (const char *option, const char *text, double least, double most);

//  True if the word is in the list.
bool words_have (const words_t *self, const char *word);

#endif
