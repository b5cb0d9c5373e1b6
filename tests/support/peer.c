//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "test_loop.h"

struct peer {
    zloop_t *loop;      // Where it lives
    zsock_t *socket;    // ROUTER or DEALER
    char *endpoint;     // Where it listens, or is connected to
    uint8_t marks;      // For its replies
    peer_fn *fn;        // Answers letters; NULL: nobody does
    void *arg;          // Given to that
    letter_t *letters;  // All that came
    size_t count;       // How many
    size_t room;        // For how many
    size_t messages;    // How many messages they came in
};

const char *
peer_new_endpoint (void)
{
    //  In the abstract namespace of Linux, where nothing is left behind
    static char name[64];
    static int number = 0;
    snprintf (name, sizeof name, "ipc://@zp-test-%d-%d", (int) getpid (),
              number++);
    return name;
}

static letter_t *
s_add (peer_t *self)
{
    if (self->count == self->room) {
        self->room = self->room ? 2 * self->room : 16;
        self->letters =
            realloc (self->letters, self->room * sizeof *self->letters);
        assert_non_null (self->letters);
    }
    letter_t *letter = &self->letters[self->count++];
    *letter = (letter_t){.came_ms = zclock_mono ()};
    return letter;
}

static zp_span_t
s_span (zframe_t *frame)
{
    return (zp_span_t){zframe_data (frame), zframe_size (frame)};
}

//  The records of a message whose frames, without the routing id, are these
static void
s_take_compact (peer_t *self, zframe_t *from, const zp_span_t *frames,
                size_t count)
{
    zp_records_t records;
    zp_records_init (&records, frames, count);
    letter_t read;
    int rc;
    while ((rc = zp_records_next (&records, &read.envelope, read.part,
                                  &read.count)) == 1) {
        letter_t *letter = s_add (self);
        letter->from = from;
        letter->compact = letter->enveloped = true;
        letter->envelope = read.envelope;
        letter->count = read.count;
        memcpy (letter->part, read.part, read.count * sizeof *read.part);
    }
    assert_int_equal (rc, 0);
}

//  The same in the open form. What has no delimiter is all parts
static void
s_take_open (peer_t *self, zframe_t *from, const zp_span_t *frames,
             size_t count)
{
    letter_t *letter = s_add (self);
    letter->from = from;
    if (count >= 2 && frames[1].size == 0)
        letter->enveloped = zp_envelope_decode (&letter->envelope,
                                                frames[0].data, frames[0].size);
    size_t first = letter->enveloped ? 2 : frames[0].size == 0;
    letter->count = count - first;
    memcpy (letter->part, frames + first, letter->count * sizeof *frames);
}

static int
s_on_readable (zloop_t *loop, zsock_t *socket, void *arg)
{
    (void) loop;
    peer_t *self = arg;
    size_t before = self->count;
    zmsg_t *msg = zmsg_recv (socket);
    zframe_t *frame = zmsg_first (msg);
    zframe_t *from = NULL;
    if (zsock_type (socket) == ZMQ_ROUTER) {
        from = frame;
        frame = zmsg_next (msg);
    }
    zp_span_t frames[ZP_ENVELOPE_PARTS_MAX * 2];
    size_t count = 0;
    for (; frame; frame = zmsg_next (msg))
        frames[count++] = s_span (frame);
    self->messages++;
    if (zp_records_here (frames[0].data, frames[0].size))
        s_take_compact (self, from, frames, count);
    else
        s_take_open (self, from, frames, count);
    self->letters[before].frames = msg;
    size_t after = self->count;
    for (size_t i = before; self->fn && i < after; i++)
        self->fn (self, i, self->arg);
    return 0;
}

static peer_t *
s_new (zloop_t *loop, zsock_t *socket, const char *endpoint)
{
    peer_t *self = zmalloc (sizeof *self);
    self->loop = loop;
    self->socket = socket;
    self->endpoint = strdup (endpoint);
    zsock_set_linger (socket, 0);
    zloop_reader (loop, socket, s_on_readable, self);
    return self;
}

peer_t *
peer_new_service (zloop_t *loop, const char *endpoint)
{
    if (!endpoint)
        endpoint = peer_new_endpoint ();
    peer_t *self = s_new (loop, zsock_new (ZMQ_ROUTER), endpoint);
    //  ZeroMQ lets go of a place some time after who was there is gone
    test_until (loop, zsock_bind (self->socket, "%s", endpoint) == 0);
    return self;
}

peer_t *
peer_new_caller (zloop_t *loop, const char *endpoint)
{
    zsock_t *socket = zsock_new (ZMQ_DEALER);
    assert_int_equal (zsock_connect (socket, "%s", endpoint), 0);
    return s_new (loop, socket, endpoint);
}

