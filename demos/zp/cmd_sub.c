//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include <inttypes.h>

#include "catchup.h"
#include "commands.h"
#include "news.h"
#include "output.h"
#include "place.h"
#include "pub_commands.h"
#include "signals.h"
#include "zp_stems.h"

#define TIMEOUT_MS 5000

static const char *const s_everything[] = {"#", NULL};

//  As typed, in the order of zp_overflow_t
static const char *const s_overflows[] = {"wait", "drop-oldest", "conflate",
                                          "rejoin", NULL};

typedef struct sub {
    const args_t *args;           // As typed
    const char *const *filters;   // Ended by NULL
    zloop_t *loop;                // Runs all
    zp_subscriber_t *subscriber;  // Hears
    outflow_t *out;               // Where it is printed
    place_t place;                // The first one
    size_t stems;                 // What there is to join
    size_t joined;                // Of these
    long room;                    // Updates still wanted
    bool full;                    // Nobody reads what we print
    bool over;                    // No more is to be printed
    bool interrupted;             // By Ctrl-C
    exit_code_t code;             // How it ends
    catchup_options_t options;    // With --from:
    catchup_t *catchup;           // asks for what was before
    bool catching;                // That goes first
    uint64_t stream;              // Wanted; 0: any
    uint64_t from;                // What comes after this number
    uint64_t upto;                // Up to here all were heard
} sub_t;

static uint64_t
s_stream (sub_t *self)
{
    zp_subscriber_stats_t stats;
    zp_subscriber_stats (self->subscriber, &stats);
    return stats.stream;
}

static void
s_end (sub_t *self, exit_code_t code)
{
    self->over = true;
    self->code = code;
    outflow_end (self->out);
}

static void
s_print (sub_t *self, const zp_news_t *news)
{
    if (args_has (self->args, "json"))
        news_json (self->out, news, s_stream (self));
    else
        news_text (self->out, news);
    if (news->kind <= ZP_NEWS_DELETED && --self->room == 0)
        s_end (self, EXIT_OK);
}

//  Whoever reads it may be slow: then news wait in the subscriber, whose policy
//  it is what becomes of them
static void
s_pace (void *arg)
{
    sub_t *self = arg;
    size_t waiting = outflow_waiting (self->out);
    self->full = waiting > (self->full ? 0 : OUTFLOW_MAX);
    bool asking = self->catching && self->joined == self->stems;
    zp_subscriber_pause (self->subscriber, self->full || asking);
}

//  With --from: what was there before can't be had
static void
s_lose (sub_t *self, uint64_t to, const char *why)
{
    zp_news_t news = {
        .kind = ZP_NEWS_LOST, .topic = "", .from = self->from + 1, .to = to};
    s_print (self, &news);
    say_error ("%s", why);
    say_hint ("without --from, for the last values and what follows");
    s_end (self, EXIT_ERROR);
}

//  All is joined: first have what was published before
static void
s_catch_up (sub_t *self)
{
    if (self->stream && self->stream != s_stream (self))
        s_lose (self, 0, "that stream is over: the publisher was restarted");
    else if (self->from > self->upto)
        s_lose (self, 0,
                "the stream is not as far as that: the publisher was "
                "restarted, or --from is mistyped");
    else
        catchup_start (self->catchup, s_stream (self), self->from, self->upto);
}

static void
s_on_earlier (void *arg, const zp_news_t *news)
{
    sub_t *self = arg;
    if (!self->over)
        s_print (self, news);
}

static void
s_on_caught_up (void *arg, zp_status_t status, const char *text, uint64_t upto)
{
    sub_t *self = arg;
    if (self->over)
        return;
    if (status == ZP_OUT_OF_RANGE)
        s_lose (self, self->upto, "the publisher does not keep so much");
    else if (status != ZP_OK) {
        say_error ("%s: %s", zp_status_name (status), text);
        s_end (self, EXIT_ERROR);
    }
    else {
        self->upto = upto;
        self->catching = false;
        s_pace (self);
    }
}

static void
s_on_joined (sub_t *self)
{
    if (++self->joined != self->stems)
        return;
    progress_end ();
    if (args_has (self->args, "last"))
        s_end (self, EXIT_OK);
    else if (self->catching)
        s_catch_up (self);
}

static int
s_on_news (void *arg, const zp_news_t *news)
{
    sub_t *self = arg;
    bool update = news->kind <= ZP_NEWS_DELETED;
    //  What comes while we catch up will be a part of that
    if (self->catching && news->sequence > self->upto)
        self->upto = news->sequence;
    if (news->kind == ZP_NEWS_RESTARTED)
        self->upto = 0;
    bool known = self->catchup && update && news->sequence <= self->upto;
    if (!self->over && !known)
        s_print (self, news);
    if (!self->over && news->kind == ZP_NEWS_JOINED)
        s_on_joined (self);
    s_pace (self);
    return 0;
}

