//  SPDX-License-Identifier: MIT
//
//  Producers, workers, operators, a disk and crashes, all at random, in virtual
//  time, on the core and on a plain model of it.

#include "sim_world.h"
#include "test_seed.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define STEPS 20000  // In each world
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define WORLDS 10  // Very slow
#else
#define WORLDS 50
#endif

static bool
s_chance (sim_world_t *world, int percent)
{
    return test_below (world->seed, 100) < percent;
}

static void
s_put (sim_world_t *world)
{
    static const char *const texts[SIM_TEXTS] = {"a",  "b",   "\"c\"",
                                                 "\\", "e e", "fffffffffffff"};
    sim_model_t *model = &world->model;
    if (model->count > SIM_MESSAGES - 10 || model->known_count > SIM_KNOWN - 10)
        return;
    int line = test_below (world->seed, SIM_QUEUES);
    zp_queue_put_t put = {.priority = -1};
    if (s_chance (world, 30))
        put.priority = test_below (world->seed, ZP_QUEUE_PRIORITIES);
    if (s_chance (world, 20))
        put.delay_ms = test_below (world->seed, 2000);
    if (s_chance (world, 20))
        put.lease_ms = test_below (world->seed, 1000);
    int text = -1;
    if (s_chance (world, 20)) {
        text = test_below (world->seed, SIM_TEXTS);
        put.message_id = (zp_span_t){texts[text], strlen (texts[text])};
    }
    if (model->options.dedupe_ms == 0)
        text = -1;
    size_t size = 16 + (size_t) test_below (world->seed, 140);
    int serial = world->serials;
    zp_status_t expected = sim_put_status (model, line, size);
    const sim_known_t *known = NULL;
    if (text >= 0 && expected != ZP_INVALID_ARGUMENT)
        known = sim_known_find (model, line, text);
    uint64_t id = 0;
    zp_status_t status =
        zp_queue_core_put (world->core, sim_name (line),
                           sim_body (serial, size), &put, model->now_ms, &id);
    assert_int_equal (status, known ? ZP_OK : expected);
    if (known)
        assert_int_equal (id, known->id);
    else if (status == ZP_OK) {
        sim_put (model, line, id, serial, (uint32_t) size, text, &put);
        world->serials++;
        sim_note_put (world, id, serial);
    }
}

static void
s_deliver (sim_world_t *world)
{
    sim_deliver (world, 1 + test_below (world->seed, 8), s_chance (world, 5));
}

static void
s_deliver_all (sim_world_t *world)
{
    sim_deliver (world, INT32_MAX, false);
}

//  The receipt of a message that some worker has, if we chance on one
static const sim_message_t *
s_pick_leased (sim_world_t *world)
{
    const sim_model_t *model = &world->model;
    for (int i = 0; i < 10 && model->count > 0; i++) {
        const sim_message_t *message =
            &model->messages[test_random (world->seed) % model->count];
        if (message->state == ZP_QUEUE_LEASED &&
            (message->holder == SIM_NOBODY ||
             !world->consumers[message->holder].frozen))
            return message;
    }
    return NULL;
}

//  A receipt that nobody ever got
static bool
s_forge (sim_world_t *world, sim_receipt_t *receipt)
{
    const sim_model_t *model = &world->model;
    if (model->count == 0)
        return false;
    const sim_message_t *message =
        &model->messages[test_random (world->seed) % model->count];
    uint32_t more = 1 + (uint32_t) test_below (world->seed, 3);
    *receipt = (sim_receipt_t){
        {message->id, message->acquired + more, model->epoch}, 0};
    if (s_chance (world, 30))
        receipt->receipt.epoch++;
    //  What was put in this epoch can't have been leased in an earlier one
    else if (message->epoch == model->epoch && s_chance (world, 50))
        receipt->receipt.epoch--;
    return receipt->receipt.epoch > 0;
}

//  A receipt that somebody shows: one of old, a forged one, or a good one
static bool
s_pick_receipt (sim_world_t *world, sim_receipt_t *receipt)
{
    if (s_chance (world, 20) && world->receipt_count > 0) {
        size_t known = world->receipt_count < SIM_RECEIPTS
                           ? world->receipt_count
                           : SIM_RECEIPTS;
        *receipt = world->receipts[test_random (world->seed) % known];
        return true;
    }
    if (s_chance (world, 5))
        return s_forge (world, receipt);
    const sim_message_t *message = s_pick_leased (world);
    if (!message)
        return false;
    *receipt = (sim_receipt_t){{message->id, message->acquired, message->epoch},
                               message->order};
    return true;
}

