//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "alert_part.h"

#include <czmq.h>
#include <sys/resource.h>

#include "part.h"
#include "speech.h"
#include "zp_relay.h"

//  Subscribers of a crowd that join at a time: a socket that listens has a
//  queue of 100, and who finds it full tries again in a second
#define JOINING 8

//  How patient they are: one machine stands for very many here, and what it
//  does while all of them join would be taken for silence
#define PATIENT_MS 120000

#define GRACE_S  600  // Who takes so long has failed
#define ANYWHERE "tcp://127.0.0.1:*"
#define TOPIC    "storm/north"
#define FILTER   "storm/#"

static void
s_check (zp_status_t status, const char *why)
{
    if (status == ZP_OK)
        return;
    fprintf (stderr, "E: %s: %s\n", zp_status_name (status), why);
    exit (1);
}

static void
s_tell (const void *data, size_t size)
{
    part_check (write (STDOUT_FILENO, data, size) == (ssize_t) size,
                "the pipe to the starter");
}

static void
s_tell_place (const char *updates, const char *requests)
{
    alert_place_t place = {0};
    snprintf (place.updates, sizeof place.updates, "%s", updates);
    snprintf (place.requests, sizeof place.requests, "%s", requests);
    s_tell (&place, sizeof place);
}

int
alert_raise_files (void)
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
    char bytes[256];
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
    int crowds = atoi (argv[2]);
    s_alarm_t self = {.publisher = zp_publisher_new (loop, NULL),
                      .crowds = crowds,
                      .waiting = crowds,
                      .alerts = atoi (argv[3])};
    s_check (zp_publisher_bind (self.publisher, ANYWHERE, ANYWHERE),
             zp_publisher_error (self.publisher));
    zmq_pollitem_t item = {.fd = atoi (argv[4]), .events = ZMQ_POLLIN};
    zloop_poller (loop, &item, s_on_heard, &self);
    s_tell_place (zp_publisher_updates (self.publisher),
                  zp_publisher_requests (self.publisher));
    zloop_start (loop);
}

static void
s_relay (char *argv[])
{
    zp_relay_t *self = zp_relay_new (NULL, NULL);
    s_check (zp_relay_connect (self, argv[2], argv[3]), zp_relay_error (self));
    s_check (zp_relay_bind (self, ANYWHERE, ANYWHERE), zp_relay_error (self));
    s_tell_place (zp_relay_updates (self), zp_relay_requests (self));
    zp_relay_run (self);
}

//  A crowd

typedef struct s_crowd {
    zloop_t *loop;              // Where its subscribers live
    const char *updates;        // Where they connect to
    const char *requests;       // The same
    int subscribers;            // How many there will be
    int made;                   // How many there are
    int waiting;                // Of these have not joined, or not heard it
    int alerts;                 // Still to come
    int heard;                  // Where to write a byte when all have
    alert_joined_t joined;      // To be told
    zp_histogram_t *latencies;  // Of one alert, in nanoseconds
} s_crowd_t;

typedef struct s_listener {
    s_crowd_t *crowd;  // To which it belongs
    bool joined;       // It has
} s_listener_t;

static double
s_memory_kib (void)
{
    unsigned long pages = 0;
    FILE *file = fopen ("/proc/self/statm", "r");
    part_check (file && fscanf (file, "%*u %lu", &pages) == 1, "statm");
    fclose (file);
    return (double) pages * (double) sysconf (_SC_PAGESIZE) / 1024;
}

//  All of them have done it
static void
s_all_have (s_crowd_t *self, const void *data, size_t size)
{
    s_tell (data, size);
    part_ready (self->heard);
    self->waiting = self->subscribers;
}

static void s_add (s_crowd_t *self);

static void
s_on_joined (s_crowd_t *self)
{
    self->waiting--;
    if (self->made < self->subscribers)
        s_add (self);
    else if (self->waiting == 0) {
        self->joined.joined_ns = speech_clock ();
        self->joined.memory_kib = s_memory_kib () / self->subscribers;
        s_all_have (self, &self->joined, sizeof self->joined);
    }
}

static int
s_on_alert (s_crowd_t *self, const void *data)
{
    uint64_t sent_ns;
    memcpy (&sent_ns, data, sizeof sent_ns);
    zp_histogram_record (self->latencies, speech_clock () - sent_ns);
    if (--self->waiting > 0)
        return 0;
    alert_latency_t latency = {
        (double) zp_histogram_max (self->latencies) / 1e6,
        (double) zp_histogram_percentile (self->latencies, 50) / 1e6};
    zp_histogram_reset (self->latencies);
    s_all_have (self, &latency, sizeof latency);
    return --self->alerts > 0 ? 0 : -1;
}

static int
s_on_news (void *arg, const zp_news_t *news)
{
    s_listener_t *self = arg;
    bool joined = self->joined;
    if (news->kind == ZP_NEWS_EVENT)
        return s_on_alert (self->crowd, news->payload.data);
    part_check (news->kind != ZP_NEWS_LOST, "an update");
    self->joined |= news->kind == ZP_NEWS_JOINED;
    if (self->joined && !joined)
        s_on_joined (self->crowd);
    return 0;
}

static void
s_add (s_crowd_t *self)
{
    zp_subscriber_options_t options = ZP_SUBSCRIBER_DEFAULTS;
    options.silence_ms = options.timeout_ms = PATIENT_MS;
    s_listener_t *listener = zmalloc (sizeof *listener);
    listener->crowd = self;
    zp_subscriber_t *one =
        zp_subscriber_new (self->loop, &options, s_on_news, listener);
    s_check (zp_subscriber_subscribe (one, FILTER), zp_subscriber_error (one));
    s_check (zp_subscriber_connect (one, self->updates, self->requests),
             zp_subscriber_error (one));
    self->made++;
    self->waiting++;
}

static void
s_listen (char *argv[])
{
    s_crowd_t self = {.loop = zloop_new (),
                      .updates = argv[2],
                      .requests = argv[3],
                      .subscribers = atoi (argv[4]),
                      .alerts = atoi (argv[5]),
                      .heard = atoi (argv[6]),
                      .joined.started_ns = speech_clock (),
                      .latencies = zp_histogram_new ()};
    for (int i = 0; i < JOINING && self.made < self.subscribers; i++)
        s_add (&self);
    zloop_start (self.loop);
}

void
alert_part (int argc, char *argv[])
{
    static const struct {
        const char *name;             // As in argv
        int argc;                     // How many arguments
        void (*play) (char *argv[]);  // What it does
    } roles[] = {
        {"--alert-publisher", 5, s_publish},
        {"--alert-relay", 4, s_relay},
        {"--alert-crowd", 7, s_listen},
    };
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (argc == roles[i].argc && streq (argv[1], roles[i].name)) {
            alarm (GRACE_S);
            alert_raise_files ();
            zsys_set_max_sockets (0);  // As many as ZeroMQ can have
            roles[i].play (argv);
            pause ();  // Until all are done
        }
}
