//  SPDX-License-Identifier: MIT

#include "zp_saga_coordinator_private.h"

//  One that waits for a saga: a request, or a step of another saga
struct zp_saga_watch {
    LIST_ENTRY (zp_saga_watch) all;  // In the coordinator
    zp_saga_watch_t *next;           // Of the same saga
    zp_saga_coordinator_t *self;     // The coordinator
    const zp_saga_t *saga;           // Waited for: it stays as long as this
    zp_request_t *request;           // Who waits; NULL: a step
    zp_timer_t timer;                // For so long
    zp_saga_verb_t verb;             // Of the step
    char key[ZP_SAGA_KEY_MAX + 1];   // Its key
};

static zp_saga_watch_t *
s_watch (zp_saga_coordinator_t *self, const zp_saga_t *saga)
{
    zp_saga_watch_t *watch = zmalloc (sizeof *watch);
    watch->self = self;
    watch->saga = saga;
    watch->next = *zp_saga_arg (saga);
    *zp_saga_arg (saga) = watch;
    LIST_INSERT_HEAD (&self->watches, watch, all);
    return watch;
}

//  Tell it how the saga stands, and forget it
static void
s_tell (zp_saga_watch_t *watch)
{
    LIST_REMOVE (watch, all);
    if (watch->request) {
        zp_timers_clear (watch->self->timers, &watch->timer);
        zp_saga_coordinator_reply (watch->self, &watch->request,
                                   zp_saga_say_full (watch->saga));
    }
    else
        zp_saga_nested_ended (watch->self, watch->key, watch->verb);
    free (watch);
}

//  It does not wait any longer
static void
s_leave (zp_saga_watch_t *watch)
{
    zp_saga_watch_t *first = *zp_saga_arg (watch->saga);
    if (first == watch)
        *zp_saga_arg (watch->saga) = watch->next;
    else {
        while (first->next != watch)
            first = first->next;
        first->next = watch->next;
    }
    s_tell (watch);
}

static int
s_on_over (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_saga_watch_t *watch = arg;
    zp_saga_coordinator_pump (watch->self);
    s_leave (watch);
    return 0;
}

void
zp_saga_watch_step (zp_saga_coordinator_t *self, const zp_saga_t *saga,
                    const char *key, zp_saga_verb_t verb)
{
    zp_saga_watch_t *watch = *zp_saga_arg (saga);
    for (; watch; watch = watch->next)
        if (watch->verb == verb && streq (watch->key, key))
            return;
    watch = s_watch (self, saga);
    snprintf (watch->key, sizeof watch->key, "%s", key);
    watch->verb = verb;
}

void
zp_saga_watch_request (zp_saga_coordinator_t *self, const zp_saga_t *saga,
                       zp_request_t **request_p, int64_t wait_ms)
{
    zp_saga_watch_t *watch = s_watch (self, saga);
    watch->request = *request_p;
    *request_p = NULL;
    zp_timer_init (&watch->timer, s_on_over, watch);
    zp_timers_set (self->timers, &watch->timer, zclock_mono () + wait_ms);
}

void
zp_saga_watch_ended (zp_saga_coordinator_t *self, const zp_saga_t *saga)
{
    (void) self;
    zp_saga_watch_t *watch = *zp_saga_arg (saga);
    *zp_saga_arg (saga) = NULL;
    while (watch) {
        zp_saga_watch_t *next = watch->next;
        s_tell (watch);
        watch = next;
    }
}

void
zp_saga_watch_destroy (zp_saga_coordinator_t *self)
{
    zp_saga_watch_t *watch;
    while ((watch = LIST_FIRST (&self->watches))) {
        LIST_REMOVE (watch, all);
        free (watch);
    }
}

void
zp_saga_watch_leave (zp_saga_coordinator_t *self)
{
    zp_saga_watch_t *watch, *next;
    for (watch = LIST_FIRST (&self->watches); watch; watch = next) {
        next = LIST_NEXT (watch, all);
        if (watch->request)
            s_leave (watch);
    }
}
