//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "top_page.h"

#include "duration.h"
#include "member.h"

#define NAME_MIN 8
#define NUMBER   8   // Columns of one
#define SPARKS   40  // The last so many depths of a queue
#define REQUESTS 5   // The latest ones
#define STATE    9

typedef struct row {
    const char *name;       // Of the service
    const json_t *service;  // What is known of it
    double key;             // By which it is sorted
} row_t;

static const struct {
    const char *name;  // For a person
    const char *key;   // In the state; NULL: no number
} s_orders[TOP_ORDERS] = {
    [TOP_TOPOLOGY] = {"topology", NULL},
    [TOP_NAME] = {"name", NULL},
    [TOP_RATE] = {"rate", "rate"},
    [TOP_FAILURES] = {"failures", "failure_rate"},
    [TOP_LATENCY] = {"p99", "p99_us"},
    [TOP_MEMORY] = {"memory", "rss_kb"},
    [TOP_CPU] = {"cpu", "cpu_percent"},
};

const char *
top_order_name (top_order_t order)
{
    return s_orders[order].name;
}

static int
s_by_name (const void *a, const void *b)
{
    const row_t *one = a, *other = b;
    return strcmp (one->name, other->name);
}

static int
s_by_key (const void *a, const void *b)
{
    const row_t *one = a, *other = b;
    if (one->key != other->key)
        return one->key < other->key ? 1 : -1;
    return s_by_name (a, b);
}

//  The services in that order, ended by one without a name; the caller frees it
static row_t *
s_sort (const json_t *services, top_order_t order)
{
    size_t count = 0;
    row_t *rows = zmalloc ((json_object_size (services) + 1) * sizeof *rows);
    const char *name;
    json_t *service;
    json_object_foreach ((json_t *) services, name, service)
    {
        const char *key = s_orders[order].key;
        rows[count++] =
            (row_t){name, service, key ? member_number (service, key) : 0};
    }
    if (order != TOP_TOPOLOGY)
        qsort (rows, count, sizeof *rows,
               order == TOP_NAME ? s_by_name : s_by_key);
    return rows;
}

static colour_t
s_state_colour (const char *state)
{
    return strcmp (state, "ready") == 0  ? GREEN
           : strcmp (state, "dead") == 0 ? RED
           : strcmp (state, "off") == 0 || strcmp (state, "stopped") == 0
               ? DIM
               : YELLOW;
}

//  A number that is bright only if it is none
static void
s_cell (page_t *page, double number, int digits, colour_t colour)
{
    page_right (page, number > 0 ? colour : DIM, NUMBER, "%.*f", digits,
                number);
}

static void
s_time_cell (page_t *page, double us)
{
    char text[DURATION_SIZE];
    page_right (page, us > 0 ? PLAIN : DIM, NUMBER, "%s",
                us > 0 ? duration_text_us ((int64_t) us, text) : "-");
}

static void
s_heads (page_t *page, size_t name, const char *first, const char *second,
         size_t wide, const char *const *numbers)
{
    page_left (page, BOLD, name, "%s", first);
    page_left (page, BOLD, wide, "%s", second);
    for (; *numbers; numbers++)
        page_right (page, BOLD, NUMBER, "%s", *numbers);
    page_line (page);
}

static void
s_service (page_t *page, const row_t *row, size_t wide, size_t state)
{
    const json_t *service = row->service;
    const char *word = member_text (service, "state"),
               *how = member_text (service, "how");
    page_left (page, PLAIN, wide, "%s", row->name);
    page_left (page, s_state_colour (word), state, "%s%s%s", word,
               *how ? ", " : "", how);
    s_cell (page, member_number (service, "rate"), 1, PLAIN);
    s_cell (page, member_number (service, "failure_rate"), 1, RED);
    s_time_cell (page, member_number (service, "p50_us"));
    s_time_cell (page, member_number (service, "p99_us"));
    s_cell (page, member_number (service, "in_flight"), 0, PLAIN);
    s_cell (page, member_number (service, "shed"), 0, YELLOW);
    s_cell (page, member_number (service, "rss_kb") / 1024, 1, PLAIN);
    s_cell (page, member_number (service, "cpu_percent"), 1, PLAIN);
    size_t rules = json_array_size (json_object_get (service, "rules"));
    if (rules)
        page_text (page, YELLOW, "  %zu fault rule%s", rules,
                   rules == 1 ? "" : "s");
    page_line (page);
}

