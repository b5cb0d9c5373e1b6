//  SPDX-License-Identifier: MIT
//
//  zp_gateway_keys - who may use the routes that are private
//
//  A file with a line for each key:
//
//      #  NAME  HASH                                 GROUPS
//      ann      b2:2f7c...64 hex digits...91         staff,uploads
//      tv-app   b2:91aa...                           -
//
//  The name is for logs and services; the groups are those that routes ask for
//  ("private": "staff"), or - for none; a route with "private": true is open to
//  each key. Empty lines, and those that begin with #, mean nothing. The file
//  holds no key, only its hash (BLAKE2b-256): a key has 256 random bits, so
//  there is no guessing, and no need for a slow hash.
//
//  A key that a client shows is compared with all of them, each in constant
//  time, and its time says nothing of any.

#ifndef ZP_GATEWAY_KEYS_H
#define ZP_GATEWAY_KEYS_H

#include <stdbool.h>

#include "zp_envelope.h"

#define ZP_GATEWAY_KEYS_MAX   1000  // Keys of a file
#define ZP_GATEWAY_KEY_SIZE   47  // Bytes of a key: "zpk_" and 43 of base64url
#define ZP_GATEWAY_KEY_NAME   64  // Bytes of a name, and of a group
#define ZP_GATEWAY_KEY_GROUPS 16  // Groups of a key

typedef struct zp_gateway_keys zp_gateway_keys_t;
typedef struct zp_gateway_key zp_gateway_key_t;

//  Read a file of keys. If anything is wrong NULL is returned, and *mistakes_p
//  (may be NULL; free it) has a line for each mistake, as "LINE: what is
//  wrong\n". No text at all is a file without keys.
zp_gateway_keys_t *zp_gateway_keys_new (zp_span_t text, char **mistakes_p);

void zp_gateway_keys_destroy (zp_gateway_keys_t **self_p);

//  How many there are.
size_t zp_gateway_keys_count (const zp_gateway_keys_t *self);

//  The key in the headers of a request: Authorization: Bearer KEY, or, without
//  that, X-API-Key: KEY. Either may be NULL. {NULL, 0} if there is none.
zp_span_t
zp_gateway_key_shown (const char *authorization, const char *x_api_key);

//  Whose key that is; NULL: nobody's. The keys'.
const zp_gateway_key_t *
zp_gateway_keys_find (const zp_gateway_keys_t *self, zp_span_t key);

//  The key's name.
const char *zp_gateway_key_name (const zp_gateway_key_t *self);

//  True if that can be the name of a key, a group, or a part of an answer: 1 to
//  ZP_GATEWAY_KEY_NAME letters, digits, '.', '_', '-'.
bool zp_gateway_name (const char *text);

//  True if it opens that group; NULL is the group that each key opens.
bool zp_gateway_key_opens (const zp_gateway_key_t *self, const char *group);

//  Make a key from the system's random numbers. Returns its line for the file
//  (free it), with a newline, and writes the key itself, which nobody can have
//  again, to key, ZP_GATEWAY_KEY_SIZE + 1 bytes. groups is as in the file, or
//  NULL: none. NULL if name or groups is none that the file could have.
char *zp_gateway_key_make (const char *name, const char *groups, char *key);

#endif
