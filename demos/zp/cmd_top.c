//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include <sys/signalfd.h>

#include "args.h"
#include "commands.h"
#include "constellation.h"
#include "duration.h"
#include "screen.h"
#include "signals.h"
#include "stage_look.h"
#include "top_page.h"

#define EVERY_MS 1000
#define SOON_MS  50  // How often to look until there is a first state

typedef struct top {
    const args_t *args;  // As typed
    zloop_t *loop;       // Runs all of this
    stage_look_t *look;  // Where it comes from
    screen_t *screen;    // Where it is shown; NULL: lines on stdout
    json_t *state;       // What is shown; NULL: nothing yet
    page_t *page;        // The same as lines
    top_order_t order;   // Of its services
    size_t from;         // So many of its lines are above the screen
    int64_t every_ms;    // How often it is looked at
    int timer;           // That does
} top_t;

static void
s_foot (const top_t *self, char *text, size_t size)
{
    snprintf (text, size,
              "q quit   by %s   t topology n name r rate f fail l p99 "
              "m memory c cpu",
              top_order_name (self->order));
}

static void
s_show (top_t *self)
{
    char foot[160];
    if (!self->state)
        return;
    page_destroy (&self->page);
    self->page = top_page_new (self->state, self->order);
    size_t count = page_count (self->page), lines = screen_lines () - 1;
    size_t last = count > lines ? count - lines : 0;
    self->from = self->from < last ? self->from : last;
    s_foot (self, foot, sizeof foot);
    screen_show (self->page, TOP_PAGE_HEAD, self->from, foot);
}

//  Where there is no screen: all lines, or JSON
static void
s_print (top_t *self)
{
    if (args_has (self->args, "json"))
        print_json (json_incref (self->state));
    else {
        page_t *page = top_page_new (self->state, self->order);
        for (size_t i = 0; i < page_count (page); i++) {
            page_print (page, i, SIZE_MAX, stdout);
            putchar ('\n');
        }
        page_destroy (&page);
    }
    fflush (stdout);
}

static int
s_on_timer (zloop_t *loop, int timer, void *arg)
{
    (void) timer;
    top_t *self = arg;
    bool first = !self->state;
    json_t *state = stage_look_state (self->look);
    if (state) {
        json_decref (self->state);
        self->state = state;
        if (self->screen)
            s_show (self);
        else
            s_print (self);
        if (!self->screen && !args_has (self->args, "every"))
            return -1;
    }
    if (first && state) {
        zloop_timer_end (loop, self->timer);
        self->timer =
            zloop_timer (loop, (size_t) self->every_ms, 0, s_on_timer, self);
    }
    //  A pipe that nobody reads any more
    return ferror (stdout) ? -1 : 0;
}

static void
s_move (top_t *self, int by)
{
    size_t far = (size_t) (by < 0 ? -by : by);
    if (by < 0)
        self->from = self->from > far ? self->from - far : 0;
    else
        self->from += far;
}

//  False if it is the end
static bool
s_press (top_t *self, int key)
{
    static const char orders[TOP_ORDERS + 1] = "tnrflmc";
    int page = (int) screen_lines () - 3;
    const char *order = key < 128 ? strchr (orders, key) : NULL;
    if (key == 'q')
        return false;
    if (order)
        self->order = (top_order_t) (order - orders);
    else if (key == SCREEN_UP || key == 'k')
        s_move (self, -1);
    else if (key == SCREEN_DOWN || key == 'j')
        s_move (self, 1);
    else if (key == SCREEN_PAGE_UP)
        s_move (self, -page);
    else if (key == SCREEN_PAGE_DOWN || key == ' ')
        s_move (self, page);
    else if (key == SCREEN_HOME || key == 'g')
        self->from = 0;
    else if (key == SCREEN_END || key == 'G')
        self->from = SIZE_MAX / 2;
    return true;
}

static int
s_on_typed (zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void) loop;
    top_t *self = arg;
    char bytes[256];
    const char *at = bytes;
    ssize_t size = read (item->fd, bytes, sizeof bytes);
    if (size <= 0)
        return -1;  // The terminal has gone
    while (at < bytes + size)
        if (!s_press (self, screen_key (&at, bytes + size)))
            return -1;
    s_show (self);
    return 0;
}

