//  SPDX-License-Identifier: MIT

#include "sim_world.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static void
s_compare_message (const sim_message_t *message, const zp_queue_view_t *view)
{
    assert_int_equal (message->state, view->state);
    assert_int_equal (message->priority, view->priority);
    assert_int_equal (message->acquired, view->acquired);
    assert_int_equal (message->delivered, view->delivered);
    assert_int_equal (message->size, view->size_bytes);
    assert_int_equal (message->until_ms, view->due_ms);
}

static size_t
s_compare_state (sim_model_t *model, zp_queue_t *queue, int line,
                 zp_queue_state_t state)
{
    zp_queue_view_t views[SIM_MESSAGES + 1];
    size_t count = zp_queue_peek (queue, state, 0, views, SIM_MESSAGES + 1);
    for (size_t i = 0; i < count; i++) {
        const sim_message_t *message = sim_find (model, views[i].id);
        assert_non_null (message);
        assert_int_equal (message->line, line);
        s_compare_message (message, &views[i]);
        if (state == ZP_QUEUE_READY && i > 0)
            assert_true (views[i].priority <= views[i - 1].priority);
    }
    return count;
}

static void
s_compare_line (sim_model_t *model, zp_queue_t *queue, int line,
                size_t consumers)
{
    size_t counts[ZP_QUEUE_STATES] = {0};
    uint64_t bytes = 0;
    size_t total = 0;
    for (size_t i = 0; i < model->count; i++)
        if (model->messages[i].line == line) {
            counts[model->messages[i].state]++;
            bytes += model->messages[i].size;
            total++;
        }
    if (!queue) {  // Not made yet
        assert_int_equal (total, 0);
        assert_false (model->paused[line]);
        return;
    }
    zp_queue_stats_t stats;
    zp_queue_stats (queue, &stats);
    assert_int_equal (stats.writing, counts[ZP_QUEUE_WRITING]);
    assert_int_equal (stats.ready, counts[ZP_QUEUE_READY]);
    assert_int_equal (stats.delayed, counts[ZP_QUEUE_DELAYED]);
    assert_int_equal (stats.leased, counts[ZP_QUEUE_LEASED]);
    assert_int_equal (stats.buried, counts[ZP_QUEUE_BURIED]);
    assert_int_equal (stats.bytes, bytes);
    assert_int_equal (stats.consumers, consumers);
    assert_int_equal (stats.paused, model->paused[line]);
    for (zp_queue_state_t state = ZP_QUEUE_READY; state < ZP_QUEUE_STATES;
         state++)
        assert_int_equal (s_compare_state (model, queue, line, state),
                          counts[state]);
}

void
sim_compare (sim_world_t *self)
{
    for (int line = 0; line < SIM_LINES; line++) {
        size_t consumers = 0;
        for (int i = 0; i < SIM_CONSUMERS; i++)
            consumers +=
                self->consumers[i].consumer && self->consumers[i].line == line;
        s_compare_line (&self->model, sim_queue (self, line), line, consumers);
    }
    for (int i = 0; i < SIM_CONSUMERS; i++) {
        if (!self->consumers[i].consumer)
            continue;
        size_t held = 0;
        for (size_t j = 0; j < self->model.count; j++)
            held += self->model.messages[j].holder == i;
        assert_int_equal (zp_queue_consumer_held (self->consumers[i].consumer),
                          held);
    }
}

//  A log that nobody reads

static void
s_no_amend (void *arg, uint64_t number, zp_span_t key, zp_span_t head)
{
    (void) arg;
    (void) number;
    (void) key;
    (void) head;
}

static void
s_no_erase (void *arg, uint64_t number)
{
    (void) arg;
    (void) number;
}

void
sim_compare_replay (sim_world_t *self)
{
    static sim_model_t model;
    sim_copy (&model, &self->model);
    model.epoch++;
    zp_journal_log_t log = {.amend = s_no_amend, .erase = s_no_erase};
    zp_queue_core_t *core =
        zp_queue_core_new (&model.options, &log, model.epoch);
    assert_int_equal (core_log_restore (self->log, core, model.now_ms), ZP_OK);
    zp_queue_core_tick (core, model.now_ms);
    sim_restart (&model, model.epoch, model.now_ms);
    for (int line = 0; line < SIM_LINES; line++)
        s_compare_line (&model, zp_queue_core_find (core, sim_name (line)),
                        line, 0);
    zp_queue_core_destroy (&core);
}
