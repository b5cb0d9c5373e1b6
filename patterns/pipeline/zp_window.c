//  SPDX-License-Identifier: MIT

#include "zp_window.h"

#include <assert.h>
#include <stdlib.h>

#define AT_LEAST      2     // Tasks out for each worker: at work, and in wait
#define MORE          0.25  // What a task adds to the limit that came soon
#define LESS          0.5   // What one takes away that came late
#define STALE_FACTOR  4     // Times what is usual
#define DOUBLINGS_MAX 2     // Of the patience with a task

TAILQ_HEAD (zp_window_tasks, zp_window_task);

struct zp_window {
    zp_window_options_t options;                     // As given
    zp_window_free_fn *free_fn;                      // For bodies
    struct zp_window_tasks tasks[ZP_WINDOW_STATES];  // All tasks, by state
    size_t count[ZP_WINDOW_STATES];                  // How many of each
    size_t bytes;                                    // Of all of them
    uint64_t given;                                  // Tasks so far
    bool closed;                                     // No more will come
    uint64_t low;                                    // Below: acknowledged
    size_t workers;                                  // Connected
    double limit;                                    // FRESH ones at most
    double usual_ms;                                 // Of being out, the median
    bool measured;                                   // Anything at all yet
    uint64_t sent;                                   // Sendings
    uint64_t again;                                  // The second and others
};

zp_window_t *
zp_window_new (const zp_window_options_t *options, zp_window_free_fn *fn)
{
    assert (options->max_tasks > 0 && options->max_bytes > 0);
    assert (options->retry_ms > 0);
    assert (options->max_attempts > 0 && options->max_attempts <= 100);
    zp_window_t *self = calloc (1, sizeof *self);
    assert (self);
    self->options = *options;
    self->free_fn = fn;
    self->limit = AT_LEAST;
    for (int state = 0; state < ZP_WINDOW_STATES; state++)
        TAILQ_INIT (&self->tasks[state]);
    return self;
}

static void
s_unlink (zp_window_t *self, zp_window_task_t *task)
{
    TAILQ_REMOVE (&self->tasks[task->state], task, link);
    self->count[task->state]--;
}

static void
s_enter (zp_window_t *self, zp_window_task_t *task, zp_window_state_t state)
{
    task->state = state;
    TAILQ_INSERT_TAIL (&self->tasks[state], task, link);
    self->count[state]++;
}

static void
s_move (zp_window_t *self, zp_window_task_t *task, zp_window_state_t state)
{
    s_unlink (self, task);
    s_enter (self, task, state);
}

static void
s_forget (zp_window_t *self, zp_window_task_t *task)
{
    s_unlink (self, task);
    self->bytes -= task->size;
    self->free_fn (task->body);
    free (task);
}

void
zp_window_destroy (zp_window_t **self_p)
{
    assert (self_p);
    zp_window_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    for (int state = 0; state < ZP_WINDOW_STATES; state++)
        while (!TAILQ_EMPTY (&self->tasks[state]))
            s_forget (self, TAILQ_FIRST (&self->tasks[state]));
    free (self);
}

static size_t
s_kept (const zp_window_t *self)
{
    size_t kept = 0;
    for (int state = 0; state < ZP_WINDOW_STATES; state++)
        kept += self->count[state];
    return kept;
}

//  Set how many may be out, within what is sensible
static void
s_set_limit (zp_window_t *self, double limit)
{
    double least = AT_LEAST * (self->workers ? (double) self->workers : 1);
    double most = (double) self->options.max_tasks;
    if (limit < least)
        limit = least;
    self->limit = limit < most ? limit : most;
}

void
zp_window_workers (zp_window_t *self, size_t count)
{
    self->workers = count;
    s_set_limit (self, self->limit);
}

//  True if one more may be out
static bool
s_may_send (const zp_window_t *self)
{
    return (double) self->count[ZP_WINDOW_FRESH] + 1 <= self->limit;
}

