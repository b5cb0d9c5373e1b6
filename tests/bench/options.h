//  SPDX-License-Identifier: MIT
//
//  options - what bench-reqrep is asked to measure

#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIST_MAX 8  // Items in a list

//  Words, given with commas between them
typedef struct list {
    const char *items[LIST_MAX];  // Point into the command line
    size_t count;                 // How many
} list_t;

typedef struct options {
    list_t transports;  // Of "ipc", "tcp"
    list_t sizes;       // Bytes of a request, and of its reply
    list_t in_flight;   // Requests sent and not replied to
    list_t only;        // Names of contenders
    int rounds;         // How often to measure everything
    double seconds;     // How long each time
    uint64_t seed;      // Of the order in each round
    bool pinned;        // Client and server keep to their own processors
    bool json;          // Print JSON, not tables
} options_t;

//  What the command line asks for. Ends the program if that is help, or wrong.
options_t options_parse (int argc, char *argv[]);

#endif
