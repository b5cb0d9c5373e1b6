//  SPDX-License-Identifier: MIT

#include "sim_model.h"

#include "test_seed.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

sim_world_t *
sim_world_new (uint64_t *seed)
{
    sim_world_t *self = zmalloc (sizeof *self);
    self->seed = seed;
    self->now_ms = 1000000 + test_below (seed, 1000000);
    self->limits = (zp_eventlog_limits_t) ZP_EVENTLOG_LIMITS;
    self->limits.dedupe_ms = test_below (seed, 3000);
    self->limits.lease_ms = 1 + test_below (seed, 1000);
    if (sim_chance (self, 50))
        self->limits.keep.events = 1 + (uint64_t) test_below (seed, 300);
    if (sim_chance (self, 30))
        self->limits.keep.bytes = 1 + (uint64_t) test_below (seed, 10000);
    if (sim_chance (self, 30))
        self->limits.keep.ms = 1 + test_below (seed, 60000);
    for (int log = 0; log < SIM_LOGS; log++)
        self->state.log[log].keep = self->limits.keep;
    self->turns[0] = self->state;
    self->store = sim_store_new ();
    zp_journal_log_t hooks = sim_store_hooks (self->store);
    self->core = zp_eventlog_core_new (&self->limits, &hooks);
    return self;
}

void
sim_world_destroy (sim_world_t **self_p)
{
    sim_world_t *self = *self_p;
    *self_p = NULL;
    zp_eventlog_core_destroy (&self->core);
    sim_store_destroy (&self->store);
    free (self);
}

bool
sim_chance (sim_world_t *self, int percent)
{
    return test_below (self->seed, 100) < percent;
}

zp_span_t
sim_log_name (int log)
{
    static const char *const names[] = {"films", "a", "no-films.2"};
    return (zp_span_t){names[log], strlen (names[log])};
}

zp_span_t
sim_group_name (int group)
{
    return (zp_span_t){group ? "mail" : "audit", group ? 4 : 5};
}

zp_eventlog_log_t *
sim_log (sim_world_t *self, int log)
{
    return zp_eventlog_core_find (self->core, sim_log_name (log));
}

zp_eventlog_group_t *
sim_group (sim_world_t *self, int log, int group)
{
    zp_eventlog_log_t *there = sim_log (self, log);
    return there ? zp_eventlog_group_find (there, sim_group_name (group))
                 : NULL;
}

void
sim_end_turn (sim_world_t *self)
{
    if (self->turn_count == SIM_TURNS)
        sim_commit (self, 1);
    zp_eventlog_core_settle (self->core);
    sim_store_end_turn (self->store);
    self->turns[++self->turn_count] = self->state;
}

void
sim_commit (sim_world_t *self, size_t turns)
{
    sim_store_commit (self->store, turns);
    self->turn_count -= turns;
    memmove (self->turns, self->turns + turns,
             (self->turn_count + 1) * sizeof *self->turns);
    for (int log = 0; log < SIM_LOGS; log++)
        if (sim_log (self, log))
            zp_eventlog_log_written (sim_log (self, log),
                                     self->turns[0].log[log].next);
}

void
sim_crash (sim_world_t *self, size_t turns)
{
    zp_eventlog_core_destroy (&self->core);
    sim_store_commit (self->store, turns);
    sim_store_crash (self->store);
    self->turns[0] = self->state = self->turns[turns];
    self->turn_count = 0;
    memset (self->leases, 0, sizeof self->leases);
    memset (self->members, 0, sizeof self->members);
    zp_journal_log_t hooks = sim_store_hooks (self->store);
    self->core = zp_eventlog_core_new (&self->limits, &hooks);
    if (sim_store_restore (self->store, self->core, self->now_ms) != ZP_OK)
        fail_msg ("%s", zp_eventlog_core_error (self->core));
    self->crashes++;
}

static void
s_compare_group (const sim_group_t *model, zp_eventlog_group_t *group)
{
    assert_true (model->there == (group != NULL));
    if (!group)
        return;
    zp_eventlog_group_stats_t stats;
    zp_eventlog_group_stats (group, &stats);
    assert_int_equal (stats.position, model->position);
    uint64_t acked = 0;
    for (size_t i = 0; i < ZP_EVENTLOG_WINDOW; i++)
        acked += model->acked[i];
    assert_int_equal (stats.acked, acked);
    assert_int_equal (stats.acked + stats.leased + stats.returned,
                      stats.next - stats.position);
}

//  Compare one core, which may be another than the world's
static void
s_compare (sim_world_t *self, zp_eventlog_core_t *core)
{
    for (int log = 0; log < SIM_LOGS; log++) {
        const sim_log_t *model = &self->state.log[log];
        zp_eventlog_log_t *there =
            zp_eventlog_core_find (core, sim_log_name (log));
        if (!there) {
            assert_int_equal (model->next, 0);
            continue;
        }
        zp_eventlog_stats_t stats;
        zp_eventlog_log_stats (there, &stats);
        assert_int_equal (stats.first, model->first);
        assert_int_equal (stats.next, model->next);
        assert_memory_equal (&stats.keep, &model->keep, sizeof stats.keep);
        uint64_t bytes = 0;
        for (uint64_t at = model->first; at < model->next; at++)
            bytes += self->events[log][at].size;
        assert_int_equal (stats.bytes, bytes);
        for (int i = 0; i < SIM_GROUPS; i++)
            s_compare_group (&model->group[i], zp_eventlog_group_find (
                                                   there, sim_group_name (i)));
        //  What is kept can be found, and is what it was
        if (model->first == model->next)
            continue;
        uint64_t offset = model->first + test_random (self->seed) %
                                             (model->next - model->first);
        zp_eventlog_place_t place;
        assert_true (zp_eventlog_log_place (there, offset, &place));
        const sim_event_t *event = &self->events[log][offset];
        const sim_record_t *record = sim_store_find (self->store, place.number);
        assert_non_null (record);
        assert_int_equal (record->body_tag, event->tag);
        assert_int_equal (place.size_bytes, event->size);
        char head[64];
        snprintf (head, sizeof head, "\"offset\":%d,\"time_ms\":%lld}",
                  (int) offset, (long long) event->time_ms);
        assert_non_null (strstr (record->head, head));
    }
}

void
sim_compare (sim_world_t *self)
{
    s_compare (self, self->core);
}

void
sim_compare_replay (sim_world_t *self)
{
    zp_journal_log_t nothing = {0};
    //  What age alone would trim is trimmed by a tick, not by this
    zp_eventlog_core_t *core = zp_eventlog_core_new (&self->limits, &nothing);
    if (sim_store_restore (self->store, core, self->now_ms) != ZP_OK)
        fail_msg ("%s", zp_eventlog_core_error (core));
    s_compare (self, core);
    zp_eventlog_core_destroy (&core);
}
