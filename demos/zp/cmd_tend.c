//  SPDX-License-Identifier: MIT
//
//  What is done with single services: kill, pause, resume, stop, start, scale

#define _POSIX_C_SOURCE 200809L

#include "args.h"
#include "commands.h"
#include "constellation.h"
#include "output.h"
#include "service.h"
#include "zp_number.h"

//  What a method takes, made of an operand; NULL, and said, if that is wrong
typedef json_t *(make_fn) (const args_t *args, const char *operand);

static void
s_say (json_t *reply)
{
    const char *name = json_string_value (json_object_get (reply, "name"));
    const char *state = json_string_value (json_object_get (reply, "state"));
    const char *how = json_string_value (json_object_get (reply, "how"));
    if (name && state && how)
        say_mark (service_state_colour (state), state, "%-15s %s", name, how);
    else if (name && state)
        say_mark (service_state_colour (state), state, "%s", name);
    else if (json_object_get (reply, "max"))
        say_mark (GREEN, "scaled", "%-15s %d of %d",
                  json_string_value (json_object_get (reply, "service")),
                  (int) json_integer_value (json_object_get (reply, "now")),
                  (int) json_integer_value (json_object_get (reply, "max")));
}

//  Call the method for one operand. *done gets what the supervisor has replied.
static exit_code_t
s_tend_one (const args_t *args, const char *name, const char *method,
            json_t *what, json_t *done)
{
    json_t *reply;
    exit_code_t code = constellation_do (name, method, what, &reply);
    if (code != EXIT_OK)
        return code;
    if (!args_has (args, "json"))
        s_say (reply);
    json_array_append_new (done, reply);
    return EXIT_OK;
}

//  Call the method for each operand, whatever becomes of the others. Returns
//  how the first has failed that did.
static int
s_tend (const args_t *args, const char *method, make_fn *make)
{
    char *name;
    int result = constellation_find (args_text (args, "name"), &name);
    if (result != EXIT_OK)
        return result;
    json_t *done = json_array ();
    const char *operand;
    for (int i = 0;
         (operand = args_operand (args, i)) && result != EXIT_INTERRUPTED;
         i++) {
        json_t *what = make (args, operand);
        int code =
            what ? s_tend_one (args, name, method, what, done) : EXIT_USAGE;
        result = result == EXIT_OK || code == EXIT_INTERRUPTED ? code : result;
    }
    if (args_has (args, "json"))
        print_json (json_incref (done));
    json_decref (done);
    free (name);
    return result;
}

static json_t *
s_make (const args_t *args, const char *operand)
{
    (void) args;
    return json_pack ("{s:o}", "service", json_text (operand));
}

static json_t *
s_make_kill (const args_t *args, const char *operand)
{
    const char *signal = args_text (args, "signal");
    return json_pack ("{s:o,s:s}", "service", json_text (operand), "signal",
                      signal ? signal : "KILL");
}

//  SERVICE=N
static json_t *
s_make_scale (const args_t *args, const char *operand)
{
    (void) args;
    const char *equals = strrchr (operand, '=');
    const char *at = equals ? equals + 1 : "", *end = at + strlen (at);
    uint64_t to;
    if (!zp_number_read (&to, &at, end, INT32_MAX) || at != end) {
        say_error ("zp scale takes SERVICE=N, not '%s'", operand);
        say_hint ("zp scale support=4");
        return NULL;
    }
    char *service = strndup (operand, (size_t) (equals - operand));
    json_t *what = json_pack ("{s:o,s:I}", "service", json_text (service), "to",
                              (json_int_t) to);
    free (service);
    return what;
}

static int
s_run_kill (args_t *args)
{
    return s_tend (args, "up.kill", s_make_kill);
}

static int
s_run_pause (args_t *args)
{
    return s_tend (args, "up.pause", s_make);
}

static int
s_run_resume (args_t *args)
{
    return s_tend (args, "up.resume", s_make);
}

static int
s_run_stop (args_t *args)
{
    return s_tend (args, "up.stop", s_make);
}

