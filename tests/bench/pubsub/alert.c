//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "alert.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "alert_part.h"
#include "part.h"

#define CROWDS_MAX 160
#define CROWD_MAX  250  // Subscribers in one process
#define FILES      10   // That a subscriber may need

typedef struct s_tree {
    part_t publisher;                // The source
    part_t relay[ALERT_RELAYS_MAX];  // What stands between
    part_t crowd[CROWDS_MAX];        // Who want it
    int relays;                      // How many
    int crowds;                      // The same
    int ends[2];                     // Where crowds say that they have heard
} s_tree_t;

static void
s_read (part_t *part, void *data, size_t size, const char *who)
{
    if (part_read (part, data, size))
        return;
    if (part_interrupted ())
        exit (128 + part_interrupted ());
    fprintf (stderr, "E: %s ended without a result\n", who);
    exit (1);
}

static alert_place_t
s_start_publisher (s_tree_t *self, const alert_t *alert)
{
    char crowds[16], alerts[16], pipe[16];
    snprintf (crowds, sizeof crowds, "%d", self->crowds);
    snprintf (alerts, sizeof alerts, "%d", alert->alerts);
    snprintf (pipe, sizeof pipe, "%d", self->ends[0]);
    self->publisher =
        part_start ((char *[]){"bench-pubsub", "--alert-publisher", crowds,
                               alerts, pipe, NULL},
                    PART_ALL);
    alert_place_t place;
    s_read (&self->publisher, &place, sizeof place, "the publisher");
    return place;
}

static alert_place_t
s_start_relay (part_t *relay, alert_place_t *from)
{
    *relay = part_start ((char *[]){"bench-pubsub", "--alert-relay",
                                    from->updates, from->requests, NULL},
                         PART_ALL);
    alert_place_t place;
    s_read (relay, &place, sizeof place, "a relay");
    return place;
}

static part_t
s_start_crowd (s_tree_t *self, const alert_t *alert, alert_place_t *from,
               int count)
{
    char subscribers[16], alerts[16], pipe[16];
    snprintf (subscribers, sizeof subscribers, "%d", count);
    snprintf (alerts, sizeof alerts, "%d", alert->alerts);
    snprintf (pipe, sizeof pipe, "%d", self->ends[1]);
    return part_start ((char *[]){"bench-pubsub", "--alert-crowd",
                                  from->updates, from->requests, subscribers,
                                  alerts, pipe, NULL},
                       PART_ALL);
}

static void
s_plant (s_tree_t *self, const alert_t *alert)
{
    part_check (pipe (self->ends) == 0, "pipe");
    alert_place_t source = s_start_publisher (self, alert);
    alert_place_t place[ALERT_RELAYS_MAX] = {source};
    for (int i = 0; i < self->relays; i++)
        place[i] = s_start_relay (&self->relay[i], &source);
    for (int i = 0; i < self->crowds; i++) {
        int count = alert->subscribers / self->crowds +
                    (i < alert->subscribers % self->crowds);
        alert_place_t *from = &place[self->relays ? i % self->relays : 0];
        self->crowd[i] = s_start_crowd (self, alert, from, count);
    }
}

static void
s_fell (s_tree_t *self)
{
    part_end (&self->publisher);
    for (int i = 0; i < self->relays; i++)
        part_end (&self->relay[i]);
    for (int i = 0; i < self->crowds; i++)
        part_end (&self->crowd[i]);
    part_wait ();
    close (self->ends[0]);
    close (self->ends[1]);
}

static void
s_read_joined (s_tree_t *tree, alerted_t *alerted)
{
    uint64_t started_ns = UINT64_MAX, joined_ns = 0;
    for (int i = 0; i < tree->crowds; i++) {
        alert_joined_t joined;
        s_read (&tree->crowd[i], &joined, sizeof joined, "a crowd");
        if (joined.started_ns < started_ns)
            started_ns = joined.started_ns;
        if (joined.joined_ns > joined_ns)
            joined_ns = joined.joined_ns;
        alerted->memory_kib += joined.memory_kib / tree->crowds;
    }
    alerted->joined_s = (double) (joined_ns - started_ns) / 1e9;
}

//  Of all crowds: the last one's last, and the mean of their medians
static alert_latency_t
s_read_latency (s_tree_t *tree)
{
    alert_latency_t all = {0};
    for (int i = 0; i < tree->crowds; i++) {
        alert_latency_t one;
        s_read (&tree->crowd[i], &one, sizeof one, "a crowd");
        if (one.last_ms > all.last_ms)
            all.last_ms = one.last_ms;
        all.half_ms += one.half_ms / tree->crowds;
    }
    return all;
}

alerted_t
alert_measure (const alert_t *self)
{
    int most = alert_raise_files () / FILES;
    most = most < CROWD_MAX ? most : CROWD_MAX;
    s_tree_t tree = {.relays = self->relays,
                     .crowds = (self->subscribers + most - 1) / most};
    if (tree.crowds < self->relays)
        tree.crowds = self->relays;
    if (tree.crowds > CROWDS_MAX) {
        fprintf (stderr, "E: too few files may be open: see ulimit -Hn\n");
        exit (1);
    }
    alerted_t alerted = {.crowds = tree.crowds};
    double last_ms[ROUNDS_MAX], half_ms[ROUNDS_MAX];
    s_plant (&tree, self);
    s_read_joined (&tree, &alerted);
    for (int i = 0; i < self->alerts; i++) {
        alert_latency_t latency = s_read_latency (&tree);
        last_ms[i] = latency.last_ms;
        half_ms[i] = latency.half_ms;
    }
    s_fell (&tree);
    alerted.last_ms = figure_of (last_ms, self->alerts);
    alerted.half_ms = figure_of (half_ms, self->alerts);
    return alerted;
}

void
alert_report (const alert_t *self, const alerted_t *alerted, bool json)
{
    if (json) {
        printf ("{\"subscribers\": %d, \"relays\": %d, \"processes\": %d, "
                "\"alerts\": %d, \"joined_s\": %.3f, \"memory_kib\": %.1f",
                self->subscribers, self->relays, alerted->crowds, self->alerts,
                alerted->joined_s, alerted->memory_kib);
        figure_print_json ("half_ms", &alerted->half_ms);
        figure_print_json ("last_ms", &alerted->last_ms);
        printf ("}\n");
        return;
    }
    printf ("%d subscribers, each with its own connections over tcp, in %d "
            "processes;\n%d relays, each a process; median of %d alerts (min - "
            "max)\n",
            self->subscribers, alerted->crowds, self->relays, self->alerts);
    printf ("  half of them have it after %8.1f ms (%.1f - %.1f)\n",
            alerted->half_ms.median, alerted->half_ms.min,
            alerted->half_ms.max);
    printf ("  all of them have it after  %8.1f ms (%.1f - %.1f)\n",
            alerted->last_ms.median, alerted->last_ms.min,
            alerted->last_ms.max);
    printf ("  all had joined after       %8.1f s\n", alerted->joined_s);
    printf ("  memory of a subscriber     %8.1f KiB\n", alerted->memory_kib);
}
