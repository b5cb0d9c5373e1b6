//  SPDX-License-Identifier: MIT
//
//  child - this program once more, as a process of its own to send signals to
//
//  A test that uses it starts with
//
//      if (argc > 1) return s_child (argv[1], ...);

#ifndef CHILD_H
#define CHILD_H

#include <stdbool.h>
#include <sys/types.h>

typedef struct child child_t;

//  Start this program with up to three arguments, the last ones NULL.
child_t *child_new (const char *one, const char *two, const char *three);

//  Kill it if it has not ended.
void child_destroy (child_t **self_p);

void child_signal (child_t *self, int signal);

//  True if its first thread waits for something. (A zloop may miss a signal
//  that comes just before it waits: for no time at all, but a test may hit it.)
bool child_waits (child_t *self);

//  True if this is the next line that it prints; waits for it.
bool child_says (child_t *self, const char *line);

//  Wait for its end. Its exit code, or -1 if it was killed.
int child_end (child_t *self);

#endif
