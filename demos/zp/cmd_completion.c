//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "args.h"
#include "broker.h"
#include "caller.h"
#include "commands.h"
#include "constellation.h"
#include "module.h"
#include "output.h"
#include "rundir.h"

#define ASK_MS    300  // A person waits for it
#define WORDS_MAX 64   // Of a command line; later ones are not completed

//  Bash asks this program, so it always knows what is there. Nothing that is
//  printed is expanded by the shell.
static const char s_bash[] =
    "_zp ()\n"
    "{\n"
    "    mapfile -t COMPREPLY < <(\"$1\" completion words \\\n"
    "        \"${COMP_LINE:0:COMP_POINT}\" 2> /dev/null)\n"
    "}\n"
    "complete -o default -F _zp zp\n";

//  A command line up to the cursor
typedef struct line {
    char *words[WORDS_MAX];           // The last one is being completed
    int count;                        // How many
    const command_t *command;         // What the words before the last begin
                                      // with; NULL: they make no sense
    const char *operands[WORDS_MAX];  // Those before the last word
    int operand_count;                // How many of these
    const option_t *option;           // The last word is its value, or NULL
    const char *name;                 // Value of --name, or NULL
    const char *at;                   // Value of --at, or NULL
} line_t;

//  Print a candidate if it goes on as the last word begins. What comes from
//  elsewhere may hold bytes that would do something in a shell or terminal.
static void
s_offer (void *arg, const char *word)
{
    line_t *line = arg;
    const char *begun = line->words[line->count - 1];
    bool plain = word && word[strspn (word, "abcdefghijklmnopqrstuvwxyz"
                                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                            "0123456789._/-")] == 0;
    if (plain && strncmp (word, begun, strlen (begun)) == 0)
        puts (word);
}

static void
s_offer_list (line_t *line, zlistx_t *words)
{
    for (char *word = zlistx_first (words); word; word = zlistx_next (words))
        s_offer (line, word);
    zlistx_destroy (&words);
}

static void
s_offer_family (line_t *line, const command_t *family)
{
    for (const command_t *const *at = family->family; *at; at++)
        s_offer (line, command_word (*at));
}

//  For zp help, whose operands are the words of a command's name
static void
s_offer_commands (line_t *line)
{
    int used;
    const command_t *command = command_find ((char *const *) line->operands,
                                             line->operand_count, &used);
    if (used == line->operand_count && command->family)
        s_offer_family (line, command);
}

static void
s_offer_options (line_t *line)
{
    for (int i = 0; i < OPTIONS_MAX && line->command->options[i].name; i++) {
        char word[64];
        snprintf (word, sizeof word, "--%s", line->command->options[i].name);
        s_offer (line, word);
    }
    s_offer (line, "--help");
}

//  The services that run, in the reply of up.list; the caller owns it
static json_t *
s_services (line_t *line)
{
    char *name;
    json_t *reply = NULL;
    if (constellation_find (line->name, &name) == EXIT_OK)
        constellation_ask (name, "up.list", ASK_MS, &reply);
    free (name);
    return reply;
}

static void
s_offer_services (line_t *line)
{
    json_t *reply = s_services (line), *service;
    size_t number;
    json_array_foreach (json_object_get (reply, "services"), number, service)
        s_offer (line, json_string_value (json_object_get (service, "name")));
    json_decref (reply);
}

static void
s_offer_groups (line_t *line)
{
    json_t *reply = s_services (line), *service;
    const char *last = "";
    size_t number;
    json_array_foreach (json_object_get (reply, "services"), number, service)
    {
        const char *group =
            json_string_value (json_object_get (service, "group"));
        if (group && strcmp (group, last) != 0)
            s_offer (line, last = group);
    }
    json_decref (reply);
}

static void
s_offer_methods (line_t *line)
{
    const char *target = line->operands[line->operand_count - 1];
    json_t *reply = NULL, *service = NULL;
    const char *endpoint = target;
    if (!strstr (target, "://")) {
        reply = s_services (line);
        if (reply)
            constellation_service (reply, target, &service);
        endpoint = json_string_value (json_object_get (service, "endpoint"));
    }
    caller_t *caller = endpoint ? caller_new (endpoint, target) : NULL;
    if (caller)
        caller_try_methods (caller, ASK_MS, s_offer, line);
    caller_destroy (&caller);
    json_decref (reply);
}

//  Those of the constellation's stage
static void
s_offer_scenes (line_t *line)
{
    char *endpoint;
    if (streq (line->command->name, "break"))
        s_offer (line, "ls");
    if (constellation_endpoint (line->name, "stage", &endpoint) != EXIT_OK)
        return;
    caller_t *caller = caller_new (endpoint, "stage");
    outcome_t outcome;
    json_t *state = caller_ask (caller, "stage.state", ASK_MS, &outcome), *one;
    size_t number;
    json_array_foreach (json_object_get (state, "scenes"), number, one)
        s_offer (line, json_string_value (json_object_get (one, "name")));
    json_decref (state);
    outcome_term (&outcome);
    caller_destroy (&caller);
    free (endpoint);
}

