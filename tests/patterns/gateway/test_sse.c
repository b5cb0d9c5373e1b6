//  SPDX-License-Identifier: MIT

#include "test_seed.h"
#include "zp_gateway_sse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

static zp_span_t
s_span (const char *text)
{
    return (zp_span_t){text, strlen (text)};
}

static bool
s_event (zp_gateway_sse_t *sse, const char *id, const char *name,
         const char *data)
{
    zp_gateway_event_t event = {.id = id, .name = name, .data = s_span (data)};
    return zp_gateway_sse_event (sse, &event);
}

//  Take all that waits: it must be that text
static void
s_check (zp_gateway_sse_t *sse, const char *expected)
{
    zp_span_t waiting = zp_gateway_sse_waiting (sse);
    assert_int_equal (waiting.size, strlen (expected));
    if (waiting.size)
        assert_memory_equal (waiting.data, expected, waiting.size);
    zp_gateway_sse_taken (sse, waiting.size);
    assert_int_equal (zp_gateway_sse_waiting (sse).size, 0);
}

static void
test_an_event_has_an_id_a_name_and_data (void **state)
{
    (void) state;
    zp_gateway_sse_t *sse = zp_gateway_sse_new (1000);
    s_check (sse, "");
    assert_true (s_event (sse, "17", "price", "{\"film\":\"m\"}"));
    s_check (sse, "id: 17\nevent: price\ndata: {\"film\":\"m\"}\n\n");
    assert_true (s_event (sse, NULL, NULL, ""));
    assert_true (s_event (sse, "", "", "a"));
    s_check (sse, "data: \n\ndata: a\n\n");
    assert_true (zp_gateway_sse_retry (sse, 3000));
    s_check (sse, "retry: 3000\n\n");
    zp_gateway_sse_destroy (&sse);
    assert_null (sse);
    zp_gateway_sse_destroy (&sse);
}

static void
test_each_line_of_data_is_a_field (void **state)
{
    (void) state;
    zp_gateway_sse_t *sse = zp_gateway_sse_new (1000);
    assert_true (s_event (sse, NULL, NULL, "a\nb\r\nc\rd\n\re\r\n"));
    s_check (sse, "data: a\ndata: b\ndata: c\ndata: d\ndata: \ndata: e\n"
                  "data: \n\n");
    assert_true (s_event (sse, NULL, NULL, "\n\nevent: evil\n\nid: 5"));
    s_check (sse, "data: \ndata: \ndata: event: evil\ndata: \ndata: id: 5\n\n");
    zp_gateway_sse_destroy (&sse);
}

static void
test_an_id_or_name_makes_no_line_of_its_own (void **state)
{
    (void) state;
    zp_gateway_sse_t *sse = zp_gateway_sse_new (1000);
    assert_true (s_event (sse, "1\ndata: x\r", "a\r\n\r\nb", "d"));
    s_check (sse, "id: 1data: x\nevent: ab\ndata: d\n\n");
    assert_true (zp_gateway_sse_beat (sse, "x\n\ndata: y"));
    s_check (sse, ": xdata: y\n");
    zp_gateway_sse_destroy (&sse);
}

static void
test_a_heartbeat_breaks_silence_only (void **state)
{
    (void) state;
    zp_gateway_sse_t *sse = zp_gateway_sse_new (1000);
    assert_true (zp_gateway_sse_beat (sse, ""));
    assert_true (zp_gateway_sse_beat (sse, ""));
    s_check (sse, ":\n");
    assert_true (s_event (sse, NULL, NULL, "a"));
    assert_true (zp_gateway_sse_beat (sse, ""));
    s_check (sse, "data: a\n\n");
    zp_gateway_sse_destroy (&sse);
}

