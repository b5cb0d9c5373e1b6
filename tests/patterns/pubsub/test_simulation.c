//  SPDX-License-Identifier: MIT
//
//  A publisher, relays and subscribers with faults of all kinds between them:
//  what is missing is always seen, and had again or known to be lost.

#include "sim_sub.h"
#include "test_seed.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define STEPS 4000  // In each world
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define WORLDS 20
#else
#define WORLDS 100
#endif

#define SUBS   12
#define RELAYS 3

typedef struct s_world s_world_t;

typedef struct {
    s_world_t *world;  // Where it is
    sim_feed_t feed;   // What it passes on
} s_relay_t;

struct s_world {
    uint64_t *seed;            // For all that is random
    sim_log_t *log;            // What was published
    zp_timers_t *timers;       // Which no value here needs
    sim_feed_t feed;           // The publisher's
    s_relay_t relays[RELAYS];  // Of the first subscribers
    sim_sub_t subs[SUBS];      // All
};

//  A relay is told this, and by which other relay; -1: the publisher
static const struct {
    int by;
    const char *filter;
} s_relays[RELAYS] = {{-1, "#"}, {-1, "a/#"}, {0, "#"}};

static void
s_send (s_world_t *world, const sim_feed_t *feed, const void *data, size_t size)
{
    for (int i = 0; i < SUBS; i++)
        if (world->subs[i].feed == feed)
            sim_sub_send (&world->subs[i], data, size);
}

//  What a frame says, which points into it
static zp_span_t
s_read (const sim_frame_t *frame, zp_update_t *update)
{
    assert_true (zp_update_read (update, frame->data, frame->size));
    return (zp_span_t){frame->data, frame->size};
}

static void
s_on_joined (void *arg, const sim_request_t *snapshot)
{
    sim_feed_t *feed = &((s_relay_t *) arg)->feed;
    zp_source_reset (feed->source, snapshot->stream, snapshot->sequence);
    for (size_t i = 0; i < snapshot->frames.count; i++) {
        zp_update_t update;
        zp_span_t frame = s_read (&snapshot->frames.items[i], &update);
        zp_source_value (feed->source, &update, frame, 0);
    }
    feed->ready = true;
    feed->resets++;
}

static void
s_on_told (void *arg, const sim_frame_t *frame)
{
    s_relay_t *relay = arg;
    zp_update_t update;
    zp_span_t span = s_read (frame, &update);
    assert_true (zp_source_stream (relay->feed.source) == update.stream);
    zp_source_mirror (relay->feed.source, &update, span, 0);
    s_send (relay->world, &relay->feed, frame->data, frame->size);
}

static bool
s_chance (s_world_t *world, int percent)
{
    return test_below (world->seed, 100) < percent;
}

static void
s_publish (s_world_t *world)
{
    static const zp_update_kind_t kinds[] = {ZP_UPDATE_VALUE, ZP_UPDATE_VALUE,
                                             ZP_UPDATE_EVENT, ZP_UPDATE_EVENT,
                                             ZP_UPDATE_DELETED};
    //  Some topics often, so that others are silent for long
    int which = test_below (world->seed, s_chance (world, 50) ? 4 : SIM_TOPICS);
    const char *topic = world->log->topics[which];
    zp_update_t update = {.kind = kinds[test_below (world->seed, 5)],
                          .time_us = test_below (world->seed, 1000000),
                          .topic = {topic, strlen (topic)},
                          .payload = {topic, strlen (topic)}};
    zp_source_t *source = world->feed.source;
    zp_span_t frame;
    zp_status_t status = zp_source_next (source, &update, &frame);
    if (status != ZP_OK) {
        assert_int_equal (status, ZP_RESOURCE_EXHAUSTED);
        return;
    }
    if (s_chance (world, 3))
        return;  // It could not be sent
    sim_log_add (world->log, update.stream, frame.data, frame.size);
    zp_source_keep (source, &update, 0);
    const sim_frames_t *sent = &world->log->streams[update.stream];
    s_send (world, &world->feed, sent->items[sent->count - 1].data,
            sent->items[sent->count - 1].size);
}

