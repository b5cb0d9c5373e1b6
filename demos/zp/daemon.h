//  SPDX-License-Identifier: MIT
//
//  daemon - a command that serves others until Ctrl-C or SIGTERM, in the
//  foreground or, with --detach, in the background
//
//  Those that return an exit_code_t have said on stderr why it is not EXIT_OK.

#ifndef DAEMON_H
#define DAEMON_H

#include "args.h"
#include "zp_client.h"
#include "zp_server.h"
#include "zp_tracer.h"

//  The options that each has
#define OPTIONS_DAEMON                                                         \
    {.name = "detach",                                                         \
     .letter = 'd',                                                            \
     .text = "return when it is ready, and go on in the background"},          \
    {                                                                          \
        .name = "log", .value = "FILE", .names = OPERAND_FILE,                 \
        .text = "where it then writes"                                         \
    }

#define OPTION_BIND                                                            \
    {                                                                          \
        .name = "bind", .letter = 'b', .value = "ENDPOINT", .many = true,      \
        .text = "listen there; can be given more than once"                    \
    }

#define OPTION_NUMBER(n, v, low, high, t)                                      \
    {                                                                          \
        .name = (n), .value = (v), .min = (low), .max = (high), .text = (t)    \
    }

typedef struct daemon daemon_t;

//  Told, when it is ready, what the server answers; says it to people.
typedef void (daemon_ready_fn) (void *arg, const zp_reply_t *reply);

struct daemon {
    const args_t *args;      // As typed
    const char *name;        // One word: its log in the background, NAME.log
    const char *hint;        // What to do when it is there, such as "zp ps"
    zloop_t *loop;           // What it lives on, while it serves
    int64_t took_ms;         // To open what it serves
    int detached;            // Tell here that it is ready; -1: nowhere
    zp_tracer_t *tracer;     // Sees what it sends and receives; or NULL
    zp_client_t *client;     // Asks it whether it is ready
    daemon_ready_fn *ready;  // Told that it is
    void *arg;               // Given to that
};

//  Call fn, which serves until it is to end, in the background if that is
//  wanted. Of *self the first three fields are set by the caller.
typedef exit_code_t (daemon_fn) (daemon_t *self, void *arg);
int daemon_run (daemon_t *self, daemon_fn *fn, void *arg);

//  Open what is to be served, with its journal, which may take long: on a
//  terminal `what` is shown, such as "taking back the messages". On failure
//  NULL is returned, and *code_p is not EXIT_OK. Else the new thing, and
//  took_ms.
typedef void *(daemon_open_fn) (void *arg, zp_status_t *status_p,
                                char **error_p);
void *daemon_open (daemon_t *self, const char *what, daemon_open_fn *fn,
                   void *arg, exit_code_t *code_p);

//  What was served has ended with that status; error is "" if its journal did
//  not fail.
exit_code_t daemon_ended (zp_status_t status, const char *error);

//  Listen where the options --bind say, or else where such a broker is looked
//  for (broker.h).
exit_code_t daemon_bind (daemon_t *self, zp_server_t *server);

//  A tap for what is served: it tells, if it is asked, what it has sent and
//  received of late (zp_tracer.h).
const zp_tap_t *daemon_tap (daemon_t *self);

//  As soon as the server answers that method, without arguments, it is ready:
//  tell that, and go on in the background if that is wanted.
void daemon_await (daemon_t *self, zp_server_t *server, const char *method,
                   daemon_ready_fn *ready, void *arg);

//  The URL of the journal that is wanted: a URL, a file, or for NULL one of the
//  user's with the daemon's name. The caller frees it. NULL if there can be
//  none, which is said.
char *daemon_journal (const daemon_t *self, const char *wanted);

//  How a command ends that could not begin.
exit_code_t daemon_exit_code (zp_status_t status);

#endif