static int
s_on_timeout (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer;
    sub_t *self = arg;
    if (self->over || self->joined >= self->stems)
        return 0;
    say_error ("no publisher answers at %s", self->place.updates);
    say_hint ("zp pub, or --connect UPDATES,REQUESTS");
    s_end (self, EXIT_NOT_RUNNING);
    return 0;
}

//  Subscribe, and count what there is to join
static exit_code_t
s_subscribe (sub_t *self)
{
    zp_stems_t stems = {0};
    exit_code_t code = EXIT_OK;
    for (int i = 0; self->filters[i] && code == EXIT_OK; i++) {
        zp_filter_t filter;
        if (!zp_filter_parse (&filter, self->filters[i])) {
            say_error ("'%s' is no filter", self->filters[i]);
            say_hint ("a topic, in which '+' stands for any one level, and '#' "
                      "at the end for all that is below");
            code = EXIT_USAGE;
            continue;
        }
        zp_subscriber_subscribe (self->subscriber, self->filters[i]);
        zp_cut_t cut = {(uint32_t) filter.stem_size,
                        zp_topic_hash (filter.stem, filter.stem_size)};
        if (!zp_stems_find (&stems, filter.stem, cut))
            zp_stems_add (&stems,
                          zp_stem_new (sizeof (zp_stem_t), filter.stem, cut));
    }
    self->stems = stems.count;
    zp_stems_clear (&stems, NULL, NULL);
    return code;
}

//  [STREAM:]SEQUENCE
static exit_code_t
s_take_from (sub_t *self)
{
    const char *text = args_text (self->args, "from");
    if (!text)
        return EXIT_OK;
    const char *colon = strchr (text, ':');
    const char *number = colon ? colon + 1 : text;
    char *end = "", *end_of_stream = ":";
    errno = 0;
    if (colon)
        self->stream = strtoull (text, &end_of_stream, 16);
    self->from = strtoull (number, &end, 10);
    if (!isdigit ((unsigned char) *number) || *end || *end_of_stream != ':' ||
        errno) {
        say_error ("--from takes SEQUENCE or STREAM:SEQUENCE, not '%s'", text);
        say_hint ("zp help sub");
        return EXIT_USAGE;
    }
    self->catching = true;
    return EXIT_OK;
}

static exit_code_t
s_on_place (void *arg, const place_t *place)
{
    sub_t *self = arg;
    exit_code_t code = sub_connect (self->subscriber, place);
    if (code != EXIT_OK || self->place.updates)
        return code;
    self->place.updates = strdup (place->updates);
    self->place.requests = place->requests ? strdup (place->requests) : NULL;
    return EXIT_OK;
}

static exit_code_t
s_connect (sub_t *self)
{
    exit_code_t code = place_connect (self->args, s_on_place, self);
    bool ask = self->catching || args_has (self->args, "last");
    if (code != EXIT_OK || !ask)
        return code;
    if (!self->place.requests) {
        say_error ("a plain publisher keeps nothing that --%s could have",
                   self->catching ? "from" : "last");
        say_hint ("--connect UPDATES,REQUESTS");
        return EXIT_USAGE;
    }
    int timeout_ms = (int) args_number (self->args, "timeout", TIMEOUT_MS);
    zloop_timer (self->loop, (size_t) timeout_ms, 1, s_on_timeout, self);
    if (!self->catching)
        return EXIT_OK;
    self->options = (catchup_options_t){.requests = self->place.requests,
                                        .filters = self->filters,
                                        .timeout_ms = timeout_ms,
                                        .update = s_on_earlier,
                                        .over = s_on_caught_up,
                                        .arg = self};
    self->catchup = catchup_new (self->loop, &self->options);
    return self->catchup ? EXIT_OK : EXIT_USAGE;
}

static zp_subscriber_t *
s_new (sub_t *self)
{
    zp_subscriber_options_t options = ZP_SUBSCRIBER_DEFAULTS;
    const char *overflow = args_text (self->args, "overflow");
    if (args_has (self->args, "newest"))
        options.order = ZP_ORDER_NEWEST;
    while (overflow && strcmp (overflow, s_overflows[options.overflow]) != 0)
        options.overflow++;
    options.no_values = self->catching || args_has (self->args, "new");
    return zp_subscriber_new (self->loop, &options, s_on_news, self);
}

