//  SPDX-License-Identifier: MIT
//
//  The power is lost while many put and ack at once. What was confirmed to any
//  of them holds.

#include "power.h"
#include "test_seed.h"

//  What many callers are told at once: puts of messages 0 and up, and acks of
//  messages MANY and up

#define MANY   40
#define ROUNDS (30 / POWER_STEP + 1)

typedef struct s_crowd {
    answer_t puts[MANY];                        // Of the first messages
    answer_t acks[MANY];                        // Of the others
    char receipts[MANY][ZP_QUEUE_RECEIPT_MAX];  // Of these
    int found[2 * MANY];                        // How often, afterwards
} s_crowd_t;

static void
s_crowd_begin (s_crowd_t *crowd, fixture_t *self)
{
    for (int i = 0; i < MANY; i++) {
        char body[16];
        snprintf (body, sizeof body, "%d", i);
        zp_span_t put[] = {{LEDGER_QUEUE, strlen (LEDGER_QUEUE)},
                           {body, strlen (body)}};
        zp_span_t ack = {crowd->receipts[i], strlen (crowd->receipts[i])};
        fixture_begin (self, "queue.put", put, 2, &crowd->puts[i]);
        fixture_begin (self, "queue.ack", &ack, 1, &crowd->acks[i]);
        //  Some turns between, so that they come to the disk in some groups,
        //  each of two writes or more
        if (i % 5 == 4)
            test_turn (self->loop);
    }
}

static void
s_crowd_reserve (s_crowd_t *crowd, fixture_t *self)
{
    fixture_put (self, LEDGER_QUEUE, MANY, MANY);
    for (int i = 0; i < MANY; i++) {
        char body[16];
        snprintf (body, sizeof body, "%d", MANY + i);
        strcpy (crowd->receipts[i], fixture_reserve (self, LEDGER_QUEUE, body));
    }
}

//  Until all were told something, and the power is off. True if it went before
//  the end

static bool
s_crowd_end (s_crowd_t *crowd, fixture_t *self)
{
    test_until (self->loop, fault_vfs_struck () || crowd->acks[MANY - 1].ended);
    for (int i = 0; i < 5; i++)
        test_turn (self->loop);
    bool struck = fault_vfs_struck ();
    power_off (self);
    for (int i = 0; i < MANY; i++)
        assert_true (crowd->puts[i].ended && crowd->acks[i].ended);
    return struck;
}

static void
s_crowd_find (s_crowd_t *crowd, fixture_t *self)
{
    while (fixture_ask (self, "queue.reserve", LEDGER_QUEUE, "{\"wait_ms\":0}",
                        NULL) == ZP_OK)
        crowd->found[atoi (self->answer.part[1])]++;
    for (int i = 0; i < MANY; i++) {
        if (crowd->puts[i].status == ZP_OK)
            assert_int_equal (crowd->found[i], 1);
        if (crowd->acks[i].status == ZP_OK)
            assert_int_equal (crowd->found[MANY + i], 0);
        assert_true (crowd->found[i] <= 1 && crowd->found[MANY + i] <= 1);
    }
}

static void
test_power_losses_with_many_in_flight (void **state)
{
    fixture_t *self = *state;
    uint64_t seed = test_seed ();
    int struck = 0, confirmed = 0, unconfirmed = 0;
    for (int round = 0; round < ROUNDS; round++) {
        s_crowd_t *crowd = zmalloc (sizeof *crowd);
        ledger_t *ledger = power_begin (self);
        s_crowd_reserve (crowd, self);
        fault_t fault = {.kind = FAULT_POWER, .op = FAULT_WRITE};
        fault.at = 1 + (uint64_t) test_below (&seed, 2 * MANY / 5);
        fault.loss = (fault_loss_t) test_below (&seed, FAULT_LOSSES);
        fault.seed = test_random (&seed);
        power_plan (ledger, &fault);
        s_crowd_begin (crowd, self);
        struck += s_crowd_end (crowd, self);
        power_start (self);
        s_crowd_find (crowd, self);
        for (int i = 0; i < MANY; i++) {
            bool put = crowd->puts[i].status == ZP_OK;
            bool acked = crowd->acks[i].status == ZP_OK;
            confirmed += put + acked;
            unconfirmed += !put + !acked;
            answer_clear (&crowd->puts[i]);
            answer_clear (&crowd->acks[i]);
        }
        ledger_destroy (&ledger);
        free (crowd);
    }
    print_message ("%d power losses, %d of them early; %d confirmed, %d not\n",
                   ROUNDS, struck, confirmed, unconfirmed);
    assert_true (struck > ROUNDS / 2);
    assert_true (confirmed > 0 && unconfirmed > 0);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        power_test (test_power_losses_with_many_in_flight),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
