//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "stage_requests.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "member.h"
#include "output.h"
#include "stage_json.h"

#define TRACE_SIZE  33
#define WHAT_SIZE   128
#define STATUS_SIZE 32

typedef struct one {
    char trace[TRACE_SIZE];    // Its id in hex
    char what[WHAT_SIZE];      // Such as "GET /api/home/ada", perhaps cut
    char status[STATUS_SIZE];  // "": it has not ended
    int64_t at_us;             // When it came
    int64_t took_us;           // How long it took
    bool known;                // What follows is
    bool wanting;              // Or was asked for, and is on its way
    size_t retries, lost;      // Attempts and messages
} one_t;

struct stage_requests {
    one_t ring[STAGE_REQUESTS_MAX];  // The last ones
    size_t taken;                    // How many there have been
};

stage_requests_t *
stage_requests_new (void)
{
    stage_requests_t *self = calloc (1, sizeof *self);
    assert (self);
    return self;
}

void
stage_requests_destroy (stage_requests_t **self_p)
{
    assert (self_p);
    free (*self_p);
    *self_p = NULL;
}

//  The one that came so many before the newest; NULL: not so many
static one_t *
s_back (const stage_requests_t *self, size_t back)
{
    if (back >= STAGE_REQUESTS_MAX || back >= self->taken)
        return NULL;
    size_t place = (self->taken - 1 - back) % STAGE_REQUESTS_MAX;
    return (one_t *) &self->ring[place];
}

static one_t *
s_find (const stage_requests_t *self, const char *trace)
{
    one_t *one;
    for (size_t back = 0; (one = s_back (self, back)); back++)
        if (strcmp (one->trace, trace) == 0)
            return one;
    return NULL;
}

//  Questions to the stage or the gateway itself, and what a page is made of
static bool
s_is_aside (const char *what)
{
    static const char *const ends[] = {".html", ".css", ".js",     ".svg",
                                       ".png",  ".ico", "/",       "/healthz",
                                       ".mjs",  ".map", "/readyz", "/metrics"};
    const char *path = strchr (what, '/');
    if (!path || strncmp (path, "/stage/", 7) == 0)
        return true;
    size_t size = strcspn (path, "?");
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t end = strlen (ends[i]);
        if (size >= end && strncmp (path + size - end, ends[i], end) == 0)
            return true;
    }
    return false;
}

static void
s_took (stage_requests_t *self, const json_t *event, const char *trace)
{
    one_t *one = &self->ring[self->taken++ % STAGE_REQUESTS_MAX];
    *one = (one_t){.at_us = stage_number (event, "at_us")};
    strncpy (one->trace, trace, sizeof one->trace - 1);
    strncpy (one->what, member_text (event, "method"), sizeof one->what - 1);
}

static void
s_replied (one_t *one, const json_t *event)
{
    strncpy (one->status, member_text (event, "status"),
             sizeof one->status - 1);
    one->took_us = stage_number (event, "at_us") - one->at_us;
}

void
stage_requests_take (stage_requests_t *self, json_t *answer, uint64_t *requests,
                     uint64_t *failures)
{
    size_t number;
    json_t *event;
    json_array_foreach (json_object_get (answer, "events"), number, event)
    {
        const char *what = member_text (event, "what");
        const char *trace = member_text (event, "trace");
        if (strspn (trace, "0123456789abcdef") != TRACE_SIZE - 1 ||
            trace[TRACE_SIZE - 1])
            continue;
        bool aside = s_is_aside (member_text (event, "method"));
        one_t *one = s_find (self, trace);
        if (strcmp (what, "took") == 0 && !aside) {
            ++*requests;
            if (!one)
                s_took (self, event, trace);
        }
        else if (strcmp (what, "replied") == 0 && !aside &&
                 !json_is_true (json_object_get (event, "more"))) {
            *failures += strcmp (member_text (event, "status"), "OK") != 0;
            if (one && !*one->status)
                s_replied (one, event);
        }
    }
}

const char *
stage_requests_wanting (stage_requests_t *self)
{
    one_t *one;
    for (size_t back = 0; (one = s_back (self, back)); back++)
        if (*one->status && !one->known && !one->wanting) {
            one->wanting = true;
            return one->trace;
        }
    return NULL;
}

void
stage_requests_know (stage_requests_t *self, const char *trace, size_t retries,
                     size_t lost)
{
    one_t *one = s_find (self, trace);
    if (!one)
        return;
    one->known = true;
    one->retries = retries;
    one->lost = lost;
}

const char *
stage_requests_last (const stage_requests_t *self)
{
    const one_t *one;
    for (size_t back = 0; (one = s_back (self, back)); back++)
        if (*one->status)
            return one->trace;
    return NULL;
}

json_t *
stage_requests_json (const stage_requests_t *self, int64_t now_us)
{
    json_t *json = json_array ();
    const one_t *one;
    for (size_t back = 0; (one = s_back (self, back)); back++) {
        int64_t age_us = now_us > one->at_us ? now_us - one->at_us : 0;
        json_t *each = json_object ();
        json_object_set_new (each, "trace", json_text (one->trace));
        json_object_set_new (each, "what", json_text (one->what));
        json_object_set_new (each, "age_ms", json_integer (age_us / 1000));
        if (*one->status) {
            json_object_set_new (each, "status", json_text (one->status));
            json_object_set_new (each, "ms",
                                 stage_rounded ((double) one->took_us / 1000));
        }
        if (one->known) {
            json_object_set_new (each, "retries",
                                 json_integer ((json_int_t) one->retries));
            json_object_set_new (each, "lost",
                                 json_integer ((json_int_t) one->lost));
        }
        json_array_append_new (json, each);
    }
    return json;
}
