//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "put_lines.h"

#include <fcntl.h>

#include "lines.h"
#include "output.h"

#define WINDOW      1024       // Lines that may be under way
#define WINDOW_SIZE (8 << 20)  // Bytes of these, but for one line
#define TICK_MS     500        // How often to show how far it is
#define PATIENCE_MS 2000       // Show it after so long
#define FAILURES    5          // Say so many, and then only how many

//  A line that is under way
typedef struct line {
    struct putter *putter;  // Whose it is
    uint64_t number;        // Counted from 1
    size_t size;            // Bytes
    uint64_t call;          // That puts it
    bool done;              // Its reply is there
    char id[24];            // Of the message; "" if there is none
    char *why;              // Why there is none; NULL: that is not known
} line_t;

typedef struct putter {
    const put_lines_t *options;  // What to do
    broker_t *broker;            // Where
    lines_t *input;              // What to put
    bool stopped;                // No more is to be put
    bool over;                   // Replies that still come don't count
    line_t lines[WINDOW];        // Under way, by their numbers
    uint64_t begun;              // Lines that were sent
    uint64_t told;               // Of these, whose outcome is known and said
    uint64_t put;                // Of these, that are in the queue
    uint64_t failures;           // And that are not
    size_t size_out;             // Bytes under way
    int64_t since_ms;            // When it began
    exit_code_t code;            // How it ends
} putter_t;

static line_t *
s_line (putter_t *self, uint64_t number)
{
    return &self->lines[number % WINDOW];
}

static void
s_tell_line (putter_t *self, line_t *line)
{
    unsigned long long number = line->number;
    if (*line->id && self->options->as_json)
        printf ("{\"line\":%llu,\"%s\":%s}\n", number, self->options->key,
                line->id);
    else if (*line->id)
        puts (line->id);
    else if (line->why && self->failures < FAILURES)
        say_error ("line %llu: %s", number, line->why);
    self->put += *line->id != 0;
    self->failures += line->why != NULL;
    zstr_free (&line->why);
}

//  Print what is known, in the order of the lines
static void
s_tell (putter_t *self)
{
    while (self->told < self->begun && s_line (self, self->told + 1)->done)
        s_tell_line (self, s_line (self, ++self->told));
}

//  A line has an outcome
static void
s_settle (line_t *line, const zp_reply_t *reply)
{
    putter_t *self = line->putter;
    line->done = true;
    self->size_out -= line->size;
    if (reply->status != ZP_OK) {
        outcome_t outcome = {.status = reply->status};
        if (self->code == EXIT_OK)
            self->code = outcome_exit_code (&outcome);
        self->stopped = true;
        line->why = zsys_sprintf ("%s: %s", zp_status_name (reply->status),
                                  reply->text);
    }
    else if (reply->count > 0)
        snprintf (line->id, sizeof line->id, "%.*s", (int) reply->parts[0].size,
                  (const char *) reply->parts[0].data);
    s_tell (self);
}

static void s_go_on (putter_t *self);

static void
s_on_reply (void *arg, const zp_reply_t *reply)
{
    line_t *line = arg;
    if (reply->more || line->putter->over)
        return;
    s_settle (line, reply);
    s_go_on (line->putter);
}

//  The options of the method for that line, which the caller frees, or NULL
static char *
s_options (const put_lines_t *self, uint64_t number)
{
    if (self->id) {
        char *id =
            zsys_sprintf ("%s-%llu", self->id, (unsigned long long) number);
        json_object_set_new (self->options, "id", json_text (id));
        free (id);
    }
    if (self->expect >= 0)
        json_object_set_new (
            self->options, "expect",
            json_integer (self->expect + (json_int_t) number - 1));
    return json_dumps (self->options, JSON_COMPACT);
}

static void
s_put (putter_t *self, zp_span_t body)
{
    const put_lines_t *options = self->options;
    line_t *line = s_line (self, ++self->begun);
    *line = (line_t){.putter = self, .number = self->begun, .size = body.size};
    self->size_out += body.size;
    char *text = s_options (options, line->number);
    zp_span_t args[] = {
        {options->name, strlen (options->name)}, body, {text, strlen (text)}};
    zp_call_t call = {.method = options->method,
                      .args = args,
                      .count = 3,
                      .timeout_ms = broker_timeout_ms (self->broker),
                      .once = !options->id,
                      .fn = s_on_reply,
                      .arg = line};
    zp_client_t *client = caller_client (broker_caller (self->broker));
    zp_status_t status = zp_client_start (client, &call, &line->call);
    if (status != ZP_OK)
        s_settle (line, &(zp_reply_t){.status = status,
                                      .text = zp_client_error (client)});
    free (text);
}

