//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "broker.h"

#include "constellation.h"
#include "endpoint.h"
#include "member.h"
#include "output.h"
#include "rundir.h"
#include "zp_similar.h"

#define TIMEOUT_MS 5000
#define ASK_MS     5000

//  What is different from one kind to the other
typedef struct kind {
    const char *family;    // Of the commands; what the service is called
    const char *what;      // For people
    const char *variable;  // Of the environment; says where it is
} kind_t;

static const kind_t s_kinds[] = {
    {"queue", "queue broker", "ZP_QUEUE"},
    {"log", "event log", "ZP_LOG"},
    {"saga", "saga coordinator", "ZP_SAGA"},
    {"files", "file server", "ZP_FILES"},
};

static const broker_list_t s_lists[] = {
    {OPERAND_QUEUE, "queue.list", "name", "queue ls"},
    {OPERAND_LOG, "log.ls", "name", "log ls"},
    {OPERAND_SAGA, "saga.ls", "id", "saga ls"},
    {OPERAND_DEFINITION, "saga.definitions", "saga", "saga definitions"},
};

struct broker {
    const kind_t *kind;         // What it is
    const broker_list_t *list;  // Of the command's operand; NULL: none
    char *endpoint;             // Where it is
    caller_t *caller;           // Calls it
    int timeout_ms;             // How long it may take
};

static const kind_t *
s_kind (const command_t *command)
{
    const kind_t *kind = s_kinds;
    while (strncmp (command->name, kind->family, strlen (kind->family)) != 0)
        kind++;
    return kind;
}

static char *
s_default_endpoint (const kind_t *kind)
{
    char *base = rundir_base ();
    char *endpoint = zsys_sprintf ("ipc://%s/%s.sock", base, kind->family);
    free (base);
    return endpoint;
}

char *
broker_default_endpoint (const command_t *command)
{
    return s_default_endpoint (s_kind (command));
}

const broker_list_t *
broker_list (operand_t operand)
{
    for (size_t i = 0; i < sizeof s_lists / sizeof *s_lists; i++)
        if (s_lists[i].operand == operand)
            return &s_lists[i];
    return NULL;
}

//  The service of that name in a running constellation, or NULL. The caller
//  owns the reference.
static json_t *
s_service (const char *constellation, const char *wanted)
{
    caller_t *caller = constellation_caller (constellation);
    outcome_t outcome;
    json_t *reply = caller_ask (caller, "up.list", ASK_MS, &outcome);
    json_t *found = json_incref (
        member_find (json_object_get (reply, "services"), "name", wanted));
    json_decref (reply);
    outcome_term (&outcome);
    caller_destroy (&caller);
    return found;
}

//  The endpoints of all brokers that can be found; the caller destroys the
//  list. *dead_p, which the caller frees, is a constellation whose broker has
//  died, or NULL.
static zlistx_t *
s_all (const kind_t *kind, char **dead_p)
{
    *dead_p = NULL;
    zlistx_t *endpoints = zlistx_new ();
    zlistx_set_duplicator (endpoints, (zlistx_duplicator_fn *) strdup);
    zlistx_set_destructor (endpoints, (zlistx_destructor_fn *) zstr_free);
    zlistx_t *running = rundir_list (true);
    for (char *name = zlistx_first (running); name;
         name = zlistx_next (running)) {
        json_t *service = s_service (name, kind->family);
        const char *at =
            json_string_value (json_object_get (service, "endpoint"));
        if (json_object_get (service, "how") && !*dead_p)
            *dead_p = strdup (name);
        else if (at)
            zlistx_add_end (endpoints, (char *) at);
        json_decref (service);
    }
    zlistx_destroy (&running);
    char *here = s_default_endpoint (kind);
    if (endpoint_in_use (here))
        zlistx_add_end (endpoints, here);
    free (here);
    return endpoints;
}

static void
s_hint_where (const kind_t *kind)
{
    say_hint ("zp %s serve, or --at SERVICE or --at ENDPOINT", kind->family);
}

static exit_code_t
s_only (const kind_t *kind, char **endpoint_p)
{
    char *dead;
    zlistx_t *endpoints = s_all (kind, &dead);
    size_t count = zlistx_size (endpoints);
    exit_code_t code = EXIT_OK;
    if (count == 1)
        *endpoint_p = strdup (zlistx_first (endpoints));
    else if (dead && count == 0)
        code = constellation_endpoint (dead, kind->family, endpoint_p);
    else if (count == 0) {
        say_error ("no %s is running", kind->what);
        s_hint_where (kind);
        code = EXIT_NOT_RUNNING;
    }
    else {
        say_error ("there are %zu %ss; which one?", count, kind->what);
        for (char *one = zlistx_first (endpoints); one;
             one = zlistx_next (endpoints))
            say_hint ("--at %s", one);
        code = EXIT_USAGE;
    }
    zlistx_destroy (&endpoints);
    free (dead);
    return code;
}

exit_code_t
broker_find (const command_t *command, const char *at, const char *name,
             char **endpoint_p)
{
    const kind_t *kind = s_kind (command);
    *endpoint_p = NULL;
    const char *set = getenv (kind->variable);
    if (!at && set && *set && !name)
        at = set;
    if (!at && !name)
        return s_only (kind, endpoint_p);
    if (!at || !strstr (at, "://"))
        return constellation_endpoint (name, at ? at : kind->family,
                                       endpoint_p);
    *endpoint_p = strdup (at);
    return EXIT_OK;
}

