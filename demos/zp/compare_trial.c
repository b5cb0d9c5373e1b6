//  SPDX-License-Identifier: MIT
//
//  One way is tried: a broker, if there is one, and a worker are started; a
//  first job is done; the load begins, a third of it later the fault; and when
//  nothing more can become of any job all is counted.
//
//      call    sender ------------------> worker
//      queue   sender ------> broker ---> worker
//      pubsub  sender ------------------> worker     the sender publishes
//      log     sender ------> broker ---> worker
//                                     ^
//                        the line that loses messages, if that is the fault

#define _GNU_SOURCE

#include "compare.h"

#include <unistd.h>

#include "compare_child.h"
#include "compare_line.h"
#include "compare_sender.h"
#include "output.h"
#include "signals.h"
#include "zp_random.h"

#define TICK_MS   1         // How exact all times are
#define BEGIN_US  10000000  // The first job takes no longer
#define SETTLE_US 30000000  // Nor do the last ones, after the load
#define WORK_US   500       // A job takes so long, if all is well
#define SLOW_US   20000     // And if it is slow

typedef enum s_phase { BEGINNING, FIRST_JOB, LOAD, SETTLING } s_phase_t;

typedef struct trial {
    compare_way_t way;                 // What is tried
    const compare_options_t *options;  // How
    const char *folder;                // Where all files and sockets are
    zloop_t *loop;                     // All is on it
    compare_book_t *book;              // What becomes of the jobs
    compare_sender_t *sender;          // Gives them out
    compare_line_t *lines[2];          // DROP: what the worker is behind
    pid_t broker;                      // Its process; 0: none
    pid_t worker;                      // The same
    s_phase_t phase;                   // How far it is
    int64_t since_us;                  // When that began
    bool broken;                       // The fault is there
    bool healed;                       // It is over
    zp_random_t random;                // When jobs are wanted
    int64_t next_us;                   // When the next is, after since_us
    uint32_t sent;                     // Jobs given out, but for the first
    bool last;                         // And the first once more, at the end
    exit_code_t code;                  // How it has ended
} trial_t;

static char *
s_endpoint (const trial_t *self, const char *name)
{
    return zsys_sprintf ("ipc://%s/%s", self->folder, name);
}

static char *
s_file (const trial_t *self, const char *name)
{
    return zsys_sprintf ("%s/%s", self->folder, name);
}

//  True if the worker connects to somebody, and not somebody to it
static bool
s_worker_connects (const trial_t *self)
{
    return self->way != COMPARE_CALL;
}

static bool
s_start_broker (trial_t *self)
{
    char *endpoint = s_endpoint (self, "broker"), *log = s_file (self, "log");
    char *journal = s_file (self, "journal.db");
    char lease[16];
    snprintf (lease, sizeof lease, "%d", COMPARE_LEASE_MS);
    const char *queue[] = {"zp",     "queue",   "serve", journal, "--bind",
                           endpoint, "--lease", lease,   NULL};
    const char *events[] = {"zp",     "log",    "serve", journal,
                            "--bind", endpoint, NULL};
    if (self->way == COMPARE_QUEUE)
        self->broker = compare_child_start (queue, log);
    else if (self->way == COMPARE_LOG)
        self->broker = compare_child_start (events, log);
    zstr_free (&endpoint);
    zstr_free (&log);
    zstr_free (&journal);
    return self->broker != -1;
}

//  Where the worker is bound, or where it connects to: with a line, to that
static bool
s_start_worker (trial_t *self)
{
    bool line =
        self->options->fault == COMPARE_DROP && s_worker_connects (self);
    const char *source = self->way == COMPARE_CALL     ? "worker"
                         : self->way == COMPARE_PUBSUB ? "updates"
                                                       : "broker";
    char *endpoint = s_endpoint (self, line ? "line" : source);
    char *requests = s_endpoint (self, line ? "line-requests" : "requests");
    char *book = s_file (self, "book"), *log = s_file (self, "log");
    const char *words[] = {
        "zp", "compare", "work",   "--by", compare_ways[self->way],
        book, endpoint,  requests, NULL};
    self->book->ready = 0;
    self->worker = compare_child_start (words, log);
    zstr_free (&endpoint);
    zstr_free (&requests);
    zstr_free (&book);
    zstr_free (&log);
    return self->worker != -1;
}

