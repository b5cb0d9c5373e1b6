//  SPDX-License-Identifier: MIT

#include "sim_world.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "test_seed.h"

static void
s_start (sim_world_t *self)
{
    zp_journal_log_t log = core_log_hooks (self->log);
    self->core =
        zp_queue_core_new (&self->model.options, &log, self->model.epoch);
}

sim_world_t *
sim_world_new (uint64_t *seed)
{
    sim_world_t *self = zmalloc (sizeof *self);
    self->seed = seed;
    self->log = core_log_new ();
    self->model.options = (zp_queue_options_t){
        .max_queues = 100,
        .max_messages = (size_t) (5 + test_below (seed, 35)),
        .max_bytes = (uint64_t) (500 + test_below (seed, 5000)),
        .max_body_bytes = 150,
        .lease_ms = 20 + test_below (seed, 3000),
        .delivery_limit = 1 + test_below (seed, 5),
        .dedupe_ms = test_below (seed, 3000),
        .memory_bytes = (size_t) test_below (seed, 3000),
        .age_every = test_below (seed, 5)};
    self->model.epoch = 1;
    self->model.now_ms = 1000000;
    s_start (self);
    sim_copy (&sim_turn (self, 0)->after, &self->model);
    core_log_set_time (self->log, self->model.now_ms);
    return self;
}

void
sim_world_destroy (sim_world_t **self_p)
{
    sim_world_t *self = *self_p;
    for (int i = 0; i < SIM_CONSUMERS; i++)
        zp_queue_consumer_destroy (&self->consumers[i].consumer, false, 0);
    zp_queue_core_destroy (&self->core);
    core_log_destroy (&self->log);
    free (self);
    *self_p = NULL;
}

zp_span_t
sim_name (int line)
{
    static const char *const names[SIM_LINES] = {
        "jobs", "jobs-2", "mail", "jobs.dead", "jobs-2.dead", "mail.dead"};
    return (zp_span_t){names[line], strlen (names[line])};
}

zp_queue_t *
sim_queue (sim_world_t *self, int line)
{
    return zp_queue_core_find (self->core, sim_name (line));
}

zp_span_t
sim_body (int serial, size_t size)
{
    static char body[256];
    assert_true (size >= 16 && size <= sizeof body);
    memset (body, serial, size);
    snprintf (body, 16, "%d", serial);
    return (zp_span_t){body, size};
}

sim_turn_t *
sim_turn (sim_world_t *self, size_t number)
{
    return &self->turns[(self->turn_before + number) % (SIM_TURNS + 2)];
}

sim_turn_t *
sim_turn_now (sim_world_t *self)
{
    return sim_turn (self, self->turn_count + 1);
}

void
sim_note_put (sim_world_t *self, uint64_t id, int serial)
{
    sim_turn_t *turn = sim_turn_now (self);
    turn->ids[turn->put_count] = id;
    turn->serials[turn->put_count++] = serial;
    if (turn->put_count == SIM_TURN)
        sim_end_turn (self);
}

void
sim_note_gone (sim_world_t *self, int serial)
{
    sim_turn_t *turn = sim_turn_now (self);
    turn->gone[turn->gone_count++] = serial;
}

void
sim_end_turn (sim_world_t *self)
{
    if (self->turn_count == SIM_TURNS)
        sim_commit (self, 1);
    sim_turn_t *turn = sim_turn_now (self);
    sim_copy (&turn->after, &self->model);
    core_log_end_turn (self->log);
    self->turn_count++;
    turn = sim_turn_now (self);
    turn->put_count = turn->gone_count = 0;
}

//  The first turn is on disk, whether the core is told or not
static void
s_reach_disk (sim_world_t *self)
{
    const sim_turn_t *turn = sim_turn (self, 1);
    core_log_commit (self->log, 1);
    for (size_t i = 0; i < turn->put_count; i++)
        self->fates[turn->serials[i]] = SIM_CONFIRMED;
    for (size_t i = 0; i < turn->gone_count; i++) {
        assert_int_equal (self->fates[turn->gone[i]], SIM_CONFIRMED);
        self->fates[turn->gone[i]] = SIM_GONE;
    }
    self->confirmed += turn->put_count - turn->gone_count;
    self->turn_before++;
    self->turn_count--;
}

void
sim_commit (sim_world_t *self, size_t turns)
{
    for (; turns > 0; turns--) {
        const sim_turn_t *turn = sim_turn (self, 1);
        s_reach_disk (self);
        for (size_t i = 0; i < turn->put_count; i++) {
            zp_queue_core_written (self->core, turn->ids[i],
                                   self->model.now_ms);
            sim_written (&self->model, turn->ids[i]);
        }
    }
}

void
sim_crash (sim_world_t *self, size_t turns)
{
    for (; turns > 0; turns--)
        s_reach_disk (self);
    for (int i = 0; i < SIM_CONSUMERS; i++)
        zp_queue_consumer_destroy (&self->consumers[i].consumer, false, 0);
    zp_queue_core_destroy (&self->core);
    core_log_crash (self->log);
    self->turn_count = 0;
    sim_turn_now (self)->put_count = sim_turn_now (self)->gone_count = 0;
    memset (self->line_waited, 0, sizeof self->line_waited);
    self->crashes++;

    //  Leases were handed out that the disk knows nothing of
    uint64_t orders = self->model.orders;
    uint64_t epoch = self->model.epoch + 1;
    int64_t now_ms = self->model.now_ms;
    sim_copy (&self->model, &sim_turn (self, 0)->after);
    self->model.orders = orders;
    self->model.epoch = epoch;
    s_start (self);
    size_t written = core_log_written (self->log);
    assert_int_equal (core_log_restore (self->log, self->core, now_ms), ZP_OK);
    assert_int_equal (core_log_written (self->log), written);
    zp_queue_core_tick (self->core, now_ms);
    sim_restart (&self->model, epoch, now_ms);
    sim_compare (self);
    //  What was confirmed is there, and nothing else
    assert_int_equal (self->model.count, self->confirmed);
}

