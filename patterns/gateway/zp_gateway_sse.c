//  SPDX-License-Identifier: MIT
//
//      retry: 3000
//
//      id: 17
//      event: price
//      data: {"film":"m",
//      data:  "price":3}
//                                  an empty line ends the event
//      :                           a comment

#include "zp_gateway_sse.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REASON_MAX 200  // Bytes of a reason
#define BYTES_MIN  256  // Of a buffer

struct zp_gateway_sse {
    size_t max;   // Bytes that may wait
    char *data;   // The buffer
    size_t room;  // Its bytes
    size_t from;  // What was taken
    size_t size;  // What was written
    bool slow;    // Something had no room
    bool ended;   // Nothing is added any more
};

zp_gateway_sse_t *
zp_gateway_sse_new (size_t max_bytes)
{
    assert (max_bytes >= BYTES_MIN);
    zp_gateway_sse_t *self = calloc (1, sizeof *self);
    assert (self);
    self->max = max_bytes;
    return self;
}

void
zp_gateway_sse_destroy (zp_gateway_sse_t **self_p)
{
    assert (self_p);
    zp_gateway_sse_t *self = *self_p;
    *self_p = NULL;
    if (!self)
        return;
    free (self->data);
    free (self);
}

//  Make room for more bytes behind those that wait. These move to the front
//  once they are no more than what was taken, so no byte moves often
static void
s_grow (zp_gateway_sse_t *self, size_t more)
{
    if (self->size + more <= self->room)
        return;
    if (self->from > 0 && self->size - self->from <= self->from) {
        memmove (self->data, self->data + self->from, self->size - self->from);
        self->size -= self->from;
        self->from = 0;
    }
    if (self->size + more <= self->room)
        return;
    self->room = 2 * (self->size + more);
    self->data = realloc (self->data, self->room);
    assert (self->data);
}

static void
s_add (zp_gateway_sse_t *self, const char *text, size_t size)
{
    if (size)
        memcpy (self->data + self->size, text, size);
    self->size += size;
}

//  Add a field whose value is one line: what would end it is left out
static void
s_add_line (zp_gateway_sse_t *self, const char *name, const char *value)
{
    s_add (self, name, strlen (name));
    for (; *value; value++)
        if (*value != '\r' && *value != '\n')
            s_add (self, value, 1);
    s_add (self, "\n", 1);
}

//  The end of the line that begins at a byte
static const char *
s_line (const char *at, const char *end)
{
    while (at < end && *at != '\n' && *at != '\r')
        at++;
    return at;
}

//  Add data, each line of it as a field of its own
static void
s_add_data (zp_gateway_sse_t *self, zp_span_t data)
{
    const char *at = data.size ? data.data : "", *end = at + data.size;
    for (;;) {
        const char *stop = s_line (at, end);
        s_add (self, "data: ", 6);
        s_add (self, at, (size_t) (stop - at));
        s_add (self, "\n", 1);
        if (stop == end)
            return;
        at = stop + 1 + (*stop == '\r' && stop + 1 < end && stop[1] == '\n');
    }
}

//  How many bytes an event may take at most: each byte of data may end a line
static size_t
s_most (const zp_gateway_event_t *event)
{
    size_t lines = 1;
    const char *data = event->data.data;
    for (size_t i = 0; i < event->data.size; i++)
        lines += data[i] == '\n' || data[i] == '\r';
    return 32 + (event->id ? strlen (event->id) : 0) +
           (event->name ? strlen (event->name) : 0) + event->data.size +
           7 * lines;
}

//  True if so many bytes more may wait
static bool
s_fits (zp_gateway_sse_t *self, size_t more)
{
    if (self->slow || self->ended)
        return false;
    self->slow = more > self->max - (self->size - self->from);
    if (!self->slow)
        s_grow (self, more);
    return !self->slow;
}

static void
s_add_event (zp_gateway_sse_t *self, const zp_gateway_event_t *event)
{
    if (event->id && *event->id)
        s_add_line (self, "id: ", event->id);
    if (event->name && *event->name)
        s_add_line (self, "event: ", event->name);
    s_add_data (self, event->data);
    s_add (self, "\n", 1);
}

bool
zp_gateway_sse_event (zp_gateway_sse_t *self, const zp_gateway_event_t *event)
{
    if (!s_fits (self, s_most (event)))
        return false;
    s_add_event (self, event);
    return true;
}

bool
zp_gateway_sse_beat (zp_gateway_sse_t *self, const char *text)
{
    if (self->size > self->from)
        return !self->slow && !self->ended;
    if (!s_fits (self, strlen (text) + 3))
        return false;
    s_add_line (self, *text ? ": " : ":", text);
    return true;
}

bool
zp_gateway_sse_retry (zp_gateway_sse_t *self, int retry_ms)
{
    char text[24];
    snprintf (text, sizeof text, "%d", retry_ms);
    if (!s_fits (self, 32))
        return false;
    s_add_line (self, "retry: ", text);
    s_add (self, "\n", 1);
    return true;
}

void
zp_gateway_sse_end (zp_gateway_sse_t *self, const char *reason)
{
    char line[REASON_MAX + 1];
    if (self->ended)
        return;
    //  As one line, so that it has a size
    snprintf (line, sizeof line, "%s", reason);
    for (char *at = line; *at; at++)
        if (*at == '\r' || *at == '\n')
            *at = ' ';
    zp_gateway_event_t event = {.name = "end", .data = {line, strlen (line)}};
    s_grow (self, s_most (&event));
    s_add_event (self, &event);
    self->ended = true;
}

bool
zp_gateway_sse_slow (const zp_gateway_sse_t *self)
{
    return self->slow;
}

bool
zp_gateway_sse_done (const zp_gateway_sse_t *self)
{
    return self->ended && self->from == self->size;
}

zp_span_t
zp_gateway_sse_waiting (const zp_gateway_sse_t *self)
{
    size_t size = self->size - self->from;
    return (zp_span_t){size ? self->data + self->from : NULL, size};
}

void
zp_gateway_sse_taken (zp_gateway_sse_t *self, size_t size)
{
    assert (size <= self->size - self->from);
    self->from += size;
    if (self->from < self->size)
        return;
    free (self->data);
    self->data = NULL;
    self->room = self->size = self->from = 0;
}
