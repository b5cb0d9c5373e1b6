//  SPDX-License-Identifier: MIT
//
//  A step that is a saga is played here, as a service would: its saga is
//  started under an id made of the step's key, and its end is the answer. The
//  core asks again after a restart, or now and then.
//
//      the child               an action is          a compensation is
//      ----------------------  --------------------  --------------------------
//      is not there, or is     started, or refused   done: there is nothing
//      not this one's
//      RUNNING                 ongoing               ongoing, and it is aborted
//      COMPENSATING, PARKED    ongoing               ongoing
//      COMPENSATED             refused               done
//      COMPLETED               done                  another saga, that undoes
//                                                    it; what ends as COMPLETED
//                                                    is done, else refused

#define _POSIX_C_SOURCE 200809L

#include "zp_saga_coordinator_private.h"

#include "zp_saga_reply.h"
#include "zp_saga_table.h"

#define ASK_AFTER_MS 60000  // In case nobody tells; whoever ends does tell

static zp_span_t
s_span (const char *text)
{
    return (zp_span_t){text, strlen (text)};
}

//  The id of the saga for a key: as it is, or, if that is too long, its
//  beginning and a hash of it
static void
s_id (char id[ZP_SAGA_ID_MAX + 1], const char *key, const char *suffix)
{
    char all[ZP_SAGA_KEY_MAX + 8];
    int size = snprintf (all, sizeof all, "%s%s", key, suffix);
    uint64_t hash = zp_saga_hash (s_span (all));
    for (char *at = all; *at; at++)
        if (*at == '/')
            *at = '.';
    if (size <= ZP_SAGA_ID_MAX)
        strcpy (id, all);
    else
        snprintf (id, ZP_SAGA_ID_MAX + 1, "%.*s.%016llx", ZP_SAGA_ID_MAX - 17,
                  all, (unsigned long long) hash);
}

//  The saga for a key; NULL: there is none, or it was started by somebody else.
//  Of one that can't be read nobody knows whose it is.
static const zp_saga_t *
s_find (const zp_saga_coordinator_t *self, const char *key, const char *suffix)
{
    char id[ZP_SAGA_ID_MAX + 1];
    s_id (id, key, suffix);
    const zp_saga_t *saga = zp_saga_core_find (self->core, s_span (id));
    zp_saga_view_t view;
    if (saga)
        zp_saga_view (saga, &view);
    return saga && (view.broken || streq (view.parent, key)) ? saga : NULL;
}

static void
s_answer (zp_saga_coordinator_t *self, const char *key, zp_saga_verb_t verb,
          int attempt, const zp_saga_reply_t *reply)
{
    zp_saga_core_reply (self->core, s_span (key), verb, attempt, reply,
                        zp_saga_coordinator_now (self));
}

//  What an ended saga means for the step that it is; ONGOING: it has not ended
static zp_saga_outcome_t
s_outcome (const zp_saga_t *saga, zp_saga_view_t *view)
{
    zp_saga_view (saga, view);
    if (view->state == ZP_SAGA_COMPLETED)
        return ZP_SAGA_DONE;
    if (view->state == ZP_SAGA_COMPENSATED)
        return ZP_SAGA_REFUSED;
    return ZP_SAGA_ONGOING;
}

//  Answer for a saga as it stands, and if it goes on when it ends
static void
s_answer_for (zp_saga_coordinator_t *self, const zp_saga_t *saga,
              const char *key, zp_saga_verb_t verb, int attempt)
{
    zp_saga_view_t view;
    zp_saga_reply_t reply = {.outcome = s_outcome (saga, &view),
                             .after_ms = ASK_AFTER_MS,
                             .code = s_span (zp_saga_state_name (view.state)),
                             .text = s_span (view.reason)};
    char *result = NULL;
    if (reply.outcome == ZP_SAGA_DONE) {
        result = zp_saga_say_results (saga);
        reply.result = s_span (result);
    }
    s_answer (self, key, verb, attempt, &reply);
    if (reply.outcome == ZP_SAGA_ONGOING)
        zp_saga_watch_step (self, saga, key, verb);
    free (result);
}

