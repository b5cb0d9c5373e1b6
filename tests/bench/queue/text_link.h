//  SPDX-License-Identifier: MIT
//
//  text_link - a connection to a server that speaks in lines and counted bytes
//
//  What is written gathers until something is read that is not there yet: then
//  it goes out as one. Any failure ends the process.

#ifndef TEXT_LINK_H
#define TEXT_LINK_H

#include <stdbool.h>
#include <stddef.h>

typedef struct text_link text_link_t;

//  Connect to a port of 127.0.0.1, waiting for a server that starts.
text_link_t *text_link_new (const char *port);

void text_link_destroy (text_link_t **self_p);

//  Write as printf does.
void text_link_print (text_link_t *self, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

//  Write size bytes: the caller puts them where this points, at once.
void *text_link_room (text_link_t *self, size_t size);

//  Read a line, and return it without its "\r\n". It stays until the next
//  reading, as do the bytes below.
const char *text_link_line (text_link_t *self);

//  Read size bytes and the "\r\n" that follows them.
const void *text_link_bytes (text_link_t *self, size_t size);

//  True if more can be read without waiting for an answer to begin.
bool text_link_more (const text_link_t *self);

//  Read a line that must begin with this text; returns what follows that.
const char *text_link_expect (text_link_t *self, const char *text);

#endif
