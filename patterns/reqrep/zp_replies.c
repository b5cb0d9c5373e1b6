//  SPDX-License-Identifier: MIT

#include "zp_replies.h"

#include <czmq.h>
#include <sys/queue.h>

#include "zp_ids.h"

//  Most replies are small: there is room for so many bytes from the beginning
#define SMALL 64

typedef struct s_entry {
    zp_id_node_t node;           // What it is found by
    TAILQ_ENTRY (s_entry) link;  // By age, if it has ended
    int64_t ended_ms;            // When it did
    size_t bytes;                // What it takes
    zp_kept_t kept;              // What is known
    zp_span_t parts[];           // Of the reply; their bytes follow
} s_entry_t;

struct zp_replies {
    size_t count_max;  // The bounds
    size_t bytes_max;
    int age_ms;
    zp_ids_t *entries;             // s_entry_t by id
    TAILQ_HEAD (, s_entry) ended;  // Oldest first
    size_t count;                  // Of these
    size_t bytes;                  // Of these
};

zp_replies_t *
zp_replies_new (int count, size_t bytes, int age_ms)
{
    assert (count > 0);
    zp_replies_t *self = zmalloc (sizeof *self);
    self->count_max = (size_t) count;
    self->bytes_max = bytes;
    self->age_ms = age_ms;
    self->entries = zp_ids_new ();
    TAILQ_INIT (&self->ended);
    return self;
}

static void
s_delete (zp_replies_t *self, s_entry_t *entry)
{
    zp_ids_remove (self->entries, &entry->node);
    if (!entry->kept.running) {
        TAILQ_REMOVE (&self->ended, entry, link);
        self->count--;
        self->bytes -= entry->bytes;
    }
    free (entry);
}

void
zp_replies_destroy (zp_replies_t **self_p)
{
    assert (self_p);
    zp_replies_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    s_entry_t *entry;
    while ((entry = TAILQ_FIRST (&self->ended)) != NULL ||
           (entry = zp_ids_any (self->entries)) != NULL)
        s_delete (self, entry);
    zp_ids_destroy (&self->entries);
    free (self);
}

//  Forget what is too old, and the oldest of what is too much
static void
s_trim (zp_replies_t *self, int64_t now_ms)
{
    s_entry_t *oldest;
    while ((oldest = TAILQ_FIRST (&self->ended)) != NULL &&
           (self->count > self->count_max || self->bytes > self->bytes_max ||
            now_ms - oldest->ended_ms >= self->age_ms))
        s_delete (self, oldest);
}

bool
zp_replies_find (zp_replies_t *self, const zp_envelope_t *id, int64_t now_ms,
                 zp_kept_t *kept)
{
    s_trim (self, now_ms);
    zp_id_t key = zp_ids_key (id, 0);
    const s_entry_t *entry = zp_ids_lookup (self->entries, &key);
    if (!entry)
        return false;
    *kept = entry->kept;
    kept->parts = entry->parts;
    return true;
}

void
zp_replies_begin (zp_replies_t *self, const zp_envelope_t *id, void *running)
{
    s_entry_t *entry = malloc (sizeof *entry + SMALL);
    assert (entry);
    *entry = (s_entry_t){.node = {.id = zp_ids_key (id, 0), .owner = entry},
                         .bytes = sizeof *entry + SMALL,
                         .kept = {.running = running}};
    bool added = zp_ids_insert (self->entries, &entry->node);
    assert (added);
    (void) added;
}

void
zp_replies_forget (zp_replies_t *self, const zp_envelope_t *id)
{
    zp_id_t key = zp_ids_key (id, 0);
    s_entry_t *entry = zp_ids_lookup (self->entries, &key);
    if (entry)
        s_delete (self, entry);
}

//  Make room for a reply that is not small
static s_entry_t *
s_widen (zp_replies_t *self, s_entry_t *entry, size_t bytes)
{
    zp_ids_remove (self->entries, &entry->node);
    entry = realloc (entry, bytes);
    assert (entry);
    entry->bytes = bytes;
    entry->node.owner = entry;
    zp_ids_insert (self->entries, &entry->node);
    return entry;
}

void
zp_replies_end (zp_replies_t *self, const zp_envelope_t *id, int64_t now_ms,
                const zp_kept_t *kept)
{
    zp_id_t key = zp_ids_key (id, 0);
    s_entry_t *entry = zp_ids_lookup (self->entries, &key);
    if (!entry || !entry->kept.running)
        return;

    size_t bytes = sizeof (s_entry_t) + kept->count * sizeof (zp_span_t);
    for (size_t i = 0; i < kept->count; i++)
        bytes += kept->parts[i].size;
    if (bytes > entry->bytes)
        entry = s_widen (self, entry, bytes);
    entry->ended_ms = now_ms;
    entry->kept = *kept;
    entry->kept.running = NULL;
    entry->kept.parts = NULL;  // Set anew when it is found
    char *at = (char *) &entry->parts[kept->count];
    for (size_t i = 0; i < kept->count; i++) {
        if (kept->parts[i].size)
            memcpy (at, kept->parts[i].data, kept->parts[i].size);
        entry->parts[i] = (zp_span_t){at, kept->parts[i].size};
        at += kept->parts[i].size;
    }
    TAILQ_INSERT_TAIL (&self->ended, entry, link);
    self->count++;
    self->bytes += entry->bytes;
    s_trim (self, now_ms);
}
