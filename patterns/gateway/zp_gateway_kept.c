//  SPDX-License-Identifier: MIT

#include "zp_gateway_kept.h"

#include <czmq.h>
#include <sodium.h>
#include <sys/queue.h>

typedef struct s_entry {
    zp_gateway_question_t question;  // What it answers
    int64_t put_ms;                  // When it was put
    TAILQ_ENTRY (s_entry) order;     // The one used longest ago is the first
    size_t size;                     // Of the answer
    char answer[];                   // It
} s_entry_t;

struct zp_gateway_kept {
    uint8_t secret[ZP_GATEWAY_SECRET];  // Of the hash
    size_t answers_max;                 // So many may be kept
    size_t bytes_max;                   // In so many bytes
    size_t bytes;                       // That they take
    zhashx_t *entries;                  // By question
    TAILQ_HEAD (, s_entry) order;       // The same, by use
};

//  The hash is one already, and nobody can choose it
static size_t
s_hash (const void *question)
{
    return (size_t) ((const zp_gateway_question_t *) question)->words[0];
}

static int
s_compare (const void *one, const void *two)
{
    return memcmp (one, two, sizeof (zp_gateway_question_t));
}

zp_gateway_kept_t *
zp_gateway_kept_new (size_t answers, size_t bytes,
                     const uint8_t secret[ZP_GATEWAY_SECRET])
{
    assert (answers >= 1);
    zp_gateway_kept_t *self = zmalloc (sizeof *self);
    memcpy (self->secret, secret, sizeof self->secret);
    self->answers_max = answers;
    self->bytes_max = bytes;
    self->entries = zhashx_new ();
    zhashx_set_key_hasher (self->entries, s_hash);
    zhashx_set_key_comparator (self->entries, s_compare);
    //  The key of an entry is in it
    zhashx_set_key_duplicator (self->entries, NULL);
    zhashx_set_key_destructor (self->entries, NULL);
    TAILQ_INIT (&self->order);
    return self;
}

//  Bytes that an entry takes
static size_t
s_size (size_t answer)
{
    return sizeof (s_entry_t) + answer;
}

static void
s_drop (zp_gateway_kept_t *self, s_entry_t *entry)
{
    TAILQ_REMOVE (&self->order, entry, order);
    zhashx_delete (self->entries, &entry->question);
    self->bytes -= s_size (entry->size);
    free (entry);
}

void
zp_gateway_kept_destroy (zp_gateway_kept_t **self_p)
{
    assert (self_p);
    zp_gateway_kept_t *self = *self_p;
    *self_p = NULL;
    if (!self)
        return;
    while (!TAILQ_EMPTY (&self->order))
        s_drop (self, TAILQ_FIRST (&self->order));
    zhashx_destroy (&self->entries);
    free (self);
}

zp_gateway_question_t
zp_gateway_kept_question (const zp_gateway_kept_t *self, uintptr_t call,
                          const zp_span_t *parts, size_t count)
{
    zp_gateway_question_t question;
    crypto_generichash_state state;
    crypto_generichash_init (&state, self->secret, sizeof self->secret,
                             sizeof question);
    crypto_generichash_update (&state, (uint8_t *) &call, sizeof call);
    for (size_t i = 0; i < count; i++) {
        //  Its size first, or "a" and "bc" would be "ab" and "c"
        uint64_t size = parts[i].size;
        crypto_generichash_update (&state, (uint8_t *) &size, sizeof size);
        crypto_generichash_update (&state, (const uint8_t *) parts[i].data,
                                   size);
    }
    crypto_generichash_final (&state, (uint8_t *) &question, sizeof question);
    return question;
}

void
zp_gateway_kept_put (zp_gateway_kept_t *self,
                     const zp_gateway_question_t *question, zp_span_t answer,
                     int64_t now_ms)
{
    s_entry_t *entry = zhashx_lookup (self->entries, question);
    if (entry)
        s_drop (self, entry);
    size_t size = s_size (answer.size);
    if (size > self->bytes_max)
        return;
    while (self->bytes_max - self->bytes < size ||
           zhashx_size (self->entries) == self->answers_max)
        s_drop (self, TAILQ_FIRST (&self->order));
    entry = malloc (size);
    assert (entry);
    *entry = (s_entry_t){
        .question = *question, .put_ms = now_ms, .size = answer.size};
    if (answer.size)
        memcpy (entry->answer, answer.data, answer.size);
    zhashx_insert (self->entries, &entry->question, entry);
    TAILQ_INSERT_TAIL (&self->order, entry, order);
    self->bytes += size;
}

bool
zp_gateway_kept_get (zp_gateway_kept_t *self,
                     const zp_gateway_question_t *question, int64_t max_age_ms,
                     int64_t now_ms, zp_span_t *answer)
{
    s_entry_t *entry = zhashx_lookup (self->entries, question);
    if (!entry)
        return false;
    if (now_ms - entry->put_ms > max_age_ms) {
        s_drop (self, entry);
        return false;
    }
    TAILQ_REMOVE (&self->order, entry, order);
    TAILQ_INSERT_TAIL (&self->order, entry, order);
    *answer = (zp_span_t){entry->answer, entry->size};
    return true;
}

size_t
zp_gateway_kept_count (const zp_gateway_kept_t *self)
{
    return zhashx_size (self->entries);
}

size_t
zp_gateway_kept_bytes (const zp_gateway_kept_t *self)
{
    return self->bytes;
}
