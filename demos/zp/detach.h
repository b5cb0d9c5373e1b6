//  SPDX-License-Identifier: MIT
//
//  detach - go on in a process that belongs to no terminal

#ifndef DETACH_H
#define DETACH_H

//  Run fn in such a process. Returns EXIT_OK as soon as that calls detach_ready
//  with the descriptor that fn is given, or what fn has returned if it ends
//  before. Until then SIGINT, SIGTERM and SIGHUP are passed on to it. Must be
//  called before any thread is made.
int detach_run (int (*fn) (void *arg, int ready), void *arg);

//  In that process, or in a child of it: all is well, so let whoever called
//  detach_run go on. From now on what is printed goes to the end of the log.
void detach_ready (int ready, const char *log);

#endif