//  Columns that the widest name takes
static size_t
s_widest (const row_t *rows)
{
    size_t wide = NAME_MIN;
    for (; rows->name; rows++)
        wide = strlen (rows->name) > wide ? strlen (rows->name) : wide;
    return wide;
}

static void
s_services (page_t *page, const json_t *services, top_order_t order)
{
    static const char *const heads[] = {"REQ/S",  "FAIL/S", "P50",
                                        "P99",    "BUSY",   "SHED",
                                        "MEM MB", "CPU %",  NULL};
    row_t *rows = s_sort (services, order);
    size_t wide = s_widest (rows), state = STATE;
    for (row_t *row = rows; row->name; row++) {
        const char *how = member_text (row->service, "how");
        size_t size = strlen (member_text (row->service, "state")) +
                      (*how ? 2 + strlen (how) : 0);
        state = size > state ? size : state;
    }
    s_heads (page, wide, "SERVICE", "STATE", state, heads);
    for (row_t *row = rows; row->name; row++)
        if (strcmp (member_text (row->service, "state"), "off") != 0)
            s_service (page, row, wide, state);
    free (rows);
}

static void
s_edge (page_t *page, const json_t *edge, size_t from, size_t to)
{
    const char *breaker = member_text (edge, "breaker");
    page_left (page, PLAIN, from, "%s", member_text (edge, "from"));
    page_left (page, PLAIN, to, "> %s", member_text (edge, "to"));
    s_cell (page, member_number (edge, "rate"), 1, PLAIN);
    s_cell (page, member_number (edge, "failed_rate"), 1, RED);
    s_cell (page, member_number (edge, "lost_rate"), 1, RED);
    s_cell (page, member_number (edge, "retry_rate"), 1, YELLOW);
    s_cell (page, member_number (edge, "in_flight"), 0, PLAIN);
    s_cell (page, member_number (edge, "lost"), 0, PLAIN);
    s_cell (page, member_number (edge, "retries"), 0, PLAIN);
    page_text (page, strcmp (breaker, "closed") == 0 ? DIM : RED, "  %s",
               breaker);
    page_line (page);
}

static void
s_edges (page_t *page, const json_t *edges)
{
    static const char *const heads[] = {"CALLS/S", "FAIL/S",  "LOST/S",
                                        "RETRY/S", "OUT",     "LOST",
                                        "RETRIES", "BREAKER", NULL};
    size_t from = NAME_MIN, to = STATE, number;
    json_t *edge;
    json_array_foreach ((json_t *) edges, number, edge)
    {
        size_t size = strlen (member_text (edge, "from"));
        from = size > from ? size : from;
        size = strlen (member_text (edge, "to")) + 2;
        to = size > to ? size : to;
    }
    if (number == 0)
        return;
    page_line (page);
    s_heads (page, from, "FROM", "TO", to, heads);
    json_array_foreach ((json_t *) edges, number, edge)
        s_edge (page, edge, from, to);
}

//  The last depths of a queue, of which each is one letter
static void
s_spark (page_t *page, const json_t *history)
{
    static const char *const sparks[] = {"▁", "▂", "▃", "▄",
                                         "▅", "▆", "▇", "█"};
    size_t count = json_array_size (history);
    size_t from = count > SPARKS ? count - SPARKS : 0;
    double most = 1;
    for (size_t i = from; i < count; i++) {
        double depth = json_number_value (json_array_get (history, i));
        most = depth > most ? depth : most;
    }
    for (size_t i = from; i < count; i++) {
        double depth = json_number_value (json_array_get (history, i));
        int level = depth <= 0 ? 0 : (int) (depth / most * 7);
        page_text (page, PLAIN, "%s", sparks[level]);
    }
}

static void
s_queues (page_t *page, const json_t *queues)
{
    static const char *const heads[] = {"DEPTH",  "READY", "TAKEN", "DELAYED",
                                        "BURIED", "PUT",   "ACKED", NULL};
    static const char *const keys[] = {"depth",  "ready", "reserved", "delayed",
                                       "buried", "put",   "acked",    NULL};
    row_t *rows = s_sort (queues, TOP_NAME);
    size_t wide = s_widest (rows);
    if (rows->name) {
        page_line (page);
        s_heads (page, wide, "QUEUE", "", 0, heads);
    }
    for (row_t *row = rows; row->name; row++) {
        page_left (page, PLAIN, wide + 1, "%s", row->name);
        for (const char *const *key = keys; *key; key++)
            s_cell (page, member_number (row->service, *key), 0,
                    strcmp (*key, "buried") == 0 ? RED : PLAIN);
        page_text (page, PLAIN, "  ");
        s_spark (page, json_object_get (row->service, "history"));
        page_line (page);
    }
    free (rows);
}