//  True if one more task may be kept
static bool
s_has_space (const zp_window_t *self)
{
    return s_kept (self) < self->options.max_tasks &&
           self->bytes < self->options.max_bytes &&
           self->given - self->low < ZP_TALLY_SPAN - 8;
}

bool
zp_window_room (const zp_window_t *self)
{
    return self->count[ZP_WINDOW_WAITING] == 0 && s_may_send (self) &&
           s_has_space (self);
}

void
zp_window_give (zp_window_t *self, void *body, size_t size)
{
    assert (zp_window_room (self));
    zp_window_task_t *task = calloc (1, sizeof *task);
    assert (task);
    *task = (zp_window_task_t){
        .number = self->given++, .body = body, .size = size, .attempt = 1};
    self->bytes += size;
    s_enter (self, task, ZP_WINDOW_WAITING);
}

zp_window_task_t *
zp_window_next (zp_window_t *self)
{
    return s_may_send (self) ? TAILQ_FIRST (&self->tasks[ZP_WINDOW_WAITING])
                             : NULL;
}

static int64_t
s_patience_ms (const zp_window_t *self, const zp_window_task_t *task)
{
    int doublings =
        task->attempt <= DOUBLINGS_MAX ? task->attempt - 1 : DOUBLINGS_MAX;
    return (int64_t) self->options.retry_ms << doublings;
}

void
zp_window_sent (zp_window_t *self, int64_t now_ms)
{
    zp_window_task_t *task = TAILQ_FIRST (&self->tasks[ZP_WINDOW_WAITING]);
    assert (task);
    if (task->until_ms == 0)
        task->until_ms = now_ms + s_patience_ms (self, task);
    task->sent_ms = now_ms;
    self->sent++;
    self->again += ++task->sendings > 1;
    s_move (self, task, ZP_WINDOW_FRESH);
}

void
zp_window_close (zp_window_t *self)
{
    self->closed = true;
}

void
zp_window_give_up (zp_window_t *self)
{
    zp_window_task_t *task = TAILQ_FIRST (&self->tasks[ZP_WINDOW_WAITING]);
    assert (task);
    s_move (self, task, ZP_WINDOW_LOST);
}

//  True if all workers have enough to do. If not, then little comes back but
//  from the slowest, which tells nothing of what is usual
static bool
s_is_busy (const zp_window_t *self)
{
    bool waits = self->count[ZP_WINDOW_WAITING] > 0 && s_has_space (self);
    return !self->closed && (waits || !s_may_send (self));
}

//  A task that was sent for the first time came back after so long, or has not
//  yet (a later sending tells nothing: it may be the first that came back;
//  Karn and Partridge, "Improving Round-Trip Time Estimates", 1987). The usual
//  time goes up or down by a part of itself, and so comes to where it does both
//  as often: at the median, whatever the slowest worker does
static void
s_learn (zp_window_t *self, const zp_window_task_t *task, int64_t now_ms)
{
    if (task->sendings > 1)
        return;
    double out_ms = (double) (now_ms - task->sent_ms);
    double step = self->usual_ms / 8 + 0.1;
    if (!self->measured)
        self->usual_ms = out_ms;
    else if (out_ms > self->usual_ms)
        self->usual_ms += step;
    else if (out_ms < self->usual_ms)
        self->usual_ms -= step < self->usual_ms ? step : self->usual_ms;
    self->measured = true;
}

//  Let more tasks be out if they come back soon, and it is the limit that holds
//  them up; let fewer be out if they come back late
static void
s_adapt (zp_window_t *self, bool full)
{
    if (self->usual_ms > ZP_WINDOW_GOAL_MS)
        s_set_limit (self, self->limit - LESS);
    else if (full)
        s_set_limit (self, self->limit + MORE);
}

