//  SPDX-License-Identifier: MIT
//
//  zp_json_where - line and column of a value in a JSON text
//
//  A parser such as jansson forgets where a value stood. To tell a person which
//  one is wrong, this walks the text again to the value that a JSON Pointer
//  (RFC 6901) names: "/steps/2/service"; "" is the whole.

#ifndef ZP_JSON_WHERE_H
#define ZP_JSON_WHERE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct zp_json_where {
    int line;    // Counted from 1
    int column;  // Counted from 1, in characters of UTF-8
} zp_json_where_t;

//  Line and column of a byte of text.
zp_json_where_t zp_json_where_byte (const char *text, size_t offset);

//  Find the value in size bytes of text. False if it is not there: then *where
//  is the nearest value around it that is. Whatever the text is, nothing is
//  read outside it.
bool zp_json_where_value (const char *text, size_t size, const char *pointer,
                          zp_json_where_t *where);

//  The same for the name of a member instead of its value.
bool zp_json_where_key (const char *text, size_t size, const char *pointer,
                        zp_json_where_t *where);

#endif
