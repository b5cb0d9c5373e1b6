//  SPDX-License-Identifier: MIT
//
//  An event log is killed at random moments while it is written, followed and
//  worked off. What was confirmed is there, under the offset that was told; who
//  follows alone gets each event once, in order; and a group gets each, some
//  more than once.

#define _POSIX_C_SOURCE 200809L

#include <signal.h>

#include "child.h"
#include "fixture.h"
#include "test_seed.h"
#include "zp_eventlog_reader.h"

#define ROUNDS    12
#define WRITERS   20   // Appends that are out at a time
#define PER_ROUND 400  // Confirmed, at most, before a kill
#define EVENTS    20000

//  The child

static int
s_be_server (const char *endpoint, const char *journal)
{
    zp_eventlog_options_t options = ZP_EVENTLOG_DEFAULTS;
    options.journal = journal;
    options.limits.memory_bytes = 2000;  // So that much is read from disk
    char *error = NULL;
    zp_eventlog_t *eventlog = zp_eventlog_new (NULL, &options, NULL, &error);
    if (!eventlog) {
        puts (error);
        return 1;
    }
    if (zp_server_bind (zp_eventlog_server (eventlog), endpoint) != ZP_OK)
        return 2;
    puts ("ready");
    fflush (stdout);
    zp_eventlog_run (eventlog);
    zp_eventlog_destroy (&eventlog);
    return 0;
}

typedef struct world world_t;

//  One who appends, the same event again until it is confirmed
typedef struct writer {
    world_t *world;  // Where
    int serial;      // What is in its event
    bool busy;       // It is out
} writer_t;

struct world {
    zp_client_t *client;        // Of all writers
    writer_t writers[WRITERS];  // These
    int serials;                // Events up to now
    int confirmed;              // Of these
    int again;                  // Appended once more
    bool stop;                  // Begin no others
    int at[EVENTS];             // By offset: the serial that was confirmed, + 1
    int read[EVENTS];           // The same as it was read
    uint64_t next;              // For who reads alone
    int handled[EVENTS];        // How often a group has handled each
};

static void s_write (writer_t *writer);

static void
s_on_appended (void *arg, const zp_reply_t *reply)
{
    writer_t *writer = arg;
    world_t *world = writer->world;
    writer->busy = false;
    if (reply->status == ZP_CANCELLED)
        return;
    if (reply->status == ZP_OK) {
        char text[24];
        snprintf (text, sizeof text, "%.*s", (int) reply->parts[0].size,
                  (const char *) reply->parts[0].data);
        int offset = atoi (text);
        assert_in_range (offset, 0, EVENTS - 1);
        assert_int_equal (world->at[offset], 0);
        world->at[offset] = writer->serial + 1;
        world->confirmed++;
        writer->serial = world->serials++;
        assert_true (world->serials < EVENTS);
    }
    else
        world->again++;
    if (!world->stop || reply->status != ZP_OK)
        s_write (writer);
}

static void
s_write (writer_t *writer)
{
    char body[16], options[32];
    snprintf (body, sizeof body, "%d", writer->serial);
    snprintf (options, sizeof options, "{\"id\":\"%d\"}", writer->serial);
    zp_span_t args[] = {
        {"films", 5}, {body, strlen (body)}, {options, strlen (options)}};
    zp_call_t call = {.method = "log.append",
                      .args = args,
                      .count = 3,
                      .timeout_ms = TEST_PATIENCE_MS,
                      .fn = s_on_appended,
                      .arg = writer};
    assert_int_equal (zp_client_start (writer->world->client, &call, NULL),
                      ZP_OK);
    writer->busy = true;
}

static int
s_serial (const zp_eventlog_event_t *event)
{
    char text[16];
    assert_true (event->offset < EVENTS && event->body.size < sizeof text);
    snprintf (text, sizeof text, "%.*s", (int) event->body.size,
              (const char *) event->body.data);
    return atoi (text);
}

