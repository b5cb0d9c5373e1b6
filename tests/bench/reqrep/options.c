//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "options.h"

#include <stdio.h>
#include <string.h>

#include "contender.h"
#include "flags.h"
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
s_quick (void *options)
{
    options_t *self = options;
    self->transports = (words_t){{"tcp"}, 1};
    self->sizes = (words_t){{"64"}, 1};
    self->in_flight = (words_t){{"1", "1000"}, 2};
    self->rounds = 3;
}

options_t
options_parse (int argc, char *argv[])
{
    options_t self = s_full;
    const flag_t flags[] = {
        FLAG_WORDS ("transport", &self.transports, s_transport),
        FLAG_NUMBERS ("size", &self.sizes, 8, 1 << 20),
        FLAG_NUMBERS ("in-flight", &self.in_flight, 1, 10000),
        FLAG_WORDS ("only", &self.only, s_contender),
        FLAG_INT ("rounds", &self.rounds, 1, ROUNDS_MAX),
        FLAG_REAL ("seconds", &self.seconds, 0.01, 60),
        FLAG_U64 ("seed", &self.seed, 0, 1e15),
        FLAG_CALL ("quick", s_quick, &self),
        FLAG_TRUE ("pin", &self.pinned),
        FLAG_TRUE ("json", &self.json),
        FLAG_END};
    flags_read (argc, argv, flags, s_print_help);
    return self;
}
