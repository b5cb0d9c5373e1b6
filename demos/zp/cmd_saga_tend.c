//  SPDX-License-Identifier: MIT
//
//  What is done to a saga by a person or another program

#define _GNU_SOURCE

#include <pwd.h>

#include "body.h"
#include "broker.h"
#include "confirm.h"
#include "saga_commands.h"

//  Make the call, and tell which state the saga is in then
static exit_code_t
s_call (broker_t *broker, const args_t *args, broker_call_t *call)
{
    char *state;
    call->name = args_operand (args, 0);
    exit_code_t code = broker_ask_text (broker, call, &state);
    if (code == EXIT_OK && args_has (args, "json"))
        print_json (json_pack ("{ss, so}", "id", call->name, "state",
                               json_text (state)));
    else if (code == EXIT_OK)
        say ("%s is %s", call->name, state);
    free (state);
    return code;
}

static exit_code_t
s_signal (broker_t *broker, const args_t *args)
{
    zp_span_t value;
    exit_code_t code = body_read (args_operand (args, 2), &value);
    if (code != EXIT_OK)
        return code;
    broker_call_t call = {.method = "saga.signal",
                          .words = {args_operand (args, 1)},
                          .body = value.data ? &value : NULL};
    code = s_call (broker, args, &call);
    free ((void *) value.data);
    return code;
}

static int
s_run_signal (args_t *args)
{
    return broker_use (args, s_signal);
}

//  Who gives the order: as typed, or the name of the user
static const char *
s_who (const args_t *args)
{
    const char *who = args_text (args, "who");
    const struct passwd *user = who ? NULL : getpwuid (geteuid ());
    return who ? who : user ? user->pw_name : "somebody";
}

//  Let fn give an order, if it is said why
static int
s_run (args_t *args, broker_fn *fn)
{
    const char *why = args_text (args, "why");
    if (why && *why)
        return broker_use (args, fn);
    say_error ("zp %s: say why; it is kept with the saga", args->command->name);
    say_hint ("--why 'the licence service is back'");
    return EXIT_USAGE;
}

static exit_code_t
s_order (broker_t *broker, const args_t *args, const char *method,
         const char *step)
{
    broker_call_t call = {
        .method = method,
        .words = {s_who (args), args_text (args, "why"), step}};
    return s_call (broker, args, &call);
}

static exit_code_t
s_retry (broker_t *broker, const args_t *args)
{
    return s_order (broker, args, "saga.retry", NULL);
}

static int
s_run_retry (args_t *args)
{
    return s_run (args, s_retry);
}

static exit_code_t
s_abort (broker_t *broker, const args_t *args)
{
    return s_order (broker, args, "saga.abort", NULL);
}

static int
s_run_abort (args_t *args)
{
    return s_run (args, s_abort);
}

//  If somebody is to be asked, tell him how the saga stands, and return it;
//  the caller owns the reference. Else *saga_p is NULL.
static exit_code_t
s_look (broker_t *broker, const args_t *args, json_t **saga_p)
{
    *saga_p = NULL;
    if (args_has (args, "yes"))
        return EXIT_OK;
    broker_call_t call = {.method = "saga.show",
                          .name = args_operand (args, 0)};
    exit_code_t code = broker_ask (broker, &call, saga_p);
    const char *state = json_string_value (json_object_get (*saga_p, "state"));
    const char *reason =
        json_string_value (json_object_get (*saga_p, "reason"));
    if (state && reason)
        say ("%s is %s%s%s", call.name, state, *reason ? ": " : "", reason);
    return code;
}

//  The first step that does not work, or NULL
static const char *
s_stuck (json_t *saga)
{
    size_t number;
    json_t *step;
    json_array_foreach (json_object_get (saga, "steps"), number, step)
    {
        const char *state = json_string_value (json_object_get (step, "state"));
        if (state && strcmp (state, "stuck") == 0)
            return json_string_value (json_object_get (step, "id"));
    }
    return NULL;
}

static exit_code_t
s_skip (broker_t *broker, const args_t *args)
{
    json_t *saga;
    exit_code_t code = s_look (broker, args, &saga);
    //  Just the one that was asked about: meanwhile it may be another
    const char *step = args_operand (args, 1);
    step = step ? step : s_stuck (saga);
    if (code == EXIT_OK)
        code = confirm (args, "was %s of %s done, or undone, by hand",
                        step ? step : "the step", args_operand (args, 0));
    if (code == EXIT_OK)
        code = s_order (broker, args, "saga.skip", step);
    json_decref (saga);
    return code;
}

