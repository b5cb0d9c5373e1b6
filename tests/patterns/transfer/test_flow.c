//  SPDX-License-Identifier: MIT
//
//  Sender and receiver by their rules alone, in a world that loses connections,
//  and with them all that was on its way; that repeats, reorders and drops what
//  a proxy might; and in which the sender's share comes and goes. Nothing is
//  ever out that was not granted, each byte is taken once and in order, and
//  neither side waits for the other for ever.

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "test_seed.h"
#include "zp_flow.h"

#define ROUNDS 3000
#define WAY    4096  // Chunks and words on their way, at most

typedef struct message {
    uint64_t offset;  // Of a chunk; or seen
    size_t size;      // Of a chunk
    uint64_t window;  // As it is told with a chunk
} message_t;

typedef struct world {
    uint64_t seed;          // Decides
    zp_flow_t flow;         // The sender
    uint64_t end;           // Of the object
    uint64_t credit;        // Granted
    uint64_t share;         // Of the sender, now
    uint64_t told;          // The largest window since all was seen
    uint64_t taken;         // By the receiver: all below
    uint64_t said;          // By it
    uint64_t window;        // As it knows it
    message_t chunks[WAY];  // On their way down
    size_t chunk_count;     // So many
    message_t words[WAY];   // On their way up
    size_t word_count;      // So many
    int breaks;             // Of the connection
    bool faults;            // There are some
} world_t;

static uint64_t
s_size (world_t *self, uint64_t most)
{
    return 1 + test_random (&self->seed) % most;
}

//  A new stream: all that was on its way is gone
static void
s_open (world_t *self)
{
    uint64_t chunk = s_size (self, ZP_TRANSFER_CHUNK_MAX);
    self->flow = (zp_flow_t){.at = self->taken,
                             .seen = self->taken,
                             .end = self->end,
                             .credit = self->credit,
                             .chunk = chunk};
    self->said = self->taken;
    self->window = self->told = 0;
    self->chunk_count = self->word_count = 0;
    self->breaks++;
}

static void
s_send (world_t *self)
{
    size_t size = zp_flow_next (&self->flow, self->share);
    if (!size || self->chunk_count == WAY)
        return;
    uint64_t out = self->flow.at - self->flow.seen;
    //  More than the share only while it shrinks, and by half at most
    uint64_t limit = self->credit < self->share ? self->credit : self->share;
    if (limit < self->told / 2)
        limit = self->told / 2;
    assert_true (out == 0 || out + size <= limit);
    assert_true (out == 0 || out + size <= self->credit);
    self->told = self->flow.window;
    self->chunks[self->chunk_count++] =
        (message_t){self->flow.at, size, self->flow.window};
    zp_flow_sent (&self->flow, size);
}

static message_t
s_pick (message_t *messages, size_t *count, size_t number)
{
    message_t message = messages[number];
    for (size_t i = number + 1; i < *count; i++)
        messages[i - 1] = messages[i];
    (*count)--;
    return message;
}

static void
s_receive (world_t *self)
{
    if (!self->chunk_count)
        return;
    size_t number = 0;
    bool odd = self->faults && test_below (&self->seed, 50) == 0;
    if (odd && test_below (&self->seed, 2))
        number = test_random (&self->seed) % self->chunk_count;
    message_t chunk = s_pick (self->chunks, &self->chunk_count, number);
    if (odd && test_below (&self->seed, 3) == 0)
        return;  // Lost
    if (odd && self->chunk_count < WAY)
        self->chunks[self->chunk_count++] = chunk;  // Repeated, late
    switch (zp_flow_judge (self->taken, self->end, chunk.offset, chunk.size)) {
    case ZP_FLOW_TAKE:
        assert_true (chunk.offset <= self->taken);
        self->taken = chunk.offset + chunk.size;
        assert_true (self->taken <= self->end);
        self->window = chunk.window;
        break;
    case ZP_FLOW_PASS:
        assert_true (chunk.offset + chunk.size <= self->taken);
        break;
    case ZP_FLOW_GAP:
        assert_true (chunk.offset > self->taken);
        s_open (self);
        break;
    }
}

static void
s_say (world_t *self)
{
    if (zp_flow_must_say (self->taken, self->said, self->window) &&
        self->word_count < WAY) {
        self->said = self->taken;
        self->words[self->word_count++] = (message_t){.offset = self->taken};
    }
}

