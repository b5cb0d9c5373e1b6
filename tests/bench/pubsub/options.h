//  SPDX-License-Identifier: MIT
//
//  options - what bench-pubsub is asked to measure

#ifndef OPTIONS_H
#define OPTIONS_H

#include "alert.h"
#include "words.h"

typedef struct options {
    words_t sizes;        // Bytes of a payload
    words_t subscribers;  // How many
    words_t only;         // Names of contenders
    int rounds;           // How often to measure everything
    double seconds;       // How long each time
    uint64_t seed;        // Of the order in each round
    alert_t alert;        // Measure this instead, if it has subscribers
    bool json;            // Print JSON, not tables
} options_t;

//  What the command line asks for. Ends the program if that is help, or wrong.
options_t options_parse (int argc, char *argv[]);

#endif
