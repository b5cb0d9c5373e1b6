//  SPDX-License-Identifier: MIT

#include "core_fixture.h"

static void
s_start (core_fixture_t *self)
{
    zp_journal_log_t log = core_log_hooks (self->log);
    self->core = zp_queue_core_new (&self->options, &log, self->epoch);
}

core_fixture_t *
core_fixture_new (const zp_queue_options_t *options)
{
    core_fixture_t *self = zmalloc (sizeof *self);
    self->options = (zp_queue_options_t) ZP_QUEUE_DEFAULTS;
    if (options)
        self->options = *options;
    self->log = core_log_new ();
    self->epoch = 1;
    self->now_ms = CORE_START_MS;
    core_log_set_time (self->log, self->now_ms);
    s_start (self);
    return self;
}

static void
s_stop (core_fixture_t *self)
{
    for (size_t i = 0; i < self->consumer_count; i++)
        zp_queue_consumer_destroy (&self->consumers[i], false, self->now_ms);
    self->consumer_count = 0;
    zp_queue_core_destroy (&self->core);
}

void
core_fixture_destroy (core_fixture_t **self_p)
{
    core_fixture_t *self = *self_p;
    s_stop (self);
    core_log_destroy (&self->log);
    free (self);
    *self_p = NULL;
}

zp_span_t
core_span (const char *text)
{
    return (zp_span_t){text, strlen (text)};
}

zp_status_t
core_try_put (core_fixture_t *self, const char *queue, const char *body,
              zp_queue_put_t put, uint64_t *id_p)
{
    return zp_queue_core_put (self->core, core_span (queue), core_span (body),
                              &put, self->now_ms, id_p);
}

uint64_t
core_put_as (core_fixture_t *self, const char *queue, const char *body,
             zp_queue_put_t put)
{
    uint64_t id = 0;
    assert_int_equal (core_try_put (self, queue, body, put, &id), ZP_OK);
    zp_queue_core_written (self->core, id, self->now_ms);
    return id;
}

uint64_t
core_put (core_fixture_t *self, const char *queue, const char *body)
{
    return core_put_as (self, queue, body, (zp_queue_put_t){.priority = -1});
}

zp_queue_consumer_t *
core_consumer (core_fixture_t *self, const char *queue, int credit)
{
    zp_queue_consumer_t *consumer =
        zp_queue_consumer_new (self->core, core_span (queue), credit, self);
    assert_non_null (consumer);
    self->consumers[self->consumer_count++] = consumer;
    return consumer;
}

void
core_lose (core_fixture_t *self, zp_queue_consumer_t *consumer, bool lost)
{
    for (size_t i = 0; i < self->consumer_count; i++)
        if (self->consumers[i] == consumer)
            self->consumers[i] = NULL;
    zp_queue_consumer_destroy (&consumer, lost, self->now_ms);
    assert_null (consumer);
}

zp_queue_delivery_t
core_delivery (core_fixture_t *self)
{
    zp_queue_delivery_t delivery;
    assert_true (zp_queue_core_next (self->core, self->now_ms, &delivery));
    return delivery;
}

zp_queue_receipt_t
core_take (core_fixture_t *self)
{
    zp_queue_delivery_t delivery = core_delivery (self);
    return (zp_queue_receipt_t){delivery.id, delivery.acquired, self->epoch};
}

void
core_nothing (core_fixture_t *self)
{
    zp_queue_delivery_t delivery;
    assert_false (zp_queue_core_next (self->core, self->now_ms, &delivery));
}

zp_status_t
core_ack (core_fixture_t *self, zp_queue_receipt_t receipt)
{
    return zp_queue_core_ack (self->core, &receipt, self->now_ms);
}

zp_status_t
core_nack (core_fixture_t *self, zp_queue_receipt_t receipt, int64_t delay_ms)
{
    return zp_queue_core_nack (self->core, &receipt, delay_ms, self->now_ms);
}

zp_status_t
core_touch (core_fixture_t *self, zp_queue_receipt_t receipt, int64_t lease_ms)
{
    return zp_queue_core_touch (self->core, &receipt, lease_ms, self->now_ms);
}

zp_status_t
core_bury (core_fixture_t *self, zp_queue_receipt_t receipt, const char *why)
{
    return zp_queue_core_bury (self->core, &receipt, core_span (why),
                               self->now_ms);
}

void
core_pass (core_fixture_t *self, int64_t ms)
{
    int64_t until_ms = self->now_ms + ms;
    zp_queue_core_tick (self->core, self->now_ms);
    while (self->now_ms < until_ms) {
        int64_t next_ms = zp_queue_core_next_tick (self->core);
        assert_true (next_ms > self->now_ms);
        self->now_ms = next_ms < until_ms ? next_ms : until_ms;
        core_log_set_time (self->log, self->now_ms);
        zp_queue_core_tick (self->core, self->now_ms);
    }
}

void
core_restart (core_fixture_t *self, int64_t ms)
{
    s_stop (self);
    core_log_end_turn (self->log);
    core_log_commit (self->log, core_log_turns (self->log));
    core_log_crash (self->log);
    self->epoch++;
    self->now_ms += ms;
    core_log_set_time (self->log, self->now_ms);
    s_start (self);
    size_t written = core_log_written (self->log);
    assert_int_equal (core_log_restore (self->log, self->core, self->now_ms),
                      ZP_OK);
    //  A journal can't be written to while it is read
    assert_int_equal (core_log_written (self->log), written);
}

zp_queue_view_t
core_look (core_fixture_t *self, const char *queue, uint64_t id,
           zp_queue_state_t state)
{
    zp_queue_t *found = zp_queue_core_find (self->core, core_span (queue));
    assert_non_null (found);
    zp_queue_view_t view = {0};
    while (view.id != id)
        if (!zp_queue_peek (found, state, view.id, &view, 1))
            fail_msg ("message %" PRIu64 " is not %s in %s", id,
                      zp_queue_state_name (state), queue);
    return view;
}

zp_queue_stats_t
core_stats (core_fixture_t *self, const char *queue)
{
    zp_queue_t *found = zp_queue_core_find (self->core, core_span (queue));
    assert_non_null (found);
    zp_queue_stats_t stats;
    zp_queue_stats (found, &stats);
    return stats;
}

const char *
core_record (core_fixture_t *self, uint64_t number)
{
    static char text[8192];
    const core_record_t *record = core_log_find (self->log, number);
    if (!record)
        return "";
    snprintf (text, sizeof text, "%s %s", record->key, record->head);
    return text;
}
