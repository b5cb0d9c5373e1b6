//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include <czmq.h>

#include "commands.h"
#include "constellation.h"
#include "gather.h"
#include "output.h"
#include "saga_commands.h"
#include "trace_draw.h"
#include "trace_find.h"

//  Of one service all that it keeps may be asked for
#define EVENTS(more) "{\"limit\":8192" more "}"

//  Ask all services for events, which become the "events" of each
static exit_code_t
s_gather (gather_t *gather, const char *body, json_t **services_p)
{
    const gather_question_t questions[] = {
        {"events", "zp.events", body}, {"peers", "zp.peers", NULL}, {0}};
    json_t *reply, *service;
    *services_p = NULL;
    exit_code_t code = gather_ask (gather, "up.list", questions, &reply);
    if (code != EXIT_OK)
        return code;
    size_t number;
    bool told = false;
    *services_p = json_incref (json_object_get (reply, "services"));
    json_array_foreach (*services_p, number, service)
    {
        json_t *events =
            json_object_get (json_object_get (service, "events"), "events");
        json_t *peers = json_object_get (service, "peers");
        told = told || events;
        json_object_set (service, "events", events ? events : json_null ());
        json_object_set (service, "service", json_object_get (service, "name"));
        json_object_set (service, "clients",
                         json_object_get (peers, "clients"));
    }
    json_decref (reply);
    if (told)
        return EXIT_OK;
    json_decref (*services_p);
    *services_p = NULL;
    say_error ("no service tells what it has sent and received");
    say_hint ("zp help trace, about services with a tracer");
    return EXIT_NOT_FOUND;
}

//  Let the last one be meant. Mostly it is among those that begin at a gateway;
//  to look at all is much more.
static exit_code_t
s_find_last (gather_t *gather, char id[TRACE_ID_SIZE])
{
    static const char *const bodies[] = {EVENTS (",\"roots\":true"),
                                         EVENTS ("")};
    bool found = false;
    for (size_t i = 0; i < 2 && !found; i++) {
        json_t *services;
        exit_code_t code = s_gather (gather, bodies[i], &services);
        if (code != EXIT_OK)
            return code;
        found = trace_find_last (services, id);
        json_decref (services);
    }
    if (found)
        return EXIT_OK;
    say_error ("nothing was asked of any service yet");
    say_hint ("zp call, or the page of the gateway");
    return EXIT_NOT_FOUND;
}

//  Find out which trace is meant
static exit_code_t
s_find (const args_t *args, gather_t *gather, char id[TRACE_ID_SIZE])
{
    if (!args_operand (args, 0))
        return s_find_last (gather, id);
    if (strlen (id) == TRACE_ID_SIZE - 1)
        return EXIT_OK;
    json_t *services;
    exit_code_t code = s_gather (gather, EVENTS (""), &services);
    if (code == EXIT_OK)
        code = trace_find_begun (services, id);
    json_decref (services);
    return code;
}

static void
s_svg (FILE *to, const void *what)
{
    trace_svg (what, to);
}

static void
s_mermaid (FILE *to, const void *what)
{
    trace_mermaid (what, to);
}

static void
s_json (FILE *to, const void *what)
{
    json_t *json = trace_story_json (what);
    json_dumpf (json, to,
                isatty (fileno (to)) ? JSON_INDENT (2) : JSON_COMPACT);
    putc ('\n', to);
    json_decref (json);
}

static exit_code_t
s_show (const args_t *args, gather_t *gather, const char *id)
{
    char *body = zsys_sprintf (EVENTS (",\"trace\":\"%s\""), id);
    json_t *services;
    exit_code_t code = s_gather (gather, body, &services);
    free (body);
    if (code != EXIT_OK)
        return code;
    trace_story_t *story = trace_story_new (id, services);
    if (story->lane_count == 0) {
        say_error ("no service knows the trace %s", id);
        say_hint ("zp trace --last; each service keeps its last 8192 events");
        code = EXIT_NOT_FOUND;
    }
    else if (args_has (args, "json"))
        code = saga_draw (args, s_json, story);
    else if (args_has (args, "mermaid"))
        code = saga_draw (args, s_mermaid, story);
    else if (args_has (args, "svg") || args_has (args, "output"))
        code = saga_draw (args, s_svg, story);
    else
        trace_print (story);
    trace_story_destroy (&story);
    return code;
}

static int
s_run (args_t *args)
{
    const char *word = args_operand (args, 0);
    char id[TRACE_ID_SIZE] = "";
    if (!word == !args_has (args, "last")) {
        say_error ("zp trace: which one?");
        say_hint ("zp trace ID, or zp trace --last");
        return EXIT_USAGE;
    }
    if (word && !trace_find_typed (word, id)) {
        say_error ("'%s' is no trace: 4 to 32 hexadecimal digits, or a "
                   "traceparent",
                   word);
        return EXIT_USAGE;
    }
    char *name;
    exit_code_t code = constellation_find (args_text (args, "name"), &name);
    if (code != EXIT_OK)
        return code;
    zsys_handler_set (NULL);
    gather_t *gather = gather_new (name);
    code = s_find (args, gather, id);
    if (code == EXIT_OK)
        code = s_show (args, gather, id);
    gather_destroy (&gather);
    free (name);
    return code;
}

const command_t cmd_trace = {
    .name = "trace",
    .summary = "show what became of one request, through all services",
    .usage = "ID|--last [--svg|--mermaid|--json] [--output FILE]",
    .examples = "zp trace --last\n"
                "zp trace 4bf92f35\n"
                "zp trace --last --svg -o trace.svg\n"
                "zp trace 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-"
                "01\n",
    .options = {{.name = "last",
                 .letter = 'l',
                 .text =
                     "the last that began at the gateway, or else anywhere"},
                {.name = "svg", .text = "draw it: a sequence diagram"},
                {.name = "mermaid",
                 .letter = 'm',
                 .text = "the same, as text for mermaid"},
                OPTION_OUTPUT,
                OPTION_NAME,
                OPTION_JSON},
    .operands = {OPERAND_OTHER},
    .needed = 0,
    .run = s_run,
    .notes =
        "ID is how a trace begins, or a W3C traceparent. All services are\n"
        "asked what they have sent and received of it; each keeps its last\n"
        "8192 events, if it has a tracer (patterns/tracer). Of one that was\n"
        "killed only the others can tell.\n"
        "\n"
        "  -->  a request     ..>  a reply     --x  lost on its way\n"
        "  *    what happened there\n"
        "\n"
        "The order is that of the events, and no message comes before it\n"
        "was sent, whatever the clocks say. With --output alone it is SVG.",
};
