//  SPDX-License-Identifier: MIT
//
//  options - what bench-reqrep is asked to measure

#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "words.h"

typedef struct options {
    words_t transports;  // Of "ipc", "tcp"
    words_t sizes;       // Bytes of a request, and of its reply
    words_t in_flight;   // Requests sent and not replied to
    words_t only;        // Names of contenders
    int rounds;          // How often to measure everything
    double seconds;      // How long each time
    uint64_t seed;       // Of the order in each round
    bool pinned;         // Client and server keep to their own processors
    bool json;           // Print JSON, not tables
} options_t;

//  What the command line asks for. Ends the program if that is help, or wrong.
options_t options_parse (int argc, char *argv[]);

#endif
