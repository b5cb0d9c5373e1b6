//  SPDX-License-Identifier: MIT

#include "zp_saga_reply.h"

#include "zp_number.h"

#include <stdbool.h>
#include <string.h>

static bool
s_is (zp_span_t part, const char *text)
{
    return part.size == strlen (text) &&
           memcmp (part.data, text, part.size) == 0;
}

static bool
s_read_ms (int64_t *ms, zp_span_t part)
{
    uint64_t number;
    const char *at = part.data;
    const char *end = at + part.size;
    if (part.size == 0 ||
        !zp_number_read (&number, &at, end, ZP_SAGA_ONGOING_MAX) || at != end)
        return false;
    *ms = (int64_t) number;
    return true;
}

void
zp_saga_reply_read (zp_saga_reply_t *self, zp_status_t status,
                    const zp_span_t *parts, size_t count)
{
    *self = (zp_saga_reply_t){.outcome = ZP_SAGA_LOST, .status = status};
    if (status != ZP_OK)
        return;
    self->status = ZP_UNKNOWN;
    if (count == 2 && s_is (parts[0], "done")) {
        self->outcome = ZP_SAGA_DONE;
        self->result = parts[1];
    }
    else if (count == 3 && s_is (parts[0], "refused") && parts[1].size > 0) {
        self->outcome = ZP_SAGA_REFUSED;
        self->code = parts[1];
        self->text = parts[2];
    }
    else if (count == 2 && s_is (parts[0], "ongoing") &&
             s_read_ms (&self->after_ms, parts[1]))
        self->outcome = ZP_SAGA_ONGOING;
    else if (count == 1 && s_is (parts[0], "unknown"))
        self->outcome = ZP_SAGA_UNKNOWN;
}
