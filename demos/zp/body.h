//  SPDX-License-Identifier: MIT
//
//  body - the bytes of an argument as typed, and of a reply as printed

#ifndef BODY_H
#define BODY_H

#include <jansson.h>

#include "command.h"
#include "zp_envelope.h"

#define BODY_MAX (16 << 20)  // As much as ZeroMQ may carry in one message

//  The argument that is meant by a word: itself; "-" all of stdin, "@NAME" all
//  of a file, and "@@TEXT" is "@TEXT". NULL is no word. On EXIT_OK the caller
//  frees body->data; otherwise it was said why.
exit_code_t body_read (const char *word, zp_span_t *body);

//  Print a part of a reply on stdout: on a terminal with JSON indented and a
//  line's end, otherwise as it is, with a line's end only if it is one of
//  several.
void body_print (const zp_span_t *part, bool several);

//  The part as JSON: what it is if it is that, a string if it is text, and
//  otherwise {"base64": "..."}. The caller owns the reference.
json_t *body_to_json (const zp_span_t *part);

#endif
