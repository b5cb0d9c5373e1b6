//  SPDX-License-Identifier: MIT
//
//  keeper - leaves no process behind, whoever is killed
//
//  The work is done by a child, the supervisor; its parent, this process, only
//  waits. When the supervisor has ended, however that was, the keeper kills
//  whatever it left, down to the children of its children: as a "subreaper" it
//  inherits them all. If it is the keeper that is killed, the supervisor is
//  told by SIGTERM, and stops its services. And should both be killed at once,
//  the kernel kills the services (service.c).

#ifndef KEEPER_H
#define KEEPER_H

//  Run fn in a child process, and return what it returned. SIGINT, SIGTERM,
//  SIGHUP and SIGQUIT are passed on to it, also those of the terminal, once
//  each; fn starts with them and SIGCHLD blocked, for a signalfd. If the child
//  is killed that is said on stderr, and EXIT_ERROR is returned. Must be called
//  before any thread is made.
int keeper_run (int (*fn) (void *arg), void *arg);

#endif
