//  SPDX-License-Identifier: MIT
//
//  beanstalkd, which syncs each write before it confirms (-f 0)
//
//  A connection does one command after the other, and a reserve holds up those
//  behind it. So the worker sends acks first, then a reserve that waits for a
//  message, then more that don't; as many as found a message the last time,
//  twice, since each that finds none costs the server as much.

#define _POSIX_C_SOURCE 200809L

#include "contender.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "part.h"
#include "text_link.h"

#define PROGRAM   "/usr/bin/beanstalkd"
#define SIZE_MAX_ "1048576"  // Bytes of a message

static const char *
s_missing (void)
{
    return access (PROGRAM, X_OK) ? PROGRAM " is not there" : NULL;
}

static void
s_serve (const place_t *place)
{
    contender_execute (
        (char *[]){PROGRAM, "-l", "127.0.0.1", "-p", (char *) place->port, "-b",
                   (char *) place->folder, "-f", "0", "-z", SIZE_MAX_, NULL});
}

static void
s_await (const place_t *place)
{
    text_link_t *link = text_link_new (place->port);
    text_link_print (link, "watch default\r\n");
    text_link_expect (link, "WATCHING");
    text_link_destroy (&link);
}

static void
s_put (const place_t *place, source_t *source)
{
    text_link_t *link = text_link_new (place->port);
    uint64_t confirmed;
    do {
        while (source_room (source)) {
            text_link_print (link, "put 4 0 60 %zu\r\n", source->size);
            source_make (source, text_link_room (link, source->size));
            text_link_print (link, "\r\n");
        }
        confirmed = 0;
        do {
            text_link_expect (link, "INSERTED");
            confirmed++;
        } while (text_link_more (link));
    } while (source_confirmed (source, confirmed));
    text_link_destroy (&link);
}

//  Read the answers to so many commands to reserve, and write a command to
//  delete what they found: that many.
static size_t
s_take (text_link_t *link, sink_t *sink, size_t asked)
{
    size_t found = 0;
    for (size_t i = 0; i < asked; i++) {
        const char *line = text_link_line (link);
        if (strcmp (line, "TIMED_OUT") == 0)
            continue;
        unsigned long id, size;
        char *end;
        part_check (strncmp (line, "RESERVED ", 9) == 0, line);
        id = strtoul (line + 9, &end, 10);
        size = strtoul (end, NULL, 10);
        sink_take (sink, text_link_bytes (link, size), size);
        text_link_print (link, "delete %lu\r\n", id);
        found++;
    }
    return found;
}

static void
s_work (const place_t *place, sink_t *sink, int ready)
{
    text_link_t *link = text_link_new (place->port);
    part_ready (ready);
    size_t asked = 1, deleted = 0;
    do {
        if (!sink_full (sink)) {
            text_link_print (link, "reserve\r\n");
            for (size_t i = 1; i < asked; i++)
                text_link_print (link, "reserve-with-timeout 0\r\n");
        }
        for (size_t i = 0; i < deleted; i++)
            text_link_expect (link, "DELETED");
        if (!sink_acked (sink, deleted))
            break;
        deleted = s_take (link, sink, asked);
        asked = deleted * 2 < sink->in_flight ? deleted * 2 : sink->in_flight;
    } while (true);
    text_link_destroy (&link);
}

const contender_t contender_beanstalkd = {
    .name = "beanstalkd",
    .about = "beanstalkd -f 0, which syncs each write before it confirms",
    .missing = s_missing,
    .serve = s_serve,
    .await = s_await,
    .put = s_put,
    .work = s_work,
};
