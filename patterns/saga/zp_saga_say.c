//  SPDX-License-Identifier: MIT
//
//  Texts of JSON that are there already are put into others as they are. Ids
//  and names have no characters that JSON escapes.

#define _POSIX_C_SOURCE 200809L

#include "zp_saga_coordinator_private.h"

#include <inttypes.h>

#include "zp_saga_def_private.h"

static const char *const s_kinds[] = {[ZP_SAGA_COMPENSATABLE] = "compensatable",
                                      [ZP_SAGA_PIVOT] = "pivot",
                                      [ZP_SAGA_RETRIABLE] = "retriable"};

//  Where a step stands: the last that is true of it
static const char *
s_step_state (const zp_saga_view_t *view, zp_saga_steps_t bit)
{
    const struct {
        zp_saga_steps_t steps;
        const char *name;
    } states[] = {{view->undone, "undone"},   {view->stuck, "stuck"},
                  {view->undo, "undoing"},    {view->refused, "refused"},
                  {view->done, "done"},       {view->passed, "passed"},
                  {view->started, "running"}, {bit, "waiting"}};
    size_t i = 0;
    while (!(states[i].steps & bit))
        i++;
    return states[i].name;
}

static void
s_say_steps (FILE *out, const zp_saga_t *saga, const zp_saga_view_t *view)
{
    for (size_t i = 0; view->def && i < view->def->count; i++) {
        const zp_saga_step_t *step = &view->def->steps[i];
        zp_saga_steps_t bit = zp_saga_step_bit (i);
        fprintf (out,
                 "%s{\"id\":\"%s\",\"kind\":\"%s\",\"state\":\"%s\","
                 "\"attempts\":%d",
                 i ? "," : "", step->id, s_kinds[step->kind],
                 s_step_state (view, bit), zp_saga_attempts (saga, (int) i));
        if (view->done & bit)
            fprintf (out, ",\"result\":%s", zp_saga_result (saga, (int) i));
        putc ('}', out);
    }
}

//  Printable ASCII as a string
static void
s_say_line (FILE *out, const char *line)
{
    putc ('"', out);
    for (; *line; line++) {
        if (*line == '"' || *line == '\\')
            putc ('\\', out);
        putc (*line, out);
    }
    putc ('"', out);
}

void
zp_saga_say (FILE *out, const zp_saga_t *saga, bool full)
{
    zp_saga_view_t view;
    zp_saga_view (saga, &view);
    fprintf (out,
             "{\"id\":\"%s\",\"saga\":\"%s\",\"version\":%" PRId64
             ",\"state\":\"%s\",\"begun_ms\":%" PRId64
             ",\"changed_ms\":%" PRId64 ",\"reason\":",
             view.id, view.name, view.def ? view.def->version : 0,
             zp_saga_state_name (view.state), view.begun_ms, view.changed_ms);
    s_say_line (out, view.reason);
    if (full) {
        fprintf (out, ",\"input\":%s,\"steps\":[", view.input);
        s_say_steps (out, saga, &view);
        putc (']', out);
    }
}

char *
zp_saga_say_full (const zp_saga_t *saga)
{
    zp_saga_text_t text;
    zp_saga_text_open (&text);
    zp_saga_say (text.out, saga, true);
    putc ('}', text.out);
    return zp_saga_text_close (&text);
}

char *
zp_saga_say_results (const zp_saga_t *saga)
{
    zp_saga_view_t view;
    zp_saga_view (saga, &view);
    zp_saga_text_t text;
    zp_saga_text_open (&text);
    putc ('{', text.out);
    const char *comma = "";
    for (size_t i = 0; view.def && i < view.def->count; i++)
        if (view.done & zp_saga_step_bit (i)) {
            fprintf (text.out, "%s\"%s\":%s", comma, view.def->steps[i].id,
                     zp_saga_result (saga, (int) i));
            comma = ",";
        }
    putc ('}', text.out);
    return zp_saga_text_close (&text);
}

void
zp_saga_text_open (zp_saga_text_t *self)
{
    self->out = open_memstream (&self->text, &self->size);
    assert (self->out);
}

char *
zp_saga_text_close (zp_saga_text_t *self)
{
    int failed = fclose (self->out);
    assert (!failed);
    return self->text;
}
