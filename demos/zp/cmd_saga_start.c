//  SPDX-License-Identifier: MIT
//
//  Sagas are started, and waited for.

#define _GNU_SOURCE

#include "body.h"
#include "broker.h"
#include "output.h"
#include "saga_commands.h"

#define PIECE_MS 10000  // Ask again after that: somebody may have gone

//  How a script is told how it ended
static exit_code_t
s_ended (json_t *saga, bool as_json)
{
    const char *state = json_string_value (json_object_get (saga, "state"));
    const char *reason = json_string_value (json_object_get (saga, "reason"));
    state = state ? state : "?";
    if (as_json)
        print_json (json_incref (saga));
    else
        puts (state);
    if (reason && *reason)
        say ("%s", reason);
    if (strcmp (state, "COMPLETED") == 0)
        return EXIT_OK;
    bool open =
        strcmp (state, "RUNNING") == 0 || strcmp (state, "COMPENSATING") == 0;
    return open ? EXIT_TIMEOUT : EXIT_ERROR;
}

static bool
s_is_open (json_t *saga)
{
    const char *state = json_string_value (json_object_get (saga, "state"));
    return state && (strcmp (state, "RUNNING") == 0 ||
                     strcmp (state, "COMPENSATING") == 0);
}

//  Wait until it has ended or is PARKED, or for so long; -1: for ever
static exit_code_t
s_wait_for (broker_t *broker, const args_t *args, const char *id, long wait_ms)
{
    int64_t until_ms = zclock_mono () + wait_ms;
    json_t *saga = NULL;
    exit_code_t code = EXIT_OK;
    bool more = true;
    while (more && code == EXIT_OK) {
        int64_t left_ms = wait_ms < 0 ? PIECE_MS : until_ms - zclock_mono ();
        int piece_ms = left_ms < 0          ? 0
                       : left_ms > PIECE_MS ? PIECE_MS
                                            : (int) left_ms;
        broker_call_t call = {.method = "saga.wait",
                              .name = id,
                              .options =
                                  json_pack ("{si}", "wait_ms", piece_ms),
                              .wait_ms = piece_ms};
        json_decref (saga);
        code = broker_ask (broker, &call, &saga);
        more = s_is_open (saga) && (wait_ms < 0 || zclock_mono () < until_ms);
    }
    if (code == EXIT_OK)
        code = s_ended (saga, args_has (args, "json"));
    json_decref (saga);
    return code;
}

//  On EXIT_OK the caller frees *id_p
static exit_code_t
s_begin (broker_t *broker, const args_t *args, char **id_p)
{
    const char *input = args_operand (args, 1), *id = args_text (args, "id");
    zp_span_t body;
    exit_code_t code = body_read (input ? input : "{}", &body);
    if (code != EXIT_OK)
        return code;
    broker_call_t call = {.method = "saga.start",
                          .name = args_operand (args, 0),
                          .words = {id ? id : ""},
                          .body = &body};
    code = broker_ask_text (broker, &call, id_p);
    free ((void *) body.data);
    return code;
}

static exit_code_t
s_start (broker_t *broker, const args_t *args)
{
    char *id = NULL;
    exit_code_t code = s_begin (broker, args, &id);
    bool wait = args_has (args, "wait"), json = args_has (args, "json");
    if (code == EXIT_OK && json && !wait)
        print_json (json_pack ("{so}", "id", json_text (id)));
    else if (code == EXIT_OK && !json)
        printf ("%s\n", id);
    fflush (stdout);
    if (code == EXIT_OK && wait)
        code = s_wait_for (broker, args, id, -1);
    free (id);
    return code;
}

static int
s_run_start (args_t *args)
{
    return broker_use (args, s_start);
}

static exit_code_t
s_wait (broker_t *broker, const args_t *args)
{
    return s_wait_for (broker, args, args_operand (args, 0),
                       args_number (args, "wait", -1));
}

static int
s_run_wait (args_t *args)
{
    return broker_use (args, s_wait);
}

const command_t cmd_saga_start = {
    .name = "saga start",
    .summary = "start a saga, and print its id",
    .usage = "NAME [INPUT|-|@FILE] [--id ID] [--wait]",
    .examples = "zp saga start start-premium-stream '{\"title\": 7}'\n"
                "zp saga start start-premium-stream @order.json --id order-7\n"
                "zp saga start start-premium-stream - --wait < order.json\n",
    .options = {{.name = "id",
                 .value = "ID",
                 .text = "the same id again is the same saga"},
                {.name = "wait",
                 .letter = 'w',
                 .text = "until it has ended, and print its state"},
                OPTIONS_BROKER},
    .operands = {OPERAND_DEFINITION, OPERAND_OTHER},
    .needed = 1,
    .run = s_run_start,
    .notes =
        "It is on disk when its id is printed, and goes on whatever happens.\n"
        "INPUT is JSON ({} without it); - takes it from stdin, @FILE from a\n"
        "file. The same id with another name or input is refused.\n"
        "\n"
        "With --wait the exit code is 0 if it is COMPLETED, and 1 if it is\n"
        "COMPENSATED or PARKED. Ctrl-C ends the wait, not the saga.",
};

const command_t cmd_saga_wait = {
    .name = "saga wait",
    .summary = "wait for the end of a saga, and print its state",
    .usage = "ID [--wait MS] [--json]",
    .examples = "zp saga wait order-7\n"
                "zp saga wait order-7 --wait 5000\n"
                "zp saga wait order-7 --json | jq .steps\n",
    .options = {{.name = "wait",
                 .letter = 'w',
                 .value = "MS",
                 .min = 0,
                 .max = LONG_MAX / 2,
                 .text = "at most so long (for ever)"},
                OPTIONS_BROKER},
    .operands = {OPERAND_SAGA},
    .needed = 1,
    .run = s_run_wait,
    .notes =
        "The exit code is 0 if it is COMPLETED, 1 if it is COMPENSATED or\n"
        "PARKED, and 5 if it goes on when the time is over. Ctrl-C ends the\n"
        "wait, not the saga.",
};
