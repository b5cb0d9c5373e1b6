//  SPDX-License-Identifier: MIT
//
//  Writers, members of groups, operators, a disk and crashes, all at random, in
//  virtual time, on the core and on a plain model of it.

#include "sim_model.h"
#include "test_seed.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define STEPS 6000  // In each world
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define WORLDS 8  // Very slow
#else
#define WORLDS 40
#endif
#define IDS 8

static uint64_t
s_bytes (const sim_world_t *world, int log)
{
    const sim_log_t *model = &world->state.log[log];
    uint64_t bytes = 0;
    for (uint64_t at = model->first; at < model->next; at++)
        bytes += world->events[log][at].size;
    return bytes;
}

static void
s_set_first (sim_world_t *world, int log, uint64_t first)
{
    sim_log_t *model = &world->state.log[log];
    if (first <= model->first)
        return;
    world->trimmed += first - model->first;
    model->first = first;
}

//  What is beyond a bound goes, but for the last one
static void
s_keep (sim_world_t *world, int log)
{
    sim_log_t *model = &world->state.log[log];
    const zp_eventlog_keep_t *keep = &model->keep;
    if (keep->events && model->next - model->first > keep->events)
        s_set_first (world, log, model->next - keep->events);
    while (keep->bytes && s_bytes (world, log) > keep->bytes &&
           model->next - model->first > 1)
        s_set_first (world, log, model->first + 1);
}

//  The offset under an id, if it is remembered; else -1
static int64_t
s_known (const sim_world_t *world, int log, int id)
{
    const sim_log_t *model = &world->state.log[log];
    for (uint64_t at = model->next; id && at-- > model->first;) {
        const sim_event_t *event = &world->events[log][at];
        if (event->id == id)
            return event->time_ms + world->limits.dedupe_ms > world->now_ms
                       ? (int64_t) at
                       : -1;
    }
    return -1;
}

static void
s_append (sim_world_t *world)
{
    int log = test_below (world->seed, SIM_LOGS);
    sim_log_t *model = &world->state.log[log];
    if (model->next > SIM_EVENTS - 10)
        return;
    size_t count = 1 + (size_t) test_below (world->seed, 4);
    int id = sim_chance (world, 20) ? 1 + test_below (world->seed, IDS) : 0;
    char text[8];
    snprintf (text, sizeof text, "\"%d\\", id);
    zp_eventlog_append_t append = {.expects = sim_chance (world, 20)};
    if (append.expects)
        append.expect = model->next + (uint64_t) test_below (world->seed, 2);
    if (id)
        append.id = (zp_span_t){text, strlen (text)};
    uint64_t bodies[4][32] = {{0}};
    zp_span_t spans[4];
    for (size_t i = 0; i < count; i++) {
        bodies[i][0] = world->tags + i + 1;
        spans[i] =
            (zp_span_t){bodies[i], 8 + (size_t) test_below (world->seed, 240)};
    }
    int64_t known = s_known (world, log, id);
    zp_eventlog_appended_t appended;
    zp_status_t status =
        zp_eventlog_core_append (world->core, sim_log_name (log), spans, count,
                                 &append, world->now_ms, &appended);
    if (known >= 0) {
        assert_int_equal (status, ZP_OK);
        assert_int_equal (appended.count, 0);
        assert_int_equal (appended.offset, known);
        return;
    }
    if (append.expects && append.expect != model->next) {
        assert_int_equal (status, ZP_ABORTED);
        return;
    }
    assert_int_equal (status, ZP_OK);
    assert_int_equal (appended.count, count);
    assert_int_equal (appended.offset, model->next);
    for (size_t i = 0; i < count; i++)
        world->events[log][model->next++] =
            (sim_event_t){.tag = ++world->tags,
                          .time_ms = world->now_ms,
                          .size = spans[i].size,
                          .id = i == 0 ? id : 0};
    world->appends++;
    s_keep (world, log);
}

static void
s_trim (sim_world_t *world)
{
    int log = test_below (world->seed, SIM_LOGS);
    sim_log_t *model = &world->state.log[log];
    zp_eventlog_log_t *there = sim_log (world, log);
    if (!there)
        return;
    uint64_t offset = model->first;
    if (model->next > offset)
        offset += test_random (world->seed) % (model->next - offset + 1);
    assert_int_equal (zp_eventlog_log_trim (there, offset),
                      offset - model->first);
    s_set_first (world, log, offset);
}

