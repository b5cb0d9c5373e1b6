//  SPDX-License-Identifier: MIT
//
//  frames_file - messages kept as files
//
//  A line of a .frames file is a frame: its bytes in hexadecimal, - for none.
//  A backslash at a line's end continues the frame, 5 * 61 are five frames, and
//  # starts a comment.

#ifndef FRAMES_FILE_H
#define FRAMES_FILE_H

#include <czmq.h>

//  Call fn with each message in that folder of this one, such as
//  "invalid/request", in a fixed order, and the name of its file. The message
//  is fn's.
typedef void (frames_file_fn) (const char *name, zmsg_t *message, void *arg);
void frames_file_each (const char *folder, frames_file_fn *fn, void *arg);

#endif
