//  SPDX-License-Identifier: MIT
//
//  stage_json - what is in JSON that services send, whatever that is

#ifndef STAGE_JSON_H
#define STAGE_JSON_H

#include <jansson.h>
#include <stdint.h>

//  The number there, not below 0; 0 if there is none.
int64_t stage_number (const json_t *object, const char *key);

//  The text there; "" if there is none.
const char *stage_text (const json_t *object, const char *key);

//  A number with two digits behind the point. The caller owns it.
json_t *stage_rounded (double number);

//  The text of JSON, which is freed; the caller frees the text.
char *stage_dump (json_t *json);

#endif