//  Start a saga for a step, if it is not there. What can't be started has done
//  nothing: refused
static void
s_start (zp_saga_coordinator_t *self, const char *name, const char *suffix,
         const char *input, const char *key, zp_saga_verb_t verb, int attempt)
{
    char id[ZP_SAGA_ID_MAX + 1];
    s_id (id, key, suffix);
    const zp_saga_t *saga = s_find (self, key, suffix);
    zp_status_t status =
        saga ? ZP_OK
             : zp_saga_core_start_step (self->core, s_span (key), s_span (name),
                                        s_span (id), s_span (input),
                                        zp_saga_coordinator_now (self));
    zp_saga_reply_t reply = {.outcome = ZP_SAGA_REFUSED,
                             .code = s_span (zp_status_name (status)),
                             .text = s_span (zp_saga_core_error (self->core)),
                             .status = status};
    if (status == ZP_RESOURCE_EXHAUSTED)
        reply.outcome = ZP_SAGA_LOST;  // Later there may be room
    if (status == ZP_OK) {
        zp_span_t parent = {key, strcspn (key, "/")};
        saga = zp_saga_core_find (self->core, s_span (id));
        zp_saga_coordinator_join (
            saga, zp_saga_coordinator_trace (
                      zp_saga_core_find (self->core, parent), key));
        s_answer_for (self, saga, key, verb, attempt);
    }
    else
        s_answer (self, key, verb, attempt, &reply);
}

//  The input of the saga that undoes a child; the caller frees it
static char *
s_undo_input (const zp_saga_t *child)
{
    zp_saga_view_t view;
    zp_saga_view (child, &view);
    char *result = zp_saga_say_results (child);
    zp_saga_text_t text;
    zp_saga_text_open (&text);
    fprintf (text.out, "{\"input\":%s,\"result\":%s}", view.input, result);
    free (result);
    return zp_saga_text_close (&text);
}

//  Undo a child, if it is there
static void
s_undo (zp_saga_coordinator_t *self, const zp_saga_step_t *step,
        const char *key, int attempt)
{
    const zp_saga_t *child = s_find (self, key, "");
    zp_saga_view_t view;
    zp_saga_outcome_t outcome =
        child ? s_outcome (child, &view) : ZP_SAGA_REFUSED;
    if (outcome == ZP_SAGA_REFUSED) {
        zp_saga_reply_t nothing = {.outcome = ZP_SAGA_DONE,
                                   .result = s_span ("null")};
        s_answer (self, key, ZP_SAGA_COMPENSATE, attempt, &nothing);
    }
    else if (outcome == ZP_SAGA_DONE) {
        char *input = s_undo_input (child);
        s_start (self, step->compensation, ".undo", input, key,
                 ZP_SAGA_COMPENSATE, attempt);
        free (input);
    }
    else {
        zp_saga_reply_t ongoing = {.outcome = ZP_SAGA_ONGOING,
                                   .after_ms = ASK_AFTER_MS};
        zp_saga_core_order (self->core, s_span (view.id), ZP_SAGA_ABORT,
                            s_span (""), s_span ("coordinator"),
                            s_span ("the saga that it is a step of is undone"),
                            zp_saga_coordinator_now (self));
        s_answer (self, key, ZP_SAGA_COMPENSATE, attempt, &ongoing);
        zp_saga_watch_step (self, child, key, ZP_SAGA_COMPENSATE);
    }
}

void
zp_saga_nested_send (zp_saga_coordinator_t *self,
                     const zp_saga_command_t *command)
{
    //  The command's texts are gone with the next call of the core
    const zp_saga_step_t *step = command->step;
    char key[ZP_SAGA_KEY_MAX + 1];
    snprintf (key, sizeof key, "%s", command->key);
    char *input = strdup (command->input);
    assert (input);
    if (command->verb == ZP_SAGA_COMPENSATE)
        s_undo (self, step, key, command->attempt);
    else
        s_start (self, step->saga, "", input, key, ZP_SAGA_ACTION,
                 command->attempt);
    free (input);
}

void
zp_saga_nested_ended (zp_saga_coordinator_t *self, const char *key,
                      zp_saga_verb_t verb)
{
    const zp_saga_t *child = s_find (self, key, "");
    if (verb == ZP_SAGA_ACTION) {
        s_answer_for (self, child, key, verb, 0);
        return;
    }
    const char *slash = strchr (key, '/');
    zp_span_t id = {key, (size_t) (slash - key)};
    const zp_saga_t *parent = zp_saga_core_find (self->core, id);
    zp_saga_view_t view = {.state = ZP_SAGA_COMPLETED};
    if (parent)
        zp_saga_view (parent, &view);
    //  An operator can close it, and what is PARKED asks when it goes on
    if (view.state != ZP_SAGA_COMPENSATING)
        return;
    int number = zp_saga_def_find (view.def, s_span (slash + 1));
    s_undo (self, &view.def->steps[number], key, 0);
}
