//  SPDX-License-Identifier: MIT

#include "zp_queue_broker_private.h"

#define REFUSED_MAX 1024  // Bytes of text about receipts that do not count

//  What a worker says of its messages
typedef struct verb {
    zp_status_t (*fn) (zp_queue_core_t *core, const zp_queue_receipt_t *receipt,
                       const struct verb *verb, int64_t now_ms);
    const char *option;  // The key of its only option; NULL: none
    int64_t max;         // Of that, if it is a number; 0: it is a text
    int64_t number;      // The option's value
    char text[ZP_QUEUE_WHY_MAX + 1];  // The same
} verb_t;

static zp_status_t
s_ack (zp_queue_core_t *core, const zp_queue_receipt_t *receipt,
       const verb_t *verb, int64_t now_ms)
{
    (void) verb;
    return zp_queue_core_ack (core, receipt, now_ms);
}

static zp_status_t
s_nack (zp_queue_core_t *core, const zp_queue_receipt_t *receipt,
        const verb_t *verb, int64_t now_ms)
{
    return zp_queue_core_nack (core, receipt, verb->number, now_ms);
}

static zp_status_t
s_release (zp_queue_core_t *core, const zp_queue_receipt_t *receipt,
           const verb_t *verb, int64_t now_ms)
{
    (void) verb;
    return zp_queue_core_undo (core, receipt, now_ms);
}

static zp_status_t
s_touch (zp_queue_core_t *core, const zp_queue_receipt_t *receipt,
         const verb_t *verb, int64_t now_ms)
{
    return zp_queue_core_touch (core, receipt, verb->number, now_ms);
}

static zp_status_t
s_bury (zp_queue_core_t *core, const zp_queue_receipt_t *receipt,
        const verb_t *verb, int64_t now_ms)
{
    zp_span_t why = {verb->text, strlen (verb->text)};
    return zp_queue_core_bury (core, receipt, why, now_ms);
}

//  The next word of a text with spaces between, which is taken away from it
static zp_span_t
s_next_word (zp_span_t *text)
{
    const char *at = text->data;
    const char *end = at + text->size;
    while (at < end && (*at == ' ' || *at == '\n'))
        at++;
    const char *word = at;
    while (at < end && *at != ' ' && *at != '\n')
        at++;
    *text = (zp_span_t){at, (size_t) (end - at)};
    return (zp_span_t){word, (size_t) (at - word)};
}

//  Add to the text about receipts that do not count
static void
s_refuse (char **refused_p, zp_span_t word, zp_status_t status)
{
    if (!*refused_p)
        *refused_p = zmalloc (REFUSED_MAX);
    size_t size = strlen (*refused_p);
    const char *why = status == ZP_NOT_FOUND          ? "is gone"
                      : status == ZP_INVALID_ARGUMENT ? "is no receipt"
                                                      : "is not yours any more";
    char plain[65];
    snprintf (*refused_p + size, REFUSED_MAX - size, "%s%s %s",
              size ? ", " : "", zp_args_plain (word, plain, sizeof plain), why);
}

static void
s_on_verb (zp_queue_broker_t *self, zp_request_t *request, verb_t verb)
{
    const zp_arg_t option = {.name = verb.option,
                             .number = verb.max ? &verb.number : NULL,
                             .max = verb.max,
                             .text = verb.text,
                             .room = sizeof verb.text};
    size_t max = verb.option ? 2 : 1;
    const char *usage = verb.option ? "RECEIPTS [OPTIONS]" : "RECEIPTS";
    zp_span_t text = zp_request_arg (request, 0);
    zp_span_t word = s_next_word (&text);
    //  No receipt at all is as good as no argument
    if (!zp_queue_method_count (&request, word.size ? 1 : SIZE_MAX, max,
                                usage) ||
        !zp_queue_method_options (&request, 1, &option, max - 1))
        return;
    char *refused = NULL;
    uint64_t count = 0;
    int64_t now_ms = zp_queue_broker_now (self);
    for (; word.size; word = s_next_word (&text)) {
        zp_queue_receipt_t receipt;
        zp_status_t status = ZP_INVALID_ARGUMENT;
        if (zp_queue_receipt_read (&receipt, word))
            status = verb.fn (self->core, &receipt, &verb, now_ms);
        if (status == ZP_OK)
            count++;
        else
            s_refuse (&refused, word, status);
    }
    zp_queue_wait (self, &request, count, false, refused);
}

static void
s_on_ack (zp_request_t *request, void *arg)
{
    s_on_verb (arg, request, (verb_t){.fn = s_ack});
}

static void
s_on_nack (zp_request_t *request, void *arg)
{
    s_on_verb (
        arg, request,
        (verb_t){.fn = s_nack, .option = "delay_ms", .max = ZP_QUEUE_MS_MAX});
}

static void
s_on_release (zp_request_t *request, void *arg)
{
    s_on_verb (arg, request, (verb_t){.fn = s_release});
}

static void
s_on_touch (zp_request_t *request, void *arg)
{
    s_on_verb (arg, request,
               (verb_t){.fn = s_touch,
                        .option = "lease_ms",
                        .max = ZP_QUEUE_LEASE_MS_MAX});
}

static void
s_on_bury (zp_request_t *request, void *arg)
{
    s_on_verb (arg, request, (verb_t){.fn = s_bury, .option = "why"});
}

void
zp_queue_verbs_add (zp_queue_broker_t *self)
{
    zp_server_method (self->server, "queue.ack", s_on_ack, self);
    zp_server_method (self->server, "queue.nack", s_on_nack, self);
    zp_server_method (self->server, "queue.release", s_on_release, self);
    zp_server_method (self->server, "queue.touch", s_on_touch, self);
    zp_server_method (self->server, "queue.bury", s_on_bury, self);
}