//  The queues, logs or sagas of the broker that the command is about
static void
s_offer_list_of (line_t *line, const broker_list_t *names)
{
    char *endpoint;
    caller_t *caller = NULL;
    if (broker_find (line->command, line->at, line->name, &endpoint) == EXIT_OK)
        caller = caller_new (endpoint, endpoint);
    if (caller) {
        outcome_t outcome;
        json_t *list = caller_ask (caller, names->method, ASK_MS, &outcome);
        json_t *one;
        size_t number;
        json_array_foreach (list, number, one) s_offer (
            line, json_string_value (json_object_get (one, names->key)));
        json_decref (list);
        outcome_term (&outcome);
    }
    caller_destroy (&caller);
    free (endpoint);
}

static void
s_offer_modules (line_t *line)
{
    char *root = module_root ();
    zlistx_t *folders = root ? module_list (root) : zlistx_new ();
    for (char *folder = zlistx_first (folders); folder;
         folder = zlistx_next (folders))
        s_offer (line, strchr (folder, '/') + 1);
    s_offer_list (line, folders);
    free (root);
}

//  Offer what may be named there
static void
s_offer_names (line_t *line, operand_t names)
{
    switch (names) {
    case OPERAND_SERVICE:
        s_offer_services (line);
        break;
    case OPERAND_GROUP:
        s_offer_groups (line);
        break;
    case OPERAND_SCENE:
        s_offer_scenes (line);
        break;
    case OPERAND_METHOD:
        s_offer_methods (line);
        break;
    case OPERAND_QUEUE:
    case OPERAND_LOG:
    case OPERAND_SAGA:
    case OPERAND_DEFINITION:
        s_offer_list_of (line, broker_list (names));
        break;
    case OPERAND_MODULE:
        s_offer_modules (line);
        break;
    case OPERAND_COMMAND:
        s_offer_commands (line);
        break;
    case OPERAND_CONSTELLATION:
        s_offer_list (line, rundir_list (true));
        break;
    case OPERAND_SHELL:
        s_offer (line, "bash");
        break;
    default:  // Files, which bash offers by itself
        break;
    }
}

static void
s_offer_operands (line_t *line)
{
    if (line->command->family && line->operand_count == 0)
        s_offer_family (line, line->command);
    const operand_t *operands = line->command->operands;
    int number = line->operand_count, last = 0;
    while (last + 1 < OPERANDS_MAX && operands[last + 1] != OPERAND_NONE)
        last++;
    if (number > last && line->command->many)
        number = last;
    if (number <= last)
        s_offer_names (line, operands[number]);
}

static void
s_offer_values (line_t *line)
{
    const char *const *at = line->option->choices;
    for (; at && *at; at++)
        s_offer (line, *at);
    s_offer_names (line, line->option->names);
}

//  The option that a word is, or NULL
static const option_t *
s_option (const command_t *command, const char *word)
{
    for (int i = 0; i < OPTIONS_MAX && command->options[i].name; i++) {
        const option_t *option = &command->options[i];
        if ((strncmp (word, "--", 2) == 0 &&
             strcmp (word + 2, option->name) == 0) ||
            (*word == '-' && word[1] && word[1] == option->letter && !word[2]))
            return option;
    }
    return NULL;
}

static void
s_split (line_t *line, char *text)
{
    char *word, *rest = text;
    while ((word = strsep (&rest, " \t")) && line->count < WORDS_MAX)
        if (*word || !rest)
            line->words[line->count++] = word;
}

//  Find out what the words before the last one are
static void
s_understand (line_t *line)
{
    int used;
    line->command = command_find (line->words + 1, line->count - 2, &used);
    if (!line->command->run && used < line->count - 2)
        line->command = NULL;
    for (int i = used + 1; i + 1 < line->count && line->command; i++) {
        const char *word = line->words[i];
        if (line->option) {
            if (strcmp (line->option->name, "name") == 0)
                line->name = word;
            else if (strcmp (line->option->name, "at") == 0)
                line->at = word;
            line->option = NULL;
        }
        else if (*word == '-' && word[1]) {
            line->option = s_option (line->command, word);
            if (line->option && !line->option->value)
                line->option = NULL;
        }
        else
            line->operands[line->operand_count++] = word;
    }
}

//  Print what the last word of a command line may become, a line each
static void
s_complete (const char *text)
{
    char *copy = strdup (text);
    line_t line = {0};
    s_split (&line, copy);
    if (line.count >= 2)
        s_understand (&line);
    if (line.option)
        s_offer_values (&line);
    else if (line.command && !line.command->run)
        s_offer_family (&line, line.command);
    else if (line.command && *line.words[line.count - 1] == '-')
        s_offer_options (&line);
    else if (line.command)
        s_offer_operands (&line);
    free (copy);
}

static int
s_run (args_t *args)
{
    const char *what = args_operand (args, 0), *text = args_operand (args, 1);
    if (strcmp (what, "bash") == 0 && !text) {
        fputs (s_bash, stdout);
        return EXIT_OK;
    }
    if (strcmp (what, "words") == 0 && text) {
        s_complete (text);
        return EXIT_OK;
    }
    say_error ("zp completion: only for bash");
    say_hint ("zp completion bash");
    return EXIT_USAGE;
}

const command_t cmd_completion = {
    .name = "completion",
    .summary = "let the shell complete zp's commands, services and methods",
    .usage = "bash",
    .examples = "source <(zp completion bash)\n"
                "zp completion bash > "
                "~/.local/share/bash-completion/completions/zp\n",
    .operands = {OPERAND_SHELL, OPERAND_OTHER},
    .needed = 1,
    .run = s_run,
    .notes = "The shell then asks zp completion words LINE what the last word\n"
             "of LINE may become.",
};
