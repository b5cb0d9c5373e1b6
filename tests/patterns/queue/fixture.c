//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "fixture.h"

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
    self->client = answer_client_new (self->loop, self->endpoint);
}

void
fixture_begin (fixture_t *self, const char *method, const zp_span_t *args,
               size_t count, answer_t *answer)
{
    answer_begin (answer, self->client, method, args, count);
}

zp_status_t
fixture_ask_parts (fixture_t *self, const char *method, const zp_span_t *args,
                   size_t count)
{
    answer_begin (&self->answer, self->client, method, args, count);
    return answer_wait (&self->answer, self->loop);
}

zp_status_t
fixture_ask (fixture_t *self, const char *method, ...)
{
    va_list texts;
    va_start (texts, method);
    zp_status_t status =
        answer_ask (&self->answer, self->loop, self->client, method, texts);
    va_end (texts);
    return status;
}

int
fixture_stat (fixture_t *self, const char *queue, const char *key)
{
    zp_status_t status = fixture_ask (self, "queue.stat", queue, NULL);
    if (status == ZP_NOT_FOUND)
        return -1;
    assert_int_equal (status, ZP_OK);
    return answer_number (&self->answer, key);
}

void
fixture_put (fixture_t *self, const char *queue, int first, int count)
{
    answer_ask_numbers (self->loop, self->client, "queue.put", queue, first,
                        count);
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