static int
s_run_start (args_t *args)
{
    return s_tend (args, "up.start", s_make);
}

static int
s_run_scale (args_t *args)
{
    return s_tend (args, "up.scale", s_make_scale);
}

const command_t cmd_kill = {
    .name = "kill",
    .summary = "kill services, as a crash would; they stay dead",
    .usage = "SERVICE... [--signal NAME]",
    .examples = "zp kill profiles\n"
                "zp kill profiles --signal SEGV\n"
                "zp kill delivery-1 delivery-2\n",
    .options = {{.name = "signal",
                 .letter = 's',
                 .value = "NAME",
                 .choices = (const char *const[]){"KILL", "TERM", "INT", "QUIT",
                                                  "HUP", "ABRT", "SEGV", NULL},
                 .text = "KILL, TERM, INT, QUIT, HUP, ABRT or SEGV (KILL)"},
                OPTION_NAME,
                OPTION_JSON},
    .operands = {OPERAND_SERVICE},
    .needed = 1,
    .many = true,
    .run = s_run_kill,
    .notes =
        "Its whole process group gets the signal. Returns when the process\n"
        "is gone; one that does not end within its stop_ms is killed.\n"
        "zp start starts it again.",
};

const command_t cmd_pause = {
    .name = "pause",
    .summary = "let services stand still, as if their machine hung",
    .usage = "SERVICE...",
    .examples = "zp pause recommendations\n"
                "zp pause edge-1 edge-2\n",
    .options = {OPTION_NAME, OPTION_JSON},
    .operands = {OPERAND_SERVICE},
    .needed = 1,
    .many = true,
    .run = s_run_pause,
    .notes = "They keep their connections and answer nothing (SIGSTOP), until\n"
             "zp resume. zp down and zp kill end them as any other.",
};

const command_t cmd_resume = {
    .name = "resume",
    .summary = "let paused services go on",
    .usage = "SERVICE...",
    .examples = "zp resume recommendations\n"
                "zp resume edge-1 edge-2\n",
    .options = {OPTION_NAME, OPTION_JSON},
    .operands = {OPERAND_SERVICE},
    .needed = 1,
    .many = true,
    .run = s_run_resume,
    .notes = "Returns when they answer again.",
};

const command_t cmd_stop = {
    .name = "stop",
    .summary = "stop services in good order; the others go on",
    .usage = "SERVICE...",
    .examples = "zp stop recommendations\n"
                "zp stop encoder-1 encoder-2\n",
    .options = {OPTION_NAME, OPTION_JSON},
    .operands = {OPERAND_SERVICE},
    .needed = 1,
    .many = true,
    .run = s_run_stop,
    .notes =
        "Returns when they have ended. A service that does not end within\n"
        "its stop_ms (in the topology) is killed. zp start starts it\n"
        "again; zp down stops all.",
};

const command_t cmd_start = {
    .name = "start",
    .summary = "start services again that are dead or stopped",
    .usage = "SERVICE...",
    .examples = "zp start recommendations\n"
                "zp start encoder-1 encoder-2\n",
    .options = {OPTION_NAME, OPTION_JSON},
    .operands = {OPERAND_SERVICE},
    .needed = 1,
    .many = true,
    .run = s_run_start,
    .notes = "Returns when they answer. If one dies, the last line of its log\n"
             "is said; one that does not answer within its ready_ms is left\n"
             "running. Both fail. zp up starts a whole constellation.",
};

const command_t cmd_scale = {
    .name = "scale",
    .summary = "set how many of a service there are",
    .usage = "SERVICE=N...",
    .examples = "zp scale support=4\n"
                "zp scale support=1 encoder=3\n",
    .options = {OPTION_NAME, OPTION_JSON},
    .operands = {OPERAND_GROUP},
    .needed = 1,
    .many = true,
    .run = s_run_scale,
    .notes =
        "For services with \"scale\" in the topology: support-1, support-2 "
        "and\n"
        "so on, up to its \"max\". Returns when N of them answer, and the\n"
        "others, the last ones, have ended.",
};