//  Scenes that are on, with what is to be seen of them
static void
s_scenes (page_t *page, const json_t *scenes)
{
    size_t number, place;
    json_t *scene, *one;
    json_array_foreach ((json_t *) scenes, number, scene)
    {
        char age[DURATION_SIZE];
        if (!json_is_true (json_object_get (scene, "on")))
            continue;
        page_line (page);
        page_text (page, YELLOW, "SCENE %s", member_text (scene, "name"));
        page_text (
            page, PLAIN, "  %s, for %s", member_text (scene, "title"),
            duration_text ((int64_t) member_number (scene, "since_ms"), age));
        page_line (page);
        json_array_foreach (json_object_get (scene, "seen"), place, one)
        {
            bool seen = json_is_true (json_object_get (one, "seen"));
            page_text (page, seen ? GREEN : PLAIN, "  %s  %s",
                       seen ? "seen    " : "expected",
                       member_text (one, "text"));
            page_line (page);
        }
    }
}

static void
s_requests (page_t *page, const json_t *requests)
{
    size_t number;
    json_t *request;
    if (json_array_size (requests) == 0)
        return;
    page_line (page);
    page_text (page, BOLD, "%-9s %-18s  %8s  REQUEST", "TRACE", "STATUS",
               "TOOK");
    page_line (page);
    json_array_foreach ((json_t *) requests, number, request)
    {
        char took[DURATION_SIZE];
        const char *status = member_text (request, "status");
        bool good = strcmp (status, "OK") == 0 || !*status;
        if (number == REQUESTS)
            break;
        page_left (page, DIM, 9, "%.8s", member_text (request, "trace"));
        page_left (page, good ? PLAIN : RED, 18, "%s", *status ? status : "-");
        page_right (
            page, PLAIN, NUMBER, "%s",
            duration_text_us ((int64_t) (member_number (request, "ms") * 1000),
                              took));
        page_text (page, PLAIN, "  %s", member_text (request, "what"));
        page_line (page);
    }
}

//  The first line: how all are
static void
s_head (page_t *page, const json_t *state)
{
    size_t ready = 0, off = 0, count = 0;
    const char *name;
    json_t *service;
    json_object_foreach (json_object_get (state, "services"), name, service)
    {
        const char *word = member_text (service, "state");
        ready += strcmp (word, "ready") == 0;
        off += strcmp (word, "off") == 0;
        count++;
    }
    page_text (page, BOLD, "%s", member_text (state, "name"));
    page_text (page, ready + off == count ? GREEN : RED, "  %zu of %zu ready",
               ready, count - off);
    if (off)
        page_text (page, DIM, ", %zu off", off);
    const json_t *sagas = json_object_get (state, "sagas");
    if (json_object_size (sagas))
        page_text (page, member_number (sagas, "parked") > 0 ? YELLOW : PLAIN,
                   "  sagas: %.0f running, %.0f parked",
                   member_number (sagas, "running") +
                       member_number (sagas, "compensating"),
                   member_number (sagas, "parked"));
    const json_t *load = json_object_get (state, "load");
    if (json_object_size (load))
        page_text (page, PLAIN, "  load: x%.4g, %.1f/s, p99 %.0f ms",
                   member_number (load, "factor"), member_number (load, "rate"),
                   member_number (load, "accepted_p99_ms"));
    if (json_is_false (json_object_get (state, "supervisor")))
        page_text (page, RED, "  the supervisor does not answer");
    page_line (page);
}

page_t *
top_page_new (const json_t *state, top_order_t order)
{
    page_t *page = page_new ();
    s_head (page, state);
    s_scenes (page, json_object_get (state, "scenes"));
    page_line (page);
    s_services (page, json_object_get (state, "services"), order);
    s_edges (page, json_object_get (state, "edges"));
    s_queues (page, json_object_get (state, "queues"));
    s_requests (page, json_object_get (state, "requests"));
    return page;
}
