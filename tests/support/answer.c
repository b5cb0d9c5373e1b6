//  SPDX-License-Identifier: MIT

#include "answer.h"

#include <jansson.h>

#include "test_loop.h"

zp_client_t *
answer_client_new (zloop_t *loop, const char *endpoint)
{
    zp_client_options_t options = ZP_CLIENT_DEFAULTS;
    options.max_attempts = 1;
    options.no_breaker = true;
    zp_client_t *client = zp_client_new (loop, &options);
    assert_int_equal (zp_client_connect (client, endpoint), ZP_OK);
    return client;
}

void
answer_clear (answer_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        free (self->part[i]);
    *self = (answer_t){.ended = 0};
}

void
answer_note (void *answer, const zp_reply_t *reply)
{
    answer_t *self = answer;
    self->ended += !reply->more;
    self->status = reply->status;
    snprintf (self->text, sizeof self->text, "%s", reply->text);
    for (size_t i = 0; i < reply->count; i++) {
        size_t size = reply->parts[i].size;
        char *part = zmalloc (size + 1);
        if (size)
            memcpy (part, reply->parts[i].data, size);
        self->part[self->count] = part;
        self->size[self->count++] = size;
    }
}

void
answer_begin (answer_t *self, zp_client_t *client, const char *method,
              const zp_span_t *args, size_t count)
{
    answer_clear (self);
    zp_call_t call = {.method = method,
                      .args = args,
                      .count = count,
                      .timeout_ms = TEST_PATIENCE_MS,
                      .once = true,
                      .fn = answer_note,
                      .arg = self};
    assert_int_equal (zp_client_start (client, &call, NULL), ZP_OK);
}

zp_status_t
answer_wait (answer_t *self, zloop_t *loop)
{
    test_until (loop, self->ended);
    assert_int_equal (self->ended, 1);
    return self->status;
}

zp_status_t
answer_ask (answer_t *self, zloop_t *loop, zp_client_t *client,
            const char *method, va_list texts)
{
    zp_span_t args[ZP_ENVELOPE_PARTS_MAX];
    size_t count = 0;
    const char *text;
    while ((text = va_arg (texts, const char *)) != NULL)
        args[count++] = (zp_span_t){text, strlen (text)};
    answer_begin (self, client, method, args, count);
    return answer_wait (self, loop);
}

void
answer_ask_numbers (zloop_t *loop, zp_client_t *client, const char *method,
                    const char *name, int first, int count)
{
    answer_t *answers = zmalloc ((size_t) count * sizeof *answers);
    for (int i = 0; i < count; i++) {
        char body[16];
        snprintf (body, sizeof body, "%d", first + i);
        zp_span_t args[] = {{name, strlen (name)}, {body, strlen (body)}};
        answer_begin (&answers[i], client, method, args, 2);
    }
    for (int i = 0; i < count; i++) {
        assert_int_equal (answer_wait (&answers[i], loop), ZP_OK);
        answer_clear (&answers[i]);
    }
    free (answers);
}

void
answer_check_text (const answer_t *self)
{
    assert_int_equal (self->ended, 1);
    for (const char *at = self->text; *at; at++)
        assert_in_range ((unsigned char) *at, ' ', '~');
}

int
answer_number (const answer_t *self, const char *key)
{
    json_t *json = json_loads (self->part[0], 0, NULL);
    json_t *object = json_is_array (json) ? json_array_get (json, 0) : json;
    json_t *value = json_object_get (object, key);
    assert_true (json_is_integer (value) || json_is_boolean (value));
    int number = json_is_boolean (value) ? json_is_true (value)
                                         : (int) json_integer_value (value);
    json_decref (json);
    return number;
}