static bool
s_on_event (void *arg, const zp_eventlog_event_t *event)
{
    world_t *world = arg;
    assert_int_equal (event->offset, world->next);
    world->next++;
    world->read[event->offset] = s_serial (event) + 1;
    return true;
}

static bool
s_on_work (void *arg, const zp_eventlog_event_t *event)
{
    world_t *world = arg;
    s_serial (event);
    world->handled[event->offset]++;
    return true;
}

static zp_eventlog_reader_t *
s_reader (fixture_t *self, world_t *world, const char *member)
{
    zp_eventlog_reader_options_t options = ZP_EVENTLOG_READER_DEFAULTS;
    options.log = "films";
    options.credit = 50;
    options.group = member ? "g" : NULL;
    options.member = member;
    zp_eventlog_reader_events_t events = {
        .event = member ? s_on_work : s_on_event, .arg = world};
    zp_eventlog_reader_t *reader =
        zp_eventlog_reader_new (self->loop, &options, &events);
    zp_eventlog_reader_connect (reader, self->endpoint);
    return reader;
}

//  What was told is what is there
static void
s_check (const world_t *world)
{
    int twice = 0;
    bool *seen = zmalloc (EVENTS);
    for (uint64_t offset = 0; offset < world->next; offset++) {
        int serial = world->read[offset];
        //  None was lost between, and an id was stored once
        assert_int_equal (world->at[offset], serial);
        assert_false (seen[serial]);
        seen[serial] = true;
        assert_true (world->handled[offset] > 0);
        twice += world->handled[offset] - 1;
    }
    free (seen);
    assert_int_equal (world->confirmed, world->next);
    print_message ("%d events, %d appends again, %d of the group twice\n",
                   world->confirmed, world->again, twice);
}

static void
test_nothing_is_lost_by_kills (void **state)
{
    fixture_t *self = *state;
    uint64_t seed = test_seed ();
    world_t *world = zmalloc (sizeof *world);
    child_t *child = child_new ("server", self->endpoint, self->journal);
    assert_true (child_says (child, "ready"));
    zp_client_options_t options = ZP_CLIENT_DEFAULTS;
    options.no_breaker = true;
    world->client = zp_client_new (self->loop, &options);
    zp_client_connect (world->client, self->endpoint);
    zp_eventlog_reader_t *alone = s_reader (self, world, NULL);
    zp_eventlog_reader_t *a = s_reader (self, world, "a");
    zp_eventlog_reader_t *b = s_reader (self, world, "b");
    for (int i = 0; i < WRITERS; i++) {
        world->writers[i] = (writer_t){world, world->serials++, false};
        s_write (&world->writers[i]);
    }
    for (int round = 0; round < ROUNDS; round++) {
        int until = world->confirmed + test_below (&seed, PER_ROUND);
        test_until (self->loop, world->confirmed >= until);
        child_signal (child, SIGKILL);
        child_destroy (&child);
        child = child_new ("server", self->endpoint, self->journal);
        assert_true (child_says (child, "ready"));
    }
    world->stop = true;
    for (int i = 0; i < WRITERS; i++)
        test_until (self->loop, !world->writers[i].busy);
    uint64_t end = (uint64_t) world->confirmed;
    test_until (self->loop, world->next >= end);
    test_until (self->loop, zp_eventlog_reader_next (a) >= end &&
                                zp_eventlog_reader_next (b) >= end);
    s_check (world);
    zp_eventlog_reader_destroy (&alone);
    zp_eventlog_reader_destroy (&a);
    zp_eventlog_reader_destroy (&b);
    zp_client_destroy (&world->client);
    child_destroy (&child);
    free (world);
}

int
main (int argc, char **argv)
{
    if (argc > 3)
        return s_be_server (argv[2], argv[3]);
    const struct CMUnitTest tests[] = {
        fixture_test (test_nothing_is_lost_by_kills),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
