//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "stage_ask.h"

#include "constellation.h"
#include "member.h"
#include "output.h"
#include "stage_call.h"
#include "stage_json.h"

//  A call that is made
typedef struct asked {
    const stage_ask_call_t *wanted;  // What somebody wants
    json_t *reply;                   // What came
} asked_t;

static void
s_on_reply (void *arg, const zp_reply_t *reply)
{
    asked_t *self = arg;
    json_t *json = stage_reply_json (reply);
    if (reply->more && json && self->wanted->fn)
        self->wanted->fn (self->wanted->arg, json);
    if (reply->more)
        json_decref (json);
    else
        self->reply = json;
}

static exit_code_t
s_failed (const stage_ask_call_t *call, const outcome_t *outcome)
{
    exit_code_t code = outcome->status == ZP_NOT_FOUND
                           ? EXIT_NOT_FOUND
                           : outcome_exit_code (outcome);
    if (code == EXIT_INTERRUPTED)
        return code;
    say_error ("%s", *outcome->text ? outcome->text
                                    : zp_status_name (outcome->status));
    if (code == EXIT_NOT_RUNNING)
        say_hint ("zp ps; zp logs %s", call->service);
    return code;
}

exit_code_t
stage_ask (const args_t *args, const stage_ask_call_t *wanted, json_t **reply_p)
{
    char *endpoint, *text = stage_dump (wanted->body);
    *reply_p = NULL;
    exit_code_t code = constellation_endpoint (args_text (args, "name"),
                                               wanted->service, &endpoint);
    if (code == EXIT_OK) {
        caller_t *caller = caller_new (endpoint, wanted->service);
        asked_t asked = {.wanted = wanted};
        zp_span_t body = {text, strlen (text)};
        zp_call_t call = {.method = wanted->method,
                          .args = &body,
                          .count = 1,
                          .timeout_ms = wanted->timeout_ms,
                          .fn = s_on_reply,
                          .arg = &asked,
                          .once = true};
        outcome_t outcome;
        if (wanted->fn)
            caller_greet (caller);
        caller_call (caller, &call, &outcome);
        *reply_p = asked.reply;
        if (outcome.status != ZP_OK)
            code = s_failed (wanted, &outcome);
        else if (!*reply_p) {
            say_error ("%s does not make sense", wanted->service);
            code = EXIT_ERROR;
        }
        outcome_term (&outcome);
        caller_destroy (&caller);
    }
    free (endpoint);
    free (text);
    return code;
}

json_t *
stage_ask_scene (const json_t *state, const char *name)
{
    return member_find (json_object_get (state, "scenes"), "name", name);
}
