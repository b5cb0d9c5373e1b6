//  SPDX-License-Identifier: MIT
//
//  zp_gateway_arguments - what a service is given, made of a request
//
//  A routes file says of each argument where it comes from, and may say what it
//  must be. What comes from the path, the query and the headers is text, unless
//  it is to be a number, or true or false. A parameter that is used must not
//  be in the query twice, since two programs may not agree which one counts.

#ifndef ZP_GATEWAY_ARGUMENTS_H
#define ZP_GATEWAY_ARGUMENTS_H

#include "zp_gateway_match.h"

#define ZP_GATEWAY_ERROR 256  // Bytes of a line for a person

typedef enum zp_gateway_from {
    ZP_GATEWAY_FROM_PATH,    // A variable of the path
    ZP_GATEWAY_FROM_QUERY,   // A parameter behind the '?'
    ZP_GATEWAY_FROM_HEADER,  // A header
    ZP_GATEWAY_FROM_BODY,    // A member of the body, or all of it
    ZP_GATEWAY_FROM_KEY,     // The name of the key that the client has
    ZP_GATEWAY_FROM_FILE     // The routes file: always the same
} zp_gateway_from_t;

typedef struct zp_gateway_source {
    const char *to;          // Name of the member; "" in a list
    zp_gateway_from_t from;  // Where it comes from
    const char *name;        // What it is called there; NULL: all of the body
    size_t variable;         // PATH: which one of the route
    json_type type;       // JSON_STRING, JSON_INTEGER, JSON_REAL: any number,
                          // JSON_TRUE: or false; JSON_NULL: as it comes
    double min, max;      // Of a number; of a text: how many bytes. Both 0: any
    bool needed;          // The request is refused without it
    const json_t *value;  // FILE: this. Others: if it is not there; or NULL
} zp_gateway_source_t;

//  A request, as far as arguments are made of it. What is NULL is not there.
typedef struct zp_gateway_input {
    const zp_gateway_match_t *match;                      // Its path and query
    const char *(*header) (void *arg, const char *name);  // Value, or NULL
    void *arg;                                            // For header
    zp_span_t body;      // As it came, whole and JSON
    const json_t *json;  // The same, read; NULL if there is none
    const char *key;     // Name of the client's key
} zp_gateway_input_t;

//  What was made: the parts of a request to a service, which a free of room
//  takes away.
typedef struct zp_gateway_made {
    zp_span_t parts[ZP_ENVELOPE_PARTS_MAX];  // These; may point to the input
    size_t count;                            // How many
    char *room;                              // Where they are
} zp_gateway_made_t;

//  Make them; of a list, what is not there is an empty one. False if the
//  request does not have what is needed, or has it wrong (that is 400): then
//  *made is empty, and error, room for ZP_GATEWAY_ERROR bytes, says what.
bool zp_gateway_arguments_make (const zp_gateway_arguments_t *self,
                                const zp_gateway_input_t *input,
                                zp_gateway_made_t *made, char *error);

//  The text that a source gives, such as an id; the caller frees it. NULL, and
//  an empty error, if the request has none; NULL, and what is wrong, as above.
char *zp_gateway_source_text (const zp_gateway_source_t *self,
                              const zp_gateway_input_t *input, char *error);

#endif