static zp_source_t *
s_source (s_world_t *world, uint64_t stream, int topics)
{
    zp_source_limits_t limits = {
        .topics = (size_t) topics,
        .values_bytes = 1 << 20,
        .history_count = 5 + (size_t) test_below (world->seed, 100),
        .history_bytes = 200 + (size_t) test_below (world->seed, 20000)};
    return zp_source_new (&limits, stream, world->timers, NULL, NULL);
}

static void
s_restart_publisher (s_world_t *world)
{
    uint64_t stream = 1;
    if (world->feed.source) {
        if (!s_chance (world, 5))
            return;
        stream = zp_source_stream (world->feed.source) + 1;
        zp_source_destroy (&world->feed.source);
    }
    world->feed.source =
        s_source (world, stream, 8 + test_below (world->seed, 30));
    world->feed.ready = true;
}

static sim_sub_t *
s_any (s_world_t *world)
{
    return &world->subs[test_below (world->seed, SUBS)];
}

static void
s_receive (s_world_t *world)
{
    sim_sub_t *sub = s_any (world);
    for (int left = test_below (world->seed, 40); left > 0; left--)
        sim_sub_receive (sub);
}

static void
s_work (s_world_t *world)
{
    sim_sub_work (s_any (world));
}

static void
s_heartbeat (s_world_t *world)
{
    sim_sub_t *sub = s_any (world);
    if (sub->feed->ready)
        sim_sub_heartbeats (sub);
}

static void
s_fail (s_world_t *world)
{
    sim_sub_fail (s_any (world));
}

static void
s_lose (s_world_t *world)
{
    s_any (world)->losing = 1 + test_below (world->seed, 20);
}

static void
s_cut (s_world_t *world)
{
    sim_sub_t *sub = s_any (world);
    sub->cut = true;
    sim_frames_clear (&sub->channel);
}

static void
s_mend (s_world_t *world)
{
    s_any (world)->cut = false;
}

//  To a filter below that of the relay that it hangs on
static void
s_subscribe_one (s_world_t *world, sim_sub_t *sub)
{
    static const char *const all[] = {"a/#", "a/+/c", "a/b/#", "a/a",
                                      "#",   "b/#",   "a",     "+/b"};
    int below = sub->feed == &world->relays[1].feed ? 4 : 8;
    sim_sub_subscribe (sub, all[test_below (world->seed, below)]);
}

static void
s_subscribe (s_world_t *world)
{
    int which = RELAYS + test_below (world->seed, SUBS - RELAYS);
    s_subscribe_one (world, &world->subs[which]);
}

static void
s_refresh (s_world_t *world)
{
    int which = RELAYS + test_below (world->seed, SUBS - RELAYS);
    sim_sub_t *sub = &world->subs[which];
    sim_sub_refresh (sub, (size_t) test_below (world->seed, (int) sub->count));
}

static void
s_unsubscribe (s_world_t *world)
{
    int i = RELAYS + test_below (world->seed, SUBS - RELAYS);
    sim_sub_t *sub = &world->subs[i];
    if (sub->count > 1)
        sim_sub_unsubscribe (
            sub, (size_t) test_below (world->seed, (int) sub->count));
}

static void
s_restart_relay (s_world_t *world)
{
    int which = test_below (world->seed, RELAYS);
    s_relay_t *relay = &world->relays[which];
    sim_sub_restart (&world->subs[which]);
    relay->feed.ready = false;
    for (int i = 0; i < SUBS; i++)
        if (world->subs[i].feed == &relay->feed)
            sim_frames_clear (&world->subs[i].channel);
}

//  What happens, and how often in 1000 steps
static const struct {
    int often;
    void (*fn) (s_world_t *world);
} s_steps[] = {{366, s_publish},
               {300, s_receive},
               {220, s_work},
               {60, s_heartbeat},
               {5, s_fail},
               {10, s_lose},
               {5, s_cut},
               {15, s_mend},
               {8, s_subscribe},
               {4, s_refresh},
               {4, s_unsubscribe},
               {2, s_restart_relay},
               {1, s_restart_publisher}};

