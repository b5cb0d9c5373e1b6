//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "text_link.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "part.h"

#define START_TRIES 1000
#define START_MS    10     // From one try to the next
#define READ_SIZE   65536  // At once
#define PRINT_MAX   256    // Bytes of one text_link_print

//  Bytes that come in at `end` and go out at `start`
typedef struct buffer {
    char *data;    // All
    size_t start;  // Where the first is
    size_t end;    // Where the next will be
    size_t room;   // Of data
} buffer_t;

struct text_link {
    int handle;    // The socket
    buffer_t out;  // Written, and not sent
    buffer_t in;   // Received, and not read
};

//  Make room for size bytes at the end.
static char *
s_room (buffer_t *self, size_t size)
{
    if (self->start == self->end)
        self->start = self->end = 0;
    if (self->start > self->room / 2) {
        self->end -= self->start;
        memmove (self->data, self->data + self->start, self->end);
        self->start = 0;
    }
    if (self->end + size > self->room) {
        self->room = (self->end + size) * 2;
        self->data = realloc (self->data, self->room);
        part_check (self->data != NULL, "memory");
    }
    return self->data + self->end;
}

text_link_t *
text_link_new (const char *port)
{
    text_link_t *self = calloc (1, sizeof *self);
    part_check (self != NULL, "memory");
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons ((in_port_t) atoi (port)),
                                  .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
    int failed = -1;
    for (int i = 0; failed && i < START_TRIES; i++) {
        self->handle = socket (AF_INET, SOCK_STREAM, 0);
        failed = connect (self->handle, (struct sockaddr *) &address,
                          sizeof address);
        if (failed) {
            close (self->handle);
            usleep (START_MS * 1000);
        }
    }
    part_check (!failed, "connect");
    setsockopt (self->handle, IPPROTO_TCP, TCP_NODELAY, &(int){1},
                sizeof (int));
    return self;
}

void
text_link_destroy (text_link_t **self_p)
{
    text_link_t *self = *self_p;
    if (!self)
        return;
    close (self->handle);
    free (self->out.data);
    free (self->in.data);
    free (self);
    *self_p = NULL;
}

void *
text_link_room (text_link_t *self, size_t size)
{
    void *room = s_room (&self->out, size);
    self->out.end += size;
    return room;
}

void
text_link_print (text_link_t *self, const char *format, ...)
{
    char *room = s_room (&self->out, PRINT_MAX);
    va_list args;
    va_start (args, format);
    int size = vsnprintf (room, PRINT_MAX, format, args);
    va_end (args);
    part_check (size >= 0 && size < PRINT_MAX, format);
    self->out.end += (size_t) size;
}

//  Send what was written, and receive at least a byte.
static void
s_exchange (text_link_t *self)
{
    buffer_t *out = &self->out;
    while (out->start < out->end) {
        ssize_t sent = send (self->handle, out->data + out->start,
                             out->end - out->start, MSG_NOSIGNAL);
        part_check (sent > 0, "send");
        out->start += (size_t) sent;
    }
    ssize_t got =
        recv (self->handle, s_room (&self->in, READ_SIZE), READ_SIZE, 0);
    part_check (got > 0, "the server has closed the connection");
    self->in.end += (size_t) got;
}

const char *
text_link_line (text_link_t *self)
{
    buffer_t *in = &self->in;
    char *end;
    while (!(end = in->end > in->start ? memchr (in->data + in->start, '\n',
                                                 in->end - in->start)
                                       : NULL))
        s_exchange (self);
    char *line = in->data + in->start;
    in->start += (size_t) (end + 1 - line);
    end[end > line ? -1 : 0] = 0;
    return line;
}

const void *
text_link_bytes (text_link_t *self, size_t size)
{
    buffer_t *in = &self->in;
    while (in->end - in->start < size + 2)
        s_exchange (self);
    const void *bytes = in->data + in->start;
    in->start += size + 2;
    return bytes;
}

bool
text_link_more (const text_link_t *self)
{
    return self->in.start < self->in.end;
}

const char *
text_link_expect (text_link_t *self, const char *text)
{
    const char *line = text_link_line (self);
    if (strncmp (line, text, strlen (text)) != 0) {
        fprintf (stderr, "E: '%s' instead of '%s...'\n", line, text);
        exit (1);
    }
    return line + strlen (text);
}
