//  SPDX-License-Identifier: MIT

#include "broker.h"
#include "queue_commands.h"
#include "figures.h"
#include "zp_queue_core.h"

//  What zp queue stat shows, in this order
static const figure_t s_figures[] = {
    {"ready", "messages to be delivered"},
    {"delayed", "to be delivered later"},
    {"leased", "with a worker"},
    {"buried", "until somebody kicks them"},
    {"writing", "not on disk yet"},
    {"bytes", "of bodies"},
    {"consumers", "who take from it"},
    {"put", "since the broker was started"},
    {"repeated", "put again under the same id"},
    {"refused", "because of a limit"},
    {"acquired", "leases"},
    {"acked", "messages done"},
    {"returned", "deliveries in vain"},
    {"dead", "moved to the dead-letter queue"},
    {NULL, NULL},
};

static json_int_t
s_figure (json_t *queue, const char *key)
{
    return json_integer_value (json_object_get (queue, key));
}

static const char *
s_name (json_t *queue)
{
    const char *name = json_string_value (json_object_get (queue, "name"));
    return name ? name : "?";
}

//  Messages in the dead-letter queue of this one; -1 if it is one itself
static json_int_t
s_dead (json_t *list, json_t *queue)
{
    const char *name = s_name (queue);
    size_t size = strlen (name), end = strlen (ZP_QUEUE_DEAD), number;
    if (size > end && strcmp (name + size - end, ZP_QUEUE_DEAD) == 0)
        return -1;
    json_t *other;
    json_array_foreach (list, number, other)
    {
        const char *dead = s_name (other);
        if (strncmp (dead, name, size) == 0 &&
            strcmp (dead + size, ZP_QUEUE_DEAD) == 0)
            return s_figure (other, "ready") + s_figure (other, "delayed") +
                   s_figure (other, "leased") + s_figure (other, "buried");
    }
    return 0;
}

static void
s_row (table_t *table, json_t *list, json_t *queue)
{
    table_cell (table, PLAIN, "%s", s_name (queue));
    figures_cell (table, s_figure (queue, "ready"), PLAIN);
    figures_cell (table, s_figure (queue, "delayed"), PLAIN);
    figures_cell (table, s_figure (queue, "leased"), PLAIN);
    figures_cell (table, s_figure (queue, "buried"), YELLOW);
    json_int_t dead = s_dead (list, queue);
    if (dead == -1)
        table_cell (table, PLAIN, "-");
    else
        figures_cell (table, dead, RED);
    table_cell_bytes (table, s_figure (queue, "bytes"));
    figures_cell (table, s_figure (queue, "consumers"), PLAIN);
    bool paused = json_is_true (json_object_get (queue, "paused"));
    table_cell (table, paused ? YELLOW : PLAIN, "%s", paused ? "yes" : "-");
}

static void
s_print_list (json_t *list)
{
    static const char *const heads[] = {
        "QUEUE", "READY", "DELAYED",   "LEASED", "BURIED",
        "DEAD",  "BYTES", "CONSUMERS", "PAUSED", NULL};
    table_t *table = table_new (9);
    table_heads (table, heads);
    size_t number;
    json_t *queue;
    json_array_foreach (list, number, queue) s_row (table, list, queue);
    table_print (&table);
}

static exit_code_t
s_ls (broker_t *broker, const args_t *args)
{
    broker_call_t call = {.method = "queue.list"};
    json_t *list;
    exit_code_t code = broker_ask (broker, &call, &list);
    if (code == EXIT_OK && args_has (args, "json"))
        print_json (json_incref (list));
    else if (code == EXIT_OK && json_array_size (list) == 0)
        say ("no queues yet: the first message put makes one");
    else if (code == EXIT_OK)
        s_print_list (list);
    json_decref (list);
    return code;
}

static int
s_run_ls (args_t *args)
{
    return broker_use (args, s_ls);
}

static void
s_print_figures (json_t *queue)
{
    table_t *table = table_new (3);
    bool paused = json_is_true (json_object_get (queue, "paused"));
    table_cell (table, PLAIN, "paused");
    table_cell (table, paused ? YELLOW : PLAIN, "%s", paused ? "yes" : "no");
    table_cell (table, DIM, "%s", paused ? "nothing is handed out" : "");
    figures_rows (table, queue, s_figures);
    table_print (&table);
}

static exit_code_t
s_stat (broker_t *broker, const args_t *args)
{
    broker_call_t call = {.method = "queue.stat",
                          .name = args_operand (args, 0)};
    json_t *queue;
    exit_code_t code = broker_ask (broker, &call, &queue);
    if (code == EXIT_OK && args_has (args, "json"))
        print_json (json_incref (queue));
    else if (code == EXIT_OK)
        s_print_figures (queue);
    json_decref (queue);
    return code;
}

static int
s_run_stat (args_t *args)
{
    return broker_use (args, s_stat);
}

const command_t cmd_queue_ls = {
    .name = "queue ls",
    .summary = "show the queues, and how many messages are in them",
    .usage = "[--json]",
    .examples = "zp queue ls\n"
                "zp queue ls --at tcp://127.0.0.1:5555\n"
                "zp queue ls --json | jq -r '.[] | select(.buried > 0).name'\n",
    .options = {OPTIONS_BROKER},
    .run = s_run_ls,
    .notes = "DEAD is how many messages are in the dead-letter queue of that\n"
             "queue, which is a row of its own as well.",
};

const command_t cmd_queue_stat = {
    .name = "queue stat",
    .summary = "show all figures of one queue",
    .usage = "QUEUE [--json]",
    .examples = "zp queue stat jobs\n"
                "zp queue stat jobs --json | jq .acked\n",
    .options = {OPTIONS_BROKER},
    .operands = {OPERAND_QUEUE},
    .needed = 1,
    .run = s_run_stat,
};
