//  SPDX-License-Identifier: MIT
//
//  keeper - leaves no process behind, whoever is killed
//
//  The work is done by a child, the supervisor; its parent, this process, only
//  waits. Both are "subreapers": when a process below them dies, its children
//  become theirs, down to the last. When the supervisor has ended it has killed
//  whatever was left, and if it is killed itself the keeper does that. If it is
//  the keeper that is killed, the supervisor is told by SIGTERM, and stops its
//  services. Should both be killed at once, the kernel kills the services
//  (service.c), but not what those have started.

#ifndef KEEPER_H
#define KEEPER_H

//  Run fn in a child process, and return what it returned. SIGINT, SIGTERM,
//  SIGHUP and SIGQUIT are passed on to it, also those of the terminal, once
//  each; fn starts with them and SIGCHLD blocked, for a signalfd. If the child
//  is killed that is said on stderr, and EXIT_ERROR is returned. If log is not
//  NULL the keeper itself, but not the child, writes to that file and lets go
//  of what it had to write to. Must be called before any thread is made.
int keeper_run (int (*fn) (void *arg), void *arg, const char *log);

#endif
