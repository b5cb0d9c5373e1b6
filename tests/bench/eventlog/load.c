//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "load.h"

#include <time.h>
#include <unistd.h>

#include "part.h"
#include "rows.h"
#include "zp_client.h"
#include "zp_eventlog.h"
#include "zp_eventlog_reader.h"

#define LOG     "films"
#define TIMEOUT 60000
#define HEAD    "{\"offset\":1000000,\"time_ms\":1795328681382}"

static double
s_seconds (clockid_t clock)
{
    struct timespec now;
    clock_gettime (clock, &now);
    return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

int
load_server (const char *path, const char *endpoint)
{
    char journal[4200];
    snprintf (journal, sizeof journal, "sqlite:%s", path);
    zp_eventlog_options_t options = ZP_EVENTLOG_DEFAULTS;
    options.journal = journal;
    options.limits.memory_bytes = 0;  // What is read is read from disk
    char *error = NULL;
    zp_eventlog_t *eventlog = zp_eventlog_new (NULL, &options, NULL, &error);
    if (!eventlog)
        fprintf (stderr, "E: %s\n", error);
    part_check (eventlog != NULL, "the event log");
    zp_server_t *server = zp_eventlog_server (eventlog);
    part_check (zp_server_bind (server, endpoint) == ZP_OK, endpoint);
    part_ready (STDOUT_FILENO);
    zp_eventlog_run (eventlog);
    zp_journal_stats_t stats;
    zp_journal_stats (zp_eventlog_journal (eventlog), &stats);
    server_result_t result = {stats.commits,
                              s_seconds (CLOCK_PROCESS_CPUTIME_ID)};
    part_check (write (STDOUT_FILENO, &result, sizeof result) ==
                    (ssize_t) sizeof result,
                "the pipe to the starter");
    zp_eventlog_destroy (&eventlog);
    return 0;
}

//  Who appends
typedef struct writer {
    zloop_t *loop;        // Where all happens
    zp_client_t *client;  // Asks
    char *body;           // Of each event
    size_t size;          // Bytes of it
    double until;         // Then no more
    int out;              // Not confirmed yet
    uint64_t confirmed;   // So many are
} writer_t;

static int
s_end (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer, (void) arg;
    return -1;
}

static void s_append (writer_t *self);

static void
s_on_appended (void *arg, const zp_reply_t *reply)
{
    writer_t *self = arg;
    if (reply->status != ZP_OK)
        fprintf (stderr, "E: %s\n", reply->text);
    part_check (reply->status == ZP_OK, "log.append");
    self->out--;
    self->confirmed++;
    if (s_seconds (CLOCK_MONOTONIC) < self->until)
        s_append (self);
    else if (self->out == 0)
        zloop_timer (self->loop, 0, 1, s_end, NULL);
}

static void
s_append (writer_t *self)
{
    zp_span_t args[] = {{LOG, strlen (LOG)}, {self->body, self->size}};
    zp_call_t call = {.method = "log.append",
                      .args = args,
                      .count = 2,
                      .timeout_ms = TIMEOUT,
                      .fn = s_on_appended,
                      .arg = self};
    self->out++;
    zp_client_start (self->client, &call, NULL);
}

uint64_t
load_append (const char *endpoint, size_t size, int window, double seconds)
{
    writer_t self = {.loop = zloop_new (), .size = size};
    self.client = zp_client_new (self.loop, NULL);
    self.body = zmalloc (size + 1);
    memset (self.body, 'e', size);
    part_check (zp_client_connect (self.client, endpoint) == ZP_OK, endpoint);
    self.until = s_seconds (CLOCK_MONOTONIC) + seconds;
    for (int i = 0; i < window; i++)
        s_append (&self);
    zloop_start (self.loop);
    zp_client_destroy (&self.client);
    zloop_destroy (&self.loop);
    free (self.body);
    return self.confirmed;
}

//  Who reads
typedef struct tally {
    zloop_t *loop;  // To be ended
    uint64_t left;  // Events to come
} tally_t;

static bool
s_on_event (void *arg, const zp_eventlog_event_t *event)
{
    (void) event;
    tally_t *tally = arg;
    if (--tally->left == 0)
        zloop_timer (tally->loop, 0, 1, s_end, NULL);
    return true;
}

double
load_read (const char *endpoint, uint64_t count)
{
    tally_t tally = {zloop_new (), count};
    zp_eventlog_reader_options_t options = ZP_EVENTLOG_READER_DEFAULTS;
    options.log = LOG;
    options.credit = 5000;
    zp_eventlog_reader_events_t events = {.event = s_on_event, .arg = &tally};
    zp_eventlog_reader_t *reader =
        zp_eventlog_reader_new (tally.loop, &options, &events);
    double start = s_seconds (CLOCK_MONOTONIC);
    zp_eventlog_reader_connect (reader, endpoint);
    zloop_start (tally.loop);
    double took = s_seconds (CLOCK_MONOTONIC) - start;
    zp_eventlog_reader_destroy (&reader);
    zloop_destroy (&tally.loop);
    return took;
}

double
load_sqlite (const char *path, size_t size, uint64_t batch, double seconds)
{
    char *body = zmalloc (size + 1);
    memset (body, 'e', size);
    double rate =
        rows_sqlite (path, LOG, HEAD, (zp_span_t){body, size}, batch, seconds);
    free (body);
    return rate;
}