static void
s_configure (sim_world_t *world)
{
    int log = test_below (world->seed, SIM_LOGS);
    sim_log_t *model = &world->state.log[log];
    int64_t events = test_below (world->seed, 300) - 1;
    int64_t bytes = sim_chance (world, 50) ? 0 : 100 * events;
    if (bytes < 0)
        bytes = -1;
    assert_int_equal (zp_eventlog_core_configure (world->core,
                                                  sim_log_name (log), -1, bytes,
                                                  events, world->now_ms),
                      ZP_OK);
    if (events >= 0)
        model->keep.events = (uint64_t) events;
    if (bytes >= 0)
        model->keep.bytes = (uint64_t) bytes;
    s_keep (world, log);
    //  That was a look at the time, too
    zp_eventlog_core_tick (world->core, world->now_ms);
}

//  Time goes on, in steps shorter than this
#define STEP_MS 300

static void
s_pass (sim_world_t *world, int64_t ms)
{
    world->now_ms += ms;
    zp_eventlog_core_tick (world->core, world->now_ms);
}

//  Events that are too old go within two seconds, at the next tick, 100 ms
//  after the last one or more
#define LATE_MS (2000 + 100 + STEP_MS)

//  What age has trimmed: not too early, and not too late
static void
s_look_at_age (sim_world_t *world)
{
    for (int log = 0; log < SIM_LOGS; log++) {
        sim_log_t *model = &world->state.log[log];
        zp_eventlog_log_t *there = sim_log (world, log);
        int64_t keep_ms = model->keep.ms;
        if (!there || !keep_ms)
            continue;
        uint64_t first = zp_eventlog_log_first (there);
        for (uint64_t at = model->first; at < first; at++)
            assert_true (world->events[log][at].time_ms + keep_ms <=
                         world->now_ms);
        s_set_first (world, log, first);
        if (first < model->next)
            assert_true (world->events[log][first].time_ms + keep_ms + LATE_MS >
                         world->now_ms);
    }
}

//  A group and one of its members, which may not be there
typedef struct s_place {
    int log, group, member;      // Which
    sim_group_t *model;          // The group as it should be
    sim_lease_t *leases;         // Of its events
    zp_eventlog_group_t *there;  // In the core; NULL: it is not there
    sim_member_t *who;           // The member
} s_place_t;

static s_place_t
s_place (sim_world_t *world)
{
    s_place_t place = {.log = test_below (world->seed, SIM_LOGS),
                       .group = test_below (world->seed, SIM_GROUPS),
                       .member = test_below (world->seed, SIM_MEMBERS)};
    place.model = &world->state.log[place.log].group[place.group];
    place.leases = world->leases[place.log][place.group];
    place.there = sim_group (world, place.log, place.group);
    place.who = &world->members[place.log][place.group][place.member];
    return place;
}

static void
s_join (sim_world_t *world, s_place_t place)
{
    zp_eventlog_log_t *log = sim_log (world, place.log);
    const sim_log_t *model = &world->state.log[place.log];
    if (!log || place.who->member)
        return;
    if (!place.there) {
        uint64_t offset = test_random (world->seed) % (model->next + 1);
        place.there =
            zp_eventlog_group_use (log, sim_group_name (place.group), offset);
        assert_non_null (place.there);
        place.model->there = true;
        place.model->position = offset > model->first ? offset : model->first;
    }
    place.who->member = zp_eventlog_member_new (
        place.there, (zp_span_t){&"abc"[place.member], 1});
    place.who->credit = 1 + (uint64_t) test_below (world->seed, 50);
    zp_eventlog_member_set_credit (place.who->member, place.who->credit,
                                   UINT64_MAX);
}

static void
s_leave (sim_world_t *world, s_place_t place)
{
    if (!place.who->member)
        return;
    bool lost = sim_chance (world, 70);
    zp_eventlog_member_destroy (&place.who->member, lost, world->now_ms);
    for (size_t i = 0; i < ZP_EVENTLOG_WINDOW; i++)
        if (place.leases[i].member == place.member + 1) {
            place.leases[i].member = 0;
            if (lost)
                place.leases[i].until_ms = 0;
        }
}

//  The group moves on behind what is acked
static void
s_advance (sim_group_t *model)
{
    bool *acked;
    while (*(acked = &model->acked[model->position % ZP_EVENTLOG_WINDOW])) {
        *acked = false;
        model->position++;
    }
}

