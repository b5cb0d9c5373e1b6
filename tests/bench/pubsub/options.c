//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "options.h"

#include <stdio.h>

#include "contender.h"
#include "figure.h"
#include "flags.h"
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
s_quick (void *options)
{
    options_t *self = options;
    self->sizes = (words_t){{"64"}, 1};
    self->rounds = 1;
}

options_t
options_parse (int argc, char *argv[])
{
    options_t self = s_full;
    const flag_t flags[] = {
        FLAG_NUMBERS ("size", &self.sizes, SPEECH_SIZE_MIN, 1 << 20),
        FLAG_NUMBERS ("subscribers", &self.subscribers, 1, SUBSCRIBERS_MAX),
        FLAG_WORDS ("only", &self.only, s_contender),
        FLAG_INT ("rounds", &self.rounds, 1, ROUNDS_MAX),
        FLAG_REAL ("seconds", &self.seconds, 0.01, 60),
        FLAG_U64 ("seed", &self.seed, 0, 1e15),
        FLAG_CALL ("quick", s_quick, &self),
        FLAG_INT ("alert", &self.alert.subscribers, 1, ALERT_SUBSCRIBERS_MAX),
        FLAG_INT ("relays", &self.alert.relays, 0, ALERT_RELAYS_MAX),
        FLAG_TRUE ("json", &self.json),
        FLAG_END};
    flags_read (argc, argv, flags, s_print_help);
    self.alert.alerts = self.rounds;
    return self;
}
