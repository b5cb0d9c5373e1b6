//  SPDX-License-Identifier: MIT
//
//  A server on one loop and one thread. Each method gives back its argument:
//  echo at once, think two seconds later, spell in pieces, letter by letter.

#include "zp_server.h"

static void
s_echo (zp_request_t *request, void *arg)
{
    (void) arg;
    zp_span_t text = zp_request_arg (request, 0);
    if (text.size)
        zp_request_reply (&request, text.data, text.size);
    else
        zp_request_fail (&request, ZP_INVALID_ARGUMENT, "no text");
}

static int
s_thought (zloop_t *loop, int timer, void *request)
{
    (void) loop, (void) timer;
    s_echo (request, NULL);
    return 0;
}

static void
s_think (zp_request_t *request, void *loop)
{
    fprintf (stderr, "attempt %d\n", zp_request_envelope (request)->attempt);
    zloop_timer (loop, 2000, 1, s_thought, request);
}

typedef struct speller {
    zp_request_t *request;  // Holds the text, too
    size_t at;              // The next letter
} speller_t;

static int
s_spell_on (zloop_t *loop, int timer, void *arg)
{
    (void) timer;
    speller_t *self = arg;
    zp_span_t text = zp_request_arg (self->request, 0);
    const char *letters = text.data;
    if (self->at < text.size &&
        zp_request_partial (self->request, letters + self->at++, 1) == ZP_OK)
        return zloop_timer (loop, 250, 1, s_spell_on, self);

    s_echo (self->request, NULL);  // All of it ends the reply
    free (self);
    return 0;
}

static void
s_spell (zp_request_t *request, void *loop)
{
    speller_t *self = calloc (1, sizeof *self);
    self->request = request;
    zloop_timer (loop, 250, 1, s_spell_on, self);
}

int
main (int argc, char **argv)
{
    zloop_t *loop = zloop_new ();
    zp_server_t *server = zp_server_new (loop, NULL);
    zp_server_method (server, "echo", s_echo, NULL);
    zp_server_method (server, "think", s_think, loop);
    zp_server_method (server, "spell", s_spell, loop);
    const char *endpoint = argc > 1 ? argv[1] : "tcp://127.0.0.1:5555";
    zp_status_t status = zp_server_bind (server, endpoint);
    if (status == ZP_OK)
        status = zp_server_run (server);
    else
        fprintf (stderr, "%s\n", zp_server_error (server));
    zp_server_destroy (&server);
    zloop_destroy (&loop);
    return status;
}
