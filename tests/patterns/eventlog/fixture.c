//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "fixture.h"

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

int
fixture_stat (fixture_t *self, const char *log, const char *key)
{
    zp_status_t status = fixture_ask (self, "log.stat", log, NULL);
    if (status == ZP_NOT_FOUND)
        return -1;
    assert_int_equal (status, ZP_OK);
    return answer_number (&self->answer, key);
}

int
fixture_group (fixture_t *self, const char *log, const char *key)
{
    assert_int_equal (fixture_ask (self, "log.group.ls", log, NULL), ZP_OK);
    return answer_number (&self->answer, key);
}

void
fixture_append (fixture_t *self, const char *log, int first, int count)
{
    answer_ask_numbers (self->loop, self->client, "log.append", log, first,
                        count);
}
