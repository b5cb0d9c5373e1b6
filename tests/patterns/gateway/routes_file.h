//  SPDX-License-Identifier: MIT
//
//  routes_file - routes for tests: from text, or from a file beside the tests

#ifndef ROUTES_FILE_H
#define ROUTES_FILE_H

#include "zp_gateway_routes.h"

//  The path of a file beside the tests; until the next call.
const char *routes_file_path (const char *name);

//  All of that file; free it. NULL if it is not there.
char *routes_file_read (const char *name);

//  Load routes; mistakes fail the test.
zp_gateway_routes_t *routes_file_load (const char *text);

#endif
