//  SPDX-License-Identifier: MIT
//
//  What a coordinator has: sagas, definitions, figures.

#define _GNU_SOURCE

#include "body.h"
#include "broker.h"
#include "duration.h"
#include "figures.h"
#include "member.h"
#include "saga_commands.h"

#define COUNT      100   // Sagas that are shown
#define COUNT_PAGE 1000  // That are asked for at once, at most

//  What zp saga stat shows, in this order
static const figure_t s_figures[] = {
    {"running", "steps are being done"},
    {"compensating", "steps are being undone"},
    {"completed", "all is done"},
    {"compensated", "all was undone"},
    {"parked", "somebody must look"},
    {"started", "since the coordinator was started"},
    {"commands", "sent to services"},
    {"replies", "that came back"},
    {"records", "written"},
    {"commits", "in so many transactions"},
    {"size_bytes", "of the journal"},
    {NULL, NULL},
};

static const char *const s_states[] = {
    "running", "compensating", "completed", "compensated", "parked", NULL};

colour_t
saga_colour (const char *state)
{
    switch (state[0] == 'C' ? state[strlen (state) - 2] : state[0]) {
    case 'P':
        return RED;
    case 'R':
        return BOLD;
    case 'N':  // COMPENSATING
        return YELLOW;
    default:
        return PLAIN;
    }
}

static void
s_print_list (json_t *list, size_t count)
{
    static const char *const heads[] = {"ID",  "SAGA",   "STATE",
                                        "AGE", "REASON", NULL};
    table_t *table = table_new (5);
    table_heads (table, heads);
    size_t number;
    json_t *saga;
    int64_t now_ms = zclock_time ();
    json_array_foreach (list, number, saga) if (number < count)
    {
        const char *state = member_text (saga, "state"), *reason;
        reason = member_text (saga, "reason");
        table_cell (table, PLAIN, "%s", member_text (saga, "id"));
        table_cell (table, PLAIN, "%s", member_text (saga, "saga"));
        table_cell (table, saga_colour (state), "%s", state);
        table_cell_time (table, now_ms - member_integer (saga, "begun_ms"));
        table_cell (table, PLAIN, "%s", *reason ? reason : "-");
    }
    table_print (&table);
}

//  What is asked for; the caller owns it. NULL, said on stderr, if the age is
//  none.
static json_t *
s_filter (const args_t *args)
{
    const char *state = args_text (args, "state");
    const char *saga = args_text (args, "saga");
    const char *older = args_text (args, "older");
    int64_t age_ms = older ? duration_parse (older) : 0;
    if (age_ms < 0) {
        say_error ("zp saga ls: --older takes an age, not '%s'", older);
        say_hint ("--older 90s, 5min, 2h or 1d");
        return NULL;
    }
    json_t *filter = json_object ();
    char upper[16] = "";
    for (size_t i = 0; state && state[i]; i++)
        upper[i] = (char) (state[i] - 'a' + 'A');
    if (state)
        json_object_set_new (filter, "state", json_string (upper));
    if (saga)
        json_object_set_new (filter, "saga", json_text (saga));
    if (older)
        json_object_set_new (filter, "min_age_ms", json_integer (age_ms));
    return filter;
}

//  Ask for one page after the other, until there are more than so many
static exit_code_t
s_collect (broker_t *broker, json_t *filter, size_t count, json_t *list)
{
    exit_code_t code = EXIT_OK;
    bool more = true;
    while (code == EXIT_OK && more && json_array_size (list) <= count) {
        size_t wanted = count + 1 - json_array_size (list);
        wanted = wanted < COUNT_PAGE ? wanted : COUNT_PAGE;
        json_object_set_new (filter, "count",
                             json_integer ((json_int_t) wanted));
        json_t *page;
        broker_call_t call = {.method = "saga.ls",
                              .options = json_deep_copy (filter)};
        code = broker_ask (broker, &call, &page);
        json_array_extend (list, page);
        more = json_array_size (page) == wanted;
        json_decref (page);
        json_t *last = json_array_get (list, json_array_size (list) - 1);
        if (last)
            json_object_set (filter, "after", json_object_get (last, "id"));
    }
    return code;
}

static exit_code_t
s_ls (broker_t *broker, const args_t *args)
{
    json_t *filter = s_filter (args), *list = json_array ();
    size_t count = (size_t) args_number (args, "count", COUNT);
    exit_code_t code = EXIT_USAGE;
    if (filter)
        code = s_collect (broker, filter, count, list);
    bool more = json_array_size (list) > count;
    if (more)
        json_array_remove (list, count);
    if (code == EXIT_OK && args_has (args, "json"))
        print_json (json_incref (list));
    else if (code == EXIT_OK && json_array_size (list) == 0)
        say ("no sagas");
    else if (code == EXIT_OK)
        s_print_list (list, count);
    if (code == EXIT_OK && more)
        say ("and more; --count N shows them");
    json_decref (list);
    json_decref (filter);
    return code;
}

static int
s_run_ls (args_t *args)
{
    return broker_use (args, s_ls);
}

