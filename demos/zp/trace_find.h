//  SPDX-License-Identifier: MIT
//
//  trace_find - which trace is meant

#ifndef TRACE_FIND_H
#define TRACE_FIND_H

#include <jansson.h>

#include "command.h"

#define TRACE_ID_SIZE 33  // Bytes of an id in hex, with its 0

//  Read what was typed: an id, how one begins (4 digits or more), or a W3C
//  traceparent. False if it is none of these; otherwise the id, or its
//  beginning, in small letters.
bool trace_find_typed (const char *word, char id[TRACE_ID_SIZE]);

//  Among the "events" of the services, the only trace that begins so: becomes
//  the whole id. EXIT_NOT_FOUND, or EXIT_USAGE if there are several, which was
//  said.
exit_code_t trace_find_begun (const json_t *services, char id[TRACE_ID_SIZE]);

//  Among the "events" of the services the last one that no service began: at a
//  gateway, but not what makes a page, nor questions to a stage; or else
//  anywhere. False if there is none.
bool trace_find_last (const json_t *services, char id[TRACE_ID_SIZE]);

#endif