void
peer_destroy (peer_t **self_p)
{
    peer_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    zloop_reader_end (self->loop, self->socket);
    zsock_destroy (&self->socket);
    for (size_t i = 0; i < self->count; i++)
        zmsg_destroy (&self->letters[i].frames);
    free (self->letters);
    free (self->endpoint);
    free (self);
}

void
peer_script (peer_t *self, peer_fn *fn, void *arg)
{
    self->fn = fn;
    self->arg = arg;
}

const char *
peer_endpoint (peer_t *self)
{
    return self->endpoint;
}

zsock_t *
peer_socket (peer_t *self)
{
    return self->socket;
}

size_t
peer_count (peer_t *self)
{
    return self->count;
}

size_t
peer_messages (peer_t *self)
{
    return self->messages;
}

const letter_t *
peer_letter (peer_t *self, size_t number)
{
    assert_in_range (number, 0, self->count - 1);
    return &self->letters[number];
}

bool
letter_says (const letter_t *letter, size_t part, const char *text)
{
    return part < letter->count && letter->part[part].size == strlen (text) &&
           memcmp (letter->part[part].data, text, strlen (text)) == 0;
}

void
peer_send (peer_t *self, const letter_t *to, zmsg_t *frames)
{
    if (to) {
        zframe_t *id = zframe_dup (to->from);
        zmsg_prepend (frames, &id);
    }
    assert_int_equal (zmsg_send (&frames, self->socket), 0);
}

void
peer_send_open (peer_t *self, const letter_t *to, const zp_envelope_t *envelope,
                const zp_span_t *parts, size_t count)
{
    uint8_t head[ZP_ENVELOPE_SIZE];
    zp_envelope_encode (envelope, head);
    zmsg_t *frames = zmsg_new ();
    zmsg_addmem (frames, head, sizeof head);
    zmsg_addmem (frames, NULL, 0);
    for (size_t i = 0; i < count; i++)
        zmsg_addmem (frames, parts[i].data, parts[i].size);
    peer_send (self, to, frames);
}

void
peer_send_compact (peer_t *self, const letter_t *to,
                   const zp_envelope_t *envelope, const zp_span_t *parts,
                   size_t count)
{
    uint8_t *data = zmalloc (4 + zp_records_size (parts, count));
    uint8_t *end =
        zp_records_write (zp_records_start (data), envelope, parts, count);
    zmsg_t *frames = zmsg_new ();
    zmsg_addmem (frames, data, (size_t) (end - data));
    for (size_t i = 0; i < count; i++)
        if (parts[i].size > ZP_ENVELOPE_INLINE)
            zmsg_addmem (frames, parts[i].data, parts[i].size);
    free (data);
    peer_send (self, to, frames);
}

//  Answer a letter with its own envelope, changed
static void
s_answer (peer_t *self, size_t number, zp_kind_t kind, zp_status_t status,
          int retry_after_ms, const char *text)
{
    const letter_t *letter = peer_letter (self, number);
    zp_envelope_t envelope = letter->envelope;
    envelope.kind = (uint8_t) kind;
    envelope.status = (uint8_t) status;
    envelope.marks = self->marks;
    envelope.time_ms = (uint32_t) retry_after_ms;
    zp_span_t part = {text, strlen (text)};
    peer_send_open (self, letter, &envelope, &part, 1);
}

void
peer_reply (peer_t *self, size_t number, const char *text)
{
    s_answer (self, number, ZP_REPLY, ZP_OK, 0, text);
}

void
peer_piece (peer_t *self, size_t number, const char *text)
{
    s_answer (self, number, ZP_PARTIAL, ZP_OK, 0, text);
}

void
peer_fail (peer_t *self, size_t number, zp_status_t status, int retry_after_ms,
           const char *text)
{
    s_answer (self, number, ZP_REPLY, status, retry_after_ms, text);
}

void
peer_set_marks (peer_t *self, uint8_t marks)
{
    self->marks = marks;
}

zp_envelope_t
peer_envelope (uint64_t serial)
{
    return (zp_envelope_t){.kind = ZP_REQUEST,
                           .attempt = 1,
                           .client = PEER_CLIENT,
                           .serial = serial};
}

void
peer_request (peer_t *self, uint64_t serial, const char *method,
              const char *arg)
{
    zp_envelope_t envelope = peer_envelope (serial);
    zp_span_t parts[] = {{method, strlen (method)}, {arg, strlen (arg)}};
    peer_send_open (self, NULL, &envelope, parts, 2);
}