exit_code_t
broker_use (const args_t *args, broker_fn *fn)
{
    broker_t self = {.kind = s_kind (args->command),
                     .list = broker_list (args->command->operands[0]),
                     .timeout_ms =
                         (int) args_number (args, "timeout", TIMEOUT_MS)};
    exit_code_t code = broker_find (args->command, args_text (args, "at"),
                                    args_text (args, "name"), &self.endpoint);
    if (code != EXIT_OK)
        return code;
    self.caller = caller_new (self.endpoint, self.endpoint);
    code = self.caller ? fn (&self, args) : EXIT_USAGE;
    caller_destroy (&self.caller);
    free (self.endpoint);
    return code;
}

caller_t *
broker_caller (broker_t *self)
{
    return self->caller;
}

int
broker_timeout_ms (broker_t *self)
{
    return self->timeout_ms;
}

//  Say which queue or such may have been meant, if there is none of that name
static void
s_suggest (broker_t *self, const char *wanted)
{
    outcome_t outcome;
    json_t *list =
        caller_ask (self->caller, self->list->method, ASK_MS, &outcome);
    outcome_term (&outcome);
    zp_similar_t similar = {.word = wanted};
    bool there = false;
    size_t number;
    json_t *one;
    json_array_foreach (list, number, one)
    {
        const char *name =
            json_string_value (json_object_get (one, self->list->key));
        there = there || (name && strcmp (name, wanted) == 0);
        if (name)
            zp_similar_try (&similar, name);
    }
    if (!there && similar.best)
        say_hint_meant ("%s", similar.best);
    else if (!there)
        say_hint ("zp %s", self->list->hint);
    json_decref (list);
}

exit_code_t
broker_failed (broker_t *self, const char *name, const outcome_t *outcome)
{
    exit_code_t code = outcome_exit_code (outcome);
    if (code == EXIT_OK || code == EXIT_INTERRUPTED)
        return code;
    if (outcome->nobody) {
        say_error ("no %s answers at %s", self->kind->what, self->endpoint);
        s_hint_where (self->kind);
        return code;
    }
    say_error ("%s: %s", zp_status_name (outcome->status), outcome->text);
    if (outcome->status == ZP_UNIMPLEMENTED)
        say_hint ("another --at: %s is no %s", self->endpoint,
                  self->kind->what);
    else if (outcome->status == ZP_DEADLINE_EXCEEDED)
        say_hint ("--timeout MS for longer");
    else if (outcome->status == ZP_NOT_FOUND && name && self->list)
        s_suggest (self, name);
    return outcome->status == ZP_NOT_FOUND ? EXIT_NOT_FOUND : code;
}

exit_code_t
broker_call (broker_t *self, const broker_call_t *call)
{
    char *options =
        call->options ? json_dumps (call->options, JSON_COMPACT) : NULL;
    json_decref (call->options);
    zp_span_t args[BROKER_WORDS_MAX + 3];
    size_t count = 0;
    if (call->name)
        args[count++] = (zp_span_t){call->name, strlen (call->name)};
    for (size_t i = 0; i < BROKER_WORDS_MAX && call->words[i]; i++)
        args[count++] = (zp_span_t){call->words[i], strlen (call->words[i])};
    if (call->body)
        args[count++] = *call->body;
    if (options)
        args[count++] = (zp_span_t){options, strlen (options)};
    zp_call_t made = {.method = call->method,
                      .args = args,
                      .count = count,
                      .timeout_ms = call->wait_ms < INT_MAX - self->timeout_ms
                                        ? call->wait_ms + self->timeout_ms
                                        : INT_MAX,
                      .once = call->once,
                      .fn = call->fn,
                      .arg = call->arg};
    outcome_t outcome;
    caller_call (self->caller, &made, &outcome);
    exit_code_t code = broker_failed (self, call->name, &outcome);
    outcome_term (&outcome);
    free (options);
    return code;
}

static void
s_on_json (void *arg, const zp_reply_t *reply)
{
    json_t **json_p = arg;
    if (!reply->more && reply->count > 0 && !*json_p)
        *json_p = json_loadb (reply->parts[0].data, reply->parts[0].size,
                              JSON_DECODE_ANY, NULL);
}

//  The call was made; was there an answer in its reply?
static exit_code_t
s_answered (broker_t *self, exit_code_t code, bool answer)
{
    if (code != EXIT_OK || answer)
        return code;
    say_error ("what %s answers does not make sense", self->endpoint);
    say_hint ("another --at: it may be no %s", self->kind->what);
    return EXIT_ERROR;
}

exit_code_t
broker_ask (broker_t *self, const broker_call_t *call, json_t **reply_p)
{
    *reply_p = NULL;
    broker_call_t ours = *call;
    ours.fn = s_on_json;
    ours.arg = reply_p;
    exit_code_t code = broker_call (self, &ours);
    return s_answered (self, code, *reply_p);
}

static void
s_on_text (void *arg, const zp_reply_t *reply)
{
    char **text_p = arg;
    if (!reply->more && reply->count > 0 && !*text_p)
        *text_p = strndup (reply->parts[0].data, reply->parts[0].size);
}

exit_code_t
broker_ask_text (broker_t *self, const broker_call_t *call, char **reply_p)
{
    *reply_p = NULL;
    broker_call_t ours = *call;
    ours.fn = s_on_text;
    ours.arg = reply_p;
    exit_code_t code = broker_call (self, &ours);
    return s_answered (self, code, *reply_p);
}
