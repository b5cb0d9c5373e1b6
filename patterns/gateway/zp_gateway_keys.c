//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "zp_gateway_keys.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HASH_BYTES 32      // Of BLAKE2b-256
#define HASH_WORDS 4       // The same
#define HASH_START "b2:"   // How it begins in a file
#define KEY_START  "zpk_"  // How a key begins, so that it can be searched for
#define KEY_BYTES  32      // Random bytes of a key

struct zp_gateway_key {
    char *name;                 // For logs and services
    char *groups;               // As in the file; "": none
    uint64_t hash[HASH_WORDS];  // Of the key
};

struct zp_gateway_keys {
    size_t count;            // How many
    zp_gateway_key_t *keys;  // These
};

//  A file while it is read
typedef struct s_reader {
    zp_gateway_keys_t *keys;  // Up to now
    FILE *mistakes;           // Lines
    size_t line;              // The line in hand, counted from 1
} s_reader_t;

static bool
s_name (const char *text, size_t size)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    return size > 0 && size <= ZP_GATEWAY_KEY_NAME &&
           strspn (text, letters) >= size;
}

//  True if these are names of groups, with commas between, or "-"
static bool
s_groups (const char *text)
{
    size_t count = 1;
    for (;; text++, count++) {
        size_t size = strcspn (text, ",");
        if (!s_name (text, size) || count > ZP_GATEWAY_KEY_GROUPS)
            return false;
        text += size;
        if (!*text)
            return true;
    }
}

//  Read a hash. False if it is none
static bool
s_hash (const char *text, uint64_t *hash)
{
    size_t start = strlen (HASH_START), size;
    const char *end;
    return strncmp (text, HASH_START, start) == 0 &&
           strlen (text + start) == 2 * HASH_BYTES &&
           sodium_hex2bin ((uint8_t *) hash, HASH_BYTES, text + start,
                           2 * HASH_BYTES, NULL, &size, &end) == 0 &&
           size == HASH_BYTES;
}

//  NULL, or what is wrong with a key of this name, hash and groups
static const char *
s_wrong (const zp_gateway_keys_t *keys, const char *name, const char *hash,
         const char *groups, uint64_t *words)
{
    if (!name || !hash || !groups)
        return "a line is NAME HASH GROUPS";
    if (!s_name (name, strlen (name)))
        return "a name has 1 to 64 letters, digits, '.', '_', '-'";
    if (!s_hash (hash, words))
        return "a hash is \"b2:\" and 64 hex digits";
    if (!s_groups (groups))
        return "groups are 1 to 16 names with commas between, or -";
    if (keys->count == ZP_GATEWAY_KEYS_MAX)
        return "a file has at most 1000 keys";
    for (size_t i = 0; i < keys->count; i++) {
        if (strcmp (keys->keys[i].name, name) == 0)
            return "there is a key of this name already";
        if (memcmp (keys->keys[i].hash, words, HASH_BYTES) == 0)
            return "there is this key already";
    }
    return NULL;
}

static void
s_read_line (s_reader_t *self, char *line)
{
    static const char spaces[] = " \t\r";
    zp_gateway_keys_t *keys = self->keys;
    zp_gateway_key_t key;
    char *state, *name = strtok_r (line, spaces, &state);
    if (!name || *name == '#')
        return;
    char *hash = strtok_r (NULL, spaces, &state);
    char *groups = strtok_r (NULL, spaces, &state);
    const char *wrong = s_wrong (keys, name, hash, groups, key.hash);
    if (!wrong && strtok_r (NULL, spaces, &state))
        wrong = "there is more than NAME HASH GROUPS";
    if (wrong) {
        fprintf (self->mistakes, "%zu: %s\n", self->line, wrong);
        return;
    }
    key.name = strdup (name);
    key.groups = strdup (strcmp (groups, "-") == 0 ? "" : groups);
    keys->keys = realloc (keys->keys, (keys->count + 1) * sizeof *keys->keys);
    assert (key.name && key.groups && keys->keys);
    keys->keys[keys->count++] = key;
}

static void
s_read (s_reader_t *self, const char *at, const char *end)
{
    for (self->line = 1; at < end; self->line++) {
        const char *stop = memchr (at, '\n', (size_t) (end - at));
        if (!stop)
            stop = end;
        char *line = strndup (at, (size_t) (stop - at));
        assert (line);
        if (strlen (line) < (size_t) (stop - at))
            fprintf (self->mistakes, "%zu: there is a NUL\n", self->line);
        else
            s_read_line (self, line);
        free (line);
        at = stop + (stop < end);
    }
}

