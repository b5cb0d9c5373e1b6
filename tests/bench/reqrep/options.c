//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contender.h"
#include "report.h"

static const options_t s_full = {
    .transports = {{"ipc", "tcp"}, 2},
    .sizes = {{"64", "1024"}, 2},
    .in_flight = {{"1", "16", "256", "1000"}, 4},
    .only = {{"bare-1", "bare-4", "zp-compact", "zp-open", "nng", "nats"}, 6},
    .rounds = 7,
    .seconds = 0.4,
    .seed = 1,
};

static const char s_help[] =
    "Examples:\n"
    "  bench-reqrep                      all figures, in about 6 minutes\n"
    "  bench-reqrep --quick              a first look, in 10 seconds\n"
    "  bench-reqrep --json >figures.json\n"
    "  bench-reqrep --only bare-1,zp-compact --transport tcp --in-flight 1000\n"
    "\n"
    "Measures request/reply between two processes, in a closed loop, and\n"
    "divides the figures of each contender by those of its rival. cpu us is "
    "the\n"
    "processor time of one request, at both ends together.\n"
    "\n"
    "  --transport LIST  of ipc, tcp (both)\n"
    "  --size LIST       bytes of a request, and of its reply (64,1024)\n"
    "  --in-flight LIST  requests sent and not replied to (1,16,256,1000)\n"
    "  --only LIST       of the contenders below (all)\n"
    "  --rounds N        measure everything so often (7)\n"
    "  --seconds S       for so long each time, after a warm-up (0.4)\n"
    "  --seed N          for the order in each round (1)\n"
    "  --pin             keep client and server each to one half of the\n"
    "                    processors: less noise, and nothing gained by moving\n"
    "  --quick           tcp, 64 bytes, 1 and 1000 in flight, 3 rounds; later\n"
    "                    options still count\n"
    "  --json            print JSON instead of tables\n"
    "  --help            print this\n"
    "\n"
    "Contenders:\n";

static const char s_more[] =
    "\n"
    "nng and nats are optional: install libnng-dev, libnats-dev, nats-server,\n"
    "configure and build again.\n"
    "\n"
    "To profile one, run its two halves by hand, and one of them under perf:\n"
    "  bench-reqrep --serve zp-compact tcp://127.0.0.1:5555 1000 &\n"
    "  perf record -e cpu-clock -g bench-reqrep --client zp-compact \\\n"
    "      tcp://127.0.0.1:5555 1000 64 10 >/dev/null\n"
    "(the numbers are: in flight, bytes, seconds).\n";

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
s_transport (const char *word)
{
    return strcmp (word, "ipc") == 0 || strcmp (word, "tcp") == 0;
}

static bool
s_contender (const char *word)
{
    return contender_find (word) != NULL;
}

static void
s_quick (options_t *self)
{
    self->transports = (words_t){{"tcp"}, 1};
    self->sizes = (words_t){{"64"}, 1};
    self->in_flight = (words_t){{"1", "1000"}, 2};
    self->rounds = 3;
}

options_t
options_parse (int argc, char *argv[])
{
    static const struct option known[] = {
        {"transport", required_argument, NULL, 't'},
        {"size", required_argument, NULL, 'b'},
        {"in-flight", required_argument, NULL, 'f'},
        {"only", required_argument, NULL, 'o'},
        {"rounds", required_argument, NULL, 'r'},
        {"seconds", required_argument, NULL, 's'},
        {"seed", required_argument, NULL, 'n'},
        {"quick", no_argument, NULL, 'q'},
        {"pin", no_argument, NULL, 'p'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    options_t self = s_full;
    int letter, place = 0;
    while ((letter = getopt_long (argc, argv, "", known, &place)) != -1) {
        const char *name = known[place].name;
        switch (letter) {
        case 't':
            self.transports = words_list (name, optarg, s_transport);
            break;
        case 'b':
            self.sizes = words_numbers (name, optarg, 8, 1 << 20);
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
        case 'q':
            s_quick (&self);
            break;
        case 'p':
            self.pinned = true;
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