static int
s_on_resized (zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void) loop;
    struct signalfd_siginfo info;
    while (read (item->fd, &info, sizeof info) == sizeof info)
        ;
    s_show (arg);
    return 0;
}

//  Show it on the whole terminal, if there is one
static int
s_take_screen (top_t *self)
{
    if (args_has (self->args, "once") || args_has (self->args, "json"))
        return -1;
    self->screen = screen_new ();
    if (!self->screen)
        return -1;
    sigset_t signals;
    sigemptyset (&signals);
    sigaddset (&signals, SIGWINCH);
    sigprocmask (SIG_BLOCK, &signals, NULL);
    int resized = signalfd (-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    zmq_pollitem_t item = {.fd = resized, .events = ZMQ_POLLIN};
    zloop_poller (self->loop, &item, s_on_resized, self);
    zmq_pollitem_t typed = {.fd = STDIN_FILENO, .events = ZMQ_POLLIN};
    zloop_poller (self->loop, &typed, s_on_typed, self);
    printf ("\033[H\033[2Jlooking ...\r\n");
    fflush (stdout);
    return resized;
}

static exit_code_t
s_run_loop (top_t *self, const char *name)
{
    bool interrupted = false;
    int signals = signals_end_loop (self->loop, &interrupted);
    exit_code_t code = stage_look_new (self->loop, name, &self->look);
    int resized = code == EXIT_OK ? s_take_screen (self) : -1;
    if (code == EXIT_OK) {
        self->timer = zloop_timer (self->loop, SOON_MS, 0, s_on_timer, self);
        zloop_start (self->loop);
    }
    screen_destroy (&self->screen);
    stage_look_destroy (&self->look);
    page_destroy (&self->page);
    json_decref (self->state);
    close (signals);
    if (resized != -1)
        close (resized);
    return interrupted ? EXIT_INTERRUPTED : code;
}

static int
s_run (args_t *args)
{
    top_t self = {.args = args, .every_ms = EVERY_MS};
    const char *every = args_text (args, "every");
    if (every)
        self.every_ms = duration_parse (every);
    if (self.every_ms < 100 || self.every_ms > INT_MAX) {
        say_error ("--every: '%s' is no time from 100ms on", every);
        say_hint ("--every 2s");
        return EXIT_USAGE;
    }
    char *name;
    exit_code_t code = constellation_find (args_text (args, "name"), &name);
    if (code != EXIT_OK)
        return code;
    zsys_handler_set (NULL);
    self.loop = zloop_new ();
    zloop_set_nonstop (self.loop, true);
    code = s_run_loop (&self, name);
    zloop_destroy (&self.loop);
    free (name);
    return code;
}

const command_t cmd_top = {
    .name = "top",
    .summary = "show a constellation as it runs: services, calls, queues",
    .usage = "[--every TIME] [--once] [--json]",
    .examples = "zp top\n"
                "zp top --once\n"
                "zp top --every 5s > figures.txt\n"
                "zp top --json | jq '.edges[] | select(.lost > 0)'\n",
    .options = {{.name = "every",
                 .letter = 'e',
                 .value = "TIME",
                 .text = "how often to look (1s); without a terminal: go on"},
                {.name = "once", .text = "print it once, and end"},
                OPTION_NAME,
                OPTION_JSON},
    .run = s_run,
    .notes =
        "q or Ctrl-C ends it; arrows, space and PgUp move; letters sort the\n"
        "services: by t topology, n name, r requests, f failures, l latency,\n"
        "m memory, c processor. Without a terminal it prints lines once, or\n"
        "with --every again and again.\n"
        "\n"
        "REQ/S and other rates are of the last two seconds, P50 and P99 of\n"
        "all since the service began. BUSY are requests under way, OUT calls;\n"
        "SHED those that were refused since there was too much to do.\n"
        "\n"
        "The figures are those of the constellation's stage; if it has none,\n"
        "zp top asks all services itself.",
};
