//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include <limits.h>

#include "args.h"
#include "body.h"
#include "caller.h"
#include "commands.h"
#include "constellation.h"
#include "output.h"
#include "zp_similar.h"

#define TIMEOUT_MS 5000
#define ASK_MS     1000  // For zp.info

//  What prints a reply needs to know
typedef struct printer {
    bool as_json;   // All at the end, as one object
    bool several;   // The reply comes in pieces
    json_t *parts;  // What came, for that object
} printer_t;

static void
s_on_reply (void *arg, const zp_reply_t *reply)
{
    printer_t *self = arg;
    self->several = self->several || reply->more || reply->count > 1;
    for (size_t i = 0; i < reply->count; i++) {
        const zp_span_t *part = &reply->parts[i];
        if (self->as_json)
            json_array_append_new (self->parts, body_to_json (part));
        //  The end of a streamed reply is often empty
        else if (part->size > 0 || !self->several)
            body_print (part, self->several);
    }
    fflush (stdout);
}

//  A method's name does not outlive the question, so the best one is copied
typedef struct guess {
    zp_similar_t similar;
    char best[256];
} guess_t;

static void
s_try_method (void *arg, const char *method)
{
    guess_t *guess = arg;
    zp_similar_try (&guess->similar, method);
    if (guess->similar.best == method) {
        snprintf (guess->best, sizeof guess->best, "%s", method);
        guess->similar.best = guess->best;
    }
}

//  Say which method may have been meant, by asking the server for its methods
static void
s_suggest_method (caller_t *caller, const char *method)
{
    guess_t guess = {.similar.word = method};
    bool said = caller_try_methods (caller, ASK_MS, s_try_method, &guess);
    if (guess.similar.best)
        say_hint_meant ("%s", guess.best);
    else if (said)
        say_hint ("its method zp.info, which lists the others");
}

static void
s_explain (caller_t *caller, const args_t *args, const outcome_t *outcome)
{
    const char *target = args_operand (args, 0);
    if (outcome->interrupted || outcome->status == ZP_OK)
        return;
    if (outcome->nobody) {
        say_error ("%s: nobody answers there", target);
        say_hint ("zp ps, or zp up TOPOLOGY");
        return;
    }
    say_error ("%s: %s", zp_status_name (outcome->status), outcome->text);
    if (outcome->status == ZP_UNIMPLEMENTED)
        s_suggest_method (caller, args_operand (args, 1));
    else if (outcome->status == ZP_DEADLINE_EXCEEDED)
        say_hint ("--timeout MS for longer; zp ps shows if it answers at all");
}

static void
s_print_outcome (const outcome_t *outcome, json_t *parts)
{
    json_t *json = json_object ();
    json_object_set_new (json, "status",
                         json_text (zp_status_name (outcome->status)));
    if (outcome->status != ZP_OK)
        json_object_set_new (json, "text", json_text (outcome->text));
    json_object_set_new (json, "attempts", json_integer (outcome->attempts));
    json_object_set_new (json, "elapsed_ms",
                         json_integer (outcome->elapsed_ms));
    json_object_set_new (json, "parts", parts);
    print_json (json);
}

static int
s_call (const args_t *args, const char *endpoint, const zp_span_t *body)
{
    caller_t *caller = caller_new (endpoint, args_operand (args, 0));
    if (!caller)
        return EXIT_USAGE;
    if (!strstr (args_operand (args, 0), "://"))
        caller_greet (caller);  // What zp up started answers to that
    printer_t printer = {.as_json = args_has (args, "json"),
                         .parts = json_array ()};
    zp_call_t call = {.method = args_operand (args, 1),
                      .args = body,
                      .count = body ? 1 : 0,
                      .timeout_ms =
                          (int) args_number (args, "timeout", TIMEOUT_MS),
                      .once = args_has (args, "once"),
                      .fn = s_on_reply,
                      .arg = &printer};
    outcome_t outcome;
    caller_call (caller, &call, &outcome);
    if (printer.as_json)
        s_print_outcome (&outcome, json_incref (printer.parts));
    s_explain (caller, args, &outcome);
    int result = outcome_exit_code (&outcome);
    json_decref (printer.parts);
    outcome_term (&outcome);
    caller_destroy (&caller);
    return result;
}

static int
s_run (args_t *args)
{
    const char *target = args_operand (args, 0);
    zp_span_t body = {NULL, 0};
    int result = body_read (args_operand (args, 2), &body);
    if (result != EXIT_OK)
        return result;
    char *endpoint = NULL;
    if (strstr (target, "://"))
        endpoint = strdup (target);
    else
        result = constellation_endpoint (args_text (args, "name"), target,
                                         &endpoint);
    if (result == EXIT_OK)
        result = s_call (args, endpoint, args_operand (args, 2) ? &body : NULL);
    free (endpoint);
    free ((void *) body.data);
    return result;
}

const command_t cmd_call = {
    .name = "call",
    .summary = "call a method of a service, and print the reply",
    .usage = "SERVICE|ENDPOINT METHOD [BODY|-|@FILE] [--timeout MS]",
    .examples = "zp call catalog catalog.search '{\"genre\": \"horror\"}'\n"
                "zp call catalog zp.info\n"
                "zp call tcp://127.0.0.1:5555 echo hello\n"
                "date | zp call catalog echo -\n"
                "zp call catalog echo @photo.jpg > copy.jpg\n"
                "zp call catalog zp.stats --json | jq .elapsed_ms\n",
    .options = {{.name = "timeout",
                 .letter = 't',
                 .value = "MS",
                 .min = 1,
                 .max = INT_MAX,
                 .text = "how long to wait, all attempts together (5000)"},
                {.name = "once",
                 .text = "not idempotent: do not send it a second time"},
                OPTION_NAME,
                {.name = "json",
                 .text =
                     "print status, attempts, elapsed_ms and parts as JSON"}},
    .operands = {OPERAND_SERVICE, OPERAND_METHOD, OPERAND_OTHER},
    .needed = 2,
    .run = s_run,
    .notes = "BODY is the method's one argument, byte for byte; - takes it\n"
             "from stdin, @FILE from a file, and @@TEXT stands for @TEXT.\n"
             "Without BODY the call has no argument.\n"
             "\n"
             "A reply is printed as it is; on a terminal JSON is indented. Of\n"
             "a reply in several parts each is printed as it comes, on a line\n"
             "of its own. With --json parts that are JSON are shown as that,\n"
             "other text as a string, and other bytes as {\"base64\": ...}.\n"
             "\n"
             "An error is said on stderr: its code, and a text. Ctrl-C\n"
             "cancels the call, and tells the service so.",
};
