//  SPDX-License-Identifier: MIT
//
//  rundir - the folders that running constellations keep their things in
//
//  ${XDG_RUNTIME_DIR:-/tmp}/zpatterns-UID/NAME, which nobody else may enter:
//
//      lock       held while the constellation runs; the pid of its zp up
//      control    socket of the supervisor (control.h)
//      logs/      what each service printed, and what zp had to say
//
//  and what the services of the topology put there. It stays when the
//  constellation stops, so that its logs can be read. What else is in
//  zpatterns-UID has a name that no constellation can have.

#ifndef RUNDIR_H
#define RUNDIR_H

#include <czmq.h>

//  What is wrong with the name of a constellation or service, as a text that
//  the caller frees, or NULL: 1 to 31 of a-z, 0-9, - and _, not - or _ first.
char *rundir_name_wrong (const char *name);

//  The folder of all constellations, and of the one with that name, whether it
//  is there or not. The caller frees them.
char *rundir_base (void);
char *rundir_path (const char *name);

//  Make the folder of all constellations. NULL, or the reason why not, which
//  the caller frees.
char *rundir_make_base (void);

//  Make the folder of a constellation, take its lock, and clean away what one
//  that was killed has left. Returns a descriptor that holds the lock until it
//  and its copies in child processes are closed; or -1, and *why, which the
//  caller frees, is the reason. *busy is true if that is another process.
int rundir_take (const char *name, bool *busy, char **why);

//  The process that holds the lock of a constellation, or 0 if it doesn't run.
pid_t rundir_holder (const char *name);

//  Remove the sockets in the folder of a constellation that has ended.
void rundir_clean (const char *name);

//  The names of those constellations that run, or else of those that don't but
//  were, sorted. The caller destroys the list.
zlistx_t *rundir_list (bool running);

#endif