zp_gateway_keys_t *
zp_gateway_keys_new (zp_span_t text, char **mistakes_p)
{
    zp_gateway_keys_t *self = calloc (1, sizeof *self);
    char *mistakes;
    size_t size;
    s_reader_t reader = {.keys = self,
                         .mistakes = open_memstream (&mistakes, &size)};
    assert (self && reader.mistakes);
    const char *at = text.size ? text.data : "";
    s_read (&reader, at, at + text.size);
    fclose (reader.mistakes);
    if (size)
        zp_gateway_keys_destroy (&self);
    else {
        free (mistakes);
        mistakes = NULL;
    }
    if (mistakes_p)
        *mistakes_p = mistakes;
    else
        free (mistakes);
    return self;
}

void
zp_gateway_keys_destroy (zp_gateway_keys_t **self_p)
{
    assert (self_p);
    zp_gateway_keys_t *self = *self_p;
    *self_p = NULL;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++) {
        free (self->keys[i].name);
        free (self->keys[i].groups);
    }
    free (self->keys);
    free (self);
}

size_t
zp_gateway_keys_count (const zp_gateway_keys_t *self)
{
    return self->count;
}

zp_span_t
zp_gateway_key_shown (const char *authorization, const char *x_api_key)
{
    const char *key = x_api_key;
    if (authorization && strncasecmp (authorization, "Bearer ", 7) == 0)
        key = authorization + 7 + strspn (authorization + 7, " ");
    return (zp_span_t){key, key ? strlen (key) : 0};
}

static void
s_hash_key (zp_span_t key, uint64_t hash[HASH_WORDS])
{
    crypto_generichash ((uint8_t *) hash, HASH_BYTES, key.data, key.size, NULL,
                        0);
}

//  0 if two hashes are the same. Its time is the same for all of them; that of
//  sodium_memcmp is as well, but twenty times as long
static uint64_t
s_differ (const uint64_t *one, const uint64_t *two)
{
    uint64_t differ = 0;
    for (int i = 0; i < HASH_WORDS; i++)
        differ |= one[i] ^ two[i];
    return differ;
}

const zp_gateway_key_t *
zp_gateway_keys_find (const zp_gateway_keys_t *self, zp_span_t key)
{
    uint64_t hash[HASH_WORDS];
    size_t found = self->count;
    //  What has another size is nobody's, and that is no secret
    if (key.size != ZP_GATEWAY_KEY_SIZE)
        return NULL;
    s_hash_key (key, hash);
    for (size_t i = 0; i < self->count; i++)
        if (s_differ (self->keys[i].hash, hash) == 0)
            found = i;
    return found < self->count ? &self->keys[found] : NULL;
}

const char *
zp_gateway_key_name (const zp_gateway_key_t *self)
{
    return self->name;
}

bool
zp_gateway_name (const char *text)
{
    return s_name (text, strlen (text));
}

bool
zp_gateway_key_opens (const zp_gateway_key_t *self, const char *group)
{
    size_t size = group ? strlen (group) : 0;
    if (!group)
        return true;
    for (const char *at = self->groups; *at;) {
        size_t length = strcspn (at, ",");
        if (length == size && memcmp (at, group, size) == 0)
            return true;
        at += length + (at[length] == ',');
    }
    return false;
}

char *
zp_gateway_key_make (const char *name, const char *groups, char *key)
{
    uint8_t random[KEY_BYTES];
    uint64_t hash[HASH_WORDS];
    char hex[2 * HASH_BYTES + 1], *line;
    size_t start = strlen (KEY_START);
    if (!groups)
        groups = "-";
    if (!s_name (name, strlen (name)) || !s_groups (groups))
        return NULL;
    if (sodium_init () < 0)
        abort ();  // No random numbers
    randombytes_buf (random, sizeof random);
    memcpy (key, KEY_START, start);
    sodium_bin2base64 (key + start, ZP_GATEWAY_KEY_SIZE + 1 - start, random,
                       sizeof random, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero (random, sizeof random);
    s_hash_key ((zp_span_t){key, ZP_GATEWAY_KEY_SIZE}, hash);
    sodium_bin2hex (hex, sizeof hex, (uint8_t *) hash, sizeof hash);
    if (asprintf (&line, "%s " HASH_START "%s %s\n", name, hex, groups) < 0)
        abort ();
    return line;
}
