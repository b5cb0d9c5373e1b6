//  SPDX-License-Identifier: MIT
//
//  zp-test-service - a service that behaves well, or as badly as it is told
//
//      zp-test-service ENDPOINT [MISDEED]
//
//      exit      says why on stderr, and exits with code 7 before it listens
//      mute      runs, but never listens
//      stubborn  does not end on SIGTERM
//      parent    has a child in its process group, and one in a session of its
//                own; prints the pids of both
//      says FILE has the methods, and their replies, that are in a JSON object,
//                film.say to change them, and faults on purpose

#define _GNU_SOURCE

#include <jansson.h>
#include <signal.h>

#include "zp_server.h"

static void
s_on_echo (zp_request_t *request, void *arg)
{
    (void) arg;
    zp_span_t body = zp_request_arg (request, 0);
    char none[] = "(no argument)";
    if (zp_request_count (request))
        zp_request_reply (&request, body.data, body.size);
    else
        zp_request_reply (&request, none, sizeof none - 1);
}

static void
s_on_fail (zp_request_t *request, void *arg)
{
    (void) arg;
    zp_request_fail (&request, ZP_NOT_FOUND, "no such film \033[31m");
}

//  Streams three pieces of JSON, and an empty end
static void
s_on_count (zp_request_t *request, void *arg)
{
    (void) arg;
    for (int i = 1; i <= 3; i++) {
        char text[16];
        int size = snprintf (text, sizeof text, "{\"n\":%d}", i);
        zp_request_partial (request, text, (size_t) size);
    }
    zp_request_reply (&request, NULL, 0);
}

static void
s_on_die (zp_request_t *request, void *arg)
{
    (void) request, (void) arg;
    fprintf (stderr, "dying as asked\n");
    raise (SIGKILL);
}

static json_t *s_said;  // Replies by method; NULL: none

static void
s_on_said (zp_request_t *request, void *arg)
{
    (void) arg;
    json_t *said = json_object_get (s_said, zp_request_method (request));
    char *text = json_dumps (said, JSON_ENCODE_ANY);
    zp_request_reply (&request, text, strlen (text));
    free (text);
}

static void
s_on_say (zp_request_t *request, void *arg)
{
    (void) arg;
    zp_span_t body = zp_request_arg (request, 0);
    json_t *said = json_loadb (body.data, body.size, 0, NULL);
    json_object_update (s_said, said);
    json_decref (said);
    zp_request_reply (&request, NULL, 0);
}

static void
s_say (zp_server_t *server)
{
    const char *method;
    json_t *reply;
    json_object_foreach (s_said, method, reply)
        zp_server_method (server, method, s_on_said, NULL);
    zp_server_method (server, "film.say", s_on_say, NULL);
}

static zp_request_t *s_held;  // By the method hang

static int
s_on_look (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer, (void) arg;
    if (s_held && zp_request_cancelled (s_held)) {
        fprintf (stderr, "hang was cancelled\n");
        zp_request_fail (&s_held, ZP_CANCELLED, "as you like");
    }
    else if (s_held && zp_request_budget (s_held) == 0)
        zp_request_fail (&s_held, ZP_DEADLINE_EXCEEDED, "as you know");
    return 0;
}

static void
s_on_hang (zp_request_t *request, void *arg)
{
    (void) arg;
    fprintf (stderr, "hang was called\n");
    s_held = request;
}

static pid_t
s_child (bool leave)
{
    pid_t pid = fork ();
    if (pid == 0) {
        if (leave)
            setsid ();
        for (;;)
            pause ();
    }
    return pid;
}

static void
s_misbehave (const char *how)
{
    if (strcmp (how, "exit") == 0) {
        fprintf (stderr, "no films today\n");
        exit (7);
    }
    if (strcmp (how, "mute") == 0)
        for (;;)
            pause ();
    if (strcmp (how, "stubborn") == 0) {
        zsys_handler_set (NULL);
        signal (SIGTERM, SIG_IGN);
    }
    if (strcmp (how, "parent") == 0) {
        printf ("child %d\n", (int) s_child (false));
        printf ("away %d\n", (int) s_child (true));
    }
}

int
main (int argc, char **argv)
{
    setvbuf (stdout, NULL, _IOLBF, 0);
    if (argc < 2)
        return 2;
    s_misbehave (argc > 2 ? argv[2] : "");
    zloop_t *loop = zloop_new ();
    zp_server_options_t options = ZP_SERVER_DEFAULTS;
    if (argc > 3)
        s_said = json_load_file (argv[3], 0, NULL);
    options.fault_seed = s_said != NULL;
    zp_server_t *server = zp_server_new (loop, &options);
    if (s_said)
        s_say (server);
    zp_server_method (server, "film.echo", s_on_echo, NULL);
    zp_server_method (server, "film.fail", s_on_fail, NULL);
    zp_server_method (server, "film.count", s_on_count, NULL);
    zp_server_method (server, "film.die", s_on_die, NULL);
    zp_server_method (server, "film.hang", s_on_hang, NULL);
    if (zp_server_bind (server, argv[1]) != ZP_OK) {
        fprintf (stderr, "%s\n", zp_server_error (server));
        return 1;
    }
    zloop_timer (loop, 10, 0, s_on_look, NULL);
    printf ("listening at %s\n", argv[1]);
    zp_server_run (server);
    zp_server_destroy (&server);
    zloop_destroy (&loop);
    json_decref (s_said);
    return 0;
}