static void
test_a_client_that_takes_nothing_is_slow_in_the_end (void **state)
{
    (void) state;
    zp_gateway_sse_t *sse = zp_gateway_sse_new (256);
    int count = 0;
    while (s_event (sse, NULL, NULL, "0123456789"))
        count++;
    assert_true (count >= 8);
    assert_true (zp_gateway_sse_slow (sse));
    zp_span_t waiting = zp_gateway_sse_waiting (sse);
    assert_int_equal (waiting.size, 18 * count);
    assert_true (waiting.size <= 256);
    //  It has missed something, so nothing follows, also if there is room now
    zp_gateway_sse_taken (sse, waiting.size);
    assert_false (s_event (sse, NULL, NULL, "a"));
    assert_false (zp_gateway_sse_beat (sse, ""));
    assert_false (zp_gateway_sse_retry (sse, 1));
    s_check (sse, "");
    zp_gateway_sse_end (sse, "too slow");
    s_check (sse, "event: end\ndata: too slow\n\n");
    zp_gateway_sse_destroy (&sse);
}

static void
test_an_event_over_the_bound_is_never_taken_in_part (void **state)
{
    (void) state;
    char data[400];
    memset (data, 'x', sizeof data);
    data[399] = 0;
    zp_gateway_sse_t *sse = zp_gateway_sse_new (256);
    assert_true (s_event (sse, NULL, NULL, "a"));
    assert_false (s_event (sse, NULL, NULL, data));
    assert_true (zp_gateway_sse_slow (sse));
    s_check (sse, "data: a\n\n");
    zp_gateway_sse_destroy (&sse);
}

static void
test_the_end_always_has_room_and_is_the_last (void **state)
{
    (void) state;
    char reason[1000];
    memset (reason, 'r', sizeof reason);
    reason[999] = 0;
    reason[5] = '\n';
    zp_gateway_sse_t *sse = zp_gateway_sse_new (256);
    while (s_event (sse, NULL, NULL, "0123456789"))
        ;
    size_t before = zp_gateway_sse_waiting (sse).size;
    assert_false (zp_gateway_sse_done (sse));
    zp_gateway_sse_end (sse, reason);
    zp_gateway_sse_end (sse, "again");
    zp_span_t waiting = zp_gateway_sse_waiting (sse);
    assert_true (waiting.size > before + 200);
    assert_true (waiting.size <= 256 + 256);
    assert_memory_equal ((const char *) waiting.data + before,
                         "event: end\ndata: rrrrr rr", 25);
    assert_false (zp_gateway_sse_beat (sse, ""));
    zp_gateway_sse_taken (sse, waiting.size - 1);
    assert_false (zp_gateway_sse_done (sse));
    zp_gateway_sse_taken (sse, 1);
    assert_true (zp_gateway_sse_done (sse));
    assert_false (s_event (sse, NULL, NULL, "a"));
    assert_false (zp_gateway_sse_slow (sse) && zp_gateway_sse_beat (sse, ""));
    s_check (sse, "");
    zp_gateway_sse_destroy (&sse);
}

//  A client, as the specification of EventSource has it (section 9.2.6)
typedef struct client {
    char line[512];    // As far as it came
    size_t size;       // Of that
    bool cr;           // The last byte was a CR, which ended a line
    char data[512];    // Of the event in hand, a LF behind each line
    char id[64];       // The last one
    char name[64];     // Of the event in hand
    char told[2048];   // All events: id, name, data, each with a NUL behind
    size_t told_size;  // Of that
} client_t;

static void
s_tell (client_t *self, const char *text)
{
    size_t size = strlen (text) + 1;
    assert_true (self->told_size + size <= sizeof self->told);
    memcpy (self->told + self->told_size, text, size);
    self->told_size += size;
}

static void
s_client_line (client_t *self)
{
    self->line[self->size] = 0;
    self->size = 0;
    char *value = strchr (self->line, ':');
    if (!*self->line) {
        if (*self->data) {
            self->data[strlen (self->data) - 1] = 0;
            s_tell (self, self->id);
            s_tell (self, self->name);
            s_tell (self, self->data);
        }
        *self->data = *self->name = 0;
        return;
    }
    if (value == self->line)
        return;
    if (value)
        *value++ = 0;
    value = value ? value + (*value == ' ') : self->line + strlen (self->line);
    if (strcmp (self->line, "data") == 0) {
        strcat (self->data, value);
        strcat (self->data, "\n");
    }
    else if (strcmp (self->line, "id") == 0)
        strcpy (self->id, value);
    else if (strcmp (self->line, "event") == 0)
        strcpy (self->name, value);
    else
        assert_string_equal (self->line, "retry");
}

