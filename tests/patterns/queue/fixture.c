//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "fixture.h"

#include <jansson.h>

int
fixture_set_up (void **state)
{
    fixture_t *self = zmalloc (sizeof *self);
    strcpy (self->folder, "/tmp/zp-queue-XXXXXX");
    assert_non_null (mkdtemp (self->folder));
    snprintf (self->journal, sizeof self->journal, "sqlite:%s/queue.db",
              self->folder);
    self->loop = zloop_new ();
    self->endpoint = strdup (peer_new_endpoint ());
    self->options = (zp_queue_broker_options_t) ZP_QUEUE_BROKER_DEFAULTS;
    self->options.journal = self->journal;
    *state = self;
    return 0;
}

int
fixture_tear_down (void **state)
{
    fixture_t *self = *state;
    zp_client_destroy (&self->client);
    zp_queue_broker_destroy (&self->broker);
    zloop_destroy (&self->loop);
    answer_clear (&self->answer);
    zdir_t *folder = zdir_new (self->folder, NULL);
    zdir_remove (folder, true);
    zdir_destroy (&folder);
    free ((char *) self->endpoint);
    free (self);
    return 0;
}

void
fixture_start (fixture_t *self)
{
    zp_client_destroy (&self->client);
    zp_queue_broker_destroy (&self->broker);
    char *error = NULL;
    zp_status_t status;
    self->broker =
        zp_queue_broker_new (self->loop, &self->options, &status, &error);
    if (!self->broker)
        fail_msg ("%s: %s", zp_status_name (status), error);
    assert_int_equal (status, ZP_OK);
    assert_null (error);
    zp_server_t *server = zp_queue_broker_server (self->broker);
    //  ZeroMQ lets go of a place some time after who was there is gone
    test_until (self->loop, zp_server_bind (server, self->endpoint) == ZP_OK);
    fixture_connect (self);
}

void
fixture_connect (fixture_t *self)
{
    //  What is refused is not tried again, and what fails is none the worse
    zp_client_options_t options = ZP_CLIENT_DEFAULTS;
    options.max_attempts = 1;
    options.no_breaker = true;
    self->client = zp_client_new (self->loop, &options);
    assert_int_equal (zp_client_connect (self->client, self->endpoint), ZP_OK);
}

void
answer_clear (answer_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        free (self->part[i]);
    *self = (answer_t){.ended = 0};
}

void
fixture_note (void *arg, const zp_reply_t *reply)
{
    answer_t *answer = arg;
    answer->ended += !reply->more;
    answer->status = reply->status;
    snprintf (answer->text, sizeof answer->text, "%s", reply->text);
    for (size_t i = 0; i < reply->count; i++) {
        size_t size = reply->parts[i].size;
        char *part = zmalloc (size + 1);
        if (size)
            memcpy (part, reply->parts[i].data, size);
        answer->part[answer->count] = part;
        answer->size[answer->count++] = size;
    }
}

void
fixture_begin (fixture_t *self, const char *method, const zp_span_t *args,
               size_t count, answer_t *answer)
{
    answer_clear (answer);
    zp_call_t call = {.method = method,
                      .args = args,
                      .count = count,
                      .timeout_ms = TEST_PATIENCE_MS,
                      .once = true,
                      .fn = fixture_note,
                      .arg = answer};
    assert_int_equal (zp_client_start (self->client, &call, NULL), ZP_OK);
}

zp_status_t
fixture_ask_parts (fixture_t *self, const char *method, const zp_span_t *args,
                   size_t count)
{
    fixture_begin (self, method, args, count, &self->answer);
    test_until (self->loop, self->answer.ended);
    assert_int_equal (self->answer.ended, 1);
    return self->answer.status;
}

zp_status_t
fixture_ask (fixture_t *self, const char *method, ...)
{
    zp_span_t args[ZP_ENVELOPE_PARTS_MAX];
    size_t count = 0;
    va_list list;
    va_start (list, method);
    const char *arg;
    while ((arg = va_arg (list, const char *)) != NULL)
        args[count++] = (zp_span_t){arg, strlen (arg)};
    va_end (list);
    return fixture_ask_parts (self, method, args, count);
}

int
fixture_stat (fixture_t *self, const char *queue, const char *key)
{
    zp_status_t status = fixture_ask (self, "queue.stat", queue, NULL);
    if (status == ZP_NOT_FOUND)
        return -1;
    assert_int_equal (status, ZP_OK);
    json_t *stats = json_loads (self->answer.part[0], 0, NULL);
    json_t *value = json_object_get (stats, key);
    assert_true (json_is_integer (value) || json_is_boolean (value));
    int number = json_is_boolean (value) ? json_is_true (value)
                                         : (int) json_integer_value (value);
    json_decref (stats);
    return number;
}

void
fixture_put (fixture_t *self, const char *queue, int first, int count)
{
    answer_t *answers = zmalloc ((size_t) count * sizeof *answers);
    for (int i = 0; i < count; i++) {
        char body[16];
        snprintf (body, sizeof body, "%d", first + i);
        zp_span_t args[] = {{queue, strlen (queue)}, {body, strlen (body)}};
        fixture_begin (self, "queue.put", args, 2, &answers[i]);
    }
    for (int i = 0; i < count; i++) {
        test_until (self->loop, answers[i].ended);
        assert_int_equal (answers[i].status, ZP_OK);
        answer_clear (&answers[i]);
    }
    free (answers);
}

const char *
fixture_reserve (fixture_t *self, const char *queue, const char *body)
{
    static char receipt[ZP_QUEUE_RECEIPT_MAX];
    assert_int_equal (fixture_ask (self, "queue.reserve", queue, NULL), ZP_OK);
    assert_int_equal (self->answer.count, 2);
    assert_string_equal (self->answer.part[1], body);
    snprintf (receipt, sizeof receipt, "%s", self->answer.part[0]);
    return receipt;
}
