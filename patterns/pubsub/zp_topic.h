//  SPDX-License-Identifier: MIT
//
//  zp_topic - names of what is published, and filters for them
//
//  A topic is a path such as "storm/north/harbour": 1 to 8 levels between
//  slashes, none of them empty; in all 1 to 255 bytes of UTF-8, without control
//  characters and without '+' and '#'.
//
//  A filter says which topics are wanted, much as in MQTT 5 (section 4.7):
//
//    storm/north/harbour   this topic
//    storm/north/#         all that is below storm/north, however deep, but not
//                          storm/north itself
//    #                     all
//    storm/+/harbour       '+' is any one level
//
//  What ZeroMQ can filter by is only how a message begins. The stem of a filter
//  is that beginning, up to a whole level: "storm/north/" and "" of the second
//  and third; of the first "storm/north/harbour\0", since a NUL ends the topic
//  on the wire; and "storm/" of the last, whose subscriber leaves out what it
//  does not want after it has come.

#ifndef ZP_TOPIC_H
#define ZP_TOPIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZP_TOPIC_MAX    255                    // Bytes of a topic
#define ZP_TOPIC_LEVELS 8                      // Of a topic
#define ZP_TOPIC_CUTS   (ZP_TOPIC_LEVELS + 1)  // Stems that a topic has

//  Where a topic, with its NUL, can be cut so that a stem is before it
typedef struct zp_cut {
    uint32_t size;  // Bytes of the stem
    uint32_t hash;  // Of these bytes: the same for the same stem, anywhere
} zp_cut_t;

//  Find all stems that the topic of size bytes (a NUL must follow them) has:
//  "" first, then up to each slash, then all of it with its NUL. Returns how
//  many, the levels and one; 0 if it is no topic.
size_t
zp_topic_cut (const char *topic, size_t size, zp_cut_t cuts[ZP_TOPIC_CUTS]);

//  The hash of a stem, as zp_topic_cut has it.
uint32_t zp_topic_hash (const char *stem, size_t size);

//  True if these bytes can be a stem: nothing, a topic and a slash, or a topic
//  and a NUL.
bool zp_topic_stem (const char *stem, size_t size);

typedef struct zp_filter {
    char text[ZP_TOPIC_MAX + 1];  // As it was written
    char stem[ZP_TOPIC_MAX + 2];  // How all that it lets through begins
    size_t stem_size;             // Bytes of that
    bool wild;                    // Not all with that stem is wanted
} zp_filter_t;

//  Read a filter. False, and *self unchanged, if text is none.
bool zp_filter_parse (zp_filter_t *self, const char *text);

//  True if the filter lets this topic through.
bool
zp_filter_matches (const zp_filter_t *self, const char *topic, size_t size);

#endif
