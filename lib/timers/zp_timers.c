//  SPDX-License-Identifier: MIT
//
//  Times are numbers of eleven digits to the base of 64. A timer lies in the
//  level of the highest digit in which its time differs from the present, in
//  the slot of that digit. At level 0 a slot is one millisecond:
//
//      now      ... 0 17 40
//      when     ... 0 17 52    level 0, slot 52
//      when     ... 0 31  5    level 1, slot 31
//      when     ... 2  0  0    level 2, slot  2
//
//  When the present reaches the beginning of a slot, its timers move to the
//  levels below, or are due; so a timer moves ten times at most, two or three
//  times for usual delays. All times of a level come before those of the next
//  one, and all slots in use lie after the present, so the earliest one is the
//  lowest bit of the lowest level that has any.

#define _POSIX_C_SOURCE 200809L

#include "zp_timers.h"

#include <fcntl.h>

#define DIGIT  6             // Bits
#define SLOTS  (1 << DIGIT)  // To a level
#define LEVELS 11            // For 63 bits
#define WHEEL  (LEVELS * SLOTS)
#define DUE    WHEEL  // Slot number of what is in no slot, but due

//  A zloop wakes so often in any case, and longer delays could overflow it
#define LONGEST_MS (3600 * 1000)

struct zp_timers {
    int64_t now_ms;                // Present: time of the last run
    uint64_t occupied[LEVELS];     // A bit for each slot that has timers
    zp_timer_link_t slots[WHEEL];  // Rings of timers
    zp_timer_link_t due;           // Ring of timers for the next run
    zp_timer_link_t firing;  // Ring of timers for this run, slot DUE as well
    bool running;            // In zp_timers_run
    zloop_t *loop;           // Loop that has our alarm, or NULL
    int unseen;              // A file that is always readable: the loop is
                             // still to have a turn; -1: it had one
    int alarm_id;            // The alarm's timer in the loop, or -1
    int64_t alarm_ms;        // Timers before this need an earlier alarm
    bool alarm_skips;        // The alarm's first call is to be ignored
};

static void
s_ring_init (zp_timer_link_t *ring)
{
    ring->next = ring->prev = ring;
}

//  The first timer of a ring (its link is its first member), or NULL

static zp_timer_t *
s_ring_first (const zp_timer_link_t *ring)
{
    return ring->next == ring ? NULL : (zp_timer_t *) ring->next;
}

static void
s_ring_append (zp_timer_link_t *ring, zp_timer_t *timer)
{
    zp_timer_link_t *link = &timer->link;
    link->next = ring;
    link->prev = ring->prev;
    ring->prev->next = link;
    ring->prev = link;
}

//  Put all timers of ring before those of onto

static void
s_ring_prepend_all (zp_timer_link_t *onto, zp_timer_link_t *ring)
{
    if (!s_ring_first (ring))
        return;
    ring->prev->next = onto->next;
    onto->next->prev = ring->prev;
    ring->next->prev = onto;
    onto->next = ring->next;
    s_ring_init (ring);
}

//  Let go of all timers of a ring that will not be used again

static void
s_ring_release (zp_timer_link_t *ring)
{
    zp_timer_link_t *link = ring->next;
    while (link != ring) {
        zp_timer_link_t *next = link->next;
        link->next = NULL;
        link = next;
    }
}

static void
s_insert (zp_timers_t *self, zp_timer_t *timer)
{
    if (timer->when_ms <= self->now_ms) {
        timer->slot = DUE;
        s_ring_append (&self->due, timer);
        return;
    }
    uint64_t differ = (uint64_t) (timer->when_ms ^ self->now_ms);
    int level = (63 - __builtin_clzll (differ)) / DIGIT;
    int digit = (int) (timer->when_ms >> (level * DIGIT)) & (SLOTS - 1);
    timer->slot = level * SLOTS + digit;
    s_ring_append (&self->slots[timer->slot], timer);
    self->occupied[level] |= UINT64_C (1) << digit;
}

static void
s_remove (zp_timers_t *self, zp_timer_t *timer)
{
    zp_timer_link_t *link = &timer->link;
    link->prev->next = link->next;
    link->next->prev = link->prev;
    bool was_last = link->next == link->prev;
    if (was_last && timer->slot != DUE)
        self->occupied[timer->slot / SLOTS] &=
            ~(UINT64_C (1) << timer->slot % SLOTS);
    link->next = NULL;
}

void
zp_timer_init (zp_timer_t *self, zp_timer_fn *fn, void *arg)
{
    *self = (zp_timer_t){.fn = fn, .arg = arg};
}

bool
zp_timer_pending (const zp_timer_t *self)
{
    return self->link.next != NULL;
}

static int s_on_first_turn (zloop_t *loop, zmq_pollitem_t *item, void *arg);

//  Before a zloop has begun a timer can't be cancelled: it would be called once
//  when it begins. So there is no alarm until then, but a poller, which can.

static void
s_await_first_turn (zp_timers_t *self)
{
    self->unseen = open ("/dev/null", O_RDONLY | O_CLOEXEC);
    zmq_pollitem_t item = {NULL, self->unseen, ZMQ_POLLIN, 0};
    if (self->unseen == -1)
        return;  // Too many files: do without that
    int rc = zloop_poller (self->loop, &item, s_on_first_turn, self);
    assert (rc == 0);
    (void) rc;
    self->alarm_ms = INT64_MIN;
}

static void
s_end_first_turn (zp_timers_t *self)
{
    zmq_pollitem_t item = {NULL, self->unseen, 0, 0};
    zloop_poller_end (self->loop, &item);
    close (self->unseen);
    self->unseen = -1;
}