static void
s_lost (sim_world_t *world, s_place_t place)
{
    const sim_log_t *model = &world->state.log[place.log];
    uint64_t from = UINT64_MAX;
    bool lost = place.model->position < model->first;
    assert_true (zp_eventlog_group_lost (place.there, &from) == lost);
    if (!lost)
        return;
    assert_int_equal (from, place.model->position);
    for (uint64_t at = from;
         at < model->first && at < from + ZP_EVENTLOG_WINDOW; at++) {
        place.model->acked[at % ZP_EVENTLOG_WINDOW] = false;
        place.leases[at % ZP_EVENTLOG_WINDOW] = (sim_lease_t){0};
    }
    place.model->position = model->first;
    s_advance (place.model);
}

static void
s_take (sim_world_t *world, s_place_t place)
{
    if (!place.who->member)
        return;
    int64_t lease_ms = test_below (world->seed, 500);
    zp_eventlog_handout_t handout;
    int count = 1 + test_below (world->seed, 30);
    const sim_log_t *log = &world->state.log[place.log];
    if (place.model->position < log->first)
        assert_false (zp_eventlog_member_take (place.who->member, lease_ms,
                                               world->now_ms, &handout));
    s_lost (world, place);
    while (count-- && zp_eventlog_member_take (place.who->member, lease_ms,
                                               world->now_ms, &handout)) {
        //  It is on disk, kept, not acked, and nobody else has it
        size_t at = handout.offset % ZP_EVENTLOG_WINDOW;
        assert_true (handout.offset >= log->first);
        assert_true (handout.offset < world->turns[0].log[place.log].next);
        assert_true (handout.offset >= place.model->position);
        assert_true (handout.offset - place.model->position <
                     ZP_EVENTLOG_WINDOW);
        assert_false (place.model->acked[at]);
        assert_true (place.leases[at].until_ms <= world->now_ms);
        assert_int_equal (handout.place.size_bytes,
                          world->events[place.log][handout.offset].size);
        place.leases[at] = (sim_lease_t){
            place.member + 1,
            world->now_ms + (lease_ms ? lease_ms : world->limits.lease_ms)};
        zp_eventlog_member_stats_t stats;
        zp_eventlog_member_stats (place.who->member, &stats);
        assert_true (stats.leased <= place.who->credit);
        world->handouts++;
        world->redelivered += handout.delivery > 1;
    }
}

//  A range of events that may be with members: false if there is none
static bool
s_range (sim_world_t *world, s_place_t place, uint64_t *from, uint64_t *to)
{
    if (!place.there)
        return false;
    uint64_t end = zp_eventlog_group_end (place.there);
    uint64_t position = place.model->position;
    if (end <= position)
        return false;
    if (end > position + 40)
        end = position + 40;
    *from = position + test_random (world->seed) % (end - position);
    *to = *from;
    if (end - *from > 1 && sim_chance (world, 50))
        *to += test_random (world->seed) % (end - *from);
    return true;
}

static void
s_ack (sim_world_t *world, s_place_t place)
{
    uint64_t from, to;
    if (!s_range (world, place, &from, &to))
        return;
    uint64_t count = 0;
    for (uint64_t at = from; at <= to; at++) {
        count += !place.model->acked[at % ZP_EVENTLOG_WINDOW];
        place.model->acked[at % ZP_EVENTLOG_WINDOW] = true;
        place.leases[at % ZP_EVENTLOG_WINDOW] = (sim_lease_t){0};
    }
    assert_int_equal (zp_eventlog_group_ack (place.there, from, to), count);
    s_advance (place.model);
}

static void
s_touch_or_release (sim_world_t *world, s_place_t place)
{
    uint64_t from, to;
    if (!s_range (world, place, &from, &to))
        return;
    bool touch = sim_chance (world, 50);
    int64_t ms = test_below (world->seed, 300);
    int64_t until_ms =
        world->now_ms + (touch && !ms ? world->limits.lease_ms : ms);
    uint64_t count = touch ? zp_eventlog_group_touch (place.there, from, to, ms,
                                                      world->now_ms)
                           : zp_eventlog_group_release (place.there, from, to,
                                                        ms, world->now_ms);
    uint64_t leased = 0;
    for (uint64_t at = from; at <= to; at++) {
        sim_lease_t *lease = &place.leases[at % ZP_EVENTLOG_WINDOW];
        if (place.model->acked[at % ZP_EVENTLOG_WINDOW] || !lease->until_ms)
            continue;
        //  One whose time is over may wait for the next tick, or not
        if (lease->until_ms <= world->now_ms) {
            *lease = (sim_lease_t){0};
            continue;
        }
        *lease = (sim_lease_t){touch ? lease->member : 0, until_ms};
        leased++;
    }
    assert_true (count >= leased);
}

