//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "contender.h"
#include "figure.h"
#include "measure.h"

static const options_t s_full = {
    .sizes = {{"64", "1024"}, 2},
    .subscribers = {{"1", "8"}, 2},
    .only = {{"bare", "zp", "zp-plain", "nng", "nats"}, 5},
    .rounds = 7,
    .seconds = 0.5,
    .seed = 1,
    .alert = {.relays = 8},
};

static const char s_help[] =
    "Examples:\n"
    "  bench-pubsub                      all figures, in about 3 minutes\n"
    "  bench-pubsub --quick              a first look, in 10 seconds\n"
    "  bench-pubsub --json >figures.json\n"
    "  bench-pubsub --only bare,zp --size 1024 --subscribers 8\n"
    "  bench-pubsub --alert 10000        one alert, and many who want it\n"
    "\n"
    "Measures publish/subscribe over tcp, each publisher and subscriber a\n"
    "process, and divides the figures of each contender by those of its "
    "rival.\n"
    "Latencies are those of one update at a time. cpu ns is the processor "
    "time of\n"
    "all of them together, for each update delivered.\n"
    "\n"
    "  --size LIST         bytes of a payload (64,1024)\n"
    "  --subscribers LIST  how many; each wants all (1,8)\n"
    "  --only LIST         of the contenders below (all)\n"
    "  --rounds N          measure everything so often (7)\n"
    "  --seconds S         publish for so long each time (0.5)\n"
    "  --seed N            for the order in each round (1)\n"
    "  --quick             64 bytes, 1 round; later options still count\n"
    "  --alert N           instead, the time until N of our subscribers have\n"
    "                      an update, through relays; in so many rounds\n"
    "  --relays N          between publisher and these subscribers; 0: none "
    "(8)\n"
    "  --json              print JSON instead of tables\n"
    "  --help              print this\n"
    "\n"
    "Contenders:\n";

static const char s_more[] =
    "\n"
    "nng and nats are optional: install libnng-dev, libnats-dev, nats-server,\n"
    "configure and build again.\n"
    "\n"
    "To profile one, run its parts by hand, one of them under perf; or see\n"
    "tests/bench/run instructions --of pubsub.\n";

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
    self->sizes = (words_t){{"64"}, 1};
    self->rounds = 1;
}

options_t
options_parse (int argc, char *argv[])
{
    static const struct option known[] = {
        {"size", required_argument, NULL, 'b'},
        {"subscribers", required_argument, NULL, 'u'},
        {"only", required_argument, NULL, 'o'},
        {"rounds", required_argument, NULL, 'r'},
        {"seconds", required_argument, NULL, 's'},
        {"seed", required_argument, NULL, 'n'},
        {"quick", no_argument, NULL, 'q'},
        {"alert", required_argument, NULL, 'a'},
        {"relays", required_argument, NULL, 'e'},
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
            self.sizes = words_numbers (name, optarg, SPEECH_SIZE_MIN, 1 << 20);
            break;
        case 'u':
            self.subscribers = words_numbers (name, optarg, 1, SUBSCRIBERS_MAX);
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
        case 'a':
            self.alert.subscribers =
                (int) words_number (name, optarg, 1, ALERT_SUBSCRIBERS_MAX);
            break;
        case 'e':
            self.alert.relays =
                (int) words_number (name, optarg, 0, ALERT_RELAYS_MAX);
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
    self.alert.alerts = self.rounds;
    return self;
}
