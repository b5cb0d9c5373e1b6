//  SPDX-License-Identifier: MIT
//
//  A source beside a list of all that was ever published.

#include "sim_log.h"
#include "test_seed.h"
#include "zp_source.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define STREAM 1
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define WORLDS 40
#else
#define WORLDS 200
#endif
#define STEPS 500  // In each world

typedef struct {
    uint64_t *seed;             // For all that is random
    sim_log_t *log;             // All that was published
    zp_timers_t *timers;        // Which no value here needs
    zp_source_t *source;        // Under test
    zp_source_limits_t limits;  // Of it
    bool forgets;               // There are more topics than it may know
    uint64_t gone;              // Last number that is not kept any more
    int lost, had;              // Replays of either kind
} s_world_t;

static uint64_t
s_last (const s_world_t *world)
{
    return sim_log_last (world->log, STREAM);
}

static uint64_t
s_last_of (const s_world_t *world, zp_span_t stem)
{
    uint64_t last = 0, next;
    while ((next = sim_log_next (world->log, STREAM, stem, last)) > 0)
        last = next;
    return last;
}

static size_t
s_values (const s_world_t *world)
{
    size_t count = 0;
    for (size_t i = 0; i < SIM_TOPICS; i++)
        count += sim_log_value (world->log, STREAM, i, s_last (world)) > 0;
    return count;
}

//  A stem of any topic
static zp_span_t
s_any_stem (const s_world_t *world)
{
    const char *topic =
        world->log->topics[test_below (world->seed, SIM_TOPICS)];
    zp_cut_t cuts[ZP_TOPIC_CUTS];
    size_t count = zp_topic_cut (topic, strlen (topic), cuts);
    return (zp_span_t){topic, cuts[test_below (world->seed, (int) count)].size};
}

//  How far back the ones before are: never too far, and if nothing was
//  forgotten not too near
static void
s_check_distances (const s_world_t *world, const zp_update_t *update)
{
    for (size_t i = 0; i < update->cuts; i++) {
        zp_span_t stem = {update->topic.data, update->cut[i].size};
        uint64_t distance = update->sequence - s_last_of (world, stem);
        assert_true (update->distance[i] > 0);
        if (world->forgets)
            assert_true (update->distance[i] <= distance);
        else
            assert_true (update->distance[i] == distance);
    }
}

//  The oldest go when there are too many or too large; but none that there is
//  room for, except that a frame is not divided, nor is room for one that was
//  not kept in the end
static void
s_check_history (s_world_t *world)
{
    zp_source_stats_t stats;
    zp_source_stats (world->source, &stats);
    assert_true (stats.history_count <= world->limits.history_count);
    assert_true (stats.history_bytes <= world->limits.history_bytes);
    uint64_t gone = s_last (world) - stats.history_count;
    assert_true (gone >= world->gone);
    world->gone = gone;
    const sim_frame_t *frames = world->log->streams[STREAM].items;
    size_t bytes = 0, largest = 0;
    for (uint64_t i = 0; i < s_last (world); i++) {
        bytes += i >= gone ? frames[i].size : 0;
        largest = frames[i].size > largest ? frames[i].size : largest;
    }
    assert_int_equal (stats.history_bytes, bytes);
    assert_true (gone == 0 ||
                 stats.history_count == world->limits.history_count ||
                 bytes + 4 * largest > world->limits.history_bytes);
}

static void
s_keep (s_world_t *world, const zp_update_t *update, zp_span_t frame)
{
    assert_int_equal (frame.size, zp_update_size (update));
    sim_log_add (world->log, STREAM, frame.data, frame.size);
    zp_source_keep (world->source, update, 0);
}

static void
s_publish (s_world_t *world)
{
    size_t topic = (size_t) test_below (world->seed, SIM_TOPICS);
    const char *text = world->log->topics[topic];
    zp_update_t update = {
        .kind = (zp_update_kind_t) (1 + test_below (world->seed, 3)),
        .topic = {text, strlen (text)},
        .payload = {text, (size_t) test_below (world->seed, 3)}};
    zp_source_stats_t before, after;
    zp_source_stats (world->source, &before);
    zp_span_t frame;
    zp_status_t status = zp_source_next (world->source, &update, &frame);
    if (status == ZP_OK) {
        assert_true (update.sequence == s_last (world) + 1);
        s_check_distances (world, &update);
        if (test_below (world->seed, 10) > 0)
            s_keep (world, &update, frame);
        s_check_history (world);
        return;
    }
    //  Each topic has a value, and this is another
    assert_int_equal (status, ZP_RESOURCE_EXHAUSTED);
    assert_int_equal (before.values, world->limits.topics);
    assert_true (sim_log_value (world->log, STREAM, topic, s_last (world)) ==
                 0);
    zp_source_stats (world->source, &after);
    assert_memory_equal (&before, &after, sizeof before);
}

static void
s_check_what_is_known (s_world_t *world)
{
    zp_source_stats_t stats;
    zp_source_stats (world->source, &stats);
    assert_true (stats.topics <= world->limits.topics);
    assert_int_equal (stats.values, s_values (world));
    assert_true (zp_source_sequence (world->source) == s_last (world));
    zp_span_t stem = s_any_stem (world);
    uint64_t last = zp_source_last (world->source, stem);
    assert_true (last <= s_last (world));
    if (world->forgets)
        assert_true (last >= s_last_of (world, stem));
    else
        assert_true (last == s_last_of (world, stem));
}

