//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "http.h"

#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>

//  What the next bytes of an answer are
typedef enum {
    S_HEAD,    // Its header
    S_LENGTH,  // `left` bytes of its body
    S_SIZE,    // The line before a chunk
    S_CHUNK,   // `left` bytes of a chunk
    S_BREAK,   // The end of a chunk's last line
    S_LAST,    // Lines after the last chunk
    S_REST,    // The body, until the connection ends
    S_DONE     // Of the next answer
} s_state_t;

struct http {
    zloop_t *loop;     // Where it lives
    int fd;            // Its socket
    bool polled;       // In the loop
    bool paused;       // Not to be read
    bool ended;        // The peer says no more
    bool no_body;      // The answer is one to HEAD
    zchunk_t *out;     // To be sent
    zchunk_t *in;      // Read, and not understood
    s_state_t state;   // See there
    size_t left;       // See there
    char head[16384];  // The header
    zchunk_t *body;    // What came of it
    int continues;     // Interim answers
};

static void s_poll (http_t *self);

static void
s_drop (zchunk_t *chunk, size_t size)
{
    size_t rest = zchunk_size (chunk) - size;
    memmove (zchunk_data (chunk), zchunk_data (chunk) + size, rest);
    zchunk_set (chunk, NULL, rest);
}

//  The line that is there, taken; false if it is not whole
static bool
s_take_line (http_t *self, char *line, size_t room)
{
    const char *data = (const char *) zchunk_data (self->in);
    const char *end = memmem (data, zchunk_size (self->in), "\r\n", 2);
    if (!end)
        return false;
    size_t size = (size_t) (end - data);
    assert (size < room);
    memcpy (line, data, size);
    line[size] = 0;
    s_drop (self->in, size + 2);
    return true;
}

static bool
s_take_head (http_t *self)
{
    const char *data = (const char *) zchunk_data (self->in);
    const char *end = memmem (data, zchunk_size (self->in), "\r\n\r\n", 4);
    if (!end)
        return false;
    size_t size = (size_t) (end - data) + 2;
    assert (size < sizeof self->head);
    memcpy (self->head, data, size);
    self->head[size] = 0;
    s_drop (self->in, size + 2);
    int status = http_status (self);
    if (status == 100) {
        self->continues++;
        *self->head = 0;
        return true;
    }
    const char *coding = http_field (self, "Transfer-Encoding");
    bool chunked = coding && strcasecmp (coding, "chunked") == 0;
    const char *length = http_field (self, "Content-Length");
    bool none = self->no_body || status == 204 || status == 304;
    self->left = length && !none ? strtoul (length, NULL, 10) : 0;
    self->state = none         ? S_DONE
                  : chunked    ? S_SIZE
                  : !length    ? S_REST
                  : self->left ? S_LENGTH
                               : S_DONE;
    return true;
}

static bool
s_take_body (http_t *self)
{
    size_t size = zchunk_size (self->in);
    if (self->state != S_REST && size > self->left)
        size = self->left;
    if (size == 0)
        return false;
    zchunk_extend (self->body, zchunk_data (self->in), size);
    s_drop (self->in, size);
    self->left -= self->state == S_REST ? 0 : size;
    if (self->state != S_REST && self->left == 0)
        self->state = self->state == S_LENGTH ? S_DONE : S_BREAK;
    return true;
}

//  Understand what is there; false if nothing more can be
static bool
s_take (http_t *self)
{
    char line[1024];
    switch (self->state) {
    case S_HEAD:
        return s_take_head (self);
    case S_SIZE:
        if (!s_take_line (self, line, sizeof line))
            return false;
        self->left = strtoul (line, NULL, 16);
        self->state = self->left ? S_CHUNK : S_LAST;
        return true;
    case S_BREAK:
        if (!s_take_line (self, line, sizeof line))
            return false;
        assert (!*line);
        self->state = S_SIZE;
        return true;
    case S_LAST:
        if (!s_take_line (self, line, sizeof line))
            return false;
        self->state = *line ? S_LAST : S_DONE;
        return true;
    case S_DONE:
        return false;
    default:
        return s_take_body (self);
    }
}

static void
s_read (http_t *self)
{
    static const size_t room = 256 * 1024;
    char *data = malloc (room);
    ssize_t size = recv (self->fd, data, room, 0);
    if (size > 0)
        zchunk_extend (self->in, data, (size_t) size);
    else if (size == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
        self->ended = true;
    free (data);
    while (s_take (self))
        ;
    if (self->ended && self->state == S_REST)
        self->state = S_DONE;
}

static void
s_write (http_t *self)
{
    ssize_t size = send (self->fd, zchunk_data (self->out),
                         zchunk_size (self->out), MSG_NOSIGNAL);
    if (size > 0)
        s_drop (self->out, (size_t) size);
    else if (errno != EAGAIN && errno != EWOULDBLOCK)
        zchunk_set (self->out, NULL, 0);
}

static int
s_on_ready (zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void) loop;
    http_t *self = arg;
    if (item->revents & (ZMQ_POLLIN | ZMQ_POLLERR))
        s_read (self);
    if (item->revents & ZMQ_POLLOUT)
        s_write (self);
    s_poll (self);
    return 0;
}