static void
s_step (s_world_t *world)
{
    int dice = test_below (world->seed, 1000);
    size_t i = 0;
    while (dice >= s_steps[i].often)
        dice -= s_steps[i++].often;
    s_steps[i].fn (world);
}

//  All that is on its way comes, and all that is asked for
static void
s_settle (s_world_t *world)
{
    bool busy = true;
    for (int round = 0; busy; round++) {
        assert_true (round < 2000);
        busy = false;
        for (int i = 0; i < SUBS; i++) {
            sim_sub_t *sub = &world->subs[i];
            while (sub->channel.count > 0)
                sim_sub_receive (sub);
            busy |= sim_sub_work (sub);
        }
        for (int i = 0; i < SUBS; i++)
            busy |= world->subs[i].channel.count > 0;
    }
}

//  The faults are over: each level of the tree hears one heartbeat
static void
s_heal (s_world_t *world)
{
    for (int i = 0; i < SUBS; i++) {
        world->subs[i].cut = false;
        world->subs[i].losing = 0;
    }
    for (int level = 0; level < 3; level++) {
        s_settle (world);
        for (int i = 0; i < SUBS; i++)
            sim_sub_heartbeats (&world->subs[i]);
    }
    s_settle (world);
    for (int i = 0; i < SUBS; i++)
        sim_sub_check (&world->subs[i], zp_source_stream (world->feed.source));
}

static s_world_t *
s_world_new (uint64_t *seed)
{
    s_world_t *self = calloc (1, sizeof *self);
    assert_non_null (self);
    self->seed = seed;
    self->log = sim_log_new (seed);
    self->timers = zp_timers_new (NULL);
    s_restart_publisher (self);
    for (int i = 0; i < RELAYS; i++) {
        self->relays[i].world = self;
        self->relays[i].feed.source = s_source (self, 0, 100);
    }
    for (int i = 0; i < SUBS; i++) {
        sim_sub_t *sub = &self->subs[i];
        int by = i < RELAYS ? s_relays[i].by : i % (RELAYS + 1) - 1;
        sim_sub_init (sub, seed, self->log,
                      by < 0 ? &self->feed : &self->relays[by].feed);
        if (i < RELAYS) {
            sim_sub_subscribe (sub, s_relays[i].filter);
            sub->on_told = s_on_told;
            sub->on_joined = s_on_joined;
            sub->arg = &self->relays[i];
        }
        else {
            s_subscribe_one (self, sub);
            sub->skip = s_chance (self, 30);
        }
        sub->reorder = s_chance (self, 30);
    }
    return self;
}

static void
s_world_destroy (s_world_t **self_p)
{
    s_world_t *self = *self_p;
    for (int i = 0; i < SUBS; i++)
        sim_sub_clear (&self->subs[i]);
    for (int i = 0; i < RELAYS; i++)
        zp_source_destroy (&self->relays[i].feed.source);
    zp_source_destroy (&self->feed.source);
    zp_timers_destroy (&self->timers);
    sim_log_destroy (&self->log);
    free (self);
    *self_p = NULL;
}

static void
test_whatever_gets_lost_is_had_again_or_known_to_be_lost (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    uint64_t counts[2][ZP_VERDICT_STREAM + 1] = {{0}}, lost = 0;
    for (int i = 0; i < WORLDS; i++) {
        s_world_t *world = s_world_new (&seed);
        for (int step = 0; step < STEPS; step++) {
            s_step (world);
            if (step % 1000 == 999)
                s_heal (world);
        }
        for (int k = 0; k < SUBS; k++) {
            lost += world->subs[k].lost;
            for (int v = 0; v <= ZP_VERDICT_STREAM; v++) {
                counts[0][v] += world->subs[k].counts[v];
                counts[1][v] += world->subs[k].repeats[v];
            }
        }
        s_world_destroy (&world);
    }
    //  It did go around: else all this has shown little
    assert_true (lost > WORLDS);
    for (int v = ZP_VERDICT_NEW; v <= ZP_VERDICT_EARLY; v++) {
        assert_true (counts[0][v] > 10 * WORLDS);
        assert_true (counts[1][v] > 0);
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (
            test_whatever_gets_lost_is_had_again_or_known_to_be_lost),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
