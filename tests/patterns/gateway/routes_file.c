//  SPDX-License-Identifier: MIT

#include "routes_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM 65536

const char *
routes_file_path (const char *name)
{
    static char path[1024];
    const char *source = getenv ("ZP_SOURCE_DIR");
    snprintf (path, sizeof path, "%s/tests/patterns/gateway/%s",
              source ? source : ".", name);
    return path;
}

char *
routes_file_read (const char *name)
{
    FILE *file = fopen (routes_file_path (name), "r");
    if (!file)
        return NULL;
    char *text = calloc (1, ROOM);
    assert_non_null (text);
    assert_true (fread (text, 1, ROOM - 1, file) < ROOM - 1);
    fclose (file);
    return text;
}

zp_gateway_routes_t *
routes_file_load (const char *text)
{
    char *mistakes;
    zp_gateway_routes_t *routes =
        zp_gateway_routes_new ((zp_span_t){text, strlen (text)}, &mistakes);
    if (mistakes)
        fail_msg ("%s", mistakes);
    assert_non_null (routes);
    return routes;
}
