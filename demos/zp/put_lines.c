//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "put_lines.h"

#include "body.h"
#include "output.h"

#define WINDOW      1024       // Lines that may be under way
#define WINDOW_SIZE (8 << 20)  // Bytes of these, but for one line
#define BLOCK       65536      // Bytes to read at a time
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
    zloop_t *loop;               // Runs it
    char *text;                  // What was read
    size_t from;                 // Where that begins which is not put yet
    size_t end;                  // And where it ends
    bool watching;               // The input is a part of the loop
    bool read_all;               // There is no more to read
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
        printf ("{\"line\":%llu,\"id\":%s}\n", number, line->id);
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

//  The options of queue.put for that line, which the caller frees, or NULL
static char *
s_options (const put_lines_t *self, uint64_t number)
{
    if (self->id) {
        char *id =
            zsys_sprintf ("%s-%llu", self->id, (unsigned long long) number);
        json_object_set_new (self->options, "id", json_text (id));
        free (id);
    }
    return json_dumps (self->options, JSON_COMPACT);
}

static void
s_put (putter_t *self, const char *data, size_t size)
{
    const put_lines_t *options = self->options;
    line_t *line = s_line (self, ++self->begun);
    *line = (line_t){.putter = self, .number = self->begun, .size = size};
    self->size_out += size;
    char *text = s_options (options, line->number);
    zp_span_t args[] = {{options->queue, strlen (options->queue)},
                        {data, size},
                        {text, strlen (text)}};
    zp_call_t call = {.method = "queue.put",
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
    return !self->stopped && self->begun - self->told < WINDOW &&
           self->size_out < WINDOW_SIZE;
}

//  Put what is complete of what was read
static void
s_put_lines (putter_t *self)
{
    while (s_has_room (self) && self->from < self->end) {
        const char *from = self->text + self->from;
        size_t size = self->end - self->from;
        const char *stop = memchr (from, '\n', size);
        if (!stop && !self->read_all)
            break;
        size = stop ? (size_t) (stop - from) : size;
        self->from += size + (stop != NULL);
        s_put (self, from, size);
    }
}

//  All that was read is put, but for the beginning of a line
static int
s_on_input (zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void) loop;
    putter_t *self = arg;
    self->end -= self->from;
    memmove (self->text, self->text + self->from, self->end);
    self->from = 0;
    ssize_t size = read (item->fd, self->text + self->end, BLOCK);
    if (size > 0)
        self->end += (size_t) size;
    else if (size == 0)
        self->read_all = true;
    else if (errno != EINTR && errno != EAGAIN) {
        say_error ("can't read: %s", strerror (errno));
        self->code = EXIT_ERROR;
        self->stopped = true;
    }
    s_go_on (self);
    return 0;
}

//  Have more read, or not
static void
s_watch (putter_t *self, bool watch)
{
    zmq_pollitem_t item = {.fd = self->options->input, .events = ZMQ_POLLIN};
    if (watch && !self->watching) {
        zloop_poller (self->loop, &item, s_on_input, self);
        zloop_poller_set_tolerant (self->loop, &item);  // Of its end
    }
    else if (!watch && self->watching)
        zloop_poller_end (self->loop, &item);
    self->watching = watch;
}

//  Put and read as much as can be now; or it is over
static void
s_go_on (putter_t *self)
{
    s_put_lines (self);
    if (self->end - self->from > BODY_MAX && s_has_room (self)) {
        say_error ("line %llu is longer than %d bytes, and a message can't be",
                   (unsigned long long) self->begun + 1, BODY_MAX);
        self->code = EXIT_USAGE;
        self->stopped = true;
    }
    s_watch (self, s_has_room (self) && !self->read_all);
    bool all = self->stopped || (self->read_all && self->from == self->end);
    if (all && self->told == self->begun)
        caller_end (broker_caller (self->broker));
}

static int
s_on_tick (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer;
    putter_t *self = arg;
    if (zclock_mono () - self->since_ms >= PATIENCE_MS)
        progress ("put %llu messages into %s", (unsigned long long) self->put,
                  self->options->queue);
    return 0;
}

//  Say what has become of all lines
static void
s_sum_up (putter_t *self, bool interrupted)
{
    //  Lines after one whose outcome nobody will know
    for (uint64_t number = self->told + 1; number <= self->begun; number++)
        s_tell_line (self, s_line (self, number));
    fflush (stdout);
    uint64_t unknown = self->begun - self->put - self->failures;
    say ("put %llu message%s into %s", (unsigned long long) self->put,
         self->put == 1 ? "" : "s", self->options->queue);
    if (self->failures > FAILURES)
        say ("%llu lines failed", (unsigned long long) self->failures);
    if (unknown)
        say ("%llu more may have been put", (unsigned long long) unknown);
    if (self->stopped || interrupted)
        say ("nothing after line %llu was put",
             (unsigned long long) self->begun);
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

exit_code_t
put_lines (broker_t *broker, const put_lines_t *options)
{
    putter_t *self = zmalloc (sizeof *self);
    self->options = options;
    self->broker = broker;
    self->loop = caller_loop (broker_caller (broker));
    self->text = malloc (BODY_MAX + 2 * BLOCK);
    assert (self->text);
    self->since_ms = zclock_mono ();
    int tick = zloop_timer (self->loop, TICK_MS, 0, s_on_tick, self);
    s_watch (self, true);
    bool interrupted = !caller_run (broker_caller (broker));
    s_cancel (self);
    zloop_timer_end (self->loop, tick);
    s_watch (self, false);
    progress_end ();
    s_sum_up (self, interrupted);
    exit_code_t code = interrupted ? EXIT_INTERRUPTED : self->code;
    free (self->text);
    free (self);
    return code;
}
