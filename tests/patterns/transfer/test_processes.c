//  SPDX-License-Identifier: MIT
//
//  Either end is killed, again and again, or frozen, and what comes is right

#define _GNU_SOURCE

#include <signal.h>
#include <unistd.h>

#include "child.h"
#include "fixture.h"
#include "test_seed.h"
#include "zp_signals.h"

#define SIZE   ((size_t) 24 << 20)
#define ROUNDS 4  // Kills in each test
#define MEMORY (32 << 20)

//  The children

static int
s_on_signal (void *arg)
{
    (void) arg;
    return -1;
}

//  Say how much memory it took at most. (Not as getrusage has it, which counts
//  that of the process before it became this program.)
static void
s_tell_memory (void)
{
    char line[128];
    long kib = -1;
    FILE *status = fopen ("/proc/self/status", "r");
    while (status && fgets (line, sizeof line, status))
        sscanf (line, "VmHWM: %ld", &kib);
    fclose (status);
    if (kib * 1024 < MEMORY)
        puts ("small");
    else
        printf ("%ld KiB\n", kib);
    fflush (stdout);
}

static int
s_be_server (const char *endpoint, const char *folder)
{
    char text[ZP_TRANSFER_TEXT];
    zp_sender_options_t sending = ZP_SENDER_DEFAULTS;
    zp_store_options_t storing = ZP_STORE_DEFAULTS;
    sending.folder = storing.folder = folder;
    zloop_t *loop = zloop_new ();
    zp_server_t *server = zp_server_new (loop, NULL);
    zp_sender_t *sender = zp_sender_new (loop, server, &sending, text);
    zp_store_t *store = zp_store_new (loop, server, &storing, text);
    if (zp_server_bind (server, endpoint) != ZP_OK)
        return 1;
    puts ("ready");
    fflush (stdout);
    zp_server_run (server);
    s_tell_memory ();
    zp_sender_destroy (&sender);
    zp_store_destroy (&store);
    zp_server_destroy (&server);
    zloop_destroy (&loop);
    return 0;
}

typedef struct fetcher {
    zloop_t *loop;       // To be ended
    zp_status_t status;  // How it ended
    bool said;           // That it is on its way
} fetcher_t;

static int
s_end_loop (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer, (void) arg;
    return -1;
}

static void
s_on_progress (void *arg, uint64_t at, uint64_t size)
{
    fetcher_t *self = arg;
    (void) size;
    if (self->said || at < 1 << 20)
        return;
    self->said = true;
    puts ("begun");
    fflush (stdout);
}

static void
s_on_done (void *arg, const zp_download_end_t *end)
{
    fetcher_t *self = arg;
    self->status = end->status;
    zloop_timer (self->loop, 0, 1, s_end_loop, NULL);
}

static int
s_be_receiver (const char *endpoint, const char *path)
{
    fetcher_t self = {.loop = zloop_new (), .status = ZP_UNKNOWN};
    zp_receiver_t *receiver = zp_receiver_new (self.loop, NULL);
    zp_receiver_connect (receiver, endpoint);
    zp_download_options_t options = {.name = "film",
                                     .path = path,
                                     .on_progress = s_on_progress,
                                     .on_done = s_on_done,
                                     .arg = &self};
    zp_download_t *download = zp_download_new (receiver, &options);
    zp_signals_run (self.loop, s_on_signal, NULL);
    s_tell_memory ();
    zp_download_destroy (&download);
    zp_receiver_destroy (&receiver);
    zloop_destroy (&self.loop);
    return (int) self.status;
}

//  The tests

typedef struct world {
    fixture_t *fixture;        // Has a loop, folders, who gets and who puts
    const char *endpoints[2];  // Of servers of their own
    child_t *servers[2];       // At these
    uint64_t seed;             // Decides
} world_t;

static void
s_start (world_t *self, int number)
{
    self->servers[number] =
        child_new ("server", self->endpoints[number], self->fixture->folder);
    assert_true (child_says (self->servers[number], "ready"));
}

