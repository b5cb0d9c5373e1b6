//  SPDX-License-Identifier: MIT
//
//  outflow - stdout, on a loop that never waits for whoever reads it

#ifndef OUTFLOW_H
#define OUTFLOW_H

#include <czmq.h>
#include <jansson.h>

#include "command.h"

#define OUTFLOW_MAX (256 * 1024)  // If more bytes wait, add no more for now

typedef struct outflow outflow_t;

//  Called when some of what waits was written.
typedef void (outflow_fn) (void *arg);

//  Nothing else may write to stdout as long as it is there. The loop ends when
//  nobody reads it any more, or it can't be written. SIGPIPE is ignored.
outflow_t *outflow_new (zloop_t *loop, outflow_fn *fn, void *arg);

//  Write what can be without waiting, and destroy it.
void outflow_destroy (outflow_t **self_p);

//  Add bytes.
void outflow_write (outflow_t *self, const void *data, size_t size);

//  Add a line of JSON, whose reference is taken.
void outflow_json (outflow_t *self, json_t *json);

//  Add text that may hold anything, as text_line makes it; no line's end.
void outflow_text (outflow_t *self, const void *data, size_t size);

//  Bytes that wait.
size_t outflow_waiting (const outflow_t *self);

//  End the loop as soon as nothing waits.
void outflow_end (outflow_t *self);

//  True if nobody reads it any more, or it can't be written.
bool outflow_closed (const outflow_t *self);

//  EXIT_OK, also if nobody wants to read any more, as after `| head`; otherwise
//  it could not be written, which was said.
exit_code_t outflow_code (const outflow_t *self);

#endif