static compare_line_t *
s_line (trial_t *self, const char *front, const char *back, bool updates)
{
    char *from = s_endpoint (self, front), *to = s_endpoint (self, back);
    compare_line_t *line =
        compare_line_new (self->loop, from, to, updates, self->options->seed);
    zstr_free (&from);
    zstr_free (&to);
    return line;
}

static void
s_lay_lines (trial_t *self)
{
    if (self->way == COMPARE_PUBSUB) {
        self->lines[0] = s_line (self, "line", "updates", true);
        self->lines[1] = s_line (self, "line-requests", "requests", false);
    }
    else
        self->lines[0] =
            s_line (self, "line",
                    self->way == COMPARE_CALL ? "worker" : "broker", false);
}

static bool
s_start_sender (trial_t *self)
{
    bool drop = self->options->fault == COMPARE_DROP;
    const char *to = self->way == COMPARE_PUBSUB ? "updates"
                     : self->way != COMPARE_CALL ? "broker"
                     : drop                      ? "line"
                                                 : "worker";
    char *endpoint = s_endpoint (self, to);
    char *requests = s_endpoint (self, "requests");
    self->sender = compare_sender_new (self->loop, self->way, endpoint,
                                       requests, self->book);
    zstr_free (&endpoint);
    zstr_free (&requests);
    if (self->sender && drop)
        s_lay_lines (self);
    return self->sender;
}

static void
s_lose (trial_t *self, int percent)
{
    for (int i = 0; i < 2; i++)
        if (self->lines[i])
            compare_line_lose (self->lines[i], percent);
}

static void
s_break (trial_t *self)
{
    self->broken = true;
    switch (self->options->fault) {
    case COMPARE_KILL:
        compare_child_kill (&self->worker);
        break;
    case COMPARE_PAUSE:
        kill (self->worker, SIGSTOP);
        break;
    case COMPARE_SLOW:
        self->book->work_us = SLOW_US;
        break;
    case COMPARE_DROP:
        s_lose (self, self->options->percent);
        break;
    default:
        break;
    }
}

static bool
s_heal (trial_t *self)
{
    self->healed = true;
    self->book->work_us = WORK_US;
    s_lose (self, 0);
    if (self->options->fault == COMPARE_KILL)
        return s_start_worker (self);
    kill (self->worker, SIGCONT);
    return true;
}

static void
s_enter (trial_t *self, s_phase_t phase)
{
    self->phase = phase;
    self->since_us = zclock_usecs ();
}

//  Between two jobs lies any time up to twice the average
static void
s_plan_next (trial_t *self)
{
    self->next_us += zp_random_below (
        &self->random, 2 * 1000000 / (uint32_t) self->options->rate);
}

static void
s_give_out (trial_t *self, int64_t age_us)
{
    while (self->next_us <= age_us && self->next_us < self->options->load_us &&
           self->sent + 1 < self->book->count) {
        self->book->jobs[++self->sent].wanted_us =
            self->since_us + self->next_us;
        compare_sender_send (self->sender, self->sent);
        s_plan_next (self);
    }
}

//  Updates come in their order: what was not done when the last one is will not
//  be. The last one is the first job once more, when the worker is there
static bool
s_heard_all (trial_t *self)
{
    if (!self->last && self->book->ready > 0) {
        self->last = true;
        compare_sender_send (self->sender, 0);
    }
    return self->book->jobs[0].times > 1;
}

//  Nothing more can become of any job
static bool
s_settled (trial_t *self)
{
    const compare_job_t *jobs = self->book->jobs;
    if (self->way == COMPARE_PUBSUB)
        return s_heard_all (self);
    if (compare_sender_waits (self->sender) > 0)
        return false;
    for (uint32_t i = 1; i <= self->sent; i++)
        if (jobs[i].times == 0 && !jobs[i].failed)
            return false;
    return true;
}

