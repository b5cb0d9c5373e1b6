//  SPDX-License-Identifier: MIT
//
//  course - sagas of all kinds, one after the other, and what their clients
//  were told: that must hold, whatever becomes of the coordinator and its disk

#ifndef COURSE_H
#define COURSE_H

#include "fault_vfs.h"
#include "fixture.h"

#define COURSE_SAGAS 6

typedef struct course {
    fixture_t *fixture;            // Has the coordinator
    bool started[COURSE_SAGAS];    // Its client was told so
    char state[COURSE_SAGAS][16];  // The last that he was told; "": none
    char point[120];               // What happens, for messages of failure
} course_t;

int course_set_up (void **state);
int course_tear_down (void **state);

#define course_test(test)                                                      \
    cmocka_unit_test_setup_teardown (test, course_set_up, course_tear_down)

//  Tests try each so manieth point; with ZP_ROUNDS in the environment, all.
int course_step (void);

//  All is as if nothing had ever been, and a coordinator runs.
void course_begin (course_t *self);

//  Let this happen from now on, and tell it in messages.
void course_plan (course_t *self, const fault_t *fault);

//  Start all of them, and do with them what is to be done. False if the
//  coordinator fails.
bool course_run (course_t *self);

//  The power is lost, and the coordinator with it. Then it is back.
void course_power_off (course_t *self);

//  The coordinator has been started again: what was told holds, and all go on
//  to their ends, as does what was never confirmed and is asked for once more.
//  Then nothing is changed by one more restart.
void course_go_on (course_t *self);

//  Fail with what it says if that does not hold.
void course_must (const course_t *self, bool holds, const char *what);

#endif
