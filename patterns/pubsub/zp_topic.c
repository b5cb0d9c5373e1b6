//  SPDX-License-Identifier: MIT

#include "zp_topic.h"

#include <string.h>

#define HASH_START 0x9E3779B97F4A7C15U  // Any odd numbers will do
#define HASH_TIMES 0xD6E8FEB86659FD93U

static uint64_t
s_load (const char *data, size_t size)
{
    uint64_t word = 0;
    memcpy (&word, data, size);
    return word;
}

//  All of 1 to 7 bytes, some of them twice; no byte is 0 that is none of them
static uint64_t
s_load_short (const char *data, size_t size)
{
    if (size > 3)
        return s_load (data, 4) | s_load (data + size - 4, 4) << 32;
    uint64_t first = (uint8_t) data[0], last = (uint8_t) data[size - 1];
    uint64_t all =
        first | (uint64_t) (uint8_t) data[size / 2] << 8 | last << 16;
    return all | all << 24 | all << 48;
}

//  Go on with a hash over some more bytes, eight at a time
static uint64_t
s_hash (uint64_t hash, const char *data, size_t size)
{
    for (; size >= 8; data += 8, size -= 8) {
        hash = (hash ^ s_load (data, 8)) * HASH_TIMES;
        hash ^= hash >> 32;
    }
    if (size)
        hash = (hash ^ s_load_short (data, size) ^ size) * HASH_TIMES;
    return hash ^ hash >> 32;
}

//  A stem is hashed level by level, so that one goes on where another ends
uint32_t
zp_topic_hash (const char *stem, size_t size)
{
    uint64_t hash = HASH_START;
    for (size_t from = 0, to; from < size; from = to) {
        const char *slash = memchr (stem + from, '/', size - from);
        to = slash ? (size_t) (slash - stem) + 1 : size;
        hash = s_hash (hash, stem + from, to - from);
    }
    return (uint32_t) hash;
}

