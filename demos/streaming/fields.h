//  SPDX-License-Identifier: MIT
//
//  fields - checks what came as JSON by a table of the fields it may have
//
//  For the bodies of requests and for the entries of data files alike: what a
//  table does not name, or what has another type or size, is refused with a
//  line that says what would be right.

#ifndef FIELDS_H
#define FIELDS_H

#include <jansson.h>
#include <stdbool.h>

typedef struct field {
    const char *name;  // NULL ends a table
    json_type type;    // JSON_STRING; JSON_INTEGER; JSON_REAL, any number;
                       // JSON_ARRAY, of strings
    bool needed;       // Must be there
    int min, max;      // Of a number; bytes of a string; strings of an array
} field_t;

#define FIELDS_STRING_MAX 200  // Bytes of each string in an array
#define PROFILE_MAX       40   // Of the id of a profile
#define PLAN_MAX          20   // Of the name of a plan

//  What is wrong with a value that should be an object with these fields, as a
//  line for a person that the caller frees. NULL if nothing is.
char *fields_wrong (json_t *value, const field_t *fields);

//  The string in a field of an object, the object's; NULL if there is none.
const char *fields_text (const json_t *object, const char *name);

#endif