zp_timers_t *
zp_timers_new (zloop_t *loop)
{
    zp_timers_t *self = calloc (1, sizeof *self);
    assert (self);
    for (int slot = 0; slot < WHEEL; slot++)
        s_ring_init (&self->slots[slot]);
    s_ring_init (&self->due);
    s_ring_init (&self->firing);
    self->loop = loop;
    self->alarm_id = self->unseen = -1;
    self->alarm_ms = loop ? INT64_MAX : INT64_MIN;
    if (loop) {
        self->now_ms = zclock_mono ();
        s_await_first_turn (self);
    }
    return self;
}

void
zp_timers_destroy (zp_timers_t **self_p)
{
    zp_timers_t *self = *self_p;
    if (!self)
        return;
    assert (!self->running);
    if (self->unseen != -1)
        s_end_first_turn (self);
    if (self->alarm_id != -1)
        zloop_timer_end (self->loop, self->alarm_id);
    s_ring_release (&self->due);
    for (int slot = 0; slot < WHEEL; slot++)
        s_ring_release (&self->slots[slot]);
    free (self);
    *self_p = NULL;
}

//  Beginning of the earliest slot in use, and which one; -1 if there is none

static int64_t
s_earliest (const zp_timers_t *self, int *slot_p)
{
    for (int level = 0; level < LEVELS; level++)
        if (self->occupied[level]) {
            int digit = __builtin_ctzll (self->occupied[level]);
            int shift = level * DIGIT;
            *slot_p = level * SLOTS + digit;
            //  Present, with the digit in place and nothing below it
            int64_t above = self->now_ms >> shift & ~(int64_t) (SLOTS - 1);
            return (above | digit) << shift;
        }
    return -1;
}

int64_t
zp_timers_next (const zp_timers_t *self)
{
    int slot;
    return s_ring_first (&self->due) ? self->now_ms : s_earliest (self, &slot);
}

//  Move the present to now_ms, and all that is due by then to the ring of due
//  timers.

static void
s_advance (zp_timers_t *self, int64_t now_ms)
{
    int slot;
    int64_t begin_ms = s_earliest (self, &slot);
    while (begin_ms != -1 && begin_ms <= now_ms) {
        self->now_ms = begin_ms;
        zp_timer_t *timer;
        while ((timer = s_ring_first (&self->slots[slot]))) {
            s_remove (self, timer);
            s_insert (self, timer);
        }
        begin_ms = s_earliest (self, &slot);
    }
    if (now_ms > self->now_ms)
        self->now_ms = now_ms;
}

static int
s_run (zp_timers_t *self, int64_t now_ms)
{
    assert (!self->running);
    self->running = true;
    s_advance (self, now_ms);
    s_ring_prepend_all (&self->firing, &self->due);
    int rc = 0;
    zp_timer_t *timer;
    while (rc == 0 && (timer = s_ring_first (&self->firing))) {
        s_remove (self, timer);
        rc = timer->fn (timer, timer->arg);
    }
    s_ring_prepend_all (&self->due, &self->firing);
    self->running = false;
    return rc;
}

int
zp_timers_run (zp_timers_t *self, int64_t now_ms)
{
    assert (!self->loop);
    return s_run (self, now_ms);
}

static int s_alarm (zloop_t *loop, int timer_id, void *arg);

static void
s_arm (zp_timers_t *self, int64_t when_ms, size_t times)
{
    if (self->alarm_id != -1)
        zloop_timer_end (self->loop, self->alarm_id);
    int64_t now_ms = zclock_mono ();
    int64_t delay_ms = when_ms > now_ms ? when_ms - now_ms : 0;
    if (delay_ms > LONGEST_MS)
        delay_ms = LONGEST_MS;
    self->alarm_ms = delay_ms > 0 ? now_ms + delay_ms : INT64_MIN;
    self->alarm_skips = times == 2;
    self->alarm_id =
        zloop_timer (self->loop, (size_t) delay_ms, times, s_alarm, self);
    assert (self->alarm_id != -1);
}

//  Arm for the earliest timer, if there is one

static void
s_arm_next (zp_timers_t *self, size_t times)
{
    self->alarm_ms = INT64_MAX;
    int64_t next_ms = zp_timers_next (self);
    if (next_ms != -1)
        s_arm (self, next_ms, times);
}

//  A zloop goes on to timers that are made while it calls its timers, so that
//  an alarm without delay made here could be called in the same turn. For what
//  is due again at once the alarm therefore is made to be called twice, and its
//  first call is ignored: the second one comes a turn later.

static int
s_alarm (zloop_t *loop, int timer_id, void *arg)
{
    (void) loop;
    zp_timers_t *self = arg;
    if (timer_id != self->alarm_id)
        return 0;  // Cancelled earlier in this turn
    if (self->alarm_skips) {
        self->alarm_skips = false;
        return 0;
    }
    //  From here on the loop removes it by itself. To cancel it as well would
    //  free it under the loop's feet, if the loop was ever restarted.
    self->alarm_id = -1;
    self->alarm_ms = INT64_MIN;
    int rc = s_run (self, zclock_mono ());
    s_arm_next (self, s_ring_first (&self->due) ? 2 : 1);
    return rc;
}

static int
s_on_first_turn (zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void) loop;
    (void) item;
    zp_timers_t *self = arg;
    s_end_first_turn (self);
    s_arm_next (self, 1);
    return 0;
}

void
zp_timers_set (zp_timers_t *self, zp_timer_t *timer, int64_t when_ms)
{
    if (zp_timer_pending (timer))
        s_remove (self, timer);
    timer->when_ms = when_ms;
    s_insert (self, timer);
    if (when_ms < self->alarm_ms)
        s_arm (self, when_ms, 1);
}

void
zp_timers_clear (zp_timers_t *self, zp_timer_t *timer)
{
    if (zp_timer_pending (timer))
        s_remove (self, timer);
}
