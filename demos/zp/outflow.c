//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "outflow.h"

#include <poll.h>
#include <signal.h>

#include "output.h"

#define PIECE 4096  // A pipe that is writable takes so many at once (PIPE_BUF)

struct outflow {
    zloop_t *loop;     // Writes
    outflow_fn *fn;    // Told that some was written
    void *arg;         // Given to fn
    char *data;        // What waits
    size_t from;       // Where it begins
    size_t end;        // And where it ends
    size_t room;       // Bytes that there is room for
    short events;      // What the loop waits for; -1: nothing
    bool ending;       // End the loop when nothing waits
    bool closed;       // No more can be written
    exit_code_t code;  // If that is an error
};

static int s_on_stdout (zloop_t *loop, zmq_pollitem_t *item, void *arg);

//  Wait for room if there is something to be written, and otherwise only for
//  the end of whoever reads it
static void
s_watch (outflow_t *self)
{
    short events = self->from < self->end || self->ending ? ZMQ_POLLOUT : 0;
    if (self->events == events)
        return;
    zmq_pollitem_t item = {.fd = STDOUT_FILENO, .events = events};
    if (self->events != -1)
        zloop_poller_end (self->loop, &item);
    zloop_poller (self->loop, &item, s_on_stdout, self);
    zloop_poller_set_tolerant (self->loop, &item);
    self->events = events;
}

static void
s_fail (outflow_t *self)
{
    self->closed = true;
    self->from = self->end = 0;
    if (errno == EPIPE)
        return;
    say_error ("can't write the output: %s", strerror (errno));
    self->code = EXIT_ERROR;
}

static bool
s_writable (void)
{
    struct pollfd fd = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll (&fd, 1, 0) == 1 && (fd.revents & (POLLOUT | POLLERR));
}

//  Write what can be without waiting
static void
s_flush (outflow_t *self)
{
    while (self->from < self->end && s_writable ()) {
        size_t size = self->end - self->from;
        ssize_t written = write (STDOUT_FILENO, self->data + self->from,
                                 size < PIECE ? size : PIECE);
        if (written > 0)
            self->from += (size_t) written;
        else if (written == -1 && errno != EINTR && errno != EAGAIN)
            s_fail (self);
    }
    if (self->from == self->end)
        self->from = self->end = 0;
}

static int
s_on_stdout (zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void) loop;
    outflow_t *self = arg;
    size_t waiting = outflow_waiting (self);
    if (item->revents & ZMQ_POLLERR && waiting == 0)
        self->closed = true;
    s_flush (self);
    if (!self->closed && outflow_waiting (self) < waiting)
        self->fn (self->arg);
    bool ended = self->ending && outflow_waiting (self) == 0;
    if (self->closed || ended)
        return -1;
    s_watch (self);
    return 0;
}

outflow_t *
outflow_new (zloop_t *loop, outflow_fn *fn, void *arg)
{
    signal (SIGPIPE, SIG_IGN);
    fflush (stdout);
    outflow_t *self = zmalloc (sizeof *self);
    self->loop = loop;
    self->fn = fn;
    self->arg = arg;
    self->events = -1;
    s_watch (self);
    return self;
}

void
outflow_destroy (outflow_t **self_p)
{
    assert (self_p);
    outflow_t *self = *self_p;
    if (!self)
        return;
    s_flush (self);
    zloop_poller_end (self->loop, &(zmq_pollitem_t){.fd = STDOUT_FILENO});
    free (self->data);
    free (self);
    *self_p = NULL;
}

void
outflow_write (outflow_t *self, const void *data, size_t size)
{
    if (self->closed)
        return;
    if (self->from > self->room / 2) {
        self->end -= self->from;
        memmove (self->data, self->data + self->from, self->end);
        self->from = 0;
    }
    if (self->end + size > self->room) {
        self->room = (self->end + size) * 2;
        self->data = realloc (self->data, self->room);
        assert (self->data);
    }
    memcpy (self->data + self->end, data, size);
    self->end += size;
    s_watch (self);
}

void
outflow_json (outflow_t *self, json_t *json)
{
    char *text = json_dumps (json, JSON_COMPACT);
    outflow_write (self, text, strlen (text));
    outflow_write (self, "\n", 1);
    free (text);
    json_decref (json);
}

void
outflow_text (outflow_t *self, const void *data, size_t size)
{
    char *text = text_line (data, size);
    outflow_write (self, text, strlen (text));
    free (text);
}

size_t
outflow_waiting (const outflow_t *self)
{
    return self->end - self->from;
}

void
outflow_end (outflow_t *self)
{
    self->ending = true;
    s_watch (self);
}

bool
outflow_closed (const outflow_t *self)
{
    return self->closed;
}

exit_code_t
outflow_code (const outflow_t *self)
{
    return self->code;
}
