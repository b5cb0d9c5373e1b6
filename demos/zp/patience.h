//  SPDX-License-Identifier: MIT
//
//  patience - shows that something takes long, while this thread is busy with
//  it, and ends the process on Ctrl-C

#ifndef PATIENCE_H
#define PATIENCE_H

typedef struct patience patience_t;

//  What takes long, such as "reading the journal"; it must stay. SIGINT,
//  SIGTERM and SIGHUP are blocked from now on, in this thread and in those that
//  it will make; until patience_destroy they end the process at once, with
//  EXIT_INTERRUPTED.
patience_t *patience_new (const char *what);

void patience_destroy (patience_t **self_p);

#endif
