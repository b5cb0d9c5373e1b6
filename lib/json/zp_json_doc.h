//  SPDX-License-Identifier: MIT
//
//  zp_json_doc - a JSON text that a person wrote, and all that is wrong with it
//
//  Reading collects mistakes instead of stopping at the first:
//  zp_json_doc_check finds those of form, by a table of keys, and
//  zp_json_doc_wrong adds what else the reader finds. Places are JSON Pointers
//  (zp_json_where.h).

#ifndef ZP_JSON_DOC_H
#define ZP_JSON_DOC_H

#include <jansson.h>

#include "zp_json_where.h"

typedef struct zp_json_doc zp_json_doc_t;

//  What a key of an object holds
typedef struct zp_json_key {
    const char *name;  // The key; NULL ends a table
    json_type type;    // JSON_REAL: any number; JSON_TRUE: false as well;
                       // JSON_NULL: anything
    bool needed;       // Must be there
    double min, max;   // Of a number; both 0: any
} zp_json_key_t;

typedef struct zp_json_mistake {
    zp_json_where_t where;  // Line and column
    char *text;             // What is wrong there
} zp_json_mistake_t;

//  Read size bytes of text (copied). What is no JSON is a mistake.
zp_json_doc_t *zp_json_doc_new (const char *text, size_t size);
void zp_json_doc_destroy (zp_json_doc_t **self_p);

//  The whole, or NULL if it is no JSON. The document's.
json_t *zp_json_doc_root (zp_json_doc_t *self);

//  True if the value at pointer, which goes by name when people are told, is of
//  the type; otherwise that is a mistake.
bool zp_json_doc_is (zp_json_doc_t *self, const json_t *value, json_type type,
                     const char *pointer, const char *name);

//  Check an object at pointer by a table of its keys: unknown (and which of
//  them may have been meant), missing, of the wrong type, out of range. True if
//  nothing was wrong.
bool zp_json_doc_check (zp_json_doc_t *self, json_t *object,
                        const char *pointer, const zp_json_key_t *keys);

//  Add a mistake at the value at pointer, or, if it is not there, at the
//  nearest one around it.
void
zp_json_doc_wrong (zp_json_doc_t *self, const char *pointer, const char *format,
                   ...) __attribute__ ((format (printf, 3, 4)));

//  The pointer to a member of what is at pointer; the caller frees it.
char *zp_json_doc_member (const char *pointer, const char *name);

//  How many mistakes there are, and the one with that number in the order of
//  the text. Both are the document's.
size_t zp_json_doc_mistakes (const zp_json_doc_t *self);
const zp_json_mistake_t *
zp_json_doc_mistake (const zp_json_doc_t *self, size_t number);

//  All of them as lines "LINE:COLUMN: what is wrong\n"; the caller frees it.
//  NULL if there are none.
char *zp_json_doc_lines (const zp_json_doc_t *self);

#endif
