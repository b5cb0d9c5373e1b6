//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "lines.h"

#include "body.h"
#include "output.h"

#define BLOCK 65536  // Bytes to read at a time

struct lines {
    zloop_t *loop;     // Reads
    int input;         // From here
    lines_fn *fn;      // Told that there may be more
    void *arg;         // Given to fn
    char *text;        // What was read
    size_t from;       // Where that begins which was not taken
    size_t end;        // And where it ends
    uint64_t count;    // Lines taken
    bool watching;     // The input is a part of the loop
    bool read_all;     // There is no more to read
    exit_code_t code;  // Why it can't go on
};

lines_t *
lines_new (zloop_t *loop, int input, lines_fn *fn, void *arg)
{
    lines_t *self = zmalloc (sizeof *self);
    self->loop = loop;
    self->input = input;
    self->fn = fn;
    self->arg = arg;
    self->text = malloc (BODY_MAX + 2 * BLOCK);
    assert (self->text);
    return self;
}

void
lines_destroy (lines_t **self_p)
{
    assert (self_p);
    lines_t *self = *self_p;
    if (!self)
        return;
    lines_watch (self, false);
    free (self->text);
    free (self);
    *self_p = NULL;
}

bool
lines_next (lines_t *self, zp_span_t *line)
{
    const char *from = self->text + self->from;
    size_t size = self->end - self->from;
    const char *stop = size ? memchr (from, '\n', size) : NULL;
    bool whole = stop || (self->read_all && size > 0);
    size = stop ? (size_t) (stop - from) : size;
    if (self->code == EXIT_OK && size > BODY_MAX) {
        say_error ("line %llu is longer than %d bytes, and a message can't be",
                   (unsigned long long) self->count + 1, BODY_MAX);
        self->code = EXIT_USAGE;
    }
    if (!whole || self->code != EXIT_OK)
        return false;
    *line = (zp_span_t){from, size};
    self->from += size + (stop != NULL);
    self->count++;
    return true;
}

uint64_t
lines_count (const lines_t *self)
{
    return self->count;
}

//  All that was read is taken, but for the beginning of a line
static int
s_on_input (zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void) loop;
    lines_t *self = arg;
    self->end -= self->from;
    memmove (self->text, self->text + self->from, self->end);
    self->from = 0;
    ssize_t size = read (item->fd, self->text + self->end, BLOCK);
    if (size > 0)
        self->end += (size_t) size;
    else if (size == 0)
        self->read_all = true;
    else if (errno != EINTR && errno != EAGAIN) {
        say_error ("can't read: %s", strerror (errno));
        self->code = EXIT_ERROR;
    }
    self->fn (self->arg);
    return 0;
}

void
lines_watch (lines_t *self, bool watch)
{
    zmq_pollitem_t item = {.fd = self->input, .events = ZMQ_POLLIN};
    watch = watch && !self->read_all && self->code == EXIT_OK;
    if (watch && !self->watching) {
        zloop_poller (self->loop, &item, s_on_input, self);
        zloop_poller_set_tolerant (self->loop, &item);  // Of its end
    }
    else if (!watch && self->watching)
        zloop_poller_end (self->loop, &item);
    self->watching = watch;
}

bool
lines_ended (const lines_t *self)
{
    return self->code != EXIT_OK || (self->read_all && self->from == self->end);
}

exit_code_t
lines_code (const lines_t *self)
{
    return self->code;
}
