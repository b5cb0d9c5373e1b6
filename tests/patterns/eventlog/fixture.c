//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "fixture.h"

#include <jansson.h>

int
fixture_set_up (void **state)
{
    fixture_t *self = zmalloc (sizeof *self);
    strcpy (self->folder, "/tmp/zp-eventlog-XXXXXX");
    assert_non_null (mkdtemp (self->folder));
    snprintf (self->journal, sizeof self->journal, "sqlite:%s/events.db",
              self->folder);
    self->loop = zloop_new ();
    self->endpoint = strdup (peer_new_endpoint ());
    self->options = (zp_eventlog_options_t) ZP_EVENTLOG_DEFAULTS;
    self->options.journal = self->journal;
    *state = self;
    return 0;
}

int
fixture_tear_down (void **state)
{
    fixture_t *self = *state;
    fixture_stop (self);
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
fixture_stop (fixture_t *self)
{
    zp_client_destroy (&self->client);
    zp_eventlog_destroy (&self->eventlog);
}

void
fixture_start (fixture_t *self)
{
    fixture_stop (self);
    char *error = NULL;
    zp_status_t status;
    self->eventlog =
        zp_eventlog_new (self->loop, &self->options, &status, &error);
    if (!self->eventlog)
        fail_msg ("%s: %s", zp_status_name (status), error);
    assert_int_equal (status, ZP_OK);
    assert_null (error);
    zp_server_t *server = zp_eventlog_server (self->eventlog);
    //  ZeroMQ lets go of a place some time after who was there is gone
    test_until (self->loop, zp_server_bind (server, self->endpoint) == ZP_OK);
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

//  Write down what a caller is told
static void
s_note (void *arg, const zp_reply_t *reply)
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
                      .fn = s_note,
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

const char *
fixture_events (fixture_t *self)
{
    static char text[65536];
    const answer_t *answer = &self->answer;
    assert_true (answer->count % 2 == 1);
    size_t size = (size_t) snprintf (text, sizeof text, "%s", answer->part[0]);
    for (size_t i = 1; i < answer->count; i += 2) {
        zp_eventlog_event_t event;
        zp_span_t meta = {answer->part[i], answer->size[i]};
        assert_true (zp_eventlog_event_read (&event, meta));
        //  The clock may have been set meanwhile, but not by so much
        assert_true (llabs (zclock_time () - event.time_ms) < 86400000);
        size += (size_t) snprintf (
            text + size, sizeof text - size, "|%d %d%s%.*s=%s",
            (int) event.offset, (int) event.delivery, event.id.size ? " " : "",
            (int) event.id.size, (const char *) event.id.data,
            answer->part[i + 1]);
    }
    return text;
}

//  A number in a JSON object, or in the only one of an array
static int
s_number (fixture_t *self, const char *key)
{
    json_t *json = json_loads (self->answer.part[0], 0, NULL);
    json_t *object = json_is_array (json) ? json_array_get (json, 0) : json;
    json_t *value = json_object_get (object, key);
    assert_true (json_is_integer (value));
    int number = (int) json_integer_value (value);
    json_decref (json);
    return number;
}

int
fixture_stat (fixture_t *self, const char *log, const char *key)
{
    zp_status_t status = fixture_ask (self, "log.stat", log, NULL);
    if (status == ZP_NOT_FOUND)
        return -1;
    assert_int_equal (status, ZP_OK);
    return s_number (self, key);
}

int
fixture_group (fixture_t *self, const char *log, const char *key)
{
    assert_int_equal (fixture_ask (self, "log.group.ls", log, NULL), ZP_OK);
    return s_number (self, key);
}

void
fixture_append (fixture_t *self, const char *log, int first, int count)
{
    answer_t *answers = zmalloc ((size_t) count * sizeof *answers);
    for (int i = 0; i < count; i++) {
        char body[16];
        snprintf (body, sizeof body, "%d", first + i);
        zp_span_t args[] = {{log, strlen (log)}, {body, strlen (body)}};
        fixture_begin (self, "log.append", args, 2, &answers[i]);
    }
    for (int i = 0; i < count; i++) {
        test_until (self->loop, answers[i].ended);
        assert_int_equal (answers[i].status, ZP_OK);
        answer_clear (&answers[i]);
    }
    free (answers);
}
