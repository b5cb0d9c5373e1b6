//  SPDX-License-Identifier: MIT

#include "zp_status.h"

#include <string.h>

static const struct {
    const char *name;  // As in zp_status.h, without ZP_
    const char *text;  // A sentence for a person
} s_codes[] = {
    [ZP_OK] = {"OK", "done"},
    [ZP_CANCELLED] = {"CANCELLED", "the caller gave up"},
    [ZP_UNKNOWN] = {"UNKNOWN", "failed, and nobody can say how"},
    [ZP_INVALID_ARGUMENT] = {"INVALID_ARGUMENT", "the request is wrong"},
    [ZP_DEADLINE_EXCEEDED] = {"DEADLINE_EXCEEDED", "out of time"},
    [ZP_NOT_FOUND] = {"NOT_FOUND", "not there"},
    [ZP_ALREADY_EXISTS] = {"ALREADY_EXISTS", "there already"},
    [ZP_PERMISSION_DENIED] = {"PERMISSION_DENIED", "not allowed"},
    [ZP_RESOURCE_EXHAUSTED] = {"RESOURCE_EXHAUSTED", "over a limit"},
    [ZP_FAILED_PRECONDITION] = {"FAILED_PRECONDITION", "not in this state"},
    [ZP_ABORTED] = {"ABORTED", "lost a race, start again"},
    [ZP_OUT_OF_RANGE] = {"OUT_OF_RANGE", "past the end"},
    [ZP_UNIMPLEMENTED] = {"UNIMPLEMENTED", "no such method"},
    [ZP_INTERNAL] = {"INTERNAL", "the service broke a promise of its own"},
    [ZP_UNAVAILABLE] = {"UNAVAILABLE", "nobody there to do it now"},
    [ZP_DATA_LOSS] = {"DATA_LOSS", "stored data is damaged or gone"},
    [ZP_UNAUTHENTICATED] = {"UNAUTHENTICATED", "the caller is not known"},
};

#define CODES ((int) (sizeof s_codes / sizeof s_codes[0]))

const char *
zp_status_name (zp_status_t status)
{
    return s_codes[zp_status_valid (status) ? status : ZP_UNKNOWN].name;
}

const char *
zp_status_text (zp_status_t status)
{
    return s_codes[zp_status_valid (status) ? status : ZP_UNKNOWN].text;
}

zp_status_t
zp_status_parse (const char *name)
{
    for (int code = 0; code < CODES; code++)
        if (strcmp (name, s_codes[code].name) == 0)
            return (zp_status_t) code;
    return ZP_UNKNOWN;
}

bool
zp_status_valid (int number)
{
    return number >= 0 && number < CODES;
}

bool
zp_status_retryable (zp_status_t status)
{
    return status == ZP_UNAVAILABLE || status == ZP_RESOURCE_EXHAUSTED;
}