static void
s_client_hear (client_t *self, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bool second = self->cr && text[i] == '\n';
        self->cr = text[i] == '\r';
        if (second)
            continue;
        if (text[i] == '\n' || text[i] == '\r')
            s_client_line (self);
        else
            self->line[self->size++] = text[i];
        assert_true (self->size < sizeof self->line);
    }
}

//  A text of letters, ends of lines, and what means something to a client
static void
s_random_text (uint64_t *seed, char *text, int most)
{
    static const char letters[] = "ab:\n\r :id\n\n\r\ndata: \303\251";
    int size = test_below (seed, most);
    for (int i = 0; i < size; i++)
        text[i] = letters[test_below (seed, sizeof letters - 1)];
    text[size] = 0;
}

//  What a client makes of data: each end of a line is a LF
static void
s_lines (char *text)
{
    char *to = text;
    for (const char *at = text; *at; at++) {
        char byte = *at;
        at += byte == '\r' && at[1] == '\n';
        *to++ = byte == '\r' ? '\n' : byte;
    }
    *to = 0;
}

//  And of an id or a name: what would end it is left out
static void
s_one_line (char *text)
{
    char *to = text;
    for (const char *at = text; *at; at++)
        if (*at != '\r' && *at != '\n')
            *to++ = *at;
    *to = 0;
}

static void
test_a_client_hears_what_was_said_however_it_comes (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    int slow = 0, ended = 0;
    for (int round = 0; round < 2000; round++) {
        zp_gateway_sse_t *sse = zp_gateway_sse_new (256);
        static client_t client, model;
        memset (&client, 0, sizeof client);
        memset (&model, 0, sizeof model);
        for (int i = 0; i < 20; i++) {
            char id[8], name[8], data[40];
            s_random_text (&seed, id, sizeof id);
            s_random_text (&seed, name, sizeof name);
            s_random_text (&seed, data, sizeof data);
            if (test_below (&seed, 8) == 0)
                zp_gateway_sse_beat (sse, name);
            if (s_event (sse, id, name, data)) {
                bool kept = !*id;
                s_one_line (id);
                s_one_line (name);
                s_lines (data);
                if (!kept)
                    strcpy (model.id, id);
                s_tell (&model, model.id);
                s_tell (&model, name);
                s_tell (&model, data);
            }
            zp_span_t waiting = zp_gateway_sse_waiting (sse);
            assert_true (waiting.size <= 256);
            size_t size = (size_t) test_below (&seed, (int) waiting.size + 1);
            s_client_hear (&client, waiting.data, size);
            zp_gateway_sse_taken (sse, size);
        }
        slow += zp_gateway_sse_slow (sse);
        ended += !zp_gateway_sse_slow (sse);
        zp_span_t waiting = zp_gateway_sse_waiting (sse);
        s_client_hear (&client, waiting.data, waiting.size);
        assert_int_equal (client.told_size, model.told_size);
        assert_memory_equal (client.told, model.told, model.told_size);
        zp_gateway_sse_destroy (&sse);
    }
    assert_true (slow > 10 && ended > 10);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_an_event_has_an_id_a_name_and_data),
        cmocka_unit_test (test_each_line_of_data_is_a_field),
        cmocka_unit_test (test_an_id_or_name_makes_no_line_of_its_own),
        cmocka_unit_test (test_a_heartbeat_breaks_silence_only),
        cmocka_unit_test (test_a_client_that_takes_nothing_is_slow_in_the_end),
        cmocka_unit_test (test_an_event_over_the_bound_is_never_taken_in_part),
        cmocka_unit_test (test_the_end_always_has_room_and_is_the_last),
        cmocka_unit_test (test_a_client_hears_what_was_said_however_it_comes),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
