//  SPDX-License-Identifier: MIT
//
//  member - what is in JSON that others sent, whatever that is

#ifndef MEMBER_H
#define MEMBER_H

#include <jansson.h>

//  The text under that key, or "" (_or: or that). It is the object's.
const char *member_text (const json_t *object, const char *key);
const char *
member_text_or (const json_t *object, const char *key, const char *otherwise);

//  The whole number there, or the number; 0 if there is none.
json_int_t member_integer (const json_t *object, const char *key);
double member_number (const json_t *object, const char *key);

//  The first of an array's objects that has that text under that key, or NULL.
//  It is the array's.
json_t *member_find (const json_t *array, const char *key, const char *wanted);

#endif
