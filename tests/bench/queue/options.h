//  SPDX-License-Identifier: MIT
//
//  options - what bench-queue is asked to measure

#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "words.h"

typedef struct options {
    words_t sizes;       // Bytes of a message
    words_t in_flight;   // Puts not confirmed, and messages held
    words_t only;        // Names of contenders
    int rounds;          // How often to measure everything
    double seconds;      // How long each time
    uint64_t seed;       // Of the order in each round
    uint64_t backlog;    // Measure a queue with so many in it; 0: flow
    const char *folder;  // Where to make a folder; NULL: in the build
    bool json;           // Print JSON, not tables
} options_t;

//  What the command line asks for. Ends the program if that is help, or wrong.
options_t options_parse (int argc, char *argv[]);

#endif
