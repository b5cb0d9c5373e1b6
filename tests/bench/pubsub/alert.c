//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "alert.h"

#include <czmq.h>
#include <sys/resource.h>

#include "part.h"
#include "speech.h"
#include "zp_relay.h"

#define CROWD_MAX 1250  // Subscribers in one process
#define FILES     10    // That a subscriber may need
#define GRACE_S   600   // Who takes so long has failed
#define TOPIC     "storm/north"
#define FILTER    "storm/#"

//  What a crowd tells when it has joined
typedef struct s_joined {
    uint64_t started_ns;  // When the first was made
    uint64_t joined_ns;   // When the last had joined
    double memory_kib;    // Of one
} s_joined_t;

//  And of each alert
typedef struct s_latency {
    double last_ms;  // The last one's
    double half_ms;  // The median
} s_latency_t;

static void
s_check (zp_status_t status, const char *why)
{
    if (status == ZP_OK)
        return;
    fprintf (stderr, "E: %s: %s\n", zp_status_name (status), why);
    exit (1);
}

//  Files that a process may have open: as many as can be
static int
s_raise_files (void)
{
    struct rlimit limit;
    part_check (getrlimit (RLIMIT_NOFILE, &limit) == 0, "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    part_check (setrlimit (RLIMIT_NOFILE, &limit) == 0, "setrlimit");
    return limit.rlim_cur < INT_MAX ? (int) limit.rlim_cur : INT_MAX;
}

//  The publisher

typedef struct s_alarm {
    zp_publisher_t *publisher;  // Gives it
    int crowds;                 // Who say when they have it
    int waiting;                // Of these, still to come
    int alerts;                 // To be given
} s_alarm_t;

//  A crowd has joined, or all of it have the alert
static int
s_on_heard (zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void) loop;
    s_alarm_t *self = arg;
    char bytes[ALERT_CROWDS_MAX];
    self->waiting -= (int) read (item->fd, bytes, sizeof bytes);
    if (self->waiting > 0)
        return 0;
    if (self->alerts-- == 0)
        return -1;
    self->waiting = self->crowds;
    uint64_t now_ns = speech_clock ();
    s_check (
        zp_publisher_event (self->publisher, TOPIC, &now_ns, sizeof now_ns),
        zp_publisher_error (self->publisher));
    zp_publisher_flush (self->publisher);
    return 0;
}

static void
s_publish (char *argv[])
{
    zloop_t *loop = zloop_new ();
    int crowds = atoi (argv[4]);
    s_alarm_t self = {.publisher = zp_publisher_new (loop, NULL),
                      .crowds = crowds,
                      .waiting = crowds,
                      .alerts = atoi (argv[5])};
    s_check (zp_publisher_bind (self.publisher, argv[2], argv[3]),
             zp_publisher_error (self.publisher));
    zmq_pollitem_t item = {.fd = atoi (argv[6]), .events = ZMQ_POLLIN};
    zloop_poller (loop, &item, s_on_heard, &self);
    zloop_start (loop);
}

static void
s_relay (char *argv[])
{
    zp_relay_t *self = zp_relay_new (NULL, NULL);
    s_check (zp_relay_connect (self, argv[2], argv[3]), zp_relay_error (self));
    s_check (zp_relay_bind (self, argv[4], argv[5]), zp_relay_error (self));
    zp_relay_run (self);
}

//  A crowd

typedef struct s_crowd {
    int subscribers;            // How many
    int waiting;                // Of these have not joined, or not heard it
    int alerts;                 // Still to come
    int heard;                  // Where to write a byte when all have
    s_joined_t joined;          // To be told
    zp_histogram_t *latencies;  // Of one alert, in nanoseconds
} s_crowd_t;

static double
s_memory_kib (void)
{
    unsigned long pages = 0;
    FILE *file = fopen ("/proc/self/statm", "r");
    part_check (file && fscanf (file, "%*u %lu", &pages) == 1, "statm");
    fclose (file);
    return (double) pages * (double) sysconf (_SC_PAGESIZE) / 1024;
}

