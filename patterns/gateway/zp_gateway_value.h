//  SPDX-License-Identifier: MIT
//
//  What one argument is, made of a request. Not for anybody else than
//  zp_gateway_arguments.c, and those who load routes.

#ifndef ZP_GATEWAY_VALUE_H
#define ZP_GATEWAY_VALUE_H

#include "zp_gateway_arguments.h"

//  What a source gives
typedef enum zp_gateway_given {
    ZP_GATEWAY_WRONG = -1,  // An error
    ZP_GATEWAY_NONE,        // Nothing
    ZP_GATEWAY_SOME         // A value
} zp_gateway_given_t;

//  A value: a string, which most are, or any JSON
typedef struct zp_gateway_value {
    const char *text;    // The string, not escaped; NULL: JSON
    size_t size;         // Its bytes
    const json_t *json;  // The JSON
    json_t *own;         // To be released; or NULL
    char *room;          // Where the string is, if it had to be decoded
} zp_gateway_value_t;

//  The value of a source, which may point to the input; to be cleared, whatever
//  is returned. error is written only if it is wrong.
zp_gateway_given_t
zp_gateway_source_get (const zp_gateway_source_t *self,
                       const zp_gateway_input_t *input,
                       zp_gateway_value_t *value, char *error);
void zp_gateway_value_clear (zp_gateway_value_t *self);

//  True if value is what a source must be. Otherwise error, room for
//  ZP_GATEWAY_ERROR bytes, says what it must be: "must be an array".
bool zp_gateway_source_check (const zp_gateway_source_t *source,
                              const json_t *value, char *error);

//  Write a line to error, cut if need be.
void zp_gateway_say_wrong (char *error, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

#endif