static void
s_print_services (json_t *services)
{
    static const char *const heads[] = {"SERVICE", "ENDPOINTS", "UP",
                                        "OUT",     "HELD",      NULL};
    table_t *table = table_new (5);
    table_heads (table, heads);
    size_t number;
    json_t *service;
    json_array_foreach (services, number, service)
    {
        json_int_t up = member_integer (service, "up");
        table_cell (table, PLAIN, "%s", member_text (service, "service"));
        figures_cell (table, member_integer (service, "endpoints"), PLAIN);
        table_cell (table, up ? PLAIN : RED, "%lld", (long long) up);
        figures_cell (table, member_integer (service, "out"), PLAIN);
        figures_cell (table, member_integer (service, "held"), YELLOW);
    }
    table_print (&table);
}

static exit_code_t
s_stat (broker_t *broker, const args_t *args)
{
    broker_call_t call = {.method = "saga.stat"};
    json_t *stat;
    exit_code_t code = broker_ask (broker, &call, &stat);
    if (code == EXIT_OK && args_has (args, "json"))
        print_json (json_incref (stat));
    else if (code == EXIT_OK) {
        table_t *table = table_new (3);
        figures_rows (table, stat, s_figures);
        table_print (&table);
        putchar ('\n');
        s_print_services (json_object_get (stat, "services"));
    }
    json_decref (stat);
    return code;
}

static int
s_run_stat (args_t *args)
{
    return broker_use (args, s_stat);
}

static void
s_on_text (void *arg, const zp_reply_t *reply)
{
    (void) arg;
    if (reply->status == ZP_OK && !reply->more && reply->count > 0)
        body_print (&reply->parts[0], false);
}

static void
s_print_definitions (json_t *list)
{
    static const char *const heads[] = {"SAGA", "VERSION", "STEPS", NULL};
    table_t *table = table_new (3);
    table_heads (table, heads);
    size_t number;
    json_t *one;
    json_array_foreach (list, number, one)
    {
        table_cell (table, PLAIN, "%s", member_text (one, "saga"));
        figures_cell (table, member_integer (one, "version"), PLAIN);
        figures_cell (table, member_integer (one, "steps"), PLAIN);
    }
    table_print (&table);
}

static exit_code_t
s_definitions (broker_t *broker, const args_t *args)
{
    const char *name = args_operand (args, 0);
    if (name) {
        broker_call_t call = {
            .method = "saga.definition", .name = name, .fn = s_on_text};
        return broker_call (broker, &call);
    }
    broker_call_t call = {.method = "saga.definitions"};
    json_t *list;
    exit_code_t code = broker_ask (broker, &call, &list);
    if (code == EXIT_OK && args_has (args, "json"))
        print_json (json_incref (list));
    else if (code == EXIT_OK)
        s_print_definitions (list);
    json_decref (list);
    return code;
}

static int
s_run_definitions (args_t *args)
{
    return broker_use (args, s_definitions);
}

const command_t cmd_saga_ls = {
    .name = "saga ls",
    .summary = "show the sagas, the oldest first",
    .usage = "[--state STATE] [--saga NAME] [--older AGE] [--count N]",
    .examples = "zp saga ls\n"
                "zp saga ls --state parked\n"
                "zp saga ls --saga start-premium-stream --older 5min\n"
                "zp saga ls --state parked --json | jq -r '.[].id'\n",
    .options = {{.name = "state",
                 .letter = 's',
                 .value = "STATE",
                 .choices = s_states,
                 .text = "only those that are running, parked, ..."},
                {.name = "saga",
                 .value = "NAME",
                 .names = OPERAND_DEFINITION,
                 .text = "only those of that definition"},
                {.name = "older",
                 .value = "AGE",
                 .text = "only those started so long ago: 90s, 5min, 2h"},
                {.name = "count",
                 .letter = 'c',
                 .value = "N",
                 .min = 1,
                 .max = INT_MAX,
                 .text = "at most so many (100)"},
                OPTIONS_BROKER},
    .run = s_run_ls,
    .notes =
        "RUNNING: its steps are being done. COMPENSATING: what was done is\n"
        "being undone. COMPLETED: all is done. COMPENSATED: all was undone.\n"
        "PARKED: there is no way on or back, and somebody must look. REASON\n"
        "says why it went back or was parked. Ended ones are shown until\n"
        "their retention time is over.",
};

const command_t cmd_saga_stat = {
    .name = "saga stat",
    .summary = "show the figures of the coordinator, and its services",
    .usage = "[--json]",
    .examples = "zp saga stat\n"
                "zp saga stat --json | jq .parked\n",
    .options = {OPTIONS_BROKER},
    .run = s_run_stat,
    .notes = "UP is how many of a service's endpoints are connected, OUT how\n"
             "many commands have no answer yet, HELD how many wait for room\n"
             "or for an endpoint.",
};

const command_t cmd_saga_definitions = {
    .name = "saga definitions",
    .summary = "show by which definitions sagas are started, or one of them",
    .usage = "[NAME] [--json]",
    .examples = "zp saga definitions\n"
                "zp saga definitions start-premium-stream > premium.json\n",
    .options = {OPTIONS_BROKER},
    .operands = {OPERAND_DEFINITION},
    .run = s_run_definitions,
    .notes = "With NAME its text is printed. A saga that runs goes on by the\n"
             "definition that it began with: zp saga show ID --json has that.",
};