//  A world with that many servers, and who gets and puts there
static world_t *
s_world_new (int servers)
{
    world_t *self = zmalloc (sizeof *self);
    fixture_t *fixture = self->fixture = fixture_new (NULL, NULL);
    self->seed = test_seed ();
    zp_receiver_destroy (&fixture->receiver);
    zp_uploader_destroy (&fixture->uploader);
    fixture->receiver = zp_receiver_new (fixture->loop, NULL);
    for (int i = 0; i < servers; i++) {
        self->endpoints[i] =
            zsys_sprintf ("ipc://%s/%d.sock", fixture->away, i);
        s_start (self, i);
        zp_receiver_connect (fixture->receiver, self->endpoints[i]);
    }
    if (servers)
        fixture->uploader = zp_uploader_new (fixture->loop, self->endpoints[0],
                                             TEST_PATIENCE_MS);
    fixture_write (fixture_path (fixture, "film"), 1, SIZE);
    return self;
}

static void
s_world_destroy (world_t **self_p)
{
    world_t *self = *self_p;
    *self_p = NULL;
    for (int i = 0; i < 2; i++) {
        child_destroy (&self->servers[i]);
        free ((char *) self->endpoints[i]);
    }
    fixture_destroy (&self->fixture);
    free (self);
}

static void
test_a_download_survives_kills_of_its_sender (void **state)
{
    (void) state;
    world_t *self = s_world_new (1);
    fixture_t *fixture = self->fixture;
    ended_t ended;
    zp_download_t *download = fixture_download (
        fixture, "film", fixture_away (fixture, "copy"), &ended);
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t at = zp_download_at (download);
        at += (uint64_t) test_below (&self->seed, SIZE / ROUNDS);
        test_until (fixture->loop,
                    ended.done || zp_download_at (download) >= at);
        child_destroy (&self->servers[0]);
        s_start (self, 0);
    }
    test_until (fixture->loop, ended.done);
    assert_int_equal (ended.status, ZP_OK);
    assert_true (fixture_is (fixture_away (fixture, "copy"), 1, SIZE));
    assert_false (ended.restarted);
    zp_download_destroy (&download);
    s_world_destroy (&self);
}

static void
test_a_download_survives_kills_of_its_receiver (void **state)
{
    (void) state;
    world_t *self = s_world_new (1);
    fixture_t *fixture = self->fixture;
    const char *path = fixture_away (fixture, "copy");
    for (int i = 0; i < ROUNDS; i++) {
        child_t *child = child_new ("receiver", self->endpoints[0], path);
        if (test_below (&self->seed, 4))
            child_says (child, "begun");  // Or it has come to its end
        child_destroy (&child);
        assert_true (!fixture_there (path) || fixture_is (path, 1, SIZE));
    }
    child_t *child = child_new ("receiver", self->endpoints[0], path);
    assert_int_equal (child_end (child), 0);
    child_destroy (&child);
    assert_true (fixture_is (path, 1, SIZE));
    assert_false (fixture_there (fixture_away (fixture, ".copy.part")));
    s_world_destroy (&self);
}

static void
test_a_put_survives_kills_of_its_store (void **state)
{
    (void) state;
    world_t *self = s_world_new (1);
    fixture_t *fixture = self->fixture;
    fixture_write (fixture_away (fixture, "mine"), 2, SIZE);
    ended_t ended;
    fixture_upload (fixture, fixture_away (fixture, "mine"), "new", &ended);
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t at = ended.at;
        at += (uint64_t) test_below (&self->seed, SIZE / ROUNDS);
        test_until (fixture->loop, ended.done || ended.at >= at);
        child_destroy (&self->servers[0]);
        const char *path = fixture_path (fixture, "new");
        assert_true (!fixture_there (path) || fixture_is (path, 2, SIZE));
        s_start (self, 0);
    }
    test_until (fixture->loop, ended.done);
    assert_int_equal (ended.status, ZP_OK);
    assert_true (fixture_is (fixture_path (fixture, "new"), 2, SIZE));
    s_world_destroy (&self);
}