//  What a worker says: the core and the model must agree on it
static void
s_answer (sim_world_t *world)
{
    sim_model_t *model = &world->model;
    sim_receipt_t receipt;
    if (!s_pick_receipt (world, &receipt))
        return;
    bool later = false;
    zp_status_t expected;
    zp_status_t status;
    int64_t ms = test_below (world->seed, 3) * test_below (world->seed, 1500);
    sim_message_t *message = sim_answer (model, &receipt, &later, &expected);
    //  If it is the only ready one, its line loses its turn
    if (message && message->state == ZP_QUEUE_READY)
        world->line_waited[message->line] = 0;
    const zp_queue_receipt_t *shown = &receipt.receipt;
    int dice = test_below (world->seed, 100);
    if (dice < 50) {
        status = zp_queue_core_ack (world->core, shown, model->now_ms);
        if (message) {
            sim_note_gone (world, message->serial);
            sim_ack (model, message);
        }
    }
    else if (dice < 75) {
        status = zp_queue_core_nack (world->core, shown, ms, model->now_ms);
        if (message)
            sim_nack (model, message, later, ms);
    }
    else if (dice < 95) {
        status = zp_queue_core_touch (world->core, shown, ms, model->now_ms);
        if (message)
            sim_touch (model, message, ms);
    }
    else {
        zp_span_t why = {"so", 2};
        status = zp_queue_core_bury (world->core, shown, why, model->now_ms);
        if (message)
            sim_bury (model, message);
    }
    assert_int_equal (status, expected);
    if (sim_turn_now (world)->gone_count == SIM_TURN)
        sim_end_turn (world);
}

static void
s_consumer (sim_world_t *world)
{
    int i = test_below (world->seed, SIM_CONSUMERS);
    sim_consumer_t *consumer = &world->consumers[i];
    int credit = test_below (world->seed, 10) - 1;
    if (!consumer->consumer) {
        *consumer = (sim_consumer_t){
            .line = test_below (world->seed,
                                s_chance (world, 80) ? SIM_QUEUES : SIM_LINES)};
        consumer->consumer = zp_queue_consumer_new (
            world->core, sim_name (consumer->line), credit, consumer);
        assert_non_null (consumer->consumer);
    }
    else if (s_chance (world, 40))
        zp_queue_consumer_set_credit (consumer->consumer, credit);
    else if (s_chance (world, 50))
        consumer->frozen = !consumer->frozen;
    else {
        bool lost = s_chance (world, 70);
        zp_queue_consumer_destroy (&consumer->consumer, lost,
                                   world->model.now_ms);
        sim_lose (&world->model, i, lost);
    }
}

static void
s_pass_some (sim_world_t *world)
{
    sim_pass (world, test_below (world->seed, 10));
}

static void
s_pass_much (sim_world_t *world)
{
    sim_pass (world, test_below (world->seed, 1000));
}

static void
s_kick (sim_world_t *world)
{
    static const zp_queue_state_t states[] = {ZP_QUEUE_BURIED, ZP_QUEUE_READY,
                                              ZP_QUEUE_DELAYED};
    int line = test_below (world->seed, SIM_LINES);
    zp_queue_t *queue = sim_queue (world, line);
    if (!queue)
        return;
    //  Which ones is the core's choice, as peek shows them
    size_t count = (size_t) test_below (world->seed, 4);
    zp_queue_view_t views[3 * SIM_MESSAGES];
    size_t found = 0;
    for (int i = 0; i < (line < SIM_QUEUES ? 1 : 3); i++)
        found +=
            zp_queue_peek (queue, states[i], 0, views + found, SIM_MESSAGES);
    if (count > 0 && found > count)
        found = count;
    for (size_t i = 0; i < found; i++)
        sim_kick (&world->model, sim_find (&world->model, views[i].id));
    assert_int_equal (zp_queue_kick (queue, count, world->model.now_ms), found);
}

static void
s_purge (sim_world_t *world)
{
    int line = test_below (world->seed, SIM_LINES);
    zp_queue_state_t state =
        (zp_queue_state_t) (ZP_QUEUE_READY +
                            test_below (world->seed, ZP_QUEUE_STATES - 1));
    zp_queue_t *queue = sim_queue (world, line);
    if (!queue)
        return;
    sim_end_turn (world);
    zp_queue_view_t views[SIM_TURN + 1];
    size_t found = zp_queue_peek (queue, state, 0, views, SIM_TURN + 1);
    if (found > SIM_TURN)
        return;
    for (size_t i = 0; i < found; i++) {
        sim_message_t *message = sim_find (&world->model, views[i].id);
        sim_note_gone (world, message->serial);
        sim_purge (&world->model, message);
    }
    assert_int_equal (zp_queue_purge (queue, state), found);
    sim_end_turn (world);
}

