//  SPDX-License-Identifier: MIT
//
//  stage_json - what is in JSON that services send, whatever that is

#ifndef STAGE_JSON_H
#define STAGE_JSON_H

#include <jansson.h>
#include <stdint.h>

//  The number there, from 0 up to 1e15; 0 if there is none, or another one.
int64_t stage_number (const json_t *object, const char *key);

//  A name there; "" if there is none, or it is longer than anybody is called.
#define STAGE_NAME_SIZE 256  // With its 0
const char *stage_name (const json_t *object, const char *key);

//  A number with two digits behind the point. The caller owns it.
json_t *stage_rounded (double number);

//  The text of JSON, which is freed; the caller frees the text.
char *stage_dump (json_t *json);

#endif
