//  SPDX-License-Identifier: MIT

#include "stage_call.h"

#define REPLY_BYTES  (4 << 20)    // Longer ones make no sense
#define ANSWER_BYTES (512 << 10)  // The same of services
#define WORDS_MAX    4

typedef struct called {
    stage_answer_fn *fn;  // Told how it ended
    void *arg;            // Given to fn
} called_t;

static json_t *
s_json (const zp_reply_t *reply, size_t most)
{
    if (reply->status != ZP_OK || reply->count == 0 ||
        reply->parts[0].size > most)
        return NULL;
    return json_loadb (reply->parts[0].data, reply->parts[0].size,
                       JSON_DECODE_ANY, NULL);
}

json_t *
stage_reply_json (const zp_reply_t *reply)
{
    return s_json (reply, REPLY_BYTES);
}

json_t *
stage_answer_json (const zp_reply_t *reply)
{
    return s_json (reply, ANSWER_BYTES);
}

static void
s_on_reply (void *arg, const zp_reply_t *reply)
{
    called_t *called = arg;
    if (reply->more)
        return;
    json_t *answer = stage_answer_json (reply);
    if (reply->status == ZP_OK && !answer)
        answer = json_null ();
    called->fn (called->arg, reply->status, answer, reply->text);
    json_decref (answer);
    free (called);
}

void
stage_call (zp_client_t *client, const char *method, const char *const *words,
            int timeout_ms, stage_answer_fn *fn, void *arg)
{
    zp_span_t args[WORDS_MAX];
    size_t count = 0;
    for (; words[count]; count++) {
        assert (count < WORDS_MAX);
        args[count] = (zp_span_t){words[count], strlen (words[count])};
    }
    called_t *called = zmalloc (sizeof *called);
    *called = (called_t){fn, arg};
    zp_call_t call = {.method = method,
                      .args = args,
                      .count = count,
                      .timeout_ms = timeout_ms,
                      .fn = s_on_reply,
                      .arg = called,
                      .once = true};
    zp_status_t status = zp_client_start (client, &call, NULL);
    if (status != ZP_OK) {
        free (called);
        fn (arg, status, NULL, zp_client_error (client));
    }
}