static bool
s_has_room (const putter_t *self)
{
    uint64_t window = self->options->one_by_one ? 1 : WINDOW;
    return !self->stopped && self->begun - self->told < window &&
           self->size_out < WINDOW_SIZE;
}

//  Put and read as much as can be now; or it is over
static void
s_go_on (putter_t *self)
{
    zp_span_t line;
    while (s_has_room (self) && lines_next (self->input, &line))
        s_put (self, line);
    if (self->code == EXIT_OK)
        self->code = lines_code (self->input);
    self->stopped = self->stopped || self->code != EXIT_OK;
    lines_watch (self->input, s_has_room (self));
    if ((self->stopped || lines_ended (self->input)) &&
        self->told == self->begun)
        caller_end (broker_caller (self->broker));
}

static void
s_on_lines (void *arg)
{
    s_go_on (arg);
}

static int
s_on_tick (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer;
    putter_t *self = arg;
    const put_lines_t *options = self->options;
    if (zclock_mono () - self->since_ms >= PATIENCE_MS)
        progress ("%s %llu %ss %s %s", options->done,
                  (unsigned long long) self->put, options->what, options->into,
                  options->name);
    return 0;
}

//  Say what has become of all lines
static void
s_sum_up (putter_t *self, bool interrupted)
{
    const put_lines_t *options = self->options;
    //  Lines after one whose outcome nobody will know
    for (uint64_t number = self->told + 1; number <= self->begun; number++)
        s_tell_line (self, s_line (self, number));
    fflush (stdout);
    uint64_t unknown = self->begun - self->put - self->failures;
    say ("%s %llu %s%s %s %s", options->done, (unsigned long long) self->put,
         options->what, self->put == 1 ? "" : "s", options->into,
         options->name);
    if (self->failures > FAILURES)
        say ("%llu lines failed", (unsigned long long) self->failures);
    if (unknown)
        say ("%llu more may have been %s", (unsigned long long) unknown,
             options->done);
    if (self->stopped || interrupted)
        say ("nothing after line %llu was %s", (unsigned long long) self->begun,
             options->done);
}

//  Nobody waits any more for what is under way
static void
s_cancel (putter_t *self)
{
    self->over = true;
    for (uint64_t number = self->told + 1; number <= self->begun; number++)
        if (!s_line (self, number)->done)
            zp_client_cancel (caller_client (broker_caller (self->broker)),
                              s_line (self, number)->call);
}

static exit_code_t
s_put_all (broker_t *broker, const put_lines_t *options, int input)
{
    caller_t *caller = broker_caller (broker);
    zloop_t *loop = caller_loop (caller);
    putter_t *self = zmalloc (sizeof *self);
    self->options = options;
    self->broker = broker;
    self->input = lines_new (loop, input, s_on_lines, self);
    self->since_ms = zclock_mono ();
    int tick = zloop_timer (loop, TICK_MS, 0, s_on_tick, self);
    lines_watch (self->input, true);
    bool interrupted = !caller_run (caller);
    s_cancel (self);
    zloop_timer_end (loop, tick);
    progress_end ();
    s_sum_up (self, interrupted);
    exit_code_t code = interrupted ? EXIT_INTERRUPTED : self->code;
    lines_destroy (&self->input);
    free (self);
    return code;
}

exit_code_t
put_lines (broker_t *broker, const put_lines_t *options, const char *file)
{
    if (strcmp (file, "-") == 0)
        return s_put_all (broker, options, STDIN_FILENO);
    if (*file != '@') {
        say_error ("--lines takes lines of - or @FILE");
        say_hint ("- for stdin, or @%s for a file", file);
        return EXIT_USAGE;
    }
    int input = open (file + 1, O_RDONLY | O_CLOEXEC);
    if (input == -1) {
        say_error ("can't open %s: %s", file + 1, strerror (errno));
        return EXIT_NOT_FOUND;
    }
    exit_code_t code = s_put_all (broker, options, input);
    close (input);
    return code;
}