typedef struct {
    s_world_t *world;  // Where we are
    zp_stems_t wants;  // Of a replay
    uint64_t at;       // The last that was given
    int left;          // How many are taken
} s_replay_t;

//  The next that is wanted and not older than that; 0: none
static uint64_t
s_wanted (const s_replay_t *replay, uint64_t after)
{
    uint64_t last = s_last (replay->world);
    while (++after <= last) {
        zp_update_t update = sim_log_at (replay->world->log, STREAM, after);
        for (size_t i = 0; i < update.cuts; i++) {
            const zp_want_t *want = zp_stems_find (
                &replay->wants, update.topic.data, update.cut[i]);
            if (want && want->from < after)
                return after;
        }
    }
    return 0;
}

static int
s_given (void *arg, zp_span_t given)
{
    s_replay_t *replay = arg;
    replay->at = s_wanted (replay, replay->at);
    assert_true (replay->at > replay->world->gone);
    const sim_frame_t *frame =
        &replay->world->log->streams[STREAM].items[replay->at - 1];
    assert_int_equal (given.size, frame->size);
    assert_memory_equal (given.data, frame->data, frame->size);
    return --replay->left == 0;
}

static void
s_replay (s_world_t *world)
{
    s_replay_t replay = {.world = world,
                         .left = 1 + test_below (world->seed, 30)};
    for (int left = test_below (world->seed, 4); left >= 0; left--) {
        zp_span_t stem = s_any_stem (world);
        zp_cut_t cut = {(uint32_t) stem.size,
                        zp_topic_hash (stem.data, stem.size)};
        if (zp_stems_find (&replay.wants, stem.data, cut))
            continue;
        zp_want_t *want = zp_stem_new (sizeof *want, stem.data, cut);
        want->from =
            (uint64_t) test_below (world->seed, (int) s_last (world) + 2);
        if (test_below (world->seed, 2))
            want->from = s_last (world) - s_last (world) / 8;
        zp_stems_add (&replay.wants, want);
    }
    uint64_t first = s_wanted (&replay, 0), upto = 0;
    bool gone = first > 0 && first <= world->gone;
    zp_status_t status = zp_source_replay (world->source, &replay.wants,
                                           s_given, &replay, &upto);
    if (status == ZP_OK) {
        assert_false (gone);
        assert_true (upto == (replay.left ? s_last (world) : replay.at));
        if (replay.left)
            assert_true (s_wanted (&replay, replay.at) == 0);
    }
    else {
        assert_int_equal (status, ZP_OUT_OF_RANGE);
        assert_true (gone || world->forgets);
        assert_true (replay.at == 0);
    }
    world->lost += status != ZP_OK;
    world->had += status == ZP_OK && replay.at;
    zp_stems_clear (&replay.wants, NULL, NULL);
}

typedef struct {
    const sim_log_t *log;        // For which topic it is
    uint64_t given[SIM_TOPICS];  // Values
    char after[16];              // The last topic
    int left;                    // Room in the page
} s_page_t;

static int
s_value (void *arg, zp_span_t frame)
{
    s_page_t *page = arg;
    zp_update_t update;
    if (page->left-- == 0)
        return -1;
    assert_true (zp_update_read (&update, frame.data, frame.size));
    uint64_t *given = &page->given[sim_log_topic (page->log, &update)];
    assert_true (*given == 0);
    *given = update.sequence;
    memcpy (page->after, update.topic.data, update.topic.size + 1);
    return 0;
}

static void
s_snapshot (s_world_t *world)
{
    zp_span_t stem = s_any_stem (world);
    s_page_t page = {.log = world->log};
    int size = 1 + test_below (world->seed, 10);
    do {
        zp_span_t after = {page.after, strlen (page.after)};
        page.left = size;
        assert_int_equal (
            zp_source_snapshot (world->source, stem, after, s_value, &page),
            ZP_OK);
    } while (page.left < 0);
    for (size_t i = 0; i < SIM_TOPICS; i++)
        assert_true (page.given[i] == (sim_has (world->log->topics[i], stem)
                                           ? sim_log_value (world->log, STREAM,
                                                            i, s_last (world))
                                           : 0));
}

static void
s_live (s_world_t *world)
{
    for (int step = 0; step < STEPS; step++) {
        int dice = test_below (world->seed, 10);
        if (dice < 6)
            s_publish (world);
        else if (dice < 7)
            s_check_what_is_known (world);
        else if (dice < 9)
            s_replay (world);
        else
            s_snapshot (world);
    }
}

static void
test_a_source_knows_what_a_list_of_all_knows (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    int lost = 0, had = 0;
    for (int i = 0; i < WORLDS; i++) {
        s_world_t world = {.seed = &seed,
                           .log = sim_log_new (&seed),
                           .timers = zp_timers_new (NULL),
                           .forgets = i % 2};
        world.limits = (zp_source_limits_t){
            .topics = world.forgets ? 3 + (size_t) test_below (&seed, 15)
                                    : SIM_TOPICS,
            .values_bytes = 1 << 20,
            .history_count = 1 + (size_t) test_below (&seed, 100),
            .history_bytes = (size_t) test_below (&seed, 5000)};
        world.source =
            zp_source_new (&world.limits, STREAM, world.timers, NULL, NULL);
        s_live (&world);
        lost += world.lost;
        had += world.had;
        zp_source_destroy (&world.source);
        zp_timers_destroy (&world.timers);
        sim_log_destroy (&world.log);
    }
    assert_true (lost > 10 * WORLDS && had > 10 * WORLDS);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_source_knows_what_a_list_of_all_knows),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
