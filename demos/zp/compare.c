//  SPDX-License-Identifier: MIT

#include "compare.h"

const char *const compare_ways[] = {"call", "queue", "pubsub", "log", NULL};
const char *const compare_faults[] = {"none", "kill", "pause",
                                      "slow", "drop", NULL};

int
compare_find (const char *const *names, const char *name)
{
    int i = 0;
    while (name && strcmp (names[i], name) != 0)
        i++;
    return i;
}

int64_t
compare_fault_us (const compare_options_t *options)
{
    bool gone =
        options->fault == COMPARE_KILL || options->fault == COMPARE_PAUSE;
    int64_t third = options->load_us / 3;
    return gone && third > 1000000 ? 1000000 : third;
}