static exit_code_t
s_listen (sub_t *self)
{
    int signals = signals_end_loop (self->loop, &self->interrupted);
    self->out = outflow_new (self->loop, s_pace, self);
    self->subscriber = s_new (self);
    exit_code_t code = s_connect (self);
    if (code == EXIT_OK)
        code = s_subscribe (self);
    if (code == EXIT_OK) {
        if (self->place.requests)
            progress ("waiting for %s", self->place.updates);
        zloop_start (self->loop);
        progress_end ();
        code = outflow_code (self->out);
    }
    catchup_destroy (&self->catchup);
    zp_subscriber_destroy (&self->subscriber);
    outflow_destroy (&self->out);
    close (signals);
    free (self->place.updates);
    free (self->place.requests);
    return self->interrupted ? EXIT_INTERRUPTED
           : code != EXIT_OK ? code
                             : self->code;
}

static int
s_run (args_t *args)
{
    sub_t self = {.args = args,
                  .filters = args->count ? (const char *const *) args->operands
                                         : s_everything,
                  .room = args_number (args, "count", 0)};
    exit_code_t code = s_take_from (&self);
    if (code != EXIT_OK)
        return code;
    zsys_handler_set (NULL);
    self.loop = zloop_new ();
    zloop_set_nonstop (self.loop, true);
    code = s_listen (&self);
    zloop_destroy (&self.loop);
    return code;
}

const command_t cmd_sub = {
    .name = "sub",
    .summary = "subscribe, and print what is published",
    .usage = "[FILTER...] [--connect UPDATES[,REQUESTS]]... [--last]",
    .examples = "zp sub\n"
                "zp sub 'storm/#' 'fire/+/alarm'\n"
                "zp sub 'storm/#' --last --json | jq -r .payload\n"
                "zp sub storm/north --count 1\n"
                "zp sub '#' --from 1000\n"
                "zp sub -c tcp://127.0.0.1:5555,tcp://127.0.0.1:5556\n",
    .options = {OPTION_CONNECT,
                {.name = "last",
                 .letter = 'l',
                 .text = "only the last values, and end"},
                {.name = "new", .text = "no last values: only what follows"},
                {.name = "from",
                 .value = "SEQUENCE",
                 .text = "what was published after it, and what follows"},
                {.name = "count",
                 .value = "N",
                 .min = 1,
                 .max = LONG_MAX,
                 .text = "end after so many updates"},
                {.name = "newest",
                 .text = "don't wait for what was missed, nor for order"},
                {.name = "overflow",
                 .value = "POLICY",
                 .choices = s_overflows,
                 .text = "wait, drop-oldest, conflate or rejoin"},
                {.name = "timeout",
                 .letter = 't',
                 .value = "MS",
                 .min = 1,
                 .max = INT_MAX,
                 .text = "for --last and --from: how long to wait (5000)"},
                {.name = "json", .text = "print a JSON object for each line"}},
    .operands = {OPERAND_OTHER},
    .many = true,
    .run = s_run,
    .notes =
        "In a filter '+' stands for any one level, and '#' at the end for all\n"
        "that is below; without a filter it is all. Lines are topic, space,\n"
        "payload; control characters, and bytes that are no UTF-8, are shown\n"
        "as \\x1B. --json is exact: a payload that is JSON is shown as that,\n"
        "other text as a string, and other bytes as {\"base64\": ...}.\n"
        "\n"
        "On stderr, or with --json as objects on stdout: JOINED, all last\n"
        "values were told; DELETED; LOST, something can't be had any more;\n"
        "DROPPED, by --overflow; GONE, the publisher is, and its last will;\n"
        "BACK; RESTARTED.\n"
        "\n"
        "--from takes SEQUENCE or STREAM:SEQUENCE, as --json tells them; with\n"
        "STREAM a publisher that was restarted is noticed for sure. If it is\n"
        "not kept any more that is LOST, and an error.\n"
        "\n"
        "If what reads its output is slow, 10000 updates wait. Beyond that\n"
        "POLICY is: wait, so that the publisher has no room for more, and ask\n"
        "again for what was missed; drop-oldest; conflate, only the newest of\n"
        "each topic waits; rejoin, drop all, and be told the last values.\n"
        "\n"
        "Without --connect it is what ZP_PUB says, UPDATES[,REQUESTS]; or "
        "else\n"
        "the zp pub of this user on this machine. Of several places one is\n"
        "used, the next when that is silent. A plain PUB socket has no\n"
        "REQUESTS: then nothing can be known to be missing.",
};