static void
s_pause (sim_world_t *world)
{
    int line = test_below (world->seed, SIM_LINES);
    zp_queue_t *queue = sim_queue (world, line);
    if (!queue)
        return;
    world->model.paused[line] = s_chance (world, 30);
    zp_queue_pause (queue, world->model.paused[line]);
}

static void
s_commit (sim_world_t *world)
{
    sim_commit (world,
                (size_t) test_below (world->seed, (int) world->turn_count + 1));
}

static void
s_crash (sim_world_t *world)
{
    sim_crash (world,
               (size_t) test_below (world->seed, (int) world->turn_count + 1));
}

//  What happens, and how often in 1000 steps
static const struct {
    int often;
    void (*fn) (sim_world_t *world);
} s_steps[] = {
    {200, s_put},     {150, s_deliver},   {30, s_deliver_all},
    {300, s_answer},  {40, s_consumer},   {60, s_pass_some},
    {8, s_pass_much}, {6, s_kick},        {2, s_purge},
    {4, s_pause},     {90, sim_end_turn}, {80, s_commit},
    {3, s_crash},     {15, sim_compare},  {12, sim_compare_replay},
};

static void
s_step (sim_world_t *world)
{
    int dice = test_below (world->seed, 1000);
    size_t i = 0;
    while (dice >= s_steps[i].often)
        dice -= s_steps[i++].often;
    s_steps[i].fn (world);
    sim_watch (world);
}

//  When all faults are over, each message that was confirmed is delivered
static void
s_heal (sim_world_t *world)
{
    sim_model_t *model = &world->model;
    sim_end_turn (world);
    sim_crash (world, world->turn_count);
    for (int line = 0; line < SIM_LINES; line++)
        if (model->paused[line]) {
            model->paused[line] = false;
            zp_queue_pause (sim_queue (world, line), false);
        }
    for (int i = 0; i < SIM_CONSUMERS; i++) {
        sim_consumer_t *consumer = &world->consumers[i];
        *consumer = (sim_consumer_t){.line = i % SIM_LINES};
        consumer->consumer = zp_queue_consumer_new (
            world->core, sim_name (consumer->line), 3, consumer);
    }
    for (int round = 0; model->count > 0; round++) {
        assert_true (round < 10000);
        for (size_t i = 0; i < model->count; i++)
            if (model->messages[i].state == ZP_QUEUE_BURIED) {
                zp_queue_t *queue = sim_queue (world, model->messages[i].line);
                zp_queue_view_t view;
                zp_queue_peek (queue, ZP_QUEUE_BURIED, 0, &view, 1);
                sim_kick (model, sim_find (model, view.id));
                assert_int_equal (zp_queue_kick (queue, 1, model->now_ms), 1);
            }
        size_t before = world->receipt_count;
        sim_deliver (world, SIM_TURN, false);
        for (; before < world->receipt_count; before++) {
            zp_queue_receipt_t *receipt =
                &world->receipts[before % SIM_RECEIPTS].receipt;
            sim_message_t *message = sim_find (model, receipt->id);
            assert_int_equal (
                zp_queue_core_ack (world->core, receipt, model->now_ms), ZP_OK);
            sim_note_gone (world, message->serial);
            sim_ack (model, message);
            sim_watch (world);
        }
        sim_end_turn (world);
        sim_pass (world, 100);
        sim_watch (world);
    }
    sim_pass (world, model->options.dedupe_ms);
    sim_end_turn (world);
    sim_commit (world, world->turn_count);
    assert_int_equal (world->confirmed, 0);
    assert_int_equal (core_log_count (world->log), 0);
}

static void
test_a_core_does_what_a_plain_model_does_through_all_crashes (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    size_t deliveries = 0, crashes = 0, dead = 0;
    for (int i = 0; i < WORLDS; i++) {
        sim_world_t *world = sim_world_new (&seed);
        for (int step = 0; step < STEPS; step++)
            s_step (world);
        s_heal (world);
        deliveries += world->deliveries;
        crashes += world->crashes;
        dead += world->dead;
        sim_world_destroy (&world);
    }
    //  It did go around: else all this has shown little
    assert_true (deliveries > WORLDS * STEPS / 20);
    assert_true (crashes > WORLDS * STEPS / 1000);
    assert_true (dead > 0);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (
            test_a_core_does_what_a_plain_model_does_through_all_crashes),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