static void
s_hear (world_t *self)
{
    if (!self->word_count)
        return;
    message_t word = s_pick (self->words, &self->word_count, 0);
    assert_true (zp_flow_seen (&self->flow, word.offset));
    if (self->flow.seen == self->flow.at)
        self->told = self->flow.window;
}

static void
s_step (world_t *self)
{
    switch (test_below (&self->seed, 6)) {
    case 0:
    case 1:
        s_send (self);
        break;
    case 2:
        s_receive (self);
        break;
    case 3:
        s_say (self);
        break;
    case 4:
        s_hear (self);
        break;
    default:
        if (test_below (&self->seed, 20) == 0)
            self->share =
                zp_flow_share (s_size (self, 16 << 20), s_size (self, 100));
        if (self->faults && test_below (&self->seed, 500) == 0)
            s_open (self);
    }
}

static void
s_round (uint64_t *seed)
{
    static world_t world;
    world = (world_t){.seed = test_random (seed)};
    world_t *self = &world;
    self->end = s_size (self, 20 << 20);
    self->credit = s_size (self, 4 << 20);
    self->share = zp_flow_share (16 << 20, s_size (self, 300));
    self->faults = test_below (&self->seed, 2);
    s_open (self);
    for (int i = 0; i < 300; i++)
        s_step (self);
    //  The faults stop: it must come to its end by itself. If a chunk was lost
    //  that nothing follows, the silence is what tells
    self->faults = false;
    while (self->taken < self->end) {
        uint64_t before = self->taken + self->flow.seen + self->flow.at;
        int breaks = self->breaks;
        s_send (self);
        s_receive (self);
        s_say (self);
        s_hear (self);
        if (before == self->taken + self->flow.seen + self->flow.at &&
            breaks == self->breaks && !self->chunk_count && !self->word_count) {
            assert_true (self->flow.at > self->taken);
            s_open (self);
        }
    }
    assert_int_equal (self->taken, self->end);
}

static void
test_each_byte_comes_once_and_nobody_waits_for_ever (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    const char *rounds = getenv ("ZP_ROUNDS");
    for (int i = rounds ? atoi (rounds) : ROUNDS; i; i--)
        s_round (&seed);
}

//  Without faults the silence is never needed: if all that came was taken and
//  said by the rules, there is always a next chunk
static void
test_without_faults_it_never_stands_still (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    for (int round = 0; round < 2000; round++) {
        static world_t world;
        world = (world_t){.seed = test_random (&seed)};
        world_t *self = &world;
        self->end = s_size (self, 8 << 20);
        self->credit = s_size (self, 4 << 20);
        self->share = zp_flow_share (16 << 20, s_size (self, 300));
        s_open (self);
        while (self->taken < self->end) {
            uint64_t before = self->taken;
            if (test_below (&self->seed, 4) == 0)
                self->share = zp_flow_share (16 << 20, s_size (self, 300));
            for (int i = test_below (&self->seed, 20); i >= 0; i--)
                s_send (self);
            while (self->chunk_count) {
                s_receive (self);
                s_say (self);
            }
            while (self->word_count)
                s_hear (self);
            assert_true (self->taken > before);
        }
        assert_int_equal (self->breaks, 1);
    }
}

static void
test_shares (void **state)
{
    (void) state;
    assert_int_equal (zp_flow_share (16 << 20, 0), 16 << 20);
    assert_int_equal (zp_flow_share (16 << 20, 1), 16 << 20);
    assert_int_equal (zp_flow_share (16 << 20, 16), 1 << 20);
    assert_int_equal (zp_flow_share (16 << 20, 100000), ZP_FLOW_WINDOW_MIN);
}

static void
test_what_was_not_sent_can_not_have_been_seen (void **state)
{
    (void) state;
    zp_flow_t flow = {.at = 10, .seen = 5, .end = 20};
    assert_false (zp_flow_seen (&flow, 4));
    assert_false (zp_flow_seen (&flow, 11));
    assert_int_equal (flow.seen, 5);
    assert_true (zp_flow_seen (&flow, 10));
    assert_int_equal (flow.seen, 10);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_each_byte_comes_once_and_nobody_waits_for_ever),
        cmocka_unit_test (test_without_faults_it_never_stands_still),
        cmocka_unit_test (test_shares),
        cmocka_unit_test (test_what_was_not_sent_can_not_have_been_seen),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