//  Bytes of the UTF-8 character that starts here and is not ASCII; 0 if it is
//  none (RFC 3629: not longer than need be, no surrogates, up to U+10FFFF), or
//  a control character (U+0080 to U+009F)
static size_t
s_utf8 (const uint8_t *text, size_t size)
{
    static const struct {
        uint8_t first, last;  // Of the first byte
        uint8_t low, high;    // Of the second
        uint8_t size;         // Of the whole
    } forms[] = {{0xC2, 0xC2, 0xA0, 0xBF, 2}, {0xC3, 0xDF, 0x80, 0xBF, 2},
                 {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
                 {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
                 {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4},
                 {0xF4, 0xF4, 0x80, 0x8F, 4}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (text[0] < forms[i].first || text[0] > forms[i].last)
            continue;
        if (forms[i].size > size || text[1] < forms[i].low ||
            text[1] > forms[i].high)
            return 0;
        for (size_t k = 2; k < forms[i].size; k++)
            if (text[k] >> 6 != 2)
                return 0;
        return forms[i].size;
    }
    return 0;
}

static bool
s_utf8_all (const char *text, size_t size)
{
    const uint8_t *at = (const uint8_t *) text, *end = at + size;
    while (at < end) {
        size_t step = *at < 0x80 ? 1 : s_utf8 (at, (size_t) (end - at));
        if (step == 0)
            return false;
        at += step;
    }
    return true;
}

#define EACH(c) (0x0101010101010101U * (c))  // The same byte, eight times

//  True if some of eight bytes may not be in a topic, or are not ASCII. What is
//  so of a byte shows in its highest bit
static bool
s_doubtful (uint64_t word)
{
    uint64_t control = ~((word | EACH (0x80)) - EACH (' '));
    uint64_t delete = (word & EACH (0x7F)) + EACH (1);
    //  '#' and '+' differ in one bit
    uint64_t differ = (word | EACH ('+' ^ '#')) ^ EACH ('+' | '#');
    uint64_t wild = ~(((differ & EACH (0x7F)) + EACH (0x7F)) | differ);
    return ((word | control | delete | wild) & EACH (0x80)) != 0;
}

//  True if a topic can have these bytes. Most have nothing that needs a look
static bool
s_allowed (const char *topic, size_t size)
{
    bool doubtful = size < 8 && s_doubtful (s_load_short (topic, size));
    for (size_t at = 0; at + 8 < size; at += 8)
        doubtful |= s_doubtful (s_load (topic + at, 8));
    if (size >= 8)
        doubtful |= s_doubtful (s_load (topic + size - 8, 8));
    if (!doubtful)
        return true;
    for (size_t at = 0; at < size; at++)
        if ((uint8_t) topic[at] < ' ' || strchr ("+#\x7F", topic[at]))
            return false;
    return s_utf8_all (topic, size);
}

size_t
zp_topic_cut (const char *topic, size_t size, zp_cut_t cuts[ZP_TOPIC_CUTS])
{
    if (size == 0 || size > ZP_TOPIC_MAX || !s_allowed (topic, size))
        return 0;
    uint64_t hash = HASH_START;
    size_t count = 0;
    cuts[count++] = (zp_cut_t){0, (uint32_t) hash};
    for (size_t from = 0, to; from <= size; from = to) {
        const char *slash = memchr (topic + from, '/', size - from);
        to = slash ? (size_t) (slash - topic) + 1 : size + 1;
        if (to - from == 1 || count == ZP_TOPIC_CUTS)
            return 0;
        hash = s_hash (hash, topic + from, to - from);
        cuts[count++] = (zp_cut_t){(uint32_t) to, (uint32_t) hash};
    }
    return count;
}

bool
zp_topic_stem (const char *stem, size_t size)
{
    zp_cut_t cuts[ZP_TOPIC_CUTS];
    if (size == 0)
        return true;
    if (size > ZP_TOPIC_MAX + 1)
        return false;
    char topic[ZP_TOPIC_MAX + 2];
    memcpy (topic, stem, size);
    bool level = topic[size - 1] == '/';
    if (!level && topic[size - 1] != 0)
        return false;
    topic[size - 1] = 0;
    size_t count = zp_topic_cut (topic, size - 1, cuts);
    //  What is below has one level more
    return count > 0 && (!level || count < ZP_TOPIC_CUTS);
}

//  True if each wildcard is a level of its own, and '#' the last, and the rest
//  could be a topic
static bool
s_good (const char *text, size_t size)
{
    char topic[ZP_TOPIC_MAX + 1];
    memcpy (topic, text, size + 1);
    for (size_t i = 0; i < size; i++) {
        if (text[i] != '+' && text[i] != '#')
            continue;
        bool first = i == 0 || text[i - 1] == '/';
        bool last = text[i + 1] == 0;
        if (!first || !(last || (text[i] == '+' && text[i + 1] == '/')))
            return false;
        topic[i] = 'x';
    }
    zp_cut_t cuts[ZP_TOPIC_CUTS];
    return zp_topic_cut (topic, size, cuts) > 0;
}

bool
zp_filter_parse (zp_filter_t *self, const char *text)
{
    size_t size = strlen (text);
    if (size == 0 || size > ZP_TOPIC_MAX || !s_good (text, size))
        return false;
    zp_filter_t filter = {.stem_size = strcspn (text, "+#")};
    memcpy (filter.text, text, size + 1);
    memcpy (filter.stem, text, filter.stem_size);
    filter.wild =
        filter.stem_size < size && strcmp (text + filter.stem_size, "#") != 0;
    if (filter.stem_size == size)
        filter.stem_size++;  // The NUL
    *self = filter;
    return true;
}

bool
zp_filter_matches (const zp_filter_t *self, const char *topic, size_t size)
{
    const char *filter = self->text, *end = topic + size;
    while (topic < end) {
        if (*filter == '#')
            return true;
        if (*filter == '+') {
            filter++;
            while (topic < end && *topic != '/')
                topic++;
        }
        else if (*filter++ != *topic++)
            return false;
    }
    return *filter == 0;
}
