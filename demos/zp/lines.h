//  SPDX-License-Identifier: MIT
//
//  lines - the lines of a file or pipe, read on a loop as fast as they are
//  wanted

#ifndef LINES_H
#define LINES_H

#include <czmq.h>

#include "command.h"
#include "zp_envelope.h"

typedef struct lines lines_t;

//  Called when there may be more, or the end: take what you want of it.
typedef void (lines_fn) (void *arg);

//  Read from a descriptor, which stays open, as long as it is watched.
lines_t *lines_new (zloop_t *loop, int input, lines_fn *fn, void *arg);
void lines_destroy (lines_t **self_p);

//  The next line, without its end; it is gone when more is read. False if there
//  is none now, or no more.
bool lines_next (lines_t *self, zp_span_t *line);

//  How many lines were taken.
uint64_t lines_count (const lines_t *self);

//  Have more read, or not. To begin with it does not.
void lines_watch (lines_t *self, bool watch);

//  All of them were taken; or it can't go on.
bool lines_ended (const lines_t *self);

//  EXIT_OK, or why it can't go on, which was said: a line was too long for a
//  message, or it could not read.
exit_code_t lines_code (const lines_t *self);

#endif
