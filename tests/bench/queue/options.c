//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "options.h"

#include <stdio.h>

#include "contender.h"
#include "figure.h"
#include "flags.h"

static const options_t s_full = {
    .sizes = {{"100", "1024"}, 2},
    .in_flight = {{"1", "64", "1000"}, 3},
    .only = {{"zp", "sqlite", "beanstalkd", "redis", "jetstream"}, 5},
    .rounds = 7,
    .seconds = 1.5,
    .seed = 1,
};

static const char s_help[] =
    "Examples:\n"
    "  bench-queue                      all figures, in about 8 minutes\n"
    "  bench-queue --quick              a first look, in 15 seconds\n"
    "  bench-queue --json >figures.json\n"
    "  bench-queue --only zp,redis --size 100 --in-flight 1000\n"
    "  bench-queue --backlog 1000000 --only zp\n"
    "\n"
    "Measures how fast messages go through a durable work queue: put, reserve\n"
    "and ack, by one producer and one worker, and a broker that has a message\n"
    "on disk before it confirms. Divides our rate by that of the others.\n"
    "cpu us is the processor time of one message.\n"
    "\n"
    "  --size LIST       bytes of a message (100,1024)\n"
    "  --in-flight LIST  puts not yet confirmed, and messages that the worker\n"
    "                    holds, at most (1,64,1000)\n"
    "  --only LIST       of the contenders below (all)\n"
    "  --rounds N        measure everything so often (7)\n"
    "  --seconds S       for so long each time (1.5)\n"
    "  --seed N          for the order in each round (1)\n"
    "  --folder DIR      write there (in the build folder); it must be on a\n"
    "                    disk, or to sync costs nothing\n"
    "  --quick           100 bytes, 1 and 1000 in flight, 1 round; later\n"
    "                    options still count\n"
    "  --backlog N       instead, put N messages that nobody takes; then see\n"
    "                    what memory that takes, how long it takes to start\n"
    "                    again, and how fast a worker gets them\n"
    "  --json            print JSON instead of tables\n"
    "  --help            print this\n"
    "\n"
    "Contenders:\n";

static const char s_more[] =
    "\n"
    "All but the first two are optional: install beanstalkd and redis-server; "
    "or\n"
    "libnats-dev and nats-server, and then configure and build again.\n";

static void
s_print_help (void)
{
    fputs (s_help, stdout);
    for (int i = 0; contenders[i]; i++) {
        const char *missing = contender_missing (contenders[i]);
        printf ("  %-10s  %s\n", contenders[i]->name,
                missing ? missing : contenders[i]->about);
    }
    fputs (s_more, stdout);
}

static bool
s_contender (const char *word)
{
    return contender_find (word) != NULL;
}

static void
s_quick (void *options)
{
    options_t *self = options;
    self->sizes = (words_t){{"100"}, 1};
    self->in_flight = (words_t){{"1", "1000"}, 2};
    self->rounds = 1;
}

options_t
options_parse (int argc, char *argv[])
{
    options_t self = s_full;
    const flag_t flags[] = {
        FLAG_NUMBERS ("size", &self.sizes, FLOW_SIZE_MIN, 1 << 20),
        FLAG_NUMBERS ("in-flight", &self.in_flight, 1, 10000),
        FLAG_WORDS ("only", &self.only, s_contender),
        FLAG_INT ("rounds", &self.rounds, 1, ROUNDS_MAX),
        FLAG_REAL ("seconds", &self.seconds, 0.01, 60),
        FLAG_U64 ("seed", &self.seed, 0, 1e15),
        FLAG_TEXT ("folder", &self.folder),
        FLAG_CALL ("quick", s_quick, &self),
        FLAG_U64 ("backlog", &self.backlog, 1, 1e9),
        FLAG_TRUE ("json", &self.json),
        FLAG_END};
    flags_read (argc, argv, flags, s_print_help);
    return self;
}
