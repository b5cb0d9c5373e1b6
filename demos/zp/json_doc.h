//  SPDX-License-Identifier: MIT
//
//  json_doc - a JSON file that a person wrote, and all that is wrong with it
//
//  Reading collects mistakes instead of stopping at the first: json_doc_check
//  finds those of form, by a table of keys, and json_doc_wrong adds what else
//  the reader finds. Places are JSON Pointers (json_where.h).

#ifndef JSON_DOC_H
#define JSON_DOC_H

#include <czmq.h>
#include <jansson.h>

#include "json_where.h"

typedef struct json_doc json_doc_t;

//  What a key of an object holds
typedef struct json_key {
    const char *name;  // The key; NULL ends a table
    json_type type;    // JSON_STRING, JSON_INTEGER, JSON_ARRAY, JSON_OBJECT
    bool needed;       // Must be there
    long min, max;     // Of an integer
} json_key_t;

typedef struct json_mistake {
    json_where_t where;  // Line and column
    char *text;          // What is wrong there
} json_mistake_t;

//  Read the file. NULL, and errno, if it can't be read; what is no JSON is a
//  mistake.
json_doc_t *json_doc_load (const char *path);

void json_doc_destroy (json_doc_t **self_p);

//  The whole, or NULL if it is no JSON. The document's.
json_t *json_doc_root (json_doc_t *self);

//  True if the value at pointer, which goes by name when people are told, is of
//  the type; otherwise that is a mistake.
bool json_doc_is (json_doc_t *self, json_t *value, json_type type,
                  const char *pointer, const char *name);

//  Check an object at pointer by a table of its keys: unknown, missing, of the
//  wrong type, out of range. True if nothing was wrong.
bool json_doc_check (json_doc_t *self, json_t *object, const char *pointer,
                     const json_key_t *keys);

//  Add a mistake at the value at pointer.
void json_doc_wrong (json_doc_t *self, const char *pointer, const char *format,
                     ...) CHECK_PRINTF (3);

//  How many mistakes there are, and the one with that number in the order of
//  the text. Both are the document's.
size_t json_doc_mistakes (json_doc_t *self);
const json_mistake_t *json_doc_mistake (json_doc_t *self, size_t number);

#endif
