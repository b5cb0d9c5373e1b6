//  SPDX-License-Identifier: MIT
//
//  power - a broker whose journal is on a fault_vfs, and what befalls it

#ifndef POWER_H
#define POWER_H

#include "fault_vfs.h"
#include "ledger.h"

//  Tests try each so manieth point. ThreadSanitizer takes ten times as long,
//  and what it looks for is the same at all of them.
#ifdef __SANITIZE_THREAD__
#define POWER_STEP 9
#else
#define POWER_STEP 1
#endif

int power_set_up (void **state);
int power_tear_down (void **state);

#define power_test(test)                                                       \
    cmocka_unit_test_setup_teardown (test, power_set_up, power_tear_down)

//  Start the broker, at another place: what its clients sent in vain before
//  could still be on its way.
void power_start (fixture_t *self);

//  Let this happen from now on, and tell it in messages.
void power_plan (ledger_t *self, const fault_t *fault);

//  The machine loses its power, and the broker with it. Then it is back.
void power_off (fixture_t *self);

//  There is a broker without messages, and a ledger for it.
ledger_t *power_begin (fixture_t *self);

#endif
