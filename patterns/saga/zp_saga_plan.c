//  SPDX-License-Identifier: MIT

#include "zp_saga_plan.h"

#include "zp_saga_def_private.h"

#include <string.h>

bool
zp_saga_plan_ended (const zp_saga_marks_t *marks)
{
    return marks->state == ZP_SAGA_COMPLETED ||
           marks->state == ZP_SAGA_COMPENSATED;
}

zp_saga_steps_t
zp_saga_plan_active (const zp_saga_marks_t *marks)
{
    if (marks->backward)
        return marks->undo & ~marks->undone;
    return marks->started & ~(marks->done | marks->passed);
}

//  The steps that wait for a signal
static zp_saga_steps_t
s_waits_for (const zp_saga_def_t *def, const char *signal)
{
    zp_saga_steps_t steps = 0;
    for (size_t i = 0; i < def->count; i++)
        if (def->steps[i].wait_for &&
            strcmp (def->steps[i].wait_for, signal) == 0)
            steps |= zp_saga_step_bit (i);
    return steps;
}

bool
zp_saga_plan_possible (const zp_saga_def_t *def, const zp_saga_marks_t *marks,
                       const zp_saga_record_t *record)
{
    zp_saga_steps_t step =
        record->step < 0 ? 0 : zp_saga_step_bit ((size_t) record->step);
    bool active = zp_saga_plan_active (marks) & step;
    bool stuck = marks->stuck & step;
    bool parked = marks->state == ZP_SAGA_PARKED;
    if (zp_saga_plan_ended (marks))
        return false;
    switch (record->event) {
    case ZP_SAGA_BEGIN:
        return !marks->started;
    case ZP_SAGA_STEP_DONE:
        return active && !marks->backward;
    case ZP_SAGA_STEP_REFUSED:
        //  For a retriable one that is stuck it is no news
        return active && !marks->backward &&
               !(stuck && def->steps[record->step].kind == ZP_SAGA_RETRIABLE);
    case ZP_SAGA_STEP_EXHAUSTED:
        return active && !marks->backward && !stuck;
    case ZP_SAGA_UNDONE:
        return active && marks->backward;
    case ZP_SAGA_UNDO_FAILED:
        return active && marks->backward && !stuck;
    case ZP_SAGA_DEADLINE:
    case ZP_SAGA_ABORTED:
        return marks->state == ZP_SAGA_RUNNING &&
               !(marks->started & def->forward);
    case ZP_SAGA_SIGNALLED:
        return !marks->backward &&
               (s_waits_for (def, record->signal) & ~marks->heard);
    case ZP_SAGA_RETRIED:
    case ZP_SAGA_CLOSED:
        return parked;
    case ZP_SAGA_SKIPPED:
        return parked && stuck;
    case ZP_SAGA_EVENTS:
        break;
    }
    return false;
}

//  A step can't be done, as far as anybody knows
static void
s_fail (const zp_saga_step_t *step, zp_saga_steps_t bit, bool refused,
        zp_saga_marks_t *marks)
{
    if (step->kind == ZP_SAGA_RETRIABLE) {
        if (step->optional)
            marks->passed |= bit;
        else
            marks->stuck |= bit;
    }
    else if (refused || step->wait_for) {
        marks->refused |= bit;
        marks->stuck &= ~bit;
        marks->backward = true;
    }
    else if (step->kind == ZP_SAGA_PIVOT)
        marks->stuck |= bit;  // Nobody can undo it: somebody must find out
    else
        marks->backward = true;  // It may have been done
}

//  What happened, without what follows
static void
s_happen (const zp_saga_def_t *def, zp_saga_marks_t *marks,
          const zp_saga_record_t *record)
{
    zp_saga_steps_t bit =
        record->step < 0 ? 0 : zp_saga_step_bit ((size_t) record->step);
    switch (record->event) {
    case ZP_SAGA_STEP_REFUSED:
    case ZP_SAGA_STEP_EXHAUSTED:
        s_fail (&def->steps[record->step], bit,
                record->event == ZP_SAGA_STEP_REFUSED, marks);
        break;
    case ZP_SAGA_UNDO_FAILED:
        marks->stuck |= bit;
        break;
    case ZP_SAGA_STEP_DONE:
    case ZP_SAGA_UNDONE:
    case ZP_SAGA_SKIPPED:
        marks->stuck &= ~bit;
        if (marks->backward)
            marks->undone |= bit;
        else
            marks->done |= bit;
        break;
    case ZP_SAGA_DEADLINE:
    case ZP_SAGA_ABORTED:
        marks->backward = true;
        break;
    case ZP_SAGA_SIGNALLED:
        marks->heard |= s_waits_for (def, record->signal);
        marks->done |= marks->heard & marks->started;
        marks->stuck &= ~marks->done;
        break;
    case ZP_SAGA_RETRIED:
        marks->stuck = 0;
        break;
    case ZP_SAGA_BEGIN:
    case ZP_SAGA_CLOSED:
    case ZP_SAGA_EVENTS:
        break;
    }
}

//  Steps begin whose turn it is. One whose signal came before is done at once.
static void
s_start (const zp_saga_def_t *def, zp_saga_marks_t *marks,
         zp_saga_record_t *record)
{
    bool more = true;
    while (more) {
        zp_saga_steps_t settled = marks->done | marks->passed;
        zp_saga_steps_t ready = 0;
        for (zp_saga_steps_t left = def->all & ~marks->started; left;
             left &= left - 1) {
            int i = zp_saga_steps_first (left);
            if (!(def->steps[i].after & ~settled))
                ready |= zp_saga_step_bit ((size_t) i);
        }
        record->start |= ready;
        marks->started |= ready;
        marks->done |= ready & marks->heard;
        more = ready & marks->heard;
    }
}

//  Steps that were done, or may have been, are undone when none is left that
//  came after them.
static void
s_undo (const zp_saga_def_t *def, const zp_saga_marks_t *marks,
        zp_saga_steps_t left, zp_saga_record_t *record)
{
    zp_saga_steps_t blocked = 0;
    for (zp_saga_steps_t later = left; later; later &= later - 1)
        blocked |= def->steps[zp_saga_steps_first (later)].past;
    record->undo = left & ~marks->undo & ~blocked;
}

void
zp_saga_plan_follow (const zp_saga_def_t *def, const zp_saga_marks_t *marks,
                     zp_saga_record_t *record)
{
    zp_saga_marks_t next = *marks;
    s_happen (def, &next, record);
    record->start = record->undo = 0;
    if (record->event == ZP_SAGA_CLOSED)
        record->state = next.backward ? ZP_SAGA_COMPENSATED : ZP_SAGA_COMPLETED;
    else if (next.stuck)
        record->state = ZP_SAGA_PARKED;
    else if (next.backward) {
        zp_saga_steps_t left =
            next.started & def->undoable & ~next.refused & ~next.undone;
        s_undo (def, &next, left, record);
        record->state = left ? ZP_SAGA_COMPENSATING : ZP_SAGA_COMPENSATED;
    }
    else {
        s_start (def, &next, record);
        bool all = (next.done | next.passed) == def->all;
        record->state = all ? ZP_SAGA_COMPLETED : ZP_SAGA_RUNNING;
    }
}

void
zp_saga_plan_apply (const zp_saga_def_t *def, zp_saga_marks_t *marks,
                    const zp_saga_record_t *record)
{
    s_happen (def, marks, record);
    marks->started |= record->start;
    marks->done |= record->start & marks->heard;
    marks->undo |= record->undo;
    marks->state = record->state;
}
