//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "course.h"

#define NESTED "nested.child/"

//  One of them
static const struct {
    const char *id;          // Its id
    const char *name;        // Its definition
    const char *end;         // How it ends
    const char *effects[6];  // Keys of what is done then; all else is not
} s_sagas[COURSE_SAGAS] = {
    {"done", "line", "COMPLETED", {"done/a", "done/b", "done/c", "done/d"}},
    {"refused", "line", "COMPENSATED", {NULL}},
    {"signalled", "waits", "COMPLETED", {"signalled/a", "signalled/b"}},
    {"aborted", "waits", "COMPENSATED", {NULL}},
    {"parked", "line", "COMPLETED", {"parked/a", "parked/b", "parked/c"}},
    {"nested",
     "parent",
     "COMPENSATED",
     {NESTED "a", NESTED "b", NESTED "c", NESTED "d", "nested.child.undo/u"}},
};

enum { DONE, REFUSED, SIGNALLED, ABORTED, PARKED, NEST };

int
course_set_up (void **state)
{
    fault_vfs_install ();
    course_t *self = zmalloc (sizeof *self);
    *state = self;
    return fixture_set_up ((void **) &self->fixture);
}

int
course_tear_down (void **state)
{
    course_t *self = *state;
    int rc = fixture_tear_down ((void **) &self->fixture);
    free (self);
    fault_vfs_remove ();
    return rc;
}

int
course_step (void)
{
    if (getenv ("ZP_ROUNDS"))
        return 1;
#if defined __SANITIZE_THREAD__ || defined __SANITIZE_ADDRESS__
    return 41;
#else
    return 11;
#endif
}

void
course_must (const course_t *self, bool holds, const char *what)
{
    if (!holds)
        fail_msg ("%s: %s", self->point, what);
}

void
course_power_off (course_t *self)
{
    fault_vfs_power_off ();
    fixture_stop (self->fixture);
    fault_vfs_restart ();
}

void
course_begin (course_t *self)
{
    fixture_t *fixture = self->fixture;
    course_power_off (self);
    fault_vfs_delete (fixture->path);
    player_destroy (&fixture->player);
    fixture->player = player_new (fixture->loop, NULL);
    player_plan (fixture->player, "refused/c!", 1, PLAYER_REFUSE);
    player_plan (fixture->player, "parked/d!", 1, PLAYER_REFUSE);
    player_plan (fixture->player, "nested/b!", 1, PLAYER_REFUSE);
    *self = (course_t){.fixture = fixture};
    fixture_start (fixture);
}

void
course_plan (course_t *self, const fault_t *fault)
{
    snprintf (self->point, sizeof self->point,
              "fault %d at operation %d, number %d, loss %d, seed %" PRIu64,
              (int) fault->kind, (int) fault->op, (int) fault->at,
              (int) fault->loss, fault->seed);
    fault_vfs_plan (fault);
}

//  Each of these returns false if it fails

static bool
s_start (course_t *self, int saga)
{
    self->started[saga] =
        fixture_ask (self->fixture, "saga.start", s_sagas[saga].name,
                     s_sagas[saga].id, "{\"n\":7}", NULL) == ZP_OK;
    return self->started[saga];
}

static bool
s_wait (course_t *self, int saga)
{
    if (fixture_ask (self->fixture, "saga.wait", s_sagas[saga].id, NULL) !=
        ZP_OK)
        return false;
    snprintf (self->state[saga], sizeof self->state[saga], "%s",
              fixture_field (self->fixture, "/state"));
    return true;
}

static bool
s_signal (course_t *self)
{
    return fixture_ask (self->fixture, "saga.signal", "signalled", "payment",
                        "{\"cents\":5}", NULL) == ZP_OK;
}

static bool
s_abort (course_t *self)
{
    return fixture_ask (self->fixture, "saga.abort", "aborted", "ann", "no",
                        NULL) == ZP_OK;
}

static bool
s_skip (course_t *self)
{
    return fixture_ask (self->fixture, "saga.skip", "parked", "ann", "by mail",
                        NULL) == ZP_OK;
}

bool
course_run (course_t *self)
{
    return s_start (self, DONE) && s_wait (self, DONE) &&
           s_start (self, REFUSED) && s_wait (self, REFUSED) &&
           s_start (self, SIGNALLED) && s_signal (self) &&
           s_wait (self, SIGNALLED) && s_start (self, ABORTED) &&
           s_abort (self) && s_wait (self, ABORTED) && s_start (self, PARKED) &&
           s_wait (self, PARKED) && s_skip (self) && s_wait (self, PARKED) &&
           s_start (self, NEST) && s_wait (self, NEST);
}

//  What a client was told is so
static void
s_check_told (course_t *self, int saga)
{
    if (!self->started[saga])
        return;
    const char *state = fixture_state (self->fixture, s_sagas[saga].id);
    if (streq (self->state[saga], s_sagas[saga].end))
        course_must (self, streq (state, s_sagas[saga].end),
                     "it had ended, and does not any more");
}

static void
s_finish (course_t *self, int saga)
{
    course_must (self, s_start (self, saga), "it can't be started again");
    if (saga == SIGNALLED)
        s_signal (self);
    if (saga == ABORTED)
        s_abort (self);
    course_must (self, s_wait (self, saga), "it does not end");
    if (saga == PARKED && streq (self->state[saga], "PARKED"))
        course_must (self, s_skip (self) && s_wait (self, saga),
                     "it does not go on");
    course_must (self, streq (self->state[saga], s_sagas[saga].end),
                 "it has ended as it should not");
}

//  What is done is what the sagas say, and nothing else
static void
s_audit (course_t *self)
{
    int count = 0;
    for (int i = 0; i < COURSE_SAGAS; i++)
        for (size_t key = 0; s_sagas[i].effects[key]; key++, count++)
            course_must (
                self,
                player_effect (self->fixture->player, s_sagas[i].effects[key]),
                s_sagas[i].effects[key]);
    course_must (self, player_effects (self->fixture->player, "") == count,
                 "there are effects that should not be");
}

//  A saga with its history; what is not in the journal is left out
static char *
s_show (course_t *self, const char *id)
{
    static const char *const names[] = {
        "\"attempts\":", "\"begun_ms\":", "\"changed_ms\":"};
    assert_int_equal (fixture_ask (self->fixture, "saga.show", id, NULL),
                      ZP_OK);
    char *text = strdup (self->fixture->told.text);
    for (size_t i = 0; i < 3; i++)
        for (char *at = text; (at = strstr (at, names[i]));) {
            at += strlen (names[i]);
            memset (at, '0', strspn (at, "0123456789"));
        }
    return text;
}

void
course_go_on (course_t *self)
{
    for (int i = 0; i < COURSE_SAGAS; i++)
        s_check_told (self, i);
    for (int i = 0; i < COURSE_SAGAS; i++)
        s_finish (self, i);
    s_audit (self);
    char *before[COURSE_SAGAS];
    for (int i = 0; i < COURSE_SAGAS; i++)
        before[i] = s_show (self, s_sagas[i].id);
    size_t commands = player_count (self->fixture->player);
    fixture_start (self->fixture);
    for (int i = 0; i < COURSE_SAGAS; i++) {
        char *after = s_show (self, s_sagas[i].id);
        course_must (self, streq (before[i], after), after);
        free (before[i]);
        free (after);
    }
    course_must (self, player_count (self->fixture->player) == commands,
                 "what has ended is sent again");
}