static int
s_run_skip (args_t *args)
{
    return s_run (args, s_skip);
}

static exit_code_t
s_complete (broker_t *broker, const args_t *args)
{
    json_t *saga;
    exit_code_t code = s_look (broker, args, &saga);
    json_decref (saga);
    if (code == EXIT_OK)
        code = confirm (args, "was all that is left of %s done by hand",
                        args_operand (args, 0));
    return code == EXIT_OK ? s_order (broker, args, "saga.complete", NULL)
                           : code;
}

static int
s_run_complete (args_t *args)
{
    return s_run (args, s_complete);
}

#define OPTIONS_ORDER                                                          \
    {.name = "why",                                                            \
     .letter = 'w',                                                            \
     .value = "TEXT",                                                          \
     .text = "needed, and kept with the saga"},                                \
    {                                                                          \
        .name = "who", .value = "NAME",                                        \
        .text = "who gives the order (the user's name)"                        \
    }

const command_t cmd_saga_signal = {
    .name = "saga signal",
    .summary = "send a saga the signal that a step of it waits for",
    .usage = "ID SIGNAL [VALUE|-|@FILE]",
    .examples = "zp saga signal order-7 approved\n"
                "zp saga signal order-7 approved '{\"by\": \"ada\"}'\n",
    .options = {OPTIONS_BROKER},
    .operands = {OPERAND_SAGA, OPERAND_OTHER, OPERAND_OTHER},
    .needed = 2,
    .run = s_run_signal,
    .notes = "VALUE is JSON, and becomes the result of the step; - takes it\n"
             "from stdin, @FILE from a file. It may come before the step\n"
             "begins; the first signal of a name counts.",
};

const command_t cmd_saga_retry = {
    .name = "saga retry",
    .summary = "let a parked saga try again what did not work",
    .usage = "ID --why TEXT [--who NAME]",
    .examples = "zp saga retry order-7 --why 'the licence service is back'\n",
    .options = {OPTIONS_ORDER, OPTIONS_BROKER},
    .operands = {OPERAND_SAGA},
    .needed = 1,
    .run = s_run_retry,
    .notes = "All attempts are there again. It does no harm: each service is\n"
             "asked under the same key, and does nothing twice.",
};

const command_t cmd_saga_skip = {
    .name = "saga skip",
    .summary = "say that a step of a parked saga was done, or undone, by hand",
    .usage = "ID [STEP] --why TEXT [--who NAME] [--yes]",
    .examples = "zp saga skip order-7 --why 'refunded by hand, see #12'\n"
                "zp saga skip order-7 release --why 'seat was freed' --yes\n",
    .options = {OPTIONS_ORDER, OPTION_YES, OPTIONS_BROKER},
    .operands = {OPERAND_SAGA, OPERAND_OTHER},
    .needed = 1,
    .run = s_run_skip,
    .notes = "The saga then goes on, or further back, and nobody looks again\n"
             "whether that is true: so it asks first. STEP is needed if\n"
             "several do not work.",
};

const command_t cmd_saga_abort = {
    .name = "saga abort",
    .summary = "undo all that a running saga has done",
    .usage = "ID --why TEXT [--who NAME]",
    .examples = "zp saga abort order-7 --why 'the customer called'\n",
    .options = {OPTIONS_ORDER, OPTIONS_BROKER},
    .operands = {OPERAND_SAGA},
    .needed = 1,
    .run = s_run_abort,
    .notes = "Only before its point of no return.",
};

const command_t cmd_saga_complete = {
    .name = "saga complete",
    .summary = "say that all that is left of a parked saga was done by hand",
    .usage = "ID --why TEXT [--who NAME] [--yes]",
    .examples = "zp saga complete order-7 --why 'settled by phone'\n",
    .options = {OPTIONS_ORDER, OPTION_YES, OPTIONS_BROKER},
    .operands = {OPERAND_SAGA},
    .needed = 1,
    .run = s_run_complete,
    .notes = "It ends as COMPENSATED if it was being undone, and otherwise as\n"
             "COMPLETED. Nobody looks again whether that is true: so it asks\n"
             "first.",
};
