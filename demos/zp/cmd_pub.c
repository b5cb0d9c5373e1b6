//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "commands.h"
#include "lines.h"
#include "output.h"
#include "pub_commands.h"
#include "signals.h"

#define QUIET_BEATS 2    // Heartbeats in which who has missed something asks
#define SLICE_MS    100  // Of --block, so that Ctrl-C is heard

typedef struct pub {
    const args_t *args;         // As typed
    zloop_t *loop;              // Runs all
    zp_publisher_t *publisher;  // Publishes
    lines_t *input;             // What
    zp_span_t line;             // The last one
    bool stuck;                 // A subscriber has no room for that
    long waited_ms;             // For it
    uint64_t wait;              // Until so many have joined; 0: don't
    uint64_t published;         // Lines
    int quiet;                  // Timer: nobody has asked for long; -1: none
    bool interrupted;           // By Ctrl-C
    exit_code_t code;           // How it ends
} pub_t;

//  A line, understood
typedef struct update {
    const char *topic;  // Of what; it ends with a 0
    zp_span_t payload;  // What
    bool event;         // It is no value
    bool deleted;       // There is none any more
    uint32_t ttl_ms;    // How long a value lasts
} update_t;

static zp_status_t
s_publish (pub_t *self, const update_t *update)
{
    const char *topic = update->topic;
    zp_span_t payload = update->payload;
    if (update->deleted)
        return zp_publisher_delete (self->publisher, topic);
    if (update->event)
        return zp_publisher_event (self->publisher, topic, payload.data,
                                   payload.size);
    return zp_publisher_set (self->publisher, topic, payload.data, payload.size,
                             update->ttl_ms);
}

//  True if a line is to be published once more, since it waits for room
static bool
s_waits (pub_t *self, zp_status_t status)
{
    long block_ms = args_number (self->args, "block", 0);
    self->waited_ms += SLICE_MS;
    self->stuck = status == ZP_DEADLINE_EXCEEDED &&
                  (block_ms == -1 || self->waited_ms < block_ms);
    if (!self->stuck)
        self->waited_ms = 0;
    return self->stuck;
}

static void
s_settle (pub_t *self, const update_t *update, const char *wrong)
{
    zp_status_t status = wrong ? ZP_OK : s_publish (self, update);
    if (s_waits (self, status))
        return;
    if (status != ZP_OK)
        wrong = zp_publisher_error (self->publisher);
    self->published += wrong == NULL;
    if (!wrong)
        return;
    say_error ("line %llu: %s", (unsigned long long) lines_count (self->input),
               wrong);
    self->code = EXIT_USAGE;
}

//  What a line is if it does not say more
static update_t
s_plain_update (pub_t *self)
{
    return (update_t){.event = args_has (self->args, "event"),
                      .ttl_ms = (uint32_t) args_number (self->args, "ttl", 0)};
}

//  Topic, space, payload
static void
s_take_text (pub_t *self, zp_span_t line)
{
    const char *space = memchr (line.data, ' ', line.size);
    size_t size =
        space ? (size_t) (space - (const char *) line.data) : line.size;
    char *topic = strndup (line.data, size);
    update_t update = s_plain_update (self);
    update.topic = topic;
    if (space)
        update.payload = (zp_span_t){space + 1, line.size - size - 1};
    s_settle (self, &update,
              strlen (topic) < size ? "there is a NUL in the topic" : NULL);
    free (topic);
}

//  An object with topic, value and more
static const char *
s_read_object (json_t *json, update_t *update, json_t **value, char *text,
               size_t size)
{
    json_int_t ttl_ms = update->ttl_ms;
    int event = update->event, deleted = 0;
    json_error_t error;
    if (json_unpack_ex (json, &error, JSON_STRICT, "{s:s, s?o, s?I, s?b, s?b}",
                        "topic", &update->topic, "value", value, "ttl_ms",
                        &ttl_ms, "event", &event, "delete", &deleted) == -1) {
        snprintf (text, size, "%s", error.text);
        return text;
    }
    if (ttl_ms < 0 || ttl_ms > UINT32_MAX)
        return "ttl_ms is out of range";
    if (!*value && !deleted && !event)
        return "there is no value";
    update->ttl_ms = (uint32_t) ttl_ms;
    update->event = event;
    update->deleted = deleted;
    return NULL;
}

