//  SPDX-License-Identifier: MIT
//
//  zp_timers - thousands of timers on one zloop
//
//  A zloop looks at each of its timers on each turn, and allocates memory for
//  each. Here a timer lives inside the caller's object, and is set, moved,
//  cleared or fired in constant time, without memory, however many there are: a
//  hierarchical timing wheel (Varghese and Lauck: "Hashed and Hierarchical
//  Timing Wheels", SOSP 1987). The loop sees a single timer of its own, for the
//  earliest of them.
//
//  Times are milliseconds on the clock of zclock_mono, and absolute. A timer
//  never fires early. Not thread safe: for the thread of the loop.

#ifndef ZP_TIMERS_H
#define ZP_TIMERS_H

#include <czmq.h>

typedef struct zp_timers zp_timers_t;
typedef struct zp_timer zp_timer_t;

//  Called once when the timer is due; it is not pending any more. It may set,
//  move or clear any timer, this one included, and free what the timer is part
//  of. Return 0, or -1 to end the loop.
typedef int (zp_timer_fn) (zp_timer_t *timer, void *arg);

typedef struct zp_timer_link {
    struct zp_timer_link *next;  // In a ring; NULL if in none
    struct zp_timer_link *prev;  // In the same ring
} zp_timer_link_t;

//  To be embedded in the caller's object. Not to be touched, moved or freed
//  while it is pending.
struct zp_timer {
    zp_timer_link_t link;  // To those that are due about the same time
    int64_t when_ms;       // When it is due
    zp_timer_fn *fn;       // Called then
    void *arg;             // Handed to fn
    int slot;              // Of the wheel, where it is linked
};

//  Make a timer ready to be set.
void zp_timer_init (zp_timer_t *self, zp_timer_fn *fn, void *arg);

//  True from when it is set until it fires or is cleared.
bool zp_timer_pending (const zp_timer_t *self);

//  Timers that fire inside zloop_start (loop). With loop NULL they are pure:
//  the caller calls zp_timers_run, on any clock that starts at 0 or later. A
//  limit by zloop_set_max_timers must leave room for two.
zp_timers_t *zp_timers_new (zloop_t *loop);

//  Clears all that are still pending. Call it before zloop_destroy, and neither
//  from one of its own timer functions nor from that of any timer or ticket of
//  the loop, since a zloop may call a cancelled timer once more; a reader's
//  function, or before the loop begins or after it has ended, is fine.
void zp_timers_destroy (zp_timers_t **self_p);

//  Let the timer fire at when_ms; if it is pending it is moved. A time that is
//  past, such as 0, means at the end of this turn of the loop: without delay,
//  once the sockets that are ready now have been seen to. What is set from a
//  timer function never fires in the same run, so that timers which set
//  themselves again starve nobody.
void zp_timers_set (zp_timers_t *self, zp_timer_t *timer, int64_t when_ms);

//  The timer will not fire, even if it is due; nothing happens if it is not
//  pending.
void zp_timers_clear (zp_timers_t *self, zp_timer_t *timer);

//  Call the functions of all timers that are due at now_ms, in the order of
//  their times, and for the same time in the order in which they were set. A
//  time before that of the last run, of a timer as of a run, counts as that.
//  Returns 0, or -1 at once when a function does; what was not called is due in
//  the next run. Only without a loop, and not from a timer function.
int zp_timers_run (zp_timers_t *self, int64_t now_ms);

//  When to run next, which may be before the earliest timer is due (timers that
//  lie far ahead are looked at some times on the way) but never after; -1 if no
//  timer is pending.
int64_t zp_timers_next (const zp_timers_t *self);

#endif
