//  SPDX-License-Identifier: MIT

#include "zp_naming.h"

bool
zp_naming_read (zp_request_t **request_p, const char *usage, size_t min,
                size_t max, char name[ZP_TRANSFER_NAME_MAX + 1])
{
    zp_span_t arg = zp_request_arg (*request_p, 0);
    size_t count = zp_request_count (*request_p);
    if (count < min || count > max)
        zp_request_fail (request_p, ZP_INVALID_ARGUMENT, "use: %s NAME %s",
                         zp_request_method (*request_p), usage);
    else if (arg.size < 1 || arg.size > ZP_TRANSFER_NAME_MAX ||
             memchr (arg.data, 0, arg.size))
        zp_request_fail (request_p, ZP_INVALID_ARGUMENT,
                         "a name has 1 to %d bytes, and none of them is 0",
                         ZP_TRANSFER_NAME_MAX);
    if (!*request_p)
        return false;
    memcpy (name, arg.data, arg.size);
    name[arg.size] = 0;
    return true;
}