static void
test_a_get_turns_to_another_sender_when_one_is_killed (void **state)
{
    (void) state;
    world_t *self = s_world_new (2);
    fixture_t *fixture = self->fixture;
    got_t got;
    fixture_begin (fixture, (zp_get_t){.name = "film", .offset = 5}, 1, &got);
    got.room = 1 << 20;
    for (int i = 0; i < ROUNDS; i++) {
        test_until (fixture->loop, got.room == 0);
        child_destroy (&self->servers[i % 2]);
        got.room = 3 << 20;
        zp_receiver_resume (fixture->receiver, got.id);
        test_until (fixture->loop, got.room == 0);
        s_start (self, i % 2);
        got.room = 1 << 20;
        zp_receiver_resume (fixture->receiver, got.id);
    }
    got.room = SIZE_MAX;
    zp_receiver_resume (fixture->receiver, got.id);
    test_until (fixture->loop, got.done);
    assert_int_equal (got.status, ZP_OK);
    assert_int_equal (got.bytes, SIZE - 5);
    assert_false (got.wrong);
    zp_receiver_stats_t stats;
    zp_receiver_stats (fixture->receiver, &stats);
    assert_true (stats.resumed > 0);
    s_world_destroy (&self);
}

static void
test_a_frozen_receiver_is_sent_no_more_than_a_window_and_harms_nobody (
    void **state)
{
    (void) state;
    fixture_t *self = fixture_new (NULL, NULL);
    fixture_write (fixture_path (self, "film"), 1, 4 * SIZE);
    fixture_write (fixture_path (self, "other"), 2, SIZE);
    child_t *child = child_new ("receiver", zp_server_endpoint (self->server),
                                fixture_away (self, "copy"));
    zp_sender_stats_t stats;
    test_until (self->loop,
                (zp_sender_stats (self->sender, &stats), stats.bytes > 0));
    child_signal (child, SIGSTOP);
    got_t got;
    fixture_get (self, (zp_get_t){.name = "other", .hash = true}, 2, &got);
    assert_int_equal (got.status, ZP_OK);
    zp_sender_stats (self->sender, &stats);
    assert_true (stats.out <= 4 << 20);
    child_signal (child, SIGCONT);
    test_until (self->loop, fixture_there (fixture_away (self, "copy")));
    assert_int_equal (child_end (child), 0);
    child_destroy (&child);
    assert_true (fixture_is (fixture_away (self, "copy"), 1, 4 * SIZE));
    fixture_destroy (&self);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

static void
test_the_memory_of_both_ends_is_bounded_whatever_the_size (void **state)
{
    (void) state;
    world_t *self = s_world_new (1);
    fixture_t *fixture = self->fixture;
    const char *gib = getenv ("ZP_ROUNDS");
    off_t size = gib ? (off_t) 1 << 30 : (off_t) 128 << 20;
    assert_int_equal (truncate (fixture_path (fixture, "film"), size), 0);
    child_t *child = child_new ("receiver", self->endpoints[0],
                                fixture_away (fixture, "copy"));
    assert_true (child_says (child, "begun"));
    assert_true (child_says (child, "small"));
    assert_int_equal (child_end (child), 0);
    child_destroy (&child);
    child_signal (self->servers[0], SIGTERM);
    assert_true (child_says (self->servers[0], "small"));
    assert_int_equal (child_end (self->servers[0]), 0);
    s_world_destroy (&self);
}

#endif

int
main (int argc, char **argv)
{
    if (argc > 3 && strcmp (argv[1], "server") == 0)
        return s_be_server (argv[2], argv[3]);
    if (argc > 3 && strcmp (argv[1], "receiver") == 0)
        return s_be_receiver (argv[2], argv[3]);
    zsys_handler_set (NULL);
    const struct CMUnitTest tests[] =
    { cmocka_unit_test (test_a_download_survives_kills_of_its_sender),
      cmocka_unit_test (test_a_download_survives_kills_of_its_receiver),
      cmocka_unit_test (test_a_put_survives_kills_of_its_store),
      cmocka_unit_test (test_a_get_turns_to_another_sender_when_one_is_killed),
      cmocka_unit_test (
          test_a_frozen_receiver_is_sent_no_more_than_a_window_and_harms_nobody),
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
      cmocka_unit_test (
          test_the_memory_of_both_ends_is_bounded_whatever_the_size),
#endif
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
