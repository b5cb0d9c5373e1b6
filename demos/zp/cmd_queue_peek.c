//  SPDX-License-Identifier: MIT

#include "body.h"
#include "broker.h"
#include "member.h"
#include "queue_commands.h"
#include "table.h"
#include "zp_queue_core.h"

#define REPLY_MAX 31  // Messages that the broker shows in one reply
#define COUNT     10  // To show, if nothing is said
#define PREVIEW   60  // Characters of a body

//  What is being shown
typedef struct peek {
    broker_t *broker;   // Asked
    const char *queue;  // About
    const char *state;  // Of messages in this state
    long room;          // How many more to show
    table_t *table;     // For people; or
    json_t *list;       // for programs
    json_int_t last;    // Id of the last message that came
    size_t come;        // Messages in the last reply
} peek_t;

static const char *const s_heads[] = {"QUEUE",     "ID",   "STATE", "PRIORITY",
                                      "DELIVERED", "SIZE", "AGE",   "DUE",
                                      "WHY",       "BODY", NULL};

static void
s_row (peek_t *self, json_t *info, const zp_span_t *body)
{
    table_t *table = self->table;
    json_int_t now_ms = zclock_time (),
               due_ms = member_integer (info, "due_ms");
    const char *why = json_string_value (
        json_object_get (json_object_get (info, "head"), "why"));
    table_cell (table, PLAIN, "%s", self->queue);
    table_cell (table, PLAIN, "%lld", (long long) member_integer (info, "id"));
    table_cell (table, PLAIN, "%s", self->state);
    table_cell (table, PLAIN, "%d", (int) member_integer (info, "priority"));
    table_cell (table, PLAIN, "%d", (int) member_integer (info, "delivered"));
    table_cell_bytes (table, member_integer (info, "size_bytes"));
    table_cell_time (table, now_ms - member_integer (info, "put_ms"));
    if (due_ms > now_ms)
        table_cell_time (table, due_ms - now_ms);
    else
        table_cell (table, PLAIN, "-");
    table_cell (table, PLAIN, "%s", why ? why : "-");
    char *preview = one_line (body->data, body->size, PREVIEW);
    table_cell (table, PLAIN, "%s", preview);
    free (preview);
}

//  Parts are in pairs, what there is to say of a message and its body
static void
s_on_reply (void *arg, const zp_reply_t *reply)
{
    peek_t *self = arg;
    self->come = 0;
    for (size_t i = 0; i + 1 < reply->count; i += 2) {
        const zp_span_t *parts = &reply->parts[i];
        json_t *info = json_loadb (parts[0].data, parts[0].size, 0, NULL);
        if (!info)
            continue;
        self->last = member_integer (info, "id");
        self->come++;
        self->room--;
        if (self->table)
            s_row (self, info, &parts[1]);
        else {
            json_object_set_new (info, "queue", json_text (self->queue));
            json_object_set_new (info, "body", body_to_json (&parts[1]));
            json_array_append (self->list, info);
        }
        json_decref (info);
    }
}

//  Show what a queue has in that state
static exit_code_t
s_show (peek_t *self, const char *queue, const char *state)
{
    self->queue = queue;
    self->state = state;
    self->last = 0;
    exit_code_t code = EXIT_OK;
    do {
        int count = self->room < REPLY_MAX ? (int) self->room : REPLY_MAX;
        broker_call_t call = {.method = "queue.peek",
                              .name = queue,
                              .options = json_pack ("{ss, si, sI}", "state",
                                                    state, "count", count,
                                                    "after", self->last),
                              .fn = s_on_reply,
                              .arg = self};
        self->come = 0;
        code = broker_call (self->broker, &call);
    } while (code == EXIT_OK && self->come > 0 && self->room > 0);
    return code;
}

static peek_t
s_begin (broker_t *broker, const args_t *args)
{
    peek_t self = {.broker = broker,
                   .room = args_number (args, "count", COUNT)};
    if (args_has (args, "json"))
        self.list = json_array ();
    else {
        self.table = table_new (sizeof s_heads / sizeof *s_heads - 1);
        table_heads (self.table, s_heads);
    }
    return self;
}

//  Print what was found; none is a word if nothing was
static void
s_end (peek_t *self, const args_t *args, exit_code_t code, const char *none)
{
    bool some = self->room < args_number (args, "count", COUNT);
    if (code != EXIT_OK)
        json_decref (self->list);
    else if (self->list)
        print_json (self->list);
    else if (some)
        table_print (&self->table);
    else
        say ("%s", none);
    table_destroy (&self->table);
}

