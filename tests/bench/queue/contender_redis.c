//  SPDX-License-Identifier: MIT
//
//  A stream of Redis with a consumer group; what is written is synced before it
//  is confirmed (appendfsync always). The log is never rewritten, which would
//  only slow it down.

#define _POSIX_C_SOURCE 200809L

#include "contender.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "part.h"
#include "text_link.h"

#define PROGRAM "/usr/bin/redis-server"
#define ID_MAX  48  // Bytes of an id

static const char *
s_missing (void)
{
    return access (PROGRAM, X_OK) ? PROGRAM " is not there" : NULL;
}

static void
s_serve (const place_t *place)
{
    contender_execute ((char *[]){
        PROGRAM, "--bind", "127.0.0.1", "--port", (char *) place->port, "--dir",
        (char *) place->folder, "--save", "", "--appendonly", "yes",
        "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0", NULL});
}

static void
s_await (const place_t *place)
{
    text_link_t *link = text_link_new (place->port);
    const char *line;
    do {
        text_link_print (link, "PING\r\n");
        line = text_link_line (link);
    } while (strncmp (line, "-LOADING", 8) == 0);
    text_link_print (link, "XGROUP CREATE %s g 0 MKSTREAM\r\n", FLOW_QUEUE);
    line = text_link_line (link);
    part_check (strcmp (line, "+OK") == 0 || strncmp (line, "-BUSY", 5) == 0,
                line);
    text_link_destroy (&link);
}

static void
s_put (const place_t *place, source_t *source)
{
    text_link_t *link = text_link_new (place->port);
    uint64_t confirmed;
    do {
        while (source_room (source)) {
            text_link_print (link,
                             "*5\r\n$4\r\nXADD\r\n$%zu\r\n%s\r\n$1\r\n*\r\n"
                             "$1\r\nb\r\n$%zu\r\n",
                             strlen (FLOW_QUEUE), FLOW_QUEUE, source->size);
            source_make (source, text_link_room (link, source->size));
            text_link_print (link, "\r\n");
        }
        confirmed = 0;
        do {
            size_t size = strtoul (text_link_expect (link, "$"), NULL, 10);
            text_link_bytes (link, size);
            confirmed++;
        } while (text_link_more (link));
    } while (source_confirmed (source, confirmed));
    text_link_destroy (&link);
}

//  Read an array of messages, each an id and one field, and keep the ids: how
//  many.
static size_t
s_take (text_link_t *link, sink_t *sink, char (*ids)[ID_MAX])
{
    text_link_expect (link, "*1");
    text_link_expect (link, "*2");
    text_link_bytes (link, strtoul (text_link_expect (link, "$"), NULL, 10));
    size_t count = strtoul (text_link_expect (link, "*"), NULL, 10);
    for (size_t i = 0; i < count; i++) {
        text_link_expect (link, "*2");
        size_t size = strtoul (text_link_expect (link, "$"), NULL, 10);
        part_check (size < ID_MAX, "an id");
        memcpy (ids[i], text_link_bytes (link, size), size);
        ids[i][size] = 0;
        text_link_expect (link, "*2");
        text_link_expect (link, "$1");
        text_link_bytes (link, 1);
        size = strtoul (text_link_expect (link, "$"), NULL, 10);
        sink_take (sink, text_link_bytes (link, size), size);
    }
    return count;
}

//  Write a word of a command.
static void
s_word (text_link_t *link, const char *word)
{
    text_link_print (link, "$%zu\r\n%s\r\n", strlen (word), word);
}

//  Ack these messages, and delete them, as a work queue does.
static void
s_ack (text_link_t *link, char (*ids)[ID_MAX], size_t count)
{
    text_link_print (link, "*%zu\r\n", count + 3);
    s_word (link, "XACK");
    s_word (link, FLOW_QUEUE);
    s_word (link, "g");
    for (size_t i = 0; i < count; i++)
        s_word (link, ids[i]);
    text_link_print (link, "*%zu\r\n", count + 2);
    s_word (link, "XDEL");
    s_word (link, FLOW_QUEUE);
    for (size_t i = 0; i < count; i++)
        s_word (link, ids[i]);
}

static void
s_work (const place_t *place, sink_t *sink, int ready)
{
    text_link_t *link = text_link_new (place->port);
    char (*ids)[ID_MAX] = malloc (sink->in_flight * sizeof *ids);
    part_check (ids != NULL, "memory");
    part_ready (ready);
    size_t held = 0;
    do {
        if (held)
            s_ack (link, ids, held);
        if (!sink_full (sink))
            text_link_print (link,
                             "XREADGROUP GROUP g c COUNT %zu BLOCK 0 STREAMS "
                             "%s >\r\n",
                             sink->in_flight, FLOW_QUEUE);
        for (int i = 0; held && i < 2; i++)
            part_check (strtoul (text_link_expect (link, ":"), NULL, 10) ==
                            held,
                        "XACK, XDEL");
        if (!sink_acked (sink, held))
            break;
        held = s_take (link, sink, ids);
    } while (true);
    free (ids);
    text_link_destroy (&link);
}

const contender_t contender_redis = {
    .name = "redis",
    .about = "a Redis stream and group, appendfsync always",
    .missing = s_missing,
    .serve = s_serve,
    .await = s_await,
    .put = s_put,
    .work = s_work,
};
