//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "ledger.h"

#include <jansson.h>

ledger_t *
ledger_new (fixture_t *fixture)
{
    ledger_t *self = zmalloc (sizeof *self);
    self->fixture = fixture;
    self->receipts = zhashx_new ();
    self->paused[false] = true;
    return self;
}

void
ledger_destroy (ledger_t **self_p)
{
    ledger_t *self = *self_p;
    *self_p = NULL;
    zhashx_destroy (&self->receipts);
    free (self);
}

void
ledger_must (const ledger_t *self, bool holds, const char *body,
             const char *what)
{
    if (!holds)
        fail_msg ("%s: %s: %s; %s", self->point, body, what,
                  self->fixture->answer.text);
}

static ledger_message_t *
s_find (ledger_t *self, const char *body)
{
    for (size_t i = 0; i < self->count; i++)
        if (streq (self->messages[i].body, body))
            return &self->messages[i];
    ledger_must (self, false, body, "it was never put");
    return NULL;
}

bool
ledger_put (ledger_t *self, const char *body, const char *options,
            ledger_place_t to)
{
    assert_true (self->count < LEDGER_MESSAGES);
    ledger_message_t *message = &self->messages[self->count++];
    snprintf (message->body, sizeof message->body, "%s", body);
    snprintf (message->options, sizeof message->options, "%s", options);
    message->may_be = LEDGER_NOWHERE | to;
    if (fixture_ask (self->fixture, "queue.put", LEDGER_QUEUE, body, options,
                     NULL) != ZP_OK)
        return false;
    message->may_be = to;
    snprintf (message->id, sizeof message->id, "%s",
              self->fixture->answer.part[0]);
    return true;
}

//  Take what is next; NULL if that fails

static ledger_message_t *
s_reserve (ledger_t *self)
{
    fixture_t *fixture = self->fixture;
    if (fixture_ask (fixture, "queue.reserve", LEDGER_QUEUE, "{\"wait_ms\":0}",
                     NULL) != ZP_OK)
        return NULL;
    ledger_message_t *message = s_find (self, fixture->answer.part[1]);
    snprintf (message->receipt, sizeof message->receipt, "%s",
              fixture->answer.part[0]);
    ledger_must (self,
                 zhashx_insert (self->receipts, message->receipt, self) == 0,
                 message->body, "a receipt came twice");
    //  Leases are not confirmed to be on disk
    message->may_be |= LEDGER_LEASED;
    message->held = true;
    return message;
}

bool
ledger_reserve (ledger_t *self, const char *body)
{
    ledger_message_t *message = s_reserve (self);
    if (message)
        assert_string_equal (message->body, body);
    return message != NULL;
}

bool
ledger_say (ledger_t *self, const char *body, const char *verb,
            const char *options, ledger_place_t to)
{
    ledger_message_t *message = s_find (self, body);
    message->may_be |= to;
    message->held = streq (verb, "queue.touch");
    if (fixture_ask (self->fixture, verb, message->receipt, options, NULL) !=
        ZP_OK)
        return false;
    assert_string_equal (self->fixture->answer.part[0], "1");
    message->may_be = to;
    if (streq (verb, "queue.nack"))
        message->delivered++;
    return true;
}

bool
ledger_tend (ledger_t *self, const char *method, const char *queue,
             ledger_place_t from, ledger_place_t to)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->messages[i].may_be == from) {
            self->messages[i].may_be = from | to;
            self->messages[i].delivered = 0;
        }
    if (fixture_ask (self->fixture, method, queue, NULL) != ZP_OK)
        return false;
    for (size_t i = 0; i < self->count; i++)
        if (self->messages[i].may_be == (from | to))
            self->messages[i].may_be = to;
    return true;
}

bool
ledger_pause (ledger_t *self, bool paused)
{
    self->paused[paused] = true;
    if (fixture_ask (self->fixture, "queue.pause", LEDGER_QUEUE,
                     paused ? "{}" : "{\"paused\":false}", NULL) != ZP_OK)
        return false;
    self->paused[!paused] = false;
    return true;
}

static void
s_look_paused (ledger_t *self)
{
    //  There may be no queue yet
    bool paused = fixture_stat (self->fixture, LEDGER_QUEUE, "paused") == 1;
    ledger_must (self, self->paused[paused], LEDGER_QUEUE,
                 paused ? "it is paused" : "it is not paused");
    self->paused[!paused] = false;
}

//  A message was found; the answer's part is what peek said of it