static exit_code_t
s_peek (broker_t *broker, const args_t *args)
{
    const char *queue = args_operand (args, 0);
    const char *state = args_text (args, "state");
    state = state ? state : queue_states[0];
    peek_t self = s_begin (broker, args);
    exit_code_t code = s_show (&self, queue, state);
    char *none = zsys_sprintf ("no message of %s is %s", queue, state);
    s_end (&self, args, code, none);
    free (none);
    return code;
}

static int
s_run_peek (args_t *args)
{
    return broker_use (args, s_peek);
}

//  True if that is a dead-letter queue, and that of the wanted queue if one is
static bool
s_is_dead (const char *name, const char *wanted)
{
    size_t size = strlen (name), end = strlen (ZP_QUEUE_DEAD);
    if (size <= end || strcmp (name + size - end, ZP_QUEUE_DEAD) != 0)
        return false;
    return !wanted || strcmp (name, wanted) == 0 ||
           (strlen (wanted) == size - end &&
            strncmp (name, wanted, size - end) == 0);
}

static json_int_t
s_messages (json_t *queue)
{
    json_int_t count = 0;
    for (size_t i = 0; queue_states[i]; i++)
        count += member_integer (queue, queue_states[i]);
    return count;
}

//  Show the dead letters of the wanted queue, or of all. Returns in *left_p how
//  many there are that were not shown; -1 if there is no such queue.
static exit_code_t
s_show_dead (peek_t *self, const char *wanted, json_int_t *left_p)
{
    json_t *list, *queue;
    broker_call_t call = {.method = "queue.list"};
    exit_code_t code = broker_ask (self->broker, &call, &list);
    size_t number;
    *left_p = -1;
    json_array_foreach (list, number, queue)
    {
        const char *name = json_string_value (json_object_get (queue, "name"));
        if (!name || !s_is_dead (name, wanted))
            continue;
        long room = self->room;
        for (size_t i = 0; queue_states[i] && code == EXIT_OK && self->room;
             i++)
            code = s_show (self, name, queue_states[i]);
        *left_p = (*left_p == -1 ? 0 : *left_p) + s_messages (queue) -
                  (room - self->room);
    }
    json_decref (list);
    return code;
}

static exit_code_t
s_dead (broker_t *broker, const args_t *args)
{
    const char *wanted = args_operand (args, 0);
    peek_t self = s_begin (broker, args);
    json_int_t left;
    exit_code_t code = s_show_dead (&self, wanted, &left);
    if (code == EXIT_OK && wanted && left == -1) {
        broker_call_t call = {.method = "queue.stat", .name = wanted};
        code = broker_call (broker, &call);
    }
    s_end (&self, args, code, "no dead letters");
    if (code == EXIT_OK && left > 0)
        say ("and %lld more; --count N shows them", (long long) left);
    return code;
}

static int
s_run_dead (args_t *args)
{
    return broker_use (args, s_dead);
}

#define OPTION_COUNT                                                           \
    {                                                                          \
        .name = "count", .letter = 'c', .value = "N", .min = 1,                \
        .max = LONG_MAX, .text = "at most so many (10)"                        \
    }

const command_t cmd_queue_peek = {
    .name = "queue peek",
    .summary = "look at messages of a queue, without taking them",
    .usage = "QUEUE [--state STATE] [--count N]",
    .examples = "zp queue peek jobs\n"
                "zp queue peek jobs --state buried --count 100\n"
                "zp queue peek jobs --json | jq '.[0].body'\n",
    .options = {OPTION_STATE, OPTION_COUNT, OPTIONS_BROKER},
    .operands = {OPERAND_QUEUE},
    .needed = 1,
    .run = s_run_peek,
    .notes =
        "Ready messages are shown in the order in which they will be\n"
        "delivered. DELIVERED is how often a message was in vain; DUE in\n"
        "how long a delayed one is ready, or a lease ends. Bodies are cut\n"
        "here, but not with --json: those that are JSON are shown as that,\n"
        "other text as a string, and other bytes as {\"base64\": ...}.",
};

const command_t cmd_queue_dead = {
    .name = "queue dead",
    .summary = "look at the dead letters: delivered in vain too often",
    .usage = "[QUEUE] [--count N]",
    .examples = "zp queue dead\n"
                "zp queue dead jobs\n"
                "zp queue dead jobs --json | jq '.[].head.why'\n",
    .options = {OPTION_COUNT, OPTIONS_BROKER},
    .operands = {OPERAND_QUEUE},
    .run = s_run_dead,
    .notes = "zp queue kick QUEUE.dead sends them back to the queue that they\n"
             "came from; zp queue purge QUEUE.dead throws them away.",
};