static void
s_tell (s_crowd_t *self, const void *data, size_t size)
{
    part_check (write (STDOUT_FILENO, data, size) == (ssize_t) size,
                "the pipe to the starter");
    part_ready (self->heard);
    self->waiting = self->subscribers;
}

static void
s_on_joined (s_crowd_t *self)
{
    if (--self->waiting > 0)
        return;
    self->joined.joined_ns = speech_clock ();
    self->joined.memory_kib = s_memory_kib () / self->subscribers;
    s_tell (self, &self->joined, sizeof self->joined);
}

static int
s_on_alert (s_crowd_t *self, const void *data)
{
    uint64_t sent_ns;
    memcpy (&sent_ns, data, sizeof sent_ns);
    zp_histogram_record (self->latencies, speech_clock () - sent_ns);
    if (--self->waiting > 0)
        return 0;
    s_latency_t latency = {
        (double) zp_histogram_max (self->latencies) / 1e6,
        (double) zp_histogram_percentile (self->latencies, 50) / 1e6};
    zp_histogram_reset (self->latencies);
    s_tell (self, &latency, sizeof latency);
    return --self->alerts > 0 ? 0 : -1;
}

static int
s_on_news (void *arg, const zp_news_t *news)
{
    if (news->kind == ZP_NEWS_JOINED)
        s_on_joined (arg);
    else if (news->kind == ZP_NEWS_EVENT)
        return s_on_alert (arg, news->payload.data);
    else
        part_check (news->kind == ZP_NEWS_SNAPSHOT,
                    zp_news_kind_text (news->kind));
    return 0;
}

static void
s_listen (char *argv[])
{
    s_crowd_t self = {.subscribers = atoi (argv[4]),
                      .alerts = atoi (argv[5]),
                      .heard = atoi (argv[6]),
                      .joined.started_ns = speech_clock (),
                      .latencies = zp_histogram_new ()};
    self.waiting = self.subscribers;
    zloop_t *loop = zloop_new ();
    for (int i = 0; i < self.subscribers; i++) {
        zp_subscriber_t *one = zp_subscriber_new (loop, NULL, s_on_news, &self);
        s_check (zp_subscriber_subscribe (one, FILTER),
                 zp_subscriber_error (one));
        s_check (zp_subscriber_connect (one, argv[2], argv[3]),
                 zp_subscriber_error (one));
    }
    zloop_start (loop);
}

void
alert_part (int argc, char *argv[])
{
    static const struct {
        const char *name;             // As in argv
        int argc;                     // How many arguments
        void (*play) (char *argv[]);  // What it does
    } roles[] = {
        {"--alert-publisher", 7, s_publish},
        {"--alert-relay", 6, s_relay},
        {"--alert-crowd", 7, s_listen},
    };
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (argc == roles[i].argc && streq (argv[1], roles[i].name)) {
            alarm (GRACE_S);
            s_raise_files ();
            zsys_set_max_sockets (0);  // As many as ZeroMQ can have
            roles[i].play (argv);
            pause ();  // Until all are done
        }
}

//  The starter

typedef struct s_place {
    char updates[32];   // Endpoint
    char requests[32];  // The same
} s_place_t;

typedef struct s_tree {
    part_t publisher;                // The source
    part_t relay[ALERT_RELAYS_MAX];  // What stands between
    part_t crowd[ALERT_CROWDS_MAX];  // Who want it
    int relays;                      // How many
    int crowds;                      // The same
    int ends[2];                     // Where crowds say that they have heard
} s_tree_t;

static s_place_t
s_new_place (void)
{
    s_place_t self;
    snprintf (self.updates, sizeof self.updates, "tcp://127.0.0.1:%d",
              part_free_port ());
    snprintf (self.requests, sizeof self.requests, "tcp://127.0.0.1:%d",
              part_free_port ());
    return self;
}