static void
s_found (ledger_t *self, size_t part, ledger_place_t place)
{
    char **parts = self->fixture->answer.part + part;
    ledger_message_t *message = s_find (self, parts[1]);
    ledger_must (self, message->is == LEDGER_NOWHERE, message->body,
                 "it is there twice");
    message->is = place;
    json_t *info = json_loads (parts[0], 0, NULL);
    json_int_t delivered =
        json_integer_value (json_object_get (info, "delivered"));
    json_decref (info);
    ledger_must (self, delivered >= message->delivered, message->body,
                 "deliveries in vain were forgotten");
}

void
ledger_look (ledger_t *self)
{
    static const struct {
        const char *queue;     // To look into
        const char *options;   // And for what
        ledger_place_t place;  // What that is to us
    } places[] = {{LEDGER_QUEUE, "{\"state\":\"ready\"}", LEDGER_READY},
                  {LEDGER_QUEUE, "{\"state\":\"delayed\"}", LEDGER_DELAYED},
                  {LEDGER_QUEUE, "{\"state\":\"leased\"}", LEDGER_LEASED},
                  {LEDGER_QUEUE, "{\"state\":\"buried\"}", LEDGER_BURIED},
                  {LEDGER_QUEUE ".dead", "{\"state\":\"ready\"}", LEDGER_DEAD}};
    answer_t *answer = &self->fixture->answer;
    s_look_paused (self);
    for (size_t i = 0; i < self->count; i++)
        self->messages[i].is = LEDGER_NOWHERE;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        zp_status_t status =
            fixture_ask (self->fixture, "queue.peek", places[i].queue,
                         places[i].options, NULL);
        ledger_must (self, status == ZP_OK || status == ZP_NOT_FOUND,
                     places[i].queue, "can't be looked into");
        for (size_t part = 0; part + 1 < answer->count; part += 2)
            s_found (self, part, places[i].place);
    }
    for (size_t i = 0; i < self->count; i++) {
        ledger_message_t *message = &self->messages[i];
        char what[60];
        snprintf (what, sizeof what, "it is in place %d, not in %d",
                  (int) message->is, (int) message->may_be);
        ledger_must (self, message->may_be & message->is, message->body, what);
        message->may_be = message->is;
        //  A lease need not be in the journal
        if (message->is == LEDGER_LEASED)
            message->may_be |= LEDGER_READY;
    }
}

//  What has a message id, put again, is the same message

static void
s_put_again (ledger_t *self, const ledger_message_t *message)
{
    if (!*message->id || !strstr (message->options, "\"id\""))
        return;
    zp_status_t status = fixture_ask (self->fixture, "queue.put", LEDGER_QUEUE,
                                      message->body, message->options, NULL);
    ledger_must (self, status == ZP_OK, message->body, "not put again");
    ledger_must (self, streq (self->fixture->answer.part[0], message->id),
                 message->body, "its message id was forgotten");
}

//  Whoever held a message can still say that it is done

static void
s_ack_held (ledger_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->messages[i].held)
            ledger_must (self,
                         ledger_say (self, self->messages[i].body, "queue.ack",
                                     NULL, LEDGER_NOWHERE),
                         self->messages[i].body,
                         "its receipt does not count any more");
}

//  All that is ready is delivered, and nothing else

static void
s_drain (ledger_t *self)
{
    size_t ready = 0, delivered = 0;
    int last = ZP_QUEUE_PRIORITIES;
    for (size_t i = 0; i < self->count; i++)
        ready += self->messages[i].may_be == LEDGER_READY;
    ledger_message_t *message;
    while ((message = s_reserve (self)) != NULL) {
        ledger_must (self, message->may_be == (LEDGER_READY | LEDGER_LEASED),
                     message->body, "it was delivered, though not ready");
        int priority = ZP_QUEUE_PRIORITY_DEFAULT;
        sscanf (message->options, "{\"priority\":%d", &priority);
        ledger_must (self, priority <= last, message->body,
                     "its priority was forgotten");
        last = priority;
        delivered++;
    }
    ledger_must (self, ready == delivered, LEDGER_QUEUE,
                 "not all that was ready was delivered");
}

void
ledger_go_on (ledger_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        s_put_again (self, &self->messages[i]);
    ledger_look (self);
    s_ack_held (self);
    if (self->paused[true])
        ledger_must (self, ledger_pause (self, false), LEDGER_QUEUE,
                     "it can't go on");
    s_drain (self);
    ledger_look (self);
}