//  Wait for what there is to wait for
static void
s_poll (http_t *self)
{
    zmq_pollitem_t item = {.fd = self->fd};
    if (self->polled)
        zloop_poller_end (self->loop, &item);
    item.events = (short) (self->paused || self->ended ? 0 : ZMQ_POLLIN);
    if (zchunk_size (self->out))
        item.events |= ZMQ_POLLOUT;
    self->polled = item.events != 0;
    if (self->polled)
        zloop_poller (self->loop, &item, s_on_ready, self);
}

http_t *
http_new (zloop_t *loop, int port)
{
    http_t *self = zmalloc (sizeof *self);
    self->loop = loop;
    self->out = zchunk_new (NULL, 0);
    self->in = zchunk_new (NULL, 0);
    self->body = zchunk_new (NULL, 0);
    self->fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons ((uint16_t) port),
                                  .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
    int rc = connect (self->fd, (struct sockaddr *) &address, sizeof address);
    assert (rc == 0);
    (void) rc;
    fcntl (self->fd, F_SETFL, O_NONBLOCK);
    s_poll (self);
    return self;
}

void
http_destroy (http_t **self_p)
{
    http_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    zmq_pollitem_t item = {.fd = self->fd};
    if (self->polled)
        zloop_poller_end (self->loop, &item);
    close (self->fd);
    zchunk_destroy (&self->out);
    zchunk_destroy (&self->in);
    zchunk_destroy (&self->body);
    free (self);
}

void
http_send (http_t *self, const void *data, size_t size)
{
    zchunk_extend (self->out, data, size);
    s_write (self);
    s_poll (self);
}

void
http_say (http_t *self, const char *format, ...)
{
    va_list args;
    va_start (args, format);
    char *text = zsys_vprintf (format, args);
    va_end (args);
    http_send (self, text, strlen (text));
    zstr_free (&text);
}

void
http_ask (http_t *self, const char *method, const char *target,
          const char *header, const char *body)
{
    char length[64] = "";
    if (body)
        snprintf (length, sizeof length, "Content-Length: %zu\r\n",
                  strlen (body));
    self->no_body = strcmp (method, "HEAD") == 0;
    http_say (self, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s%s\r\n%s", method,
              target, length, header ? header : "", body ? body : "");
}

void
http_pause (http_t *self, bool pause)
{
    self->paused = pause;
    s_poll (self);
}

void
http_set_buffer (http_t *self, int size_bytes)
{
    setsockopt (self->fd, SOL_SOCKET, SO_RCVBUF, &size_bytes,
                sizeof size_bytes);
}

bool
http_begun (http_t *self)
{
    return *self->head != 0;
}

bool
http_answered (http_t *self)
{
    return self->state == S_DONE;
}

bool
http_closed (http_t *self)
{
    return self->ended && zchunk_size (self->in) == 0;
}

int
http_status (http_t *self)
{
    int status = 0;
    sscanf (self->head, "HTTP/1.%*d %d", &status);
    return status;
}

const char *
http_field (http_t *self, const char *name)
{
    static char value[4096];
    size_t size = strlen (name);
    const char *line = strstr (self->head, "\r\n");
    for (; line && line[2]; line = strstr (line + 2, "\r\n"))
        if (strncasecmp (line + 2, name, size) == 0 && line[2 + size] == ':') {
            const char *from = line + 2 + size + 1;
            from += strspn (from, " \t");
            snprintf (value, sizeof value, "%.*s", (int) strcspn (from, "\r"),
                      from);
            return value;
        }
    return NULL;
}

const char *
http_body (http_t *self)
{
    //  Behind the body, not part of it
    zchunk_extend (self->body, "", 1);
    zchunk_set (self->body, NULL, zchunk_size (self->body) - 1);
    return (const char *) zchunk_data (self->body);
}

size_t
http_body_size (http_t *self)
{
    return zchunk_size (self->body);
}

void
http_drop_body (http_t *self)
{
    zchunk_set (self->body, NULL, 0);
}

int
http_continues (http_t *self)
{
    return self->continues;
}

void
http_next (http_t *self)
{
    assert (self->state == S_DONE);
    self->state = S_HEAD;
    self->no_body = false;
    *self->head = 0;
    zchunk_set (self->body, NULL, 0);
    while (s_take (self))
        ;
}