//  Go on, if there is anything to do. False if that is all
static bool
s_go_on (trial_t *self)
{
    int64_t age_us = zclock_usecs () - self->since_us;
    int64_t begins_us = self->options->load_us / 3;
    switch (self->phase) {
    case BEGINNING:
        if (self->book->ready == 0)
            return true;
        compare_sender_send (self->sender, 0);
        s_enter (self, FIRST_JOB);
        return true;
    case FIRST_JOB:
        if (self->book->jobs[0].times > 0)
            s_enter (self, LOAD);
        return true;
    case LOAD:
        if (!self->broken && age_us >= begins_us)
            s_break (self);
        if (self->broken && !self->healed &&
            age_us >= begins_us + compare_fault_us (self->options) &&
            !s_heal (self))
            return false;
        s_give_out (self, age_us);
        if (age_us >= self->options->load_us)
            s_enter (self, SETTLING);
        return true;
    default:
        return !s_settled (self) && age_us < SETTLE_US;
    }
}

//  True if there is no reason to go on, which is said
static bool
s_failed (trial_t *self)
{
    bool late =
        self->phase < LOAD && zclock_usecs () - self->since_us > BEGIN_US;
    bool broker = self->broker && compare_child_ended (self->broker);
    bool worker = self->worker && compare_child_ended (self->worker);
    if (!late && !broker && !worker)
        return false;
    char *log = s_file (self, "log");
    zchunk_t *said = zchunk_slurp (log, 4096);
    char *line =
        one_line (zchunk_data (said), said ? zchunk_size (said) : 0, 200);
    say_error ("%s: %s: %s", compare_ways[self->way],
               broker   ? "the broker has ended"
               : worker ? "the worker has ended"
                        : "the first job takes too long",
               line);
    free (line);
    zchunk_destroy (&said);
    zstr_free (&log);
    return true;
}

static int
s_on_tick (zloop_t *loop, int timer, void *arg)
{
    (void) loop;
    (void) timer;
    trial_t *self = arg;
    if (s_failed (self))
        self->code = EXIT_ERROR;
    else if (s_go_on (self)) {
        progress ("%s: %u jobs", compare_ways[self->way], self->sent);
        return 0;
    }
    return -1;
}

static bool
s_start (trial_t *self)
{
    char *path = s_file (self, "book");
    int64_t jobs = self->options->load_us * self->options->rate / 1000000;
    //  More than come by chance: that is many standard deviations
    self->book = compare_book_new (path, (uint32_t) (jobs + jobs / 4) + 100);
    if (!self->book)
        say_error ("%s: %s", path, strerror (errno));
    zstr_free (&path);
    if (!self->book)
        return false;
    self->book->work_us = WORK_US;
    zp_random_seed (&self->random, self->options->seed);
    s_plan_next (self);
    s_enter (self, BEGINNING);
    return s_start_broker (self) && s_start_sender (self) &&
           s_start_worker (self);
}

exit_code_t
compare_try (compare_way_t way, const compare_options_t *options,
             const char *folder, compare_figures_t *figures)
{
    trial_t self = {
        .way = way, .options = options, .folder = folder, .code = EXIT_ERROR};
    bool interrupted = false;
    self.loop = zloop_new ();
    int signals = signals_end_loop (self.loop, &interrupted);
    if (s_start (&self)) {
        self.code = EXIT_OK;
        zloop_timer (self.loop, TICK_MS, 0, s_on_tick, &self);
        zloop_start (self.loop);
        compare_count (self.book, self.sent, figures);
    }
    if (interrupted)
        self.code = EXIT_INTERRUPTED;
    compare_child_kill (&self.worker);
    compare_child_kill (&self.broker);
    compare_sender_destroy (&self.sender);
    compare_line_destroy (&self.lines[0]);
    compare_line_destroy (&self.lines[1]);
    compare_book_close (&self.book);
    zloop_destroy (&self.loop);
    close (signals);
    progress_end ();
    return self.code;
}
