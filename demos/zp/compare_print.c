//  SPDX-License-Identifier: MIT
//
//  What became of all jobs: counted, in a table, and in words.

#define _GNU_SOURCE

#include "compare.h"

#include "duration.h"
#include "table.h"
#include "zp_histogram.h"

#define LATE_US 200000  // Who waits notices

static const char *const s_titles[] = {
    [COMPARE_CALL] = "request/reply",
    [COMPARE_QUEUE] = "durable queue",
    [COMPARE_PUBSUB] = "publish/subscribe",
    [COMPARE_LOG] = "event log",
};

//  What each is for, whatever was seen
static const char *const s_advice[] = {
    [COMPARE_CALL] = "if somebody waits for the answer",
    [COMPARE_QUEUE] = "if it must be done, be it later, by one of many",
    [COMPARE_PUBSUB] = "if many want to know at once, and only what is new",
    [COMPARE_LOG] = "if many want all of it, also who was away or comes later",
};

void
compare_count (const compare_book_t *book, uint32_t sent,
               compare_figures_t *figures)
{
    zp_histogram_t *done = zp_histogram_new (), *told = zp_histogram_new ();
    int64_t last_us = 0;
    *figures = (compare_figures_t){.sent = sent};
    for (uint32_t i = 1; i <= sent; i++) {
        const compare_job_t *job = &book->jobs[i];
        figures->done += job->times > 0;
        figures->twice += job->times > 1;
        figures->failed += job->times == 0 && job->failed;
        figures->lost += job->times == 0 && !job->failed;
        figures->unsure += job->times > 0 && job->failed;
        if (job->times > 0)
            zp_histogram_record (done,
                                 (uint64_t) (job->done_us - job->wanted_us));
        if (job->told_us)
            zp_histogram_record (told,
                                 (uint64_t) (job->told_us - job->wanted_us));
        if (job->done_us > last_us)
            last_us = job->done_us;
    }
    figures->p50 = (int64_t) zp_histogram_percentile (done, 50);
    figures->p99 = (int64_t) zp_histogram_percentile (done, 99);
    figures->max = (int64_t) zp_histogram_max (done);
    figures->told_p99 = (int64_t) zp_histogram_percentile (told, 99);
    if (figures->done)
        figures->rate =
            figures->done * 1e6 / (double) (last_us - book->jobs[1].wanted_us);
    zp_histogram_destroy (&done);
    zp_histogram_destroy (&told);
}

static void
s_cell_time (table_t *table, int64_t us)
{
    char text[DURATION_SIZE];
    table_cell (table, PLAIN, "%s", us ? duration_text_us (us, text) : "-");
}

static void
s_cell_bad (table_t *table, uint32_t count, colour_t colour)
{
    table_cell (table, count ? colour : PLAIN, "%u", count);
}

static void
s_row (table_t *table, int way, const compare_figures_t *figures)
{
    table_cell (table, BOLD, "%s", s_titles[way]);
    table_cell (table, PLAIN, "%u", figures->sent);
    table_cell (table, PLAIN, "%u", figures->done);
    s_cell_bad (table, figures->twice, YELLOW);
    s_cell_bad (table, figures->failed, YELLOW);
    s_cell_bad (table, figures->lost, RED);
    s_cell_time (table, figures->p50);
    s_cell_time (table, figures->p99);
    s_cell_time (table, figures->told_p99);
    table_cell (table, PLAIN, "%.0f/s", figures->rate);
}

//  What was seen of one way
static void
s_tell (int way, const compare_figures_t *figures)
{
    char text[DURATION_SIZE];
    printf ("%-18s", s_titles[way]);
    if (figures->lost)
        printf ("%u lost, and nobody was told", figures->lost);
    else if (figures->failed)
        printf ("none lost unnoticed: the senders of %u were told so",
                figures->failed);
    else
        printf ("all were done");
    if (figures->max >= LATE_US)
        printf (", up to %s late", duration_text_us (figures->max, text));
    if (figures->unsure)
        printf (", %u done though said to have failed", figures->unsure);
    if (figures->twice)
        printf (", %u done twice", figures->twice);
    printf ("\n%-18spick it %s\n", "", s_advice[way]);
}

static void
s_tell_fault (const compare_options_t *options)
{
    static const char *const faults[] = {
        [COMPARE_NONE] = "nothing went wrong",
        [COMPARE_KILL] = "the worker was killed, and was started again",
        [COMPARE_PAUSE] = "the worker stood still",
        [COMPARE_SLOW] = "the worker took 40 times as long for each job",
        [COMPARE_DROP] = "the worker's line lost messages",
    };
    char load[DURATION_SIZE], fault[DURATION_SIZE];
    printf ("\n%s each, with some %d jobs a second; %s",
            duration_text_us (options->load_us, load), options->rate,
            faults[options->fault]);
    if (options->fault == COMPARE_DROP)
        printf (" (%d %%)", options->percent);
    if (options->fault == COMPARE_KILL)
        printf (" after %s",
                duration_text_us (compare_fault_us (options), fault));
    else if (options->fault != COMPARE_NONE)
        printf (" for %s",
                duration_text_us (compare_fault_us (options), fault));
    printf (" (--seed %" PRIu64 ").\n\n", options->seed);
}

void
compare_print (const compare_options_t *options,
               const compare_figures_t *figures)
{
    static const char *const heads[] = {"",           "wanted", "done", "twice",
                                        "failed",     "lost",   "p50",  "p99",
                                        "sender p99", "rate",   NULL};
    table_t *table = table_new (10);
    table_heads (table, heads);
    for (int way = 0; way < COMPARE_WAYS; way++)
        s_row (table, way, &figures[way]);
    table_print (&table);
    s_tell_fault (options);
    for (int way = 0; way < COMPARE_WAYS; way++)
        s_tell (way, &figures[way]);
}

void
compare_print_json (const compare_options_t *options,
                    const compare_figures_t *figures)
{
    json_t *ways = json_array ();
    for (int way = 0; way < COMPARE_WAYS; way++) {
        const compare_figures_t *at = &figures[way];
        json_array_append_new (
            ways,
            json_pack ("{ss, si, si, si, si, si, si, sI, sI, sI, sI, sf}",
                       "way", compare_ways[way], "wanted", (int) at->sent,
                       "done", (int) at->done, "twice", (int) at->twice,
                       "failed", (int) at->failed, "lost", (int) at->lost,
                       "unsure", (int) at->unsure, "p50_us",
                       (json_int_t) at->p50, "p99_us", (json_int_t) at->p99,
                       "max_us", (json_int_t) at->max, "sender_p99_us",
                       (json_int_t) at->told_p99, "rate", at->rate));
    }
    json_t *json = json_pack (
        "{ss, sf, si, sI, so}", "fault", compare_faults[options->fault],
        "seconds", (double) options->load_us / 1e6, "rate", options->rate,
        "seed", (json_int_t) options->seed, "ways", ways);
    if (options->fault == COMPARE_DROP)
        json_object_set_new (json, "percent", json_integer (options->percent));
    print_json (json);
}
