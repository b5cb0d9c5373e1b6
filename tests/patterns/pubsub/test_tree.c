//  SPDX-License-Identifier: MIT
//
//  A thousand subscribers of a tree: a publisher, a relay that hears it, three
//  relays that hear that one, and below these the crowd, in processes of their
//  own. One of the relays is restarted while the stream goes on; in the end
//  each subscriber has had exactly that stream.

#define _DEFAULT_SOURCE

#include "child.h"
#include "fixture.h"

#include <sys/resource.h>

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define CROWD  100  // In each process
#define CROWDS 2
#else
#define CROWD  250
#define CROWDS 4
#endif
#define LAST  100  // Numbers of each topic
#define BURST 1    // Of them in a millisecond

//  Subscribers take many files
static void
s_allow_files (void)
{
    struct rlimit limit;
    getrlimit (RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit (RLIMIT_NOFILE, &limit);
    zsys_set_max_sockets (0);
}

//  The child: a part of the crowd. Each listens to two of the relays

typedef struct {
    ear_t *ears[CROWD];  // These
    int complete;        // How many have the last numbers
} s_crowd_t;

//  True with the last number of all
static bool
s_is_complete (const ear_t *ear)
{
    uint64_t sum = 0;
    for (int i = 0; i < EAR_TOPICS; i++)
        sum += ear->at[i];
    return sum == EAR_TOPICS * LAST;
}

static int
s_on_news (ear_t *ear, const zp_news_t *news)
{
    s_crowd_t *crowd = ear->arg;
    crowd->complete += news->kind <= ZP_NEWS_VALUE && s_is_complete (ear);
    return crowd->complete == CROWD ? -1 : 0;
}

//  Nothing was left out, came twice or was lost; if not, say what happened
static bool
s_is_exact (ear_t *ear)
{
    if (ear->missing + ear->twice + ear->order + ear_told (ear, "lost") == 0)
        return true;
    fprintf (stderr, "%d left out, %d twice, %d in disorder\n%s",
             (int) ear->missing, (int) ear->twice, (int) ear->order, ear->log);
    return false;
}

static int
s_be_crowd (const char *updates, const char *requests)
{
    s_allow_files ();
    fixture_t place;
    if (sscanf (updates, "%63[^,],%63[^,],%63s", place.relay_updates[1],
                place.relay_updates[2], place.relay_updates[3]) != 3 ||
        sscanf (requests, "%63[^,],%63[^,],%63s", place.relay_requests[1],
                place.relay_requests[2], place.relay_requests[3]) != 3)
        return 1;
    zloop_t *loop = zloop_new ();
    s_crowd_t *self = zmalloc (sizeof *self);
    for (int i = 0; i < CROWD; i++) {
        ear_t *ear = self->ears[i] = ear_new (loop, NULL);
        ear->fn = s_on_news;
        ear->arg = self;
        fixture_listen_to (&place, ear, 1 + i % 3);
        fixture_listen_to (&place, ear, 1 + (i + 1) % 3);
        ear_subscribe (ear, "#");
    }
    zloop_start (loop);
    int exact = 0;
    for (int i = 0; i < CROWD; i++) {
        exact += s_is_exact (self->ears[i]);
        ear_destroy (&self->ears[i]);
    }
    printf ("exact %d\n", exact);
    zloop_destroy (&loop);
    free (self);
    return 0;
}

//  The parent

static void
s_plant (fixture_t *self)
{
    self->options.heartbeat_ms = self->relays.publisher.heartbeat_ms = 500;
    self->relays.publisher.history_count = 10 * EAR_TOPICS * LAST;
    fixture_publisher (self);
    fixture_relay (self, 0, -1);
    for (int i = 1; i <= 3; i++)
        fixture_relay (self, i, 0);
}

static child_t *
s_crowd (fixture_t *self)
{
    char updates[200], requests[200];
    snprintf (updates, sizeof updates, "crowd:%s,%s,%s", self->relay_updates[1],
              self->relay_updates[2], self->relay_updates[3]);
    snprintf (requests, sizeof requests, "%s,%s,%s", self->relay_requests[1],
              self->relay_requests[2], self->relay_requests[3]);
    return child_new (updates, requests, NULL);
}

//  Pages of values that the relays next to the crowd have sent
static uint64_t
s_pages (fixture_t *self)
{
    uint64_t pages = 0;
    for (int i = 1; i <= 3; i++)
        pages += fixture_stats (zp_relay_publisher (self->relay[i])).snapshots;
    return pages;
}

//  Nobody listens any more
static bool
s_is_quiet (fixture_t *self)
{
    size_t stems = 0;
    for (int i = 1; i <= 3; i++)
        stems += fixture_stats (zp_relay_publisher (self->relay[i])).stems;
    return stems == 0;
}

static void
test_each_of_a_crowd_has_exactly_the_stream (void **state)
{
    fixture_t *self = *state;
    s_allow_files ();
    s_plant (self);
    child_t *crowds[CROWDS];
    for (int i = 0; i < CROWDS; i++)
        crowds[i] = s_crowd (self);
    //  A request may be repeated, so these may be more
    test_until (self->loop, s_pages (self) >= CROWD * CROWDS);
    zp_publisher_stats_t before = fixture_stats (self->publisher);
    fixture_chatter (self, BURST);
    test_until (self->loop, self->published[0] > LAST / 4);
    zp_relay_destroy (&self->relay[1]);
    test_until (self->loop, self->published[0] > LAST / 2);
    fixture_relay (self, 1, 0);
    test_until (self->loop, self->published[0] >= LAST - 1);
    fixture_chatter (self, 0);
    while (self->published[EAR_TOPICS - 1] < LAST || self->published[0] < LAST)
        fixture_count (self, 1);
    test_until (self->loop, s_is_quiet (self));
    for (int i = 0; i < CROWDS; i++) {
        char line[16];
        snprintf (line, sizeof line, "exact %d", CROWD);
        assert_true (child_says (crowds[i], line));
        assert_int_equal (child_end (crowds[i]), 0);
        child_destroy (&crowds[i]);
    }
    //  None of that came to the source, which only the relay loads
    zp_publisher_stats_t after = fixture_stats (self->publisher);
    assert_int_equal (after.snapshots, before.snapshots);
    assert_int_equal (after.replays, before.replays);
}

int
main (int argc, char **argv)
{
    if (argc > 2 && strncmp (argv[1], "crowd:", 6) == 0)
        return s_be_crowd (argv[1] + 6, argv[2]);
    const struct CMUnitTest tests[] = {
        fixture_test (test_each_of_a_crowd_has_exactly_the_stream),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