static part_t
s_start_relay (s_place_t *from, s_place_t *at)
{
    return part_start ((char *[]){"bench-pubsub", "--alert-relay",
                                  from->updates, from->requests, at->updates,
                                  at->requests, NULL},
                       PART_ALL);
}

//  A publisher or a crowd
static part_t
s_start (const char *role, s_place_t *place, int count, int alerts, int pipe)
{
    char text[3][16];
    snprintf (text[0], sizeof text[0], "%d", count);
    snprintf (text[1], sizeof text[1], "%d", alerts);
    snprintf (text[2], sizeof text[2], "%d", pipe);
    return part_start ((char *[]){"bench-pubsub", (char *) role, place->updates,
                                  place->requests, text[0], text[1], text[2],
                                  NULL},
                       PART_ALL);
}

static void
s_plant (s_tree_t *self, const alert_t *alert)
{
    s_place_t source = s_new_place (), place[ALERT_RELAYS_MAX] = {source};
    part_check (pipe (self->ends) == 0, "pipe");
    self->publisher = s_start ("--alert-publisher", &source, self->crowds,
                               alert->alerts, self->ends[0]);
    for (int i = 0; i < self->relays; i++) {
        place[i] = s_new_place ();
        self->relay[i] = s_start_relay (&source, &place[i]);
    }
    for (int i = 0; i < self->crowds; i++) {
        int count = alert->subscribers / self->crowds +
                    (i < alert->subscribers % self->crowds);
        s_place_t *from = &place[self->relays ? i % self->relays : 0];
        self->crowd[i] = s_start ("--alert-crowd", from, count, alert->alerts,
                                  self->ends[1]);
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
s_read (part_t *part, void *data, size_t size)
{
    if (part_read (part, data, size))
        return;
    if (part_interrupted ())
        exit (128 + part_interrupted ());
    fprintf (stderr, "E: a crowd ended without a result\n");
    exit (1);
}

static void
s_read_joined (s_tree_t *tree, alerted_t *alerted)
{
    uint64_t started_ns = UINT64_MAX, joined_ns = 0;
    for (int i = 0; i < tree->crowds; i++) {
        s_joined_t joined;
        s_read (&tree->crowd[i], &joined, sizeof joined);
        if (joined.started_ns < started_ns)
            started_ns = joined.started_ns;
        if (joined.joined_ns > joined_ns)
            joined_ns = joined.joined_ns;
        alerted->memory_kib += joined.memory_kib / tree->crowds;
    }
    alerted->joined_s = (double) (joined_ns - started_ns) / 1e9;
}

//  Of all crowds: the last one's last, and the mean of their medians
static s_latency_t
s_read_latency (s_tree_t *tree)
{
    s_latency_t all = {0};
    for (int i = 0; i < tree->crowds; i++) {
        s_latency_t one;
        s_read (&tree->crowd[i], &one, sizeof one);
        if (one.last_ms > all.last_ms)
            all.last_ms = one.last_ms;
        all.half_ms += one.half_ms / tree->crowds;
    }
    return all;
}

alerted_t
alert_measure (const alert_t *self)
{
    int most = s_raise_files () / FILES;
    most = most < CROWD_MAX ? most : CROWD_MAX;
    s_tree_t tree = {.relays = self->relays,
                     .crowds = (self->subscribers + most - 1) / most};
    if (tree.crowds < self->relays)
        tree.crowds = self->relays;
    if (tree.crowds > ALERT_CROWDS_MAX) {
        fprintf (stderr, "E: too few files may be open: see ulimit -Hn\n");
        exit (1);
    }
    alerted_t alerted = {.crowds = tree.crowds};
    double last_ms[ROUNDS_MAX], half_ms[ROUNDS_MAX];
    s_plant (&tree, self);
    s_read_joined (&tree, &alerted);
    for (int i = 0; i < self->alerts; i++) {
        s_latency_t latency = s_read_latency (&tree);
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
