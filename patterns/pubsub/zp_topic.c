//  SPDX-License-Identifier: MIT

#include "zp_topic.h"

#include <string.h>

#define HASH_START 2166136261U  // FNV-1a
#define HASH_TIMES 16777619U

uint32_t
zp_topic_hash (const char *stem, size_t size)
{
    uint32_t hash = HASH_START;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (uint8_t) stem[i]) * HASH_TIMES;
    return hash;
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

static bool
s_allowed (uint8_t c)
{
    return c >= ' ' && c != 0x7F && c != '+' && c != '#';
}

size_t
zp_topic_cut (const char *topic, size_t size, zp_cut_t cuts[ZP_TOPIC_CUTS])
{
    if (size == 0 || size > ZP_TOPIC_MAX)
        return 0;
    uint32_t hash = HASH_START;
    uint8_t before = '/', all = 0;
    size_t count = 0;
    cuts[count++] = (zp_cut_t){0, hash};
    for (size_t i = 0; i < size; i++) {
        uint8_t c = (uint8_t) topic[i];
        all |= c;
        hash = (hash ^ c) * HASH_TIMES;
        if (c == '/') {
            if (before == '/' || count == ZP_TOPIC_LEVELS)
                return 0;
            cuts[count++] = (zp_cut_t){(uint32_t) i + 1, hash};
        }
        else if (!s_allowed (c))
            return 0;
        before = c;
    }
    if (before == '/' || (all & 0x80 && !s_utf8_all (topic, size)))
        return 0;
    cuts[count++] = (zp_cut_t){(uint32_t) size + 1, hash * HASH_TIMES};
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
    for (size_t i = 0; i <= size; i++) {
        topic[i] = text[i];
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
