//  SPDX-License-Identifier: MIT

#include "zp_saga_coordinator_private.h"

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

static json_t *
s_json (const char *text)
{
    json_t *json = json_loads (text, JSON_DECODE_ANY, NULL);
    return json ? json : json_null ();
}

static json_t *
s_steps (const zp_saga_t *saga, const zp_saga_view_t *view)
{
    json_t *list = json_array ();
    for (size_t i = 0; view->def && i < view->def->count; i++) {
        const zp_saga_step_t *step = &view->def->steps[i];
        json_t *said = json_pack ("{ss, ss, ss, si}", "id", step->id, "kind",
                                  s_kinds[step->kind], "state",
                                  s_step_state (view, zp_saga_step_bit (i)),
                                  "attempts", zp_saga_attempts (saga, (int) i));
        if (view->done & zp_saga_step_bit (i))
            json_object_set_new (said, "result",
                                 s_json (zp_saga_result (saga, (int) i)));
        json_array_append_new (list, said);
    }
    return list;
}

json_t *
zp_saga_say (const zp_saga_t *saga, bool full)
{
    zp_saga_view_t view;
    zp_saga_view (saga, &view);
    json_t *said = json_pack (
        "{ss, ss, sI, ss, ss, sI, sI}", "id", view.id, "saga", view.name,
        "version", (json_int_t) (view.def ? view.def->version : 0), "state",
        zp_saga_state_name (view.state), "reason", view.reason, "begun_ms",
        (json_int_t) view.begun_ms, "changed_ms", (json_int_t) view.changed_ms);
    if (full) {
        json_object_set_new (said, "input", s_json (view.input));
        json_object_set_new (said, "steps", s_steps (saga, &view));
    }
    return said;
}

json_t *
zp_saga_say_results (const zp_saga_t *saga)
{
    zp_saga_view_t view;
    zp_saga_view (saga, &view);
    json_t *results = json_object ();
    for (size_t i = 0; view.def && i < view.def->count; i++)
        if (view.done & zp_saga_step_bit (i))
            json_object_set_new (results, view.def->steps[i].id,
                                 s_json (zp_saga_result (saga, (int) i)));
    return results;
}

char *
zp_saga_say_text (json_t *json)
{
    char *text = json_dumps (json, JSON_COMPACT | JSON_ENCODE_ANY);
    assert (text);
    json_decref (json);
    return text;
}