//  So long is out what is STALE: several times as long as is usual, and so long
//  that no turn of a loop makes the difference
static int64_t
s_stale_ms (const zp_window_t *self)
{
    double stale_ms = self->usual_ms * STALE_FACTOR + 2 * ZP_WINDOW_GOAL_MS;
    bool known = self->measured && stale_ms < self->options.retry_ms;
    return known ? (int64_t) stale_ms : self->options.retry_ms;
}

bool
zp_window_copy (zp_window_t *self, int64_t now_ms)
{
    if (self->count[ZP_WINDOW_WAITING] || !s_may_send (self))
        return false;
    zp_window_task_t *task;
    TAILQ_FOREACH (task, &self->tasks[ZP_WINDOW_STALE], link)
    {
        //  Each copy twice as late as the one before, so that a task that
        //  really lasts is not with everybody soon
        int doublings = task->sendings < 16 ? task->sendings - 1 : 15;
        if (now_ms - task->sent_ms >= s_stale_ms (self) << doublings) {
            s_move (self, task, ZP_WINDOW_WAITING);
            return true;
        }
    }
    return false;
}

//  A task's attempt is over: begin another, or give it up
static void
s_expire (zp_window_t *self, zp_window_task_t *task)
{
    if (task->attempt == self->options.max_attempts) {
        s_move (self, task, ZP_WINDOW_LOST);
        return;
    }
    task->attempt++;
    task->until_ms = 0;
    s_move (self, task, ZP_WINDOW_WAITING);
}

void
zp_window_tick (zp_window_t *self, int64_t now_ms)
{
    //  The fresh ones are in the order in which they were sent
    zp_window_task_t *task, *next;
    int64_t stale_ms = s_stale_ms (self);
    bool busy = s_is_busy (self);
    while ((task = TAILQ_FIRST (&self->tasks[ZP_WINDOW_FRESH])) &&
           now_ms - task->sent_ms >= stale_ms) {
        if (busy)
            s_learn (self, task, now_ms);
        s_move (self, task, ZP_WINDOW_STALE);
        stale_ms = s_stale_ms (self);
    }
    for (task = TAILQ_FIRST (&self->tasks[ZP_WINDOW_STALE]); task;
         task = next) {
        next = TAILQ_NEXT (task, link);
        if (now_ms >= task->until_ms)
            s_expire (self, task);
    }
}

void
zp_window_resume (zp_window_t *self, int64_t now_ms)
{
    static const zp_window_state_t out[] = {ZP_WINDOW_FRESH, ZP_WINDOW_STALE};
    zp_window_task_t *task;
    for (int i = 0; i < 2; i++)
        TAILQ_FOREACH (task, &self->tasks[out[i]], link)
    task->sent_ms = now_ms;
}

zp_window_task_t *
zp_window_first_lost (zp_window_t *self)
{
    return TAILQ_FIRST (&self->tasks[ZP_WINDOW_LOST]);
}

zp_window_task_t *
zp_window_next_lost (zp_window_task_t *task)
{
    return TAILQ_NEXT (task, link);
}

void
zp_window_acknowledge (zp_window_t *self, const zp_tally_t *tally,
                       int64_t now_ms)
{
    self->low = zp_tally_low (tally);
    bool busy = s_is_busy (self), full = !s_may_send (self);
    for (int state = 0; state < ZP_WINDOW_STATES; state++) {
        zp_window_task_t *task, *next;
        for (task = TAILQ_FIRST (&self->tasks[state]); task; task = next) {
            next = TAILQ_NEXT (task, link);
            if (!zp_tally_has (tally, task->number))
                continue;
            if (state == ZP_WINDOW_FRESH && busy) {
                s_learn (self, task, now_ms);
                s_adapt (self, full);
            }
            s_forget (self, task);
        }
    }
}

void
zp_window_stats (const zp_window_t *self, zp_window_stats_t *stats)
{
    *stats = (zp_window_stats_t){.given = self->given,
                                 .sent = self->sent,
                                 .again = self->again,
                                 .kept = s_kept (self),
                                 .bytes = self->bytes,
                                 .limit = (size_t) self->limit};
}