static void
s_take_json (pub_t *self, zp_span_t line)
{
    json_error_t error;
    char wrong[JSON_ERROR_TEXT_LENGTH];
    json_t *json = json_loadb (line.data, line.size, 0, &error), *value = NULL;
    update_t update = s_plain_update (self);
    if (!json) {
        s_settle (self, NULL, error.text);
        return;
    }
    const char *why =
        s_read_object (json, &update, &value, wrong, sizeof wrong);
    //  A string stands for what is in it, and all else for itself
    char *text = value && !json_is_string (value)
                     ? json_dumps (value, JSON_COMPACT | JSON_ENCODE_ANY)
                     : NULL;
    if (text)
        update.payload = (zp_span_t){text, strlen (text)};
    else if (value)
        update.payload =
            (zp_span_t){json_string_value (value), json_string_length (value)};
    s_settle (self, &update, why);
    free (text);
    json_decref (json);
}

static int
s_on_quiet (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer, (void) arg;
    return -1;
}

//  All is published. Each subscriber hears, at the next heartbeat, how far the
//  stream is, and asks at once for what it has missed: so wait until nobody has
//  asked for a while
static void
s_await_quiet (pub_t *self)
{
    size_t ms = (size_t) args_number (self->args, "heartbeat", 1000);
    if (self->quiet != -1)
        zloop_timer_end (self->loop, self->quiet);
    self->quiet =
        zloop_timer (self->loop, QUIET_BEATS * ms, 1, s_on_quiet, NULL);
}

static void
s_take (pub_t *self)
{
    if (args_has (self->args, "json"))
        s_take_json (self, self->line);
    else
        s_take_text (self, self->line);
}

static void s_on_lines (void *arg);

static int
s_on_again (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer;
    pub_t *self = arg;
    s_take (self);
    lines_watch (self->input, true);
    s_on_lines (self);
    return 0;
}

static void
s_on_lines (void *arg)
{
    pub_t *self = arg;
    while (!self->stuck && lines_next (self->input, &self->line))
        s_take (self);
    if (self->stuck) {
        lines_watch (self->input, false);
        //  Not at once: then the loop would do nothing else
        zloop_timer (self->loop, 1, 1, s_on_again, self);
        return;
    }
    if (!lines_ended (self->input))
        return;
    lines_watch (self->input, false);
    if (lines_code (self->input) != EXIT_OK)
        self->code = lines_code (self->input);
    say ("published %llu update%s", (unsigned long long) self->published,
         self->published == 1 ? "" : "s");
    if (args_has (self->args, "once"))
        s_await_quiet (self);
}

//  Somebody has asked for something: a subscriber that joins for the last
//  values, and one that has missed something for that
static void
s_on_requests (void *arg)
{
    pub_t *self = arg;
    zp_publisher_stats_t stats;
    zp_publisher_stats (self->publisher, &stats);
    if (self->quiet != -1)
        s_await_quiet (self);
    else if (self->wait && stats.snapshots >= self->wait) {
        self->wait = 0;
        progress_end ();
        lines_watch (self->input, true);
    }
}

static exit_code_t
s_serve (pub_t *self)
{
    zp_server_t *server = zp_publisher_server (self->publisher);
    self->input = lines_new (self->loop, STDIN_FILENO, s_on_lines, self);
    zp_server_on_turn (server, s_on_requests, self);
    if (self->wait)
        progress ("waiting for subscribers, %llu of them",
                  (unsigned long long) self->wait);
    else
        lines_watch (self->input, true);
    zloop_start (self->loop);
    progress_end ();
    lines_destroy (&self->input);
    bool early = self->wait || args_has (self->args, "once");
    return self->interrupted && early ? EXIT_INTERRUPTED : self->code;
}

