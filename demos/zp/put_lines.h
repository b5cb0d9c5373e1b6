//  SPDX-License-Identifier: MIT
//
//  put_lines - puts each line of a file into a queue, many at a time

#ifndef PUT_LINES_H
#define PUT_LINES_H

#include "broker.h"

typedef struct put_lines {
    const char *queue;  // Where to
    int input;          // Descriptor to read from
    json_t *options;    // Of queue.put, for each line; an object
    const char *id;     // Message ids begin so, and end with -1, -2 ...; NULL:
                        // none
    bool as_json;       // Print an object for each line, not the id alone
} put_lines_t;

//  Put the lines, and print the ids of the messages in the order of the lines.
//  At the first line that can't be put it stops, and says which were not.
exit_code_t put_lines (broker_t *broker, const put_lines_t *options);

#endif