static void
s_seek_or_delete (sim_world_t *world, s_place_t place)
{
    const sim_log_t *log = &world->state.log[place.log];
    if (!place.there)
        return;
    if (sim_chance (world, 50)) {
        uint64_t offset = log->first;
        offset += test_random (world->seed) % (log->next - log->first + 1);
        zp_eventlog_group_seek (place.there, offset);
        *place.model = (sim_group_t){.there = true, .position = offset};
    }
    else {
        for (int i = 0; i < SIM_MEMBERS; i++)
            zp_eventlog_member_destroy (
                &world->members[place.log][place.group][i].member, true,
                world->now_ms);
        zp_eventlog_group_delete (&place.there);
        *place.model = (sim_group_t){.there = false};
    }
    memset (place.leases, 0, ZP_EVENTLOG_WINDOW * sizeof *place.leases);
}

//  When the faults have stopped, each event is acked or was trimmed
static void
s_finish (sim_world_t *world)
{
    sim_end_turn (world);
    sim_commit (world, world->turn_count);
    s_pass (world, 100000);
    s_look_at_age (world);
    sim_end_turn (world);
    sim_commit (world, world->turn_count);
    for (int log = 0; log < SIM_LOGS; log++)
        for (int group = 0; group < SIM_GROUPS; group++) {
            zp_eventlog_group_t *there = sim_group (world, log, group);
            if (!there)
                continue;
            uint64_t from;
            zp_eventlog_group_lost (there, &from);
            zp_eventlog_member_t *member =
                zp_eventlog_member_new (there, (zp_span_t){"z", 1});
            zp_eventlog_member_set_credit (member, 7, UINT64_MAX);
            zp_eventlog_handout_t handout;
            while (zp_eventlog_member_take (member, 0, world->now_ms, &handout))
                zp_eventlog_group_ack (there, handout.offset, handout.offset);
            zp_eventlog_group_stats_t stats;
            zp_eventlog_group_stats (there, &stats);
            assert_int_equal (stats.position, world->state.log[log].next);
            zp_eventlog_member_destroy (&member, true, world->now_ms);
        }
}

static void
s_step (sim_world_t *world)
{
    int dice = test_below (world->seed, 1000);
    if (dice < 300)
        s_append (world);
    else if (dice < 500)
        s_take (world, s_place (world));
    else if (dice < 650)
        s_ack (world, s_place (world));
    else if (dice < 700)
        s_touch_or_release (world, s_place (world));
    else if (dice < 750)
        s_join (world, s_place (world));
    else if (dice < 770)
        s_leave (world, s_place (world));
    else if (dice < 775)
        s_seek_or_delete (world, s_place (world));
    else if (dice < 785)
        s_trim (world);
    else if (dice < 788)
        s_configure (world);
    else if (dice < 860)
        s_pass (world, test_below (world->seed, STEP_MS));
    else if (dice < 930)
        sim_end_turn (world);
    else if (dice < 995)
        sim_commit (world, (size_t) test_below (world->seed,
                                                (int) world->turn_count + 1));
    else {
        sim_crash (world, (size_t) test_below (world->seed,
                                               (int) world->turn_count + 1));
        s_pass (world, 0);  // What was trimmed, and is there again, goes now
    }
    s_look_at_age (world);
    sim_compare (world);
    if (test_below (world->seed, 20) == 0) {
        zp_eventlog_core_settle (world->core);
        sim_compare_replay (world);
    }
}

static void
test_promises_hold_whatever_happens (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    size_t appends = 0, handouts = 0, redelivered = 0, crashes = 0, trimmed = 0;
    for (int number = 0; number < WORLDS; number++) {
        sim_world_t *world = sim_world_new (&seed);
        for (int step = 0; step < STEPS; step++)
            s_step (world);
        s_finish (world);
        appends += world->appends;
        handouts += world->handouts;
        redelivered += world->redelivered;
        crashes += world->crashes;
        trimmed += world->trimmed;
        sim_world_destroy (&world);
    }
    print_message ("%zu appends, %zu handouts, %zu of these again, %zu "
                   "crashes, %zu events trimmed\n",
                   appends, handouts, redelivered, crashes, trimmed);
    assert_true (appends && handouts && redelivered && crashes && trimmed);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_promises_hold_whatever_happens),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
