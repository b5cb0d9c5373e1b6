//  SPDX-License-Identifier: MIT

#include "told.h"

#include "test_loop.h"

static void
s_note (void *arg, const zp_reply_t *reply)
{
    told_t *self = arg;
    self->ended++;
    self->status = reply->status;
    snprintf (self->text, sizeof self->text, "%s", reply->text);
    for (size_t i = 0; i < reply->count; i++) {
        size_t size = strlen (self->text);
        snprintf (self->text + size, sizeof self->text - size, "%s%.*s",
                  i ? " " : "", (int) reply->parts[i].size,
                  (const char *) reply->parts[i].data);
    }
}

void
told_begin (told_t *self, zp_client_t *client, const char *method,
            const char *const *args, size_t count)
{
    zp_span_t parts[TOLD_ARGS_MAX];
    assert_true (count <= TOLD_ARGS_MAX);
    for (size_t i = 0; i < count; i++)
        parts[i] = (zp_span_t){args[i], strlen (args[i])};
    self->ended = 0;
    zp_call_t call = {.method = method,
                      .args = parts,
                      .count = count,
                      .timeout_ms = TEST_PATIENCE_MS,
                      .fn = s_note,
                      .arg = self};
    assert_int_equal (zp_client_start (client, &call, NULL), ZP_OK);
}
