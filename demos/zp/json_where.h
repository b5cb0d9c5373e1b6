//  SPDX-License-Identifier: MIT
//
//  json_where - line and column of a value in a JSON text
//
//  A parser such as jansson forgets where a value stood. To tell a person which
//  one is wrong, this walks the text again to the value that a JSON Pointer
//  (RFC 6901) names: "/services/2/endpoint"; "" is the whole.

#ifndef JSON_WHERE_H
#define JSON_WHERE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct json_where {
    int line;    // Counted from 1
    int column;  // Counted from 1, in characters of UTF-8
} json_where_t;

//  Line and column of a byte of text.
json_where_t json_where_byte (const char *text, size_t offset);

//  Find the value in size bytes of text. False if it is not there: then *where
//  is the nearest value around it that is. Whatever the text is, nothing is
//  read outside it.
bool json_where_value (const char *text, size_t size, const char *pointer,
                       json_where_t *where);

//  The same for the name of a member instead of its value.
bool json_where_key (const char *text, size_t size, const char *pointer,
                     json_where_t *where);

#endif
