//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "contender.h"
#include "figure.h"

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
s_quick (options_t *self)
{
    self->sizes = (words_t){{"100"}, 1};
    self->in_flight = (words_t){{"1", "1000"}, 2};
    self->rounds = 1;
}

options_t
options_parse (int argc, char *argv[])
{
    static const struct option known[] = {
        {"size", required_argument, NULL, 'b'},
        {"in-flight", required_argument, NULL, 'f'},
        {"only", required_argument, NULL, 'o'},
        {"rounds", required_argument, NULL, 'r'},
        {"seconds", required_argument, NULL, 's'},
        {"seed", required_argument, NULL, 'n'},
        {"folder", required_argument, NULL, 'd'},
        {"quick", no_argument, NULL, 'q'},
        {"backlog", required_argument, NULL, 'l'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    options_t self = s_full;
    int letter, place = 0;
    while ((letter = getopt_long (argc, argv, "", known, &place)) != -1) {
        const char *name = known[place].name;
        switch (letter) {
        case 'b':
            self.sizes = words_numbers (name, optarg, FLOW_SIZE_MIN, 1 << 20);
            break;
        case 'f':
            self.in_flight = words_numbers (name, optarg, 1, 10000);
            break;
        case 'o':
            self.only = words_list (name, optarg, s_contender);
            break;
        case 'r':
            self.rounds = (int) words_number (name, optarg, 1, ROUNDS_MAX);
            break;
        case 's':
            self.seconds = words_number (name, optarg, 0.01, 60);
            break;
        case 'n':
            self.seed = (uint64_t) words_number (name, optarg, 0, 1e15);
            break;
        case 'd':
            self.folder = optarg;
            break;
        case 'q':
            s_quick (&self);
            break;
        case 'l':
            self.backlog = (uint64_t) words_number (name, optarg, 1, 1e9);
            break;
        case 'j':
            self.json = true;
            break;
        case 'h':
            s_print_help ();
            exit (0);
        default:
            exit (2);
        }
    }
    if (optind < argc) {
        fprintf (stderr, "E: what is '%s'? See --help\n", argv[optind]);
        exit (2);
    }
    return self;
}
