//  SPDX-License-Identifier: MIT

#include "sim_sub.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static zp_span_t
s_stem (const zp_filter_t *filter)
{
    return (zp_span_t){filter->stem, filter->stem_size};
}

void
sim_check_order (sim_sub_t *self, const zp_update_t *update, bool told)
{
    bool next = false, covered = false;
    for (size_t i = 0; i < self->count; i++) {
        sim_stem_t *stem = &self->stems[i];
        zp_span_t span = s_stem (&stem->filter);
        if (!sim_has (update->topic.data, span))
            continue;
        covered |= update->sequence <= stem->since;
        if (update->sequence <= stem->base ||
            (!told && update->sequence <= stem->last))
            continue;
        assert_true (update->sequence == sim_log_next (self->log,
                                                       update->stream, span,
                                                       stem->last));
        stem->last = update->sequence;
        next = true;
    }
    if (next)
        assert_true (told == !(covered && update->kind != ZP_UPDATE_EVENT));
    else
        assert_false (told);
}

void
sim_check_snapshot (const sim_sub_t *self, const uint64_t *given)
{
    const sim_request_t *request = &self->request;
    uint64_t stream = request->stream, at = request->sequence;
    for (size_t i = 0; i < SIM_TOPICS; i++) {
        bool has = sim_has (self->log->topics[i], s_stem (&request->filter));
        assert_true (has || !given[i]);
        if (!has)
            continue;
        uint64_t value = sim_log_value (self->log, stream, i, at);
        if (given[i] > at)
            assert_int_equal (sim_log_at (self->log, stream, given[i]).kind,
                              ZP_UPDATE_VALUE);
        //  It may have gone before its page was read
        else if (given[i] != value)
            assert_true (given[i] == 0 &&
                         sim_log_about (self->log, stream, i,
                                        sim_log_last (self->log, stream)) > at);
    }
}

void
sim_sub_check (const sim_sub_t *self, uint64_t stream)
{
    uint64_t last = sim_log_last (self->log, stream);
    assert_true (zp_tracker_stream (self->tracker) == stream);
    assert_int_equal (zp_tracker_behind (self->tracker), 0);
    assert_int_equal (zp_tracker_early (self->tracker), 0);
    assert_int_equal (self->held.count, 0);
    for (size_t i = 0; i < self->count; i++) {
        const sim_stem_t *stem = &self->stems[i];
        zp_span_t span = s_stem (&stem->filter);
        const zp_tracked_t *tracked = zp_tracker_find (self->tracker, span);
        assert_true (tracked->joined && tracked->from == tracked->at);
        if (!self->skip)
            assert_true (sim_log_next (self->log, stream, span, stem->last) ==
                         0);
        for (size_t k = 0; k < SIM_TOPICS; k++) {
            if (!sim_has (self->log->topics[k], span))
                continue;
            assert_true (self->value[k] ==
                         sim_log_value (self->log, stream, k, last));
            uint64_t about = sim_log_about (self->log, stream, k, last);
            if (self->skip && about > stem->since)
                assert_true (self->told[k] == about ||
                             self->changed[k] >= about);
        }
    }
}