static bool
s_hungry (const sim_consumer_t *consumer)
{
    zp_queue_consumer_t *it = consumer->consumer;
    return it &&
           (int) zp_queue_consumer_held (it) < zp_queue_consumer_credit (it);
}

//  The lines of which somebody can be given something
static void
s_find_active (const sim_world_t *self, bool active[SIM_LINES])
{
    bool ready[SIM_LINES] = {false};
    for (size_t i = 0; i < self->model.count; i++)
        if (self->model.messages[i].state == ZP_QUEUE_READY)
            ready[self->model.messages[i].line] = true;
    memset (active, 0, SIM_LINES * sizeof *active);
    for (int i = 0; i < SIM_CONSUMERS; i++) {
        int line = self->consumers[i].line;
        if (s_hungry (&self->consumers[i]))
            active[line] = ready[line] && !self->model.paused[line];
    }
}

void
sim_watch (sim_world_t *self)
{
    bool active[SIM_LINES];
    s_find_active (self, active);
    for (int i = 0; i < SIM_CONSUMERS; i++)
        if (!s_hungry (&self->consumers[i]))
            self->consumers[i].waited = 0;
    for (int i = 0; i < SIM_LINES; i++)
        if (!active[i])
            self->line_waited[i] = 0;
}

//  Something is given to the taker. Who else could have got it has waited once
//  more: not for long
static void
s_wait (sim_world_t *self, sim_consumer_t *taker)
{
    taker->waited = -1;
    for (int i = 0; i < SIM_CONSUMERS; i++)
        if (self->consumers[i].line == taker->line)
            assert_true (++self->consumers[i].waited < SIM_CONSUMERS);
    self->line_waited[taker->line] = -1;
    for (int i = 0; i < SIM_LINES; i++)
        assert_true (++self->line_waited[i] < SIM_LINES);
}

static void
s_check_body (const sim_world_t *self, const sim_message_t *message,
              zp_span_t body)
{
    assert_int_equal (self->fates[message->serial], SIM_CONFIRMED);
    assert_int_equal (body.size, message->size);
    if (body.data)
        assert_memory_equal (
            body.data, sim_body (message->serial, body.size).data, body.size);
}

void
sim_deliver (sim_world_t *self, int max, bool undo)
{
    zp_queue_delivery_t delivery;
    while (max-- > 0) {
        sim_watch (self);
        if (!zp_queue_core_next (self->core, self->model.now_ms, &delivery)) {
            bool active[SIM_LINES];
            s_find_active (self, active);
            for (int line = 0; line < SIM_LINES; line++)
                assert_false (active[line]);  // Nobody is forgotten
            return;
        }
        sim_consumer_t *consumer = zp_queue_consumer_arg (delivery.consumer);
        sim_message_t *message = sim_find (&self->model, delivery.id);
        assert_non_null (message);
        assert_int_equal (message->state, ZP_QUEUE_READY);
        assert_int_equal (message->line, consumer->line);
        assert_false (self->model.paused[message->line]);
        assert_true (sim_may_be_next (&self->model, message));
        assert_true ((int) zp_queue_consumer_held (delivery.consumer) <=
                     zp_queue_consumer_credit (delivery.consumer));
        s_check_body (self, message, delivery.body);
        s_wait (self, consumer);
        sim_receipt_t receipt = sim_lease (&self->model, message,
                                           (int) (consumer - self->consumers));
        assert_int_equal (delivery.acquired, receipt.receipt.acquired);
        self->deliveries++;
        if (undo && test_below (self->seed, 3) == 0) {
            zp_queue_core_undo (self->core, &receipt.receipt,
                                self->model.now_ms);
            sim_undo (&self->model, message);
            return;
        }
        self->receipts[self->receipt_count++ % SIM_RECEIPTS] = receipt;
    }
}

//  When the core must be told the time at the latest
static int64_t
s_next_tick (const sim_model_t *model)
{
    int64_t next_ms = INT64_MAX;
    for (size_t i = 0; i < model->count; i++) {
        const sim_message_t *message = &model->messages[i];
        int64_t due_ms = INT64_MAX;
        if (message->state == ZP_QUEUE_DELAYED ||
            message->state == ZP_QUEUE_LEASED)
            due_ms = message->until_ms;
        if (message->note_ms && message->note_ms < due_ms)
            due_ms = message->note_ms;
        if (due_ms < next_ms)
            next_ms = due_ms;
    }
    return next_ms;
}

void
sim_pass (sim_world_t *self, int64_t ms)
{
    int64_t now_ms = self->model.now_ms + ms;
    core_log_set_time (self->log, now_ms);
    zp_queue_core_tick (self->core, now_ms);
    for (size_t i = 0; i < self->model.count; i++)
        self->dead += self->model.messages[i].line >= SIM_QUEUES;
    sim_tick (&self->model, now_ms);
    int64_t next_ms = zp_queue_core_next_tick (self->core);
    assert_true (next_ms > now_ms);
    assert_true (next_ms <= s_next_tick (&self->model));

    size_t records = self->model.count;
    for (size_t i = 0; i < self->model.known_count; i++)
        records += self->model.known[i].acked;
    for (int line = 0; line < SIM_LINES; line++)
        records += self->model.paused[line];
    assert_int_equal (core_log_count (self->log), records);
}
