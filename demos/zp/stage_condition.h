//  SPDX-License-Identifier: MIT
//
//  stage_condition - something that must be seen in the stage's document
//
//  Written as JSON: [PATH, VERB] or [PATH, VERB, VALUE].
//
//  PATH is keys of the document with dots between: "queues.encode.depth". An
//  edge goes by both its ends: "edges.gateway>profiles.retries".
//
//    "rises"        is more than when it was looked at first,
//    "rises", N     by N at least; what was not there was 0
//    "falls"        is less than then
//    "falls", N     by N at least
//    "is", VALUE    is equal to it
//    "not", VALUE   is there, and not equal to it
//    "<", N         is a number below N
//    ">", N         is a number above N
//    "same"         is there, and as it was then
//    "stays below", N   is a number below N
//
//  The last two are of what lasts: they count only while they hold.
//
//  Pure.

#ifndef STAGE_CONDITION_H
#define STAGE_CONDITION_H

#include "zp_json_doc.h"

typedef enum stage_verb {
    STAGE_RISES,
    STAGE_FALLS,
    STAGE_IS,
    STAGE_NOT,
    STAGE_BELOW,
    STAGE_ABOVE,
    STAGE_SAME,
    STAGE_STAYS_BELOW,
    STAGE_VERBS
} stage_verb_t;

typedef struct stage_condition {
    const char *path;     // Borrowed from the JSON, as is the value
    stage_verb_t verb;    // What is said of what is there
    const json_t *value;  // Compared with; NULL: nothing
} stage_condition_t;

//  Read one at a pointer of a document. False if it is wrong: the mistakes are
//  added to the document.
bool stage_condition_read (stage_condition_t *self, zp_json_doc_t *doc,
                           const json_t *json, const char *pointer);

//  True if it must last, rather than be seen once.
bool stage_condition_lasts (const stage_condition_t *self);

//  What is at a path; NULL: nothing. The document's.
json_t *stage_value (const json_t *document, const char *path);

//  True if it holds, by the values at its path when it was looked at first, and
//  now. NULL: nothing was there.
bool stage_condition_holds (const stage_condition_t *self, const json_t *before,
                            const json_t *now);

#endif
