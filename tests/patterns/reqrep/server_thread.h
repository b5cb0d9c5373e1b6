//  SPDX-License-Identifier: MIT
//
//  server_thread - a server in a thread of its own, for clients that block

#ifndef SERVER_THREAD_H
#define SERVER_THREAD_H

#include "zp_server.h"

//  Adds methods to a server, in the server's thread.
typedef void (server_thread_fn) (zp_server_t *server, void *arg);

//  Start a server with these options (NULL: defaults) and the methods that fn
//  adds, at the endpoint. Comes back when it listens; destroy it as usual.
zactor_t *
server_thread_new (const char *endpoint, const zp_server_options_t *options,
                   server_thread_fn *fn, void *arg);

#endif
