//  SPDX-License-Identifier: MIT
//
//  put_lines - puts each line of a file into a queue or log, many at a time

#ifndef PUT_LINES_H
#define PUT_LINES_H

#include "broker.h"

typedef struct put_lines {
    const char *method;  // Such as "queue.put": name, line, options -> number
    const char *name;    // The queue or log
    const char *what;    // What a line becomes there, such as "message"
    const char *done;    // What is done to it, such as "put"
    const char *into;    // And the word that follows
    const char *key;     // What the number is, in JSON
    json_t *options;     // Of the method, for each line; an object
    const char *id;      // Ids begin so, and end with -1, -2 ...; NULL: none
    json_int_t expect;   // The number that the first one is to get, the others
                         // those that follow; -1: any
    bool one_by_one;     // Not many at a time: they can't change their order
    bool as_json;        // Print an object for each line, not the number alone
} put_lines_t;

//  Put the lines of a file, "-" or "@NAME", and print their numbers in the
//  order of the lines. At the first line that can't be put it stops, and says
//  which were not.
exit_code_t
put_lines (broker_t *broker, const put_lines_t *options, const char *file);

#endif
