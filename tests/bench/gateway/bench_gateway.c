//  SPDX-License-Identifier: MIT
//
//  The gateway with a service behind it, beside the same JSON from a bare
//  handler of libmicrohttpd; and while it has many idle streams of events.

#define _GNU_SOURCE

#include <czmq.h>
#include <unistd.h>

#include "figure.h"
#include "flags.h"
#include "roles.h"

typedef struct options {
    int in_flight;   // Connections of wrk
    int streams;     // Idle ones
    int rounds;      // How often everything is measured
    double seconds;  // For how long each time
    bool json;       // For programs
} options_t;

static const char s_help[] =
    "Examples:\n"
    "  bench-gateway                  all figures, in about 1 minute\n"
    "  bench-gateway --in-flight 1 --rounds 3\n"
    "\n"
    "Measures with wrk, two threads, how many requests a second are answered, "
    "and\n"
    "how fast: by libmicrohttpd alone, by the gateway with a service behind "
    "it, "
    "and\n"
    "by the gateway while it has idle streams of events.\n"
    "\n"
    "  --in-flight N  connections (64)\n"
    "  --streams N    idle streams (10000); the descriptor limit must allow "
    "it\n"
    "  --rounds N     measure everything so often (5)\n"
    "  --seconds S    for so long each time, 1 at least (3)\n"
    "  --json         print JSON, for programs\n"
    "  --help         print this\n";

static void
s_print_help (void)
{
    fputs (s_help, stdout);
}

static options_t
s_options (int argc, char **argv)
{
    options_t self = {
        .in_flight = 64, .streams = 10000, .rounds = 5, .seconds = 3};
    const flag_t flags[] = {FLAG_INT ("in-flight", &self.in_flight, 1, 10000),
                            FLAG_INT ("streams", &self.streams, 0, 100000),
                            FLAG_INT ("rounds", &self.rounds, 1, ROUNDS_MAX),
                            FLAG_REAL ("seconds", &self.seconds, 0.01, 3600),
                            FLAG_TRUE ("json", &self.json),
                            FLAG_END};
    flags_read (argc, argv, flags, s_print_help);
    return self;
}

//  Who is measured
typedef enum who { BARE, GATEWAY, STREAMS, ALL } who_t;

static const char *const s_names[] = {"bare", "gateway", "gateway-streams"};

//  What each round gave
typedef struct samples {
    double rate[ROUNDS_MAX];   // Requests a second
    double p50[ROUNDS_MAX];    // Latency, in microseconds
    double p99[ROUNDS_MAX];    // The same
    double ratio[ROUNDS_MAX];  // Its rate by that of bare
} samples_t;

//  All that was started
typedef struct world {
    int ports[ALL];     // Of each who is measured
    part_t parts[5];    // Processes
    int count;          // How many
    char endpoint[64];  // Where the service answers
    char updates[80];   // And publishes
} world_t;

//  ZeroMQ leaves a name behind when its process is killed
static void
s_remove (const char *endpoint)
{
    unlink (endpoint + strlen ("ipc://"));
}

static world_t
s_start (const options_t *options)
{
    world_t self = {.count = 0};
    for (int who = 0; who < ALL; who++)
        self.ports[who] = part_free_port ();
    //  On one machine, as a gateway and what it calls often are
    char *endpoint = self.endpoint, *updates = self.updates;
    snprintf (endpoint, sizeof self.endpoint, "ipc:///tmp/bench-gateway-%d",
              (int) getpid ());
    snprintf (updates, sizeof self.updates, "%s-updates", endpoint);
    self.parts[self.count++] = role_service (endpoint, updates);
    self.parts[self.count++] = role_bare (self.ports[BARE]);
    self.parts[self.count++] =
        role_gateway (self.ports[GATEWAY], endpoint, updates);
    self.parts[self.count++] =
        role_gateway (self.ports[STREAMS], endpoint, updates);
    self.parts[self.count++] =
        role_streams (self.ports[STREAMS], options->streams);
    return self;
}

static void
s_measure (const options_t *options, const world_t *world, int round,
           const size_t *order, samples_t *samples)
{
    for (size_t i = 0; i < ALL; i++) {
        samples_t *to = &samples[order[i]];
        load_t load = load_run (world->ports[order[i]], options->in_flight,
                                options->seconds);
        to->rate[round] = load.rate;
        to->p50[round] = load.p50_us;
        to->p99[round] = load.p99_us;
    }
    for (int who = 0; who < ALL; who++)
        samples[who].ratio[round] =
            samples[who].rate[round] / samples[BARE].rate[round];
}

static void
s_report (const options_t *options, samples_t *samples)
{
    if (!options->json)
        printf ("median of %d rounds, %d connections; %d idle streams\n"
                "                   requests/s    p50 us    p99 us"
                "  requests by bare (min - max)\n",
                options->rounds, options->in_flight, options->streams);
    for (int who = 0; who < ALL; who++) {
        samples_t *one = &samples[who];
        figure_t figures[] = {figure_of (one->rate, options->rounds),
                              figure_of (one->p50, options->rounds),
                              figure_of (one->p99, options->rounds),
                              figure_of (one->ratio, options->rounds)};
        if (!options->json) {
            printf ("%-18s %10.0f %9.0f %9.0f", s_names[who], figures[0].median,
                    figures[1].median, figures[2].median);
            figure_print_ratio (&figures[3]);
            printf ("\n");
            continue;
        }
        printf ("%s{\"name\": \"%s\"", who ? ",\n " : "[", s_names[who]);
        figure_print_json ("rate", &figures[0]);
        figure_print_json ("p50_us", &figures[1]);
        figure_print_json ("p99_us", &figures[2]);
        figure_print_json ("ratio", &figures[3]);
        printf ("}%s", who == ALL - 1 ? "]\n" : "");
    }
}

int
main (int argc, char **argv)
{
    roles_part (argc, argv);
    options_t options = s_options (argc, argv);
    if (!load_can ()) {
        fputs ("bench-gateway: wrk is not installed (apt-get install wrk)\n",
               stderr);
        return 1;
    }
    world_t world = s_start (&options);
    static samples_t samples[ALL];
    size_t order[ALL] = {BARE, GATEWAY, STREAMS};
    zp_random_t random;
    zp_random_seed (&random, 7);
    for (int round = 0; round < options.rounds; round++) {
        fprintf (stderr, "I: round %d of %d\n", round + 1, options.rounds);
        figure_shuffle (&random, order, ALL);
        s_measure (&options, &world, round, order, samples);
    }
    for (int i = 0; i < world.count; i++)
        part_end (&world.parts[i]);
    part_wait ();
    s_remove (world.endpoint);
    s_remove (world.updates);
    s_report (&options, samples);
    return 0;
}