static int
s_run (args_t *args)
{
    pub_t self = {.args = args,
                  .wait = (uint64_t) args_number (args, "wait", 0),
                  .quiet = -1};
    zp_publisher_options_t options = pub_options (args);
    options.name = "zp pub";
    options.will = args_text (args, "will");
    options.block_ms = (int) args_number (args, "block", 0);
    if (options.block_ms == -1 || options.block_ms > SLICE_MS)
        options.block_ms = SLICE_MS;
    if (options.will && strlen (options.will) > 255) {
        say_error ("--will is longer than 255 bytes");
        return EXIT_USAGE;
    }
    zsys_handler_set (NULL);
    self.loop = zloop_new ();
    zloop_set_nonstop (self.loop, true);
    int signals = signals_end_loop (self.loop, &self.interrupted);
    self.publisher = zp_publisher_new (self.loop, &options);
    exit_code_t code = pub_bind (args, "bind", "pub", self.publisher);
    if (code == EXIT_OK)
        code = s_serve (&self);
    zp_publisher_destroy (&self.publisher);
    zloop_destroy (&self.loop);
    close (signals);
    return code;
}

const command_t cmd_pub = {
    .name = "pub",
    .summary = "publish lines: values that last, or events",
    .usage = "[--event] [--bind UPDATES,REQUESTS]... < LINES",
    .examples = "echo 'storm/north gale' | zp pub\n"
                "tail -f alerts | zp pub --event\n"
                "zp pub --once --wait 2 < values.txt\n"
                "zp pub --json < updates.jsonl\n"
                "zp pub --bind tcp://127.0.0.1:5555,tcp://127.0.0.1:5556\n"
                "zp pub stat\n",
    .options = {{.name = "event",
                 .letter = 'e',
                 .text = "lines are events, not values"},
                {.name = "ttl",
                 .value = "MS",
                 .min = 0,
                 .max = UINT32_MAX,
                 .text = "how long values last; 0: no end (0)"},
                {.name = "once",
                 .letter = 'o',
                 .text = "end when the lines do, and subscribers have them"},
                {.name = "wait",
                 .letter = 'w',
                 .value = "N",
                 .min = 0,
                 .max = INT_MAX,
                 .text = "first wait for so many to join (0)"},
                {.name = "will",
                 .value = "TEXT",
                 .text = "what subscribers are told if this dies"},
                {.name = "block",
                 .value = "MS",
                 .min = -1,
                 .max = INT_MAX,
                 .text = "wait for the slowest so long; -1: for ever (0)"},
                OPTIONS_PUBLISHER,
                {.name = "json", .text = "lines are JSON objects"}},
    .run = s_run,
    .family = (const command_t *const[]){&cmd_pub_stat, NULL},
    .notes =
        "A line is a topic, a space, and the payload. The value of a topic\n"
        "lasts until its next one, and who subscribes later is told it. With\n"
        "--json a line is such as\n"
        "  {\"topic\": \"storm/north\", \"value\": \"gale\", \"ttl_ms\": "
        "60000}\n"
        "  {\"topic\": \"storm/north\", \"value\": {\"force\": 9}, \"event\": "
        "true}\n"
        "  {\"topic\": \"storm/north\", \"delete\": true}\n"
        "A line that is wrong is said, and passed over; the exit code is 2.\n"
        "\n"
        "At the end of the lines it stays until Ctrl-C, since the values are\n"
        "to be had here. With --once it ends when for two heartbeats nobody\n"
        "has asked for anything: subscribers hear at each heartbeat how far\n"
        "the stream is, and ask for what they have missed. --wait N counts\n"
        "who asks for the last values: a zp sub once for each of its filters.\n"
        "\n"
        "Without --bind only processes of this user on this machine reach it,\n"
        "which zp sub does by itself.",
};
