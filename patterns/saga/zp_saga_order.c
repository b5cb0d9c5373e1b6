//  SPDX-License-Identifier: MIT

#include "zp_saga_def_private.h"

#include <stdio.h>

//  The id of a step, which may have none: that was a mistake already
static const char *
s_id (const zp_saga_def_t *def, int step)
{
    return def->steps[step].id ? def->steps[step].id : "";
}

//  Find all that has ended when a step begins, however far back
static void
s_find_past (zp_saga_def_t *def)
{
    bool more = true;
    for (size_t i = 0; i < def->count; i++)
        def->steps[i].past = def->steps[i].after;
    while (more) {
        more = false;
        for (size_t i = 0; i < def->count; i++) {
            zp_saga_steps_t past = def->steps[i].past;
            for (zp_saga_steps_t left = past; left; left &= left - 1)
                past |= def->steps[zp_saga_steps_first (left)].past;
            more = more || past != def->steps[i].past;
            def->steps[i].past = past;
        }
    }
}

//  True if there is none that waits for itself, or for such a one
static bool
s_check_cycles (zp_saga_reader_t *self)
{
    zp_saga_def_t *def = self->def;
    zp_saga_steps_t cycle = 0;
    for (size_t i = 0; i < def->count; i++)
        if (def->steps[i].past & zp_saga_step_bit (i))
            cycle |= zp_saga_step_bit (i);
    for (self->number = 0; self->number < def->count; self->number++) {
        zp_saga_steps_t waits = def->steps[self->number].past & cycle;
        if (cycle & zp_saga_step_bit (self->number))
            zp_json_doc_wrong (self->doc, zp_saga_step_at (self, "/after"),
                               "so the step would wait for itself");
        else if (waits)
            zp_json_doc_wrong (self->doc, zp_saga_step_at (self, "/after"),
                               "so the step never begins: \"%s\" waits for "
                               "itself",
                               s_id (def, zp_saga_steps_first (waits)));
    }
    return !cycle;
}

static void
s_check_pivots (zp_saga_reader_t *self)
{
    int pivot = -1;
    for (self->number = 0; self->number < self->def->count; self->number++) {
        if (self->def->steps[self->number].kind != ZP_SAGA_PIVOT)
            continue;
        if (pivot >= 0)
            zp_json_doc_wrong (self->doc, zp_saga_step_at (self, "/kind"),
                               "there is a pivot already, \"%s\"",
                               s_id (self->def, pivot));
        else
            pivot = (int) self->number;
    }
}

//  A step must have ended before any of a later kind begins: else it might fail
//  when there is no return any more
static void
s_check_kinds (zp_saga_reader_t *self)
{
    static const char *const names[] = {[ZP_SAGA_COMPENSATABLE] =
                                            "compensatable step",
                                        [ZP_SAGA_PIVOT] = "pivot",
                                        [ZP_SAGA_RETRIABLE] = "retriable step"};
    const zp_saga_def_t *def = self->def;
    for (self->number = 0; self->number < def->count; self->number++) {
        const zp_saga_step_t *step = &def->steps[self->number];
        size_t i = 0;
        while (i < def->count &&
               (def->steps[i].kind <= step->kind ||
                (def->steps[i].past & zp_saga_step_bit (self->number))))
            i++;
        if (i < def->count)
            zp_json_doc_wrong (self->doc, zp_saga_step_at (self, "/kind"),
                               "a %s must have ended before the %s \"%s\" "
                               "begins",
                               names[step->kind], names[def->steps[i].kind],
                               s_id (def, (int) i));
    }
}

void
zp_saga_order_check (zp_saga_reader_t *self)
{
    zp_saga_def_t *def = self->def;
    for (size_t i = 0; i < def->count; i++) {
        if (def->steps[i].kind != ZP_SAGA_COMPENSATABLE)
            def->forward |= zp_saga_step_bit (i);
        if (def->steps[i].compensation)
            def->undoable |= zp_saga_step_bit (i);
    }
    s_find_past (def);
    s_check_pivots (self);
    //  What else could be said about wrong steps would be wrong as well
    if (s_check_cycles (self) && zp_json_doc_mistakes (self->doc) == 0)
        s_check_kinds (self);
}
